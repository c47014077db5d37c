"""The batch loops of prediction: over photos that are still to be read, and over prepared images."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from trainer.control import ProgressEvent, WorkControl, batches
from trainer.errors import PhotoError
from trainer.read_ahead import read_ahead

if TYPE_CHECKING:
    import torch

    from trainer.inference.predictor import Outputs

_BATCH = 32

Item = TypeVar("Item")
Pixels = TypeVar("Pixels")
Answer = TypeVar("Answer")


def predict_photos(
    items: Iterable[Item],
    read: Callable[[Item], Pixels],
    predict: Callable[[list[Pixels]], Sequence[Answer]],
    control: WorkControl,
) -> Iterator[tuple[Item, Answer | PhotoError]]:
    """Read photos ahead and predict them in batches, in order; at most 64 are in memory.

    Args:
        items: What stands for each photo; taken when needed, in the caller's thread.
        read: Reads and prepares one; called from several threads. May raise PhotoError.
        predict: One answer for each image, in the caller's thread.

    Yields:
        Each item with its answer, or with the error of its photo.
    """
    with closing(read_ahead(items, read, control, in_flight=_BATCH)) as ahead:
        while batch := list(islice(ahead, _BATCH)):
            images = [value for _, value in batch if not isinstance(value, PhotoError)]
            answers = iter(predict(images) if images else ())
            for item, value in batch:
                yield item, value if isinstance(value, PhotoError) else next(answers)


def predict_images(
    outputs: Callable[[torch.Tensor], Outputs],
    count: int,
    load: Callable[[slice], torch.Tensor],
    batch_size: int,
    step: str,
    control: WorkControl | None = None,
) -> Generator[ProgressEvent, None, Outputs]:
    """Outputs for prepared images; yields progress.

    Args:
        outputs: Of a model or backbone, on its device: uint8 n×C×H×W to its outputs.
        count: N, 1 or more.
        load: A batch of the N images, uint8 n×C×H×W.
    """
    parts = []
    for rows in batches(count, batch_size, control):
        parts.append(outputs(load(rows)))
        yield ProgressEvent(step, rows.stop, count)
    return type(parts[0]).joined(parts)
