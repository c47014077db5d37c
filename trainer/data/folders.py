"""Photos sorted into one folder per category, as ``torchvision.datasets.ImageFolder`` lays them out.

Torchvision's own reader stops at the first broken photo; this one leaves it out and says why.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from pathlib import Path

import numpy as np
import torch

from trainer.control import WorkControl
from trainer.data.image_set import ImageSet, Unreadable
from trainer.data.loading import Loading
from trainer.errors import Cancelled, DataError, PhotoError
from trainer.preprocessing import garment
from trainer.preprocessing.input_spec import InputSpec
from trainer.preprocessing.photo import PHOTO_SUFFIXES, load_photo

_THREADS = 2
_IN_FLIGHT = 16
_WHAT = "Reading photos"


def class_folders(root: Path) -> list[Path]:
    """The folders that stand for categories, by name; hidden ones do not count.

    Raises:
        DataError: ``root`` is no folder, cannot be read, or has fewer than two folders in it.
    """
    try:
        folders = sorted(
            (Path(entry) for entry in os.scandir(root) if entry.is_dir() and not entry.name.startswith((".", "_"))),
            key=lambda folder: folder.name.casefold(),
        )
    except OSError as error:
        raise DataError(f"The folder {root} cannot be opened: {error.strerror}.", repr(error)) from error
    if len(folders) < 2:
        raise DataError(
            f"{root} needs one folder per category, at least two, each holding photos of that category. "
            f"It has {len(folders)}."
        )
    return folders


def load(root: Path, spec: InputSpec, control: WorkControl) -> Generator[Loading, None, ImageSet]:
    """Read every photo below ``root``; its category is the first folder below ``root`` that it lies in.

    Args:
        root: The folder of folders.
        spec: How the photos are prepared.
        control: Stops the reading.

    Returns:
        The readable photos; those left out are in :attr:`ImageSet.unreadable`.

    Raises:
        DataError: No category folders, or no readable photo in one of them.
        Cancelled: ``control`` was stopped.
    """
    folders = class_folders(root)
    photos = [(path, label) for label, folder in enumerate(folders) for path in _photos(folder)]
    images: list[np.ndarray] = []
    labels: list[int] = []
    files: list[str] = []
    unreadable: list[Unreadable] = []
    with ThreadPoolExecutor(_THREADS, thread_name_prefix="read-photos") as pool:
        for done, (path, label, outcome) in enumerate(_prepared(photos, spec, pool), start=1):
            if control.stopped:
                pool.shutdown(cancel_futures=True)
                raise Cancelled
            try:
                images.append(outcome.result())
                labels.append(label)
                files.append(str(path))
            except PhotoError as error:
                unreadable.append(Unreadable(str(path), error.sentence))
            yield Loading(_WHAT, done, len(photos))
    empty = [folder.name for label, folder in enumerate(folders) if label not in set(labels)]
    if empty:
        raise DataError(
            f"No readable photo in {', '.join(f'“{name}”' for name in empty)} ({root}). "
            "Add photos there, or move the folder away."
        )
    return ImageSet(
        root.name,
        torch.from_numpy(np.stack(images)),
        torch.tensor(labels, dtype=torch.int64),
        tuple(folder.name for folder in folders),
        spec,
        tuple(files),
        tuple(unreadable),
    )


def _photos(folder: Path) -> Iterator[Path]:
    for parent, inner, names in os.walk(folder):  # does not follow links to folders, so it cannot loop
        inner.sort()
        for name in sorted(names):
            if Path(name).suffix.lower() in PHOTO_SUFFIXES and not name.startswith("."):
                yield Path(parent, name)


def _prepared(
    photos: list[tuple[Path, int]], spec: InputSpec, pool: ThreadPoolExecutor
) -> Iterator[tuple[Path, int, Future[np.ndarray]]]:
    """Photos in order, a few of them always being decoded ahead, never all at once."""
    waiting = iter(photos)
    ahead = [(path, label, pool.submit(_read, path, spec)) for path, label in islice(waiting, _IN_FLIGHT)]
    while ahead:
        path, label, future = ahead.pop(0)
        yield path, label, future
        ahead.extend((path, label, pool.submit(_read, path, spec)) for path, label in islice(waiting, 1))


def _read(path: Path, spec: InputSpec) -> np.ndarray:
    # Read as the tagging pipeline reads it: a model is to be judged on the very pixels that it will be given.
    return garment.prepare(load_photo(path).pixels_HWC, spec)
