"""Photos of one's own, in a folder per category or listed in a CSV, read into memory for a network.

Torchvision's own reader of folders stops at the first broken photo; this one leaves it out and says why.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from pathlib import Path

import numpy as np
import torch

from trainer.control import ProgressEvent, WorkControl
from trainer.data.data_paths import DatasetInfo
from trainer.data.decisions import Decisions
from trainer.data.image_set import ImageSet
from trainer.data.labelled_photos import LabelledPhotos, find
from trainer.data.photo_files import Unreadable
from trainer.errors import DataError, PhotoError
from trainer.preprocessing import network_input
from trainer.preprocessing.input_spec import InputSpec
from trainer.preprocessing.photo import load_photo
from trainer.read_ahead import read_ahead

_STEP = "reading_photos"


def load(
    root: Path, spec: InputSpec, control: WorkControl, decisions: Decisions | None = None
) -> Generator[ProgressEvent, None, ImageSet]:
    """Read every photo of a folder, or those that a CSV lists.

    Args:
        root: What :func:`trainer.data.labelled_photos.find` takes: in a folder, a photo's category is the first folder
            below it that holds the photo.
        decisions: On label issues: some photos belong to another category, some are left out.

    Returns:
        The readable photos; those left out are in :attr:`ImageSet.unreadable`.

    Raises:
        DataError: No categories, or no readable photo in one of them; see :func:`find` for more.
    """
    found = find(root)
    return (yield from load_found(found if decisions is None else decisions.applied_to(found), spec, control))


def load_found(
    found: LabelledPhotos, spec: InputSpec, control: WorkControl
) -> Generator[ProgressEvent, None, ImageSet]:
    """Read photos that were found. Raises :class:`DataError`: of a category there are none, or none is readable."""
    loaded = yield from read(found, spec, control)
    empty = [name for label, name in enumerate(found.classes) if label not in set(loaded.labels_N.tolist())]
    if empty:
        code = "no_readable_photo_in_listed_categories" if found.is_csv else "no_readable_photo_in_folders"
        raise DataError(code, categories=tuple(empty), source=str(found.source))
    return loaded


def read(found: LabelledPhotos, spec: InputSpec, control: WorkControl) -> Generator[ProgressEvent, None, ImageSet]:
    """Read photos that were found; of some categories, or of all, there may be none."""
    images: list[np.ndarray] = []
    labels: list[int] = []
    files: list[str] = []
    unreadable = list(found.unreadable)
    base = found.source.parent if found.is_csv else found.source
    photos = zip(found.files, found.labels, strict=True)
    with closing(read_ahead(photos, lambda photo: _read(photo[0], base, spec), control)) as ahead:
        for done, ((path, label), image_CHW) in enumerate(ahead, start=1):
            if isinstance(image_CHW, PhotoError):
                unreadable.append(Unreadable(str(path), image_CHW))
            else:
                images.append(image_CHW)
                labels.append(label)
                files.append(str(path))
            yield ProgressEvent(_STEP, done, len(found))
    nothing = np.zeros((0, spec.channels, spec.height, spec.width), np.uint8)
    return ImageSet(
        DatasetInfo(name=found.name),
        torch.from_numpy(np.stack(images) if images else nothing),
        torch.tensor(labels, dtype=torch.int64),
        found.classes,
        spec,
        tuple(files),
        tuple(unreadable),
        found.part_folders,
    )


def _read(path: Path, base: Path, spec: InputSpec) -> np.ndarray:
    # Read as the tagging pipeline does, so that a model is evaluated on the pixels that it gets later. Messages name
    # the folder, too, since each category may have a 1.jpg.
    name = path.relative_to(base).as_posix() if path.is_relative_to(base) else ""
    return network_input.prepare(
        load_photo(path, short_side=spec.decode_short_side, display_name=name).pixels_HWC, spec
    )
