"""A trained network whose categories are replaced, and the embeddings it has of a data set."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field

import torch
from torch import nn

from trainer.control import ProgressEvent, WorkControl
from trainer.data.image_set import ImageSet
from trainer.inference.batches import predict_images
from trainer.inference.predictor import Outputs, network_outputs
from trainer.model_files.heads import with_heads
from trainer.model_files.metadata import AttributeHead
from trainer.model_files.model_file import Model
from trainer.networks.linear_probe import LinearProbe
from trainer.preprocessing.input_spec import InputSpec
from trainer.taxonomy import CATEGORY

_BATCH = 64


@dataclass(frozen=True)
class Backbone:
    """A trained network, in evaluation mode; it stays unchanged.

    Attributes:
        name: A name of :mod:`trainer.networks.registry`.
        network: That network; without categories, its head is unused.
        input: How photos are prepared for it.
        tta_hflip: Average its outputs for an image and its horizontal flip.
        classes: The categories of its head; empty for weights of ImageNet.
        attributes: The heads of attributes, which stay.
    """

    name: str
    network: nn.Module
    input: InputSpec
    tta_hflip: bool = False
    classes: tuple[str, ...] = ()
    attributes: Mapping[str, AttributeHead] = field(default_factory=dict)

    @staticmethod
    def of_model(model: Model) -> Backbone:
        """A model of FashionLens as backbone."""
        known = model.metadata
        return Backbone(known.network, model.network, known.input, known.tta_hflip, known.classes, known.attributes)

    def outputs(self, images_NCHW: torch.Tensor) -> Outputs:
        """Raw outputs for prepared images, uint8 N×C×H×W; N×0 for the category where it has none."""
        return network_outputs(
            self.network,
            images_NCHW,
            self.input,
            tta_hflip=self.tta_hflip,
            has_categories=bool(self.classes),
            has_attributes=bool(self.attributes),
        )

    def with_head(self, probe: LinearProbe) -> nn.Module:
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
    """The backbone's outputs for every image; yields progress.

    Raises:
        Cancelled: ``control`` was stopped.
    """
    outputs = yield from predict_images(
        backbone.outputs, len(images), lambda rows: images.images_NCHW[rows], _BATCH, "computing_embeddings", control
    )
    return CachedOutputs(images, outputs)
