"""Embeddings of photos that are still to be read."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
import torch

from trainer.control import ProgressEvent, WorkControl
from trainer.errors import PhotoError
from trainer.inference.batches import predict_photos
from trainer.inference.predictor import Predictor
from trainer.preprocessing.photo import Photo

Item = TypeVar("Item")
_Read = tuple[np.ndarray, str, np.ndarray | None]  # prepared pixels, digest, what was wanted besides


@dataclass
class Embedded:
    """What became of some photos.

    Attributes:
        embeddings_ND: float32, as :meth:`trainer.inference.predictor.Predictor.outputs` gives them (not normalised);
            N of the photos could be read.
        indices: Which photos these are, N ascending places in what was asked for.
        digests: Of their files' bytes, N.
        pictures: What was wanted of each photo besides, N; empty when nothing was.
        unreadable: The others: place in what was asked for -> why.
    """

    embeddings_ND: torch.Tensor = field(default_factory=lambda: torch.zeros(0, 0))
    indices: list[int] = field(default_factory=list)
    digests: list[str] = field(default_factory=list)
    pictures: list[np.ndarray] = field(default_factory=list)
    unreadable: dict[int, PhotoError] = field(default_factory=dict)


def embed_photos(
    predictor: Predictor,
    photos: Sequence[Item],
    load: Callable[[Item], Photo],
    control: WorkControl,
    step: str = "computing_embeddings",
    picture: Callable[[Photo], np.ndarray] | None = None,
) -> Generator[ProgressEvent, None, Embedded]:
    """Embed photos; those that cannot be read are skipped. At most 64 are in memory at a time.

    Args:
        photos: Whatever ``load`` takes.
        load: Reads one of them; called from several threads. May raise PhotoError.
        picture: Makes something else of each photo; called from several threads.
    """
    found = Embedded()
    embeddings: list[torch.Tensor] = []

    def read(place: int) -> _Read:
        photo = load(photos[place])
        return predictor.prepare(photo), photo.digest, None if picture is None else picture(photo)

    def embed(batch: list[_Read]) -> list[tuple[torch.Tensor, _Read]]:
        outputs = predictor.outputs(torch.from_numpy(np.stack([image_CHW for image_CHW, _, _ in batch])))
        return list(zip(outputs.embeddings_ND, batch, strict=True))

    for place, answer in predict_photos(range(len(photos)), read, embed, control):
        if isinstance(answer, PhotoError):
            found.unreadable[place] = answer
        else:
            embedding_D, (_, digest, also) = answer
            embeddings.append(embedding_D)
            found.indices.append(place)
            found.digests.append(digest)
            if also is not None:
                found.pictures.append(also)
        yield ProgressEvent(step, place + 1, len(photos))
    if embeddings:
        found.embeddings_ND = torch.stack(embeddings).clone()  # tensors of inference mode cannot take part in training
    return found
