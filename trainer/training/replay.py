"""A sample of what a model once learnt from, kept beside it, so that it can learn more without forgetting.

Embeddings are kept instead of photos (latent replay; Pellegrini et al. 2020, arXiv:1912.01100): 768 bytes a photo for
384 numbers, from which nobody can make out the photo. They hold for all models of the same backbone, whatever their
head has learnt since; a fingerprint of the backbone's weights says whether they do.
"""

from __future__ import annotations

import hashlib
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import nn

from trainer.control import WorkControl
from trainer.data.image_set import ImageSet
from trainer.data.loading import Loading
from trainer.durable import write_with
from trainer.errors import Cancelled, DataError, ModelFileError
from trainer.inference.predictor import Predictor
from trainer.model_files.library import REPLAY_SUFFIX

PHOTOS = 4_000
"""How many photos a sample has; with 384 numbers each it stays under 4 MB."""

HELD_OUT_SHARE = 0.3
"""Of a sample: photos that the model did not learn from. They judge and calibrate."""

_FINGERPRINT, _CLASSES = "backbone", "classes"
_BATCH = 128


@dataclass(frozen=True)
class Replay:
    """Embeddings with their classes.

    Attributes:
        embeddings_ND: float16 in the file and float32 here, as :meth:`Predictor.outputs` gives them.
        labels_N: int64, indices into ``classes``.
        held_out_N: bool, photos that the model never learnt from. They alone tell how good it is on new photos; where
            there are none, a fifth of the others has to do.
        classes: K names.
        fingerprint: Of the backbone that made the embeddings, see :func:`fingerprint`.
    """

    embeddings_ND: torch.Tensor
    labels_N: torch.Tensor
    held_out_N: torch.Tensor
    classes: tuple[str, ...]
    fingerprint: str

    def __len__(self) -> int:
        return len(self.labels_N)


def path_of(model: Path) -> Path:
    """Where the replay file of a model lies: ``products.replay.safetensors`` beside ``products.safetensors``."""
    return model.with_suffix(REPLAY_SUFFIX)


def fingerprint(network: nn.Module) -> str:
    """32 hex digits that change when any weight outside the category's head changes (SHA-256)."""
    digest = hashlib.sha256()
    for name, tensor in sorted(network.state_dict().items()):
        if not name.startswith("head."):
            digest.update(name.encode())
            digest.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()[:32]


def make(
    predictor: Predictor,
    training: ImageSet,
    validation: ImageSet | None,
    control: WorkControl,
    *,
    photos: int = PHOTOS,
    seed: int = 1,
) -> Generator[Loading, None, Replay]:
    """Sample what a model learnt from; yields progress.

    Args:
        predictor: The model.
        training: What it learnt from, prepared for it, with its classes in its order.
        validation: What it was checked with; up to three tenths of the sample come from here. None for nothing.
        control: Stops it.
        photos: How many to keep at most.
        seed: Same seed, same sample.

    Raises:
        DataError: The images are not the model's.
        Cancelled: ``control`` was stopped.
    """
    known = predictor.metadata
    for images in filter(None, (training, validation)):
        if (images.classes, images.input) != (known.classes, known.input):
            raise DataError(f"The photos of “{images.name}” are not what the model “{known.name}” learnt from.")
    held_out = min(len(validation), round(photos * HELD_OUT_SHARE)) if validation is not None else 0
    parts = [(training, even_sample(training.labels_N, photos - held_out, seed), False)]
    if validation is not None and held_out:
        parts.append((validation, plain_sample(validation.labels_N, held_out, seed), True))
    embeddings, labels, held = [], [], []
    for images, sample_M, is_held_out in parts:
        for start in range(0, len(sample_M), _BATCH):
            if control.stopped:
                raise Cancelled
            batch_M = sample_M[start : start + _BATCH]
            embeddings.append(predictor.logits_and_embeddings(images.images_NCHW[batch_M])[1])
            yield Loading("Keeping a sample of the training photos", start + len(batch_M), len(sample_M))
        labels.append(images.labels_N[sample_M])
        held.append(torch.full((len(sample_M),), is_held_out))
    return Replay(
        torch.cat(embeddings).half().float(),
        torch.cat(labels),
        torch.cat(held),
        known.classes,
        fingerprint(predictor.network),
    )


