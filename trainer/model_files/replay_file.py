"""The replay sample beside a model file, so that the model can be trained further without forgetting.

Embeddings are kept instead of photos (latent replay; Pellegrini et al. 2020, arXiv:1912.01100): 768 bytes a photo for
384 numbers, from which no photo can be reconstructed. They are valid for all models of the same backbone, whatever
heads these have; a fingerprint of the backbone's weights says whether they are.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open

from trainer.errors import ModelFileError
from trainer.model_files import heads
from trainer.model_files.library import REPLAY_SUFFIX
from trainer.model_files.model_file import Model, save_tensors
from trainer.networks.names import is_of_category_head, is_of_head
from trainer.networks.network import Network
from trainer.taxonomy import ATTRIBUTES, CATEGORY

_FINGERPRINT, _CLASSES, _LABELS = "backbone", "classes", "labels"


@dataclass(frozen=True)
class Labels:
    """Labels of one attribute: K class names, and int64 indices of a sample's photos into them, -1 for unknown."""

    classes: tuple[str, ...]
    labels_N: torch.Tensor


@dataclass(frozen=True)
class Replay:
    """Embeddings with what their photos show.

    Attributes:
        embeddings_ND: float16 in the file and float32 here, as :meth:`Predictor.outputs` gives them.
        labels_N: int64, indices into ``classes``.
        held_out_N: bool, photos that the model was not trained on. Accuracy is measured on them; without them, on a
            fifth of the others.
        classes: K names of categories.
        fingerprint: Of the backbone that made the embeddings, see :func:`fingerprint`.
        attributes: What is known besides the category, by attribute; empty for what nothing is known of.
    """

    embeddings_ND: torch.Tensor
    labels_N: torch.Tensor
    held_out_N: torch.Tensor
    classes: tuple[str, ...]
    fingerprint: str
    attributes: Mapping[str, Labels] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.labels_N)

    def labels(self, attribute: str) -> Labels | None:
        """What is known of ``category`` or another attribute; None when nothing is."""
        return Labels(self.classes, self.labels_N) if attribute == CATEGORY else self.attributes.get(attribute)


def fingerprint(network: Network, is_head: Callable[[str], bool] = is_of_head) -> str:
    """32 hex digits (SHA-256) that change with any weight of the backbone: of parameters that are not ``is_head``."""
    digest = hashlib.sha256()
    for name, tensor in sorted(network.state_dict().items()):
        if not is_head(name):
            digest.update(name.encode())
            digest.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()[:32]


def path_of(model: Path) -> Path:
    """``products.replay.safetensors`` beside ``products.safetensors``."""
    return model.with_suffix(REPLAY_SUFFIX)


def save(path: Path, replay: Replay) -> None:
    """Replace ``path`` as one step. Raises :class:`trainer.errors.SaveError`; an old file then stays."""
    tensors = {
        "embeddings": replay.embeddings_ND.half().contiguous(),
        _LABELS: replay.labels_N.to(torch.int16).contiguous(),
        "held_out": replay.held_out_N.to(torch.uint8).contiguous(),
    }
    header = {_FINGERPRINT: replay.fingerprint, _CLASSES: "\n".join(replay.classes)}
    for attribute, known in replay.attributes.items():
        tensors[f"{_LABELS}.{attribute}"] = known.labels_N.to(torch.int16).contiguous()
        header[f"{_CLASSES}.{attribute}"] = "\n".join(known.classes)
    save_tensors(path, tensors, header)


def load(path: Path) -> Replay:
    """Read a replay file; older ones know nothing of attributes.
    Raises :class:`ModelFileError`: absent, damaged or something else.
    """
    try:
        with safe_open(str(path), framework="pt") as file:
            header = file.metadata() or {}
            names = [name for name in ATTRIBUTES if f"{_CLASSES}.{name}" in header]
            replay = Replay(
                file.get_tensor("embeddings").float(),
                file.get_tensor(_LABELS).to(torch.int64),
                file.get_tensor("held_out").bool(),
                tuple(header[_CLASSES].split("\n")),
                header[_FINGERPRINT],
                {
                    name: Labels(
                        tuple(header[f"{_CLASSES}.{name}"].split("\n")),
                        file.get_tensor(f"{_LABELS}.{name}").to(torch.int64),
                    )
                    for name in names
                },
            )
    except (OSError, SafetensorError, KeyError) as error:
        raise ModelFileError("replay_unreadable", repr(error), name=path.name, folder=str(path.parent)) from error
    count = len(replay)
    sound = (
        replay.embeddings_ND.ndim == 2
        and replay.held_out_N.ndim == 1
        and len(replay.embeddings_ND) == count == len(replay.held_out_N)
        and _in_range(Labels(replay.classes, replay.labels_N), count, lowest=0)
        and all(_in_range(known, count, lowest=-1) for known in replay.attributes.values())
        and bool(replay.embeddings_ND.isfinite().all())
    )
    if not sound:
        raise ModelFileError("replay_damaged", name=path.name, folder=str(path.parent))
    return replay


def load_beside(path: Path, model: Model) -> Replay | None:
    """The sample beside a model, or None where there is none. Attributes that the model tells otherwise are left out.
    Raises :class:`ModelFileError`: the file is damaged, or belongs to another model.
    """
    sample = path_of(path)
    return load_for(sample, path.name, model) if sample.is_file() else None


def load_for(path: Path, model_name: str, model: Model) -> Replay:
    """The sample in a file, once it is known to be of a model; raises as :func:`load_beside` does."""
    replay = load(path)
    metadata, network = model.metadata, model.network
    # Before attributes could learn, their heads counted as backbone.
    made_by = (fingerprint(network), fingerprint(network, is_of_category_head))
    width = heads.head_of(network, metadata, CATEGORY).weight_KD.shape[1]
    fits = replay.fingerprint in made_by and replay.embeddings_ND.shape[1] == width
    if not fits or replay.classes != metadata.classes:
        raise ModelFileError("replay_of_another_model", name=path.name, model=model_name)
    classes = {name: head.classes for name, head in metadata.attributes.items()}
    known = {name: labels for name, labels in replay.attributes.items() if classes.get(name) == labels.classes}
    return replace(replay, fingerprint=made_by[0], attributes=known)


def _in_range(known: Labels, count: int, lowest: int) -> bool:
    labels_N = known.labels_N
    fits = labels_N.ndim == 1 and len(labels_N) == count
    return fits and (count == 0 or lowest <= int(labels_N.min()) <= int(labels_N.max()) < len(known.classes))
