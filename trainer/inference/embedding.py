"""Photos to embeddings: read in two threads, looked at in batches."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeVar

import numpy as np
import torch

from trainer.control import ProgressEvent, WorkControl
from trainer.errors import Cancelled, PhotoError
from trainer.inference.predictor import Predictor
from trainer.preprocessing.photo import Photo

_THREADS = 2
_BATCH = 32
_IN_FLIGHT = 2 * _BATCH

Item = TypeVar("Item")


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
    what: str = "Looking at the photos",
    picture: Callable[[Photo], np.ndarray] | None = None,
) -> Generator[ProgressEvent, None, Embedded]:
    """Look at photos; those that cannot be read are passed over. At most 64 are in memory at a time.

    Args:
        predictor: Looks.
        photos: Whatever ``load`` takes.
        load: Reads one of them; called from several threads. May raise PhotoError.
        control: Pauses and stops.
        what: What progress calls it.
        picture: Makes something else of each photo; called from several threads.

    Raises:
        Cancelled: ``control`` was stopped.
    """
    found = Embedded()
    parts: list[torch.Tensor] = []

    def read(item: Item) -> tuple[np.ndarray, str, np.ndarray | None]:
        photo = load(item)
        return predictor.prepare(photo), photo.digest, None if picture is None else picture(photo)

    waiting = iter(enumerate(photos))
    ahead: deque[tuple[int, Future[tuple[np.ndarray, str, np.ndarray | None]]]] = deque()
    with ThreadPoolExecutor(_THREADS, thread_name_prefix="embed: decode") as pool:
        try:
            while True:
                control.wait_while_paused()
                if control.stopped:
                    raise Cancelled
                ahead.extend(
                    (place, pool.submit(read, item)) for place, item in islice(waiting, _IN_FLIGHT - len(ahead))
                )
                if not ahead:
                    break
                images = []
                for place, future in [ahead.popleft() for _ in range(min(_BATCH, len(ahead)))]:
                    try:
                        image_CHW, digest, also = future.result()
                    except PhotoError as error:
                        found.unreadable[place] = error
                        continue
                    images.append(image_CHW)
                    found.indices.append(place)
                    found.digests.append(digest)
                    if also is not None:
                        found.pictures.append(also)
                if images:
                    _, embeddings_ND = predictor.logits_and_embeddings(torch.from_numpy(np.stack(images)))
                    parts.append(embeddings_ND)
                yield ProgressEvent(what, len(found.indices) + len(found.unreadable), len(photos))
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
    if parts:
        found.embeddings_ND = torch.cat(parts).clone()  # tensors of inference mode cannot take part in learning
    return found
