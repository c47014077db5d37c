"""A trained network, of a model or ImageNet, whose categories are replaced; its embeddings of a data set."""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

import torch

from trainer.control import ProgressEvent, WorkControl
from trainer.data.download import fetch
from trainer.data.image_set import ImageSet
from trainer.errors import DataError
from trainer.inference.batches import predict_images
from trainer.inference.predictor import Outputs, network_outputs
from trainer.model_files.heads import head_of, with_heads
from trainer.model_files.metadata import AttributeHead, StudioScore
from trainer.model_files.model_file import Model
from trainer.model_files.open_set import NoProduct
from trainer.networks import imagenet, registry
from trainer.networks.backbone_weights import load_backbone_weights
from trainer.networks.linear_probe import LinearProbe
from trainer.networks.network import Network
from trainer.preprocessing.input_spec import InputSpec
from trainer.taxonomy import CATEGORY
from trainer.torchvision_guard import torchvision

_BATCH = 64
# Size and normalization with which these weights were trained.
_INPUT = InputSpec("colour", 3, 224, 224, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
_LITE_INPUT = InputSpec("colour", 3, 224, 224, (127 / 255,) * 3, (128 / 255,) * 3)
_DIGITS = 8  # of the SHA-256 are part of the file's name


@dataclass(frozen=True)
class Backbone:
    """A trained network, in evaluation mode; it stays unchanged.

    Attributes:
        name: A name of :mod:`trainer.networks.registry`.
        network: That network; without categories, its head is unused.
        tta_hflip: Average its outputs for an image and its horizontal flip.
        classes: The categories of its head; empty for weights of ImageNet.
        attributes: The heads of attributes, which stay.
        studio: As :attr:`trainer.model_files.metadata.ModelMetadata.studio`.
        reference: The calibrated head of the product model that this is, or that it was trained from; None where there
            is none.
        no_product: Finds photos without a product; None where the model has no such test.
    """

    name: str
    network: Network
    input: InputSpec
    tta_hflip: bool = False
    classes: tuple[str, ...] = ()
    attributes: Mapping[str, AttributeHead] = field(default_factory=dict)
    studio: StudioScore | None = None
    reference: LinearProbe | None = None
    no_product: NoProduct | None = None

    @staticmethod
    def of_model(model: Model) -> Backbone:
        known, earlier = model.metadata, model.open_set.reference
        reference = None
        if earlier is not None:
            reference = LinearProbe(torch.from_numpy(earlier.weight_CD), torch.from_numpy(earlier.bias_C))
        elif known.uses_taxonomy:
            reference = head_of(model.network, known, CATEGORY)
        return Backbone(
            known.network,
            model.network,
            known.input,
            known.tta_hflip,
            known.classes,
            known.attributes,
            known.studio,
            reference,
            model.open_set.no_product,
        )

    def outputs(self, images_NCHW: torch.Tensor) -> Outputs:
        """Raw outputs for prepared images, uint8 N×C×H×W; N×0 for the category where it has none."""
        return network_outputs(
            self.network,
            images_NCHW,
            self.input,
            tta_hflip=self.tta_hflip,
            has_categories=bool(self.classes),
        )

    def with_head(self, probe: LinearProbe) -> Network:
        """A copy of the network with the categories of the probe and the same attributes, in evaluation mode."""
        return with_heads(self.network, {CATEGORY: probe})


@dataclass(frozen=True)
class CachedOutputs:
    """N images and what the backbone makes of them."""

    images: ImageSet
    outputs: Outputs


def embed_dataset(
    backbone: Backbone, images: ImageSet, control: WorkControl
) -> Generator[ProgressEvent, None, CachedOutputs]:
    """The backbone's outputs for every image; yields progress."""
    outputs = yield from predict_images(
        backbone.outputs, len(images), lambda rows: images.images_NCHW[rows], _BATCH, "computing_embeddings", control
    )
    return CachedOutputs(images, outputs)


def open_bundled(name: str, folder: Path | None) -> Backbone:
    """A network with the ImageNet weights that are part of the program.

    They end at the feature maps: the projection to embeddings is random, orthogonal and always the same, which keeps
    distances nearly as they are (Johnson and Lindenstrauss 1984).

    Args:
        name: One of :data:`trainer.networks.names.BUNDLED_BACKBONES`.
        folder: Where the weights are.

    Raises:
        DataError: ``no_backbone_weights``: no folder was given.
        ModelFileError: The weights are missing or damaged.
    """
    if folder is None:
        raise DataError("no_backbone_weights", network=name)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = registry.build(name, _LITE_INPUT, 1)
        torch.nn.init.orthogonal_(network.get_parameter("projection.0.weight"))
    load_backbone_weights(network, folder / f"{name}.safetensors")
    return Backbone(name, network.eval(), _LITE_INPUT)


def open_pretrained(
    name: str, places: Sequence[Path], control: WorkControl, *, may_download: bool = True
) -> Generator[ProgressEvent, None, Backbone]:
    """A network with ImageNet weights.

    Args:
        name: One of :data:`trainer.networks.names.IMAGENET`.
        places: Folders to look in for the file, and in ``weights/`` below them; a download goes to the last one.
        may_download: Whether a missing file may be fetched.

    Raises:
        DataError: The file is missing and cannot be downloaded, or is damaged.
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
    return Path(torch.hub.get_dir()) / "checkpoints"


def _check(path: Path) -> None:
    """The file's name ends in the first digits of its SHA-256."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if not digest.startswith(path.stem.rpartition("-")[2][:_DIGITS]):
        raise DataError("pretrained_damaged", path=str(path))


def _absent(name: str, url: str, path: Path, detail: str = "") -> DataError:
    return DataError("pretrained_missing", detail, network=name, url=url, folder=str(path.parent))