def even_sample(labels_N: torch.Tensor, count: int, seed: int) -> torch.Tensor:
    """Examples to rehearse, at most ``count`` indices, int64 ascending: rare classes whole, frequent ones cut to one
    size, so that none is forgotten.
    """
    order_N = torch.randperm(len(labels_N), generator=torch.Generator().manual_seed(seed))
    # The r-th example of each class, in random order, comes in round r.
    round_N = torch.empty(len(labels_N), dtype=torch.int64)
    for label in labels_N.unique():
        members_M = order_N[labels_N[order_N] == label]
        round_N[members_M] = torch.arange(len(members_M))
    return order_N[round_N[order_N].argsort(stable=True)[:count]].sort().values


def plain_sample(labels_N: torch.Tensor, count: int, seed: int) -> torch.Tensor:
    """Examples to judge with, as :func:`even_sample`: each class as often as it is."""
    return torch.randperm(len(labels_N), generator=torch.Generator().manual_seed(seed))[:count].sort().values


def save(path: Path, replay: Replay) -> None:
    """Replace ``path`` as one step. Raises :class:`trainer.errors.SaveError`; an old file then stays."""
    tensors = {
        "embeddings": replay.embeddings_ND.half().contiguous(),
        "labels": replay.labels_N.to(torch.int16).contiguous(),
        "held_out": replay.held_out_N.to(torch.uint8).contiguous(),
    }
    header = {_FINGERPRINT: replay.fingerprint, _CLASSES: "\n".join(replay.classes)}
    write_with(path, lambda temporary: save_file(tensors, str(temporary), metadata=header))


def load(path: Path) -> Replay:
    """Read a replay file.

    Raises:
        ModelFileError: Absent, damaged or something else.
    """
    try:
        with safe_open(str(path), framework="pt") as file:
            header = file.metadata() or {}
            replay = Replay(
                file.get_tensor("embeddings").float(),
                file.get_tensor("labels").to(torch.int64),
                file.get_tensor("held_out").bool(),
                tuple(header[_CLASSES].split("\n")),
                header[_FINGERPRINT],
            )
    except (OSError, SafetensorError, KeyError) as error:
        raise ModelFileError(
            f"{path.name} in {path.parent} cannot be read as a sample of training photos. Bring the file again, or "
            "move it away: the model can be improved without, but may then forget.",
            repr(error),
        ) from error
    count, classes = len(replay), len(replay.classes)
    sound = (
        replay.embeddings_ND.ndim == 2
        and len(replay.embeddings_ND) == count == len(replay.held_out_N)
        and (count == 0 or 0 <= int(replay.labels_N.min()) <= int(replay.labels_N.max()) < classes)
        and bool(replay.embeddings_ND.isfinite().all())
    )
    if not sound:
        raise ModelFileError(f"{path.name} in {path.parent} is damaged. Bring the file again, or move it away.")
    return replay


def of_model(model: Path, predictor: Predictor) -> Replay | None:
    """The sample beside a model, or None where there is none.

    Raises:
        ModelFileError: The file is damaged, or belongs to another model.
    """
    path = path_of(model)
    if not path.is_file():
        return None
    replay = load(path)
    if (replay.fingerprint, replay.classes) != (fingerprint(predictor.network), predictor.metadata.classes):
        raise ModelFileError(
            f"{path.name} does not belong to {model.name}: it was made with other weights or categories. Bring the "
            "file that came with the model, or move this one away: the model can be improved without, but may then "
            "forget."
        )
    return replay
