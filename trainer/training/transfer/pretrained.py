"""ImageNet weights that torchvision publishes: found on this computer, else downloaded, always checked."""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import torch

from trainer.control import ProgressEvent, WorkControl
from trainer.data.download import fetch
from trainer.errors import DataError
from trainer.networks import imagenet
from trainer.preprocessing.input_spec import InputSpec
from trainer.torchvision_guard import torchvision
from trainer.training.transfer.backbone import Backbone

# Size and normalization with which these weights were trained.
_INPUT = InputSpec("colour", 3, 224, 224, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
_DIGITS = 8  # of the SHA-256 are part of the file's name


def open_pretrained(
    name: str, places: Sequence[Path], control: WorkControl, *, may_download: bool = True
) -> Generator[ProgressEvent, None, Backbone]:
    """A network with ImageNet weights.

    Args:
        name: One of :data:`trainer.networks.names.IMAGENET`.
        places: Folders to look in for the file, and in ``weights/`` below them; a download goes to the last one.
        control: Stops a download.
        may_download: Whether a missing file may be fetched.

    Raises:
        DataError: The file is missing and cannot be downloaded, or is damaged.
        Cancelled: ``control`` was stopped.
    """
    published = _published(name)
    file = PurePosixPath(published.url).name
    folders = [folder for place in places for folder in (place, place / "weights")] + [_torch_folder()]
    path = next((folder / file for folder in folders if (folder / file).is_file()), None)
    if path is None:
        path = places[-1] / "weights" / file
        if not may_download:
            raise _absent(name, published.url, path)
        try:
            yield from fetch(published.url, path, control)
        except (OSError, ValueError) as error:
            raise _absent(name, published.url, path, repr(error)) from error
    yield ProgressEvent("checking_file", 0, 0, file)
    _check(path)
    try:
        # Published as pickle files; of these, tensors alone are read.
        weights = torch.load(path, map_location="cpu", weights_only=True)
        network = imagenet.with_weights(name, weights)
    except Exception as error:  # for a wrong file torch raises anything
        raise DataError("pretrained_of_other_network", repr(error), path=str(path), network=name) from error
    return Backbone(name, network.eval(), _INPUT)


def _published(name: str) -> Any:
    torchvision()
    from torchvision.models import get_model_weights

    return get_model_weights(name)["IMAGENET1K_V1"]


def _torch_folder() -> Path:
    """Where other programs that use torch keep the same files."""
    return Path(torch.hub.get_dir()) / "checkpoints"


def _check(path: Path) -> None:
    """The file's name ends in the first digits of its SHA-256."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if not digest.startswith(path.stem.rpartition("-")[2][:_DIGITS]):
        raise DataError("pretrained_damaged", path=str(path))


def _absent(name: str, url: str, path: Path, detail: str = "") -> DataError:
    return DataError("pretrained_missing", detail, network=name, url=url, folder=str(path.parent))
