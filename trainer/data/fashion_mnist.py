"""Fashion-MNIST: found in the data paths, else downloaded; checksums are always verified; read by torchvision.

Xiao, Rasul and Vollgraf 2017, arXiv:1708.07747: 60,000 training and 10,000 test images of 28×28 grey pixels.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import shutil
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

import torch

from trainer.atomic_write import atomic_write
from trainer.control import ProgressEvent, WorkControl
from trainer.data.data_paths import FASHION_MNIST, DatasetInfo
from trainer.data.download import fetch
from trainer.data.image_set import ImageSet
from trainer.data.splits import stratified_split
from trainer.errors import DataError
from trainer.preprocessing.input_spec import FASHION_MNIST_INPUT
from trainer.torchvision_guard import torchvision

CLASSES = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)
# Bytes and MD5 of the unpacked files, of the published archives.
_UNPACKED = {
    "train-images-idx3-ubyte": (47_040_016, "f4a8712d7a061bf5bd6d2ca38dc4d50a"),
    "train-labels-idx1-ubyte": (60_008, "9018921c3c673c538a1fc5bad174d6f9"),
    "t10k-images-idx3-ubyte": (7_840_016, "8181f5470baa50b63fa0f6fddb340f0a"),
    "t10k-labels-idx1-ubyte": (10_008, "15d484375f8d13e6eb1aabb0c3f46965"),
}
HELD_OUT = 5_000
SPLIT_SEED = 1708


def training_and_validation(images: ImageSet) -> tuple[ImageSet, ImageSet]:
    """Hold 5,000 of the 60,000 training images out for validation, stratified, always the same ones."""
    kept, held_out = stratified_split(images.labels_N, HELD_OUT, SPLIT_SEED)
    return images.subset(kept), images.subset(held_out, "validation")


def load(
    part: Literal["train", "test"],
    search: Sequence[Path],
    store: Path,
    *,
    download: bool = True,
    control: WorkControl | None = None,
) -> Generator[ProgressEvent, None, ImageSet]:
    """The ``train`` (60,000) or ``test`` (10,000) images; yields the progress of a download in bytes.

    Args:
        part: ``train`` or ``test``.
        search: Folders to look in for the four files, first match wins; each may hold them itself, in
            ``fashion-mnist/`` or in ``FashionMNIST/raw/``.
        store: Writable folder where torchvision keeps its unpacked copy.
        download: Whether missing files may be fetched.

    Raises:
        DataError: Absent and not downloadable, or damaged; names the four files and where to put them.
    """
    dataset_class = _dataset_class()
    raw = store / dataset_class.__name__ / "raw"
    damaged = [raw / name for name in _UNPACKED if not _intact(raw / name)]
    if damaged:
        yield from _provide_archives(search, raw, dataset_class, download, control or WorkControl())
        for file in damaged:
            file.unlink(missing_ok=True)  # torchvision unpacks what is absent, and only that
    yield ProgressEvent("reading_fashion_mnist", 0, 0)
    try:
        # torchvision reports its unpacking on the terminal; the library stays silent.
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            dataset = dataset_class(str(store), train=part == "train", download=True)
    except (OSError, RuntimeError, ValueError) as error:
        raise DataError("fashion_mnist_unreadable", repr(error), folder=str(store)) from error
    return ImageSet(
        DatasetInfo(FASHION_MNIST, part=part),
        dataset.data.unsqueeze(1).contiguous(),
        dataset.targets.to(torch.int64),
        CLASSES,
        FASHION_MNIST_INPUT,
    )


def _dataset_class() -> Any:
    torchvision()
    from torchvision.datasets import FashionMNIST

    return FashionMNIST


def _intact(file: Path) -> bool:
    size, md5 = _UNPACKED[file.name]
    return file.is_file() and file.stat().st_size == size and _md5(file) == md5


def _provide_archives(
    search: Sequence[Path],
    raw: Path,
    dataset_class: Any,
    download: bool,
    control: WorkControl,
) -> Iterator[ProgressEvent]:
    names = [name for name, _ in dataset_class.resources]
    source = next((folder for folder in _candidates(search) if all((folder / name).is_file() for name in names)), None)
    for name, md5 in dataset_class.resources:
        target = raw / name
        if target.is_file() and _md5(target) == md5:
            continue
        if source is not None:
            with atomic_write(target) as temporary:
                shutil.copyfile(source / name, temporary)
        elif download:
            yield from _download(name, dataset_class.mirrors, target, control, names, search)
        else:
            raise _absent(names, search)
        if _md5(target) != md5:
            target.unlink()
            raise DataError("wrong_checksum", file=str(source / name) if source is not None else name)


def _candidates(search: Sequence[Path]) -> Iterator[Path]:
    for folder in search:
        yield from (folder, folder / "fashion-mnist", folder / "FashionMNIST" / "raw")


def _md5(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def _download(
    name: str,
    mirrors: Sequence[str],
    target: Path,
    control: WorkControl,
    names: Sequence[str],
    search: Sequence[Path],
) -> Iterator[ProgressEvent]:
    problems = []
    for mirror in mirrors:
        try:
            yield from fetch(mirror + name, target, control)
            return
        except (OSError, ValueError) as error:  # URLError is an OSError
            problems.append(f"{mirror}{name}: {error!r}")
    raise _absent(names, search, "; ".join(problems))


def _absent(names: Sequence[str], search: Sequence[Path], detail: str = "") -> DataError:
    folder = str(search[0] if search else os.curdir)
    return DataError("fashion_mnist_missing", detail, files=tuple(names), folder=folder)
