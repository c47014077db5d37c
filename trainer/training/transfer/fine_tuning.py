"""Learning own categories from a network that has seen many photos of other ones.

First a linear probe on its embeddings, then, if asked for, all its weights from there on (Kumar et al. 2022,
arXiv:2202.10054: a head that fits already keeps the backbone's features from being torn about), early layers more
slowly than late ones (Howard and Ruder 2018, arXiv:1801.06146). What the network says of colour, pattern and so on is
held where it was: its own answers are learnt along (Li and Hoiem 2016, arXiv:1606.09282).
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from trainer import devices
from trainer.control import ProgressEvent, WorkControl
from trainer.data.image_set import ImageSet
from trainer.inference.batches import predict_images
from trainer.inference.predictor import Outputs, Predictor
from trainer.model_files.heads import with_heads
from trainer.model_files.model_file import Model
from trainer.networks.linear_probe import LinearProbe
from trainer.recipe import FitRecipe
from trainer.taxonomy import CATEGORY
from trainer.training.fit.class_weights import Balance
from trainer.training.fit.task import validated
from trainer.training.multi_head import augmentation

_BATCH = 64
_ATTRIBUTES_WEIGH = 0.5  # of each attribute's old answers against the category


@dataclass(frozen=True)
class CachedOutputs:
    """Images and what a network said of them.

    Attributes:
        images: N images.
        outputs: Of the network before it learnt anything new, with mirror images where its model asks for it.
    """

    images: ImageSet
    outputs: Outputs


def embed_dataset(
    start: Model, images: ImageSet, control: WorkControl
) -> Generator[ProgressEvent, None, CachedOutputs]:
    """Look at every image once, so that a probe can learn from the embeddings.

    Raises:
        Cancelled: ``control`` was stopped.
    """
    outputs = yield from predict_images(
        Predictor(start), len(images), lambda rows: images.images_NCHW[rows], _BATCH, "Looking at the photos", control
    )
    return CachedOutputs(images, outputs)


def with_head(start: Model, probe: LinearProbe) -> nn.Module:
    """A copy of the network that names the probe's categories; attributes stay. In evaluation mode."""
    return with_heads(start.network, {CATEGORY: probe})


class TransferTask:
    """See :class:`trainer.training.fit.task.Task`; all of a network's weights learn.

    Args:
        start: What to begin with; it stays unchanged.
        probe: The head to begin with.
        training: Images to learn from, as ``start`` saw them.
        validation: Images to check with; same classes and input.
    """

    def __init__(self, start: Model, probe: LinearProbe, training: CachedOutputs, validation: ImageSet) -> None:
        self._start, self._probe = start, probe
        self._images, self._validation = training.images, validation
        self._balance = Balance(training.images.labels_N)
        self._old = {name: logits_NK.softmax(dim=1) for name, logits_NK in training.outputs.attributes.items()}

    def __len__(self) -> int:
        return len(self._images)

    def fingerprint(self) -> str:
        """See :class:`Task`."""
        return f"{self._images.fingerprint()}-{self._validation.fingerprint()}"

    def build(self, recipe: FitRecipe) -> nn.Module:
        """See :class:`Task`."""
        return with_head(self._start, self._probe)

    def loss(
        self, network: nn.Module, indices_N: torch.Tensor, epoch: int, recipe: FitRecipe, generator: torch.Generator
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """See :class:`Task`."""
        _keep_statistics(network)
        indices_N = self._balance.drawn(indices_N, recipe, generator)
        spec, what = self._images.input, recipe.augmentation
        device = devices.device_of(network)
        images_NCHW = self._images.images_NCHW[indices_N].to(device)
        images_NCHW = augmentation.random_affine(images_NCHW, (spec.height, spec.width), what, generator)
        images_NCHW = augmentation.random_erasing(
            augmentation.color_jitter(images_NCHW, what.color_jitter, generator), what.random_erasing, generator
        )
        labels_N = self._images.labels_N[indices_N].to(device)
        inputs = spec.normalise(images_NCHW).contiguous(memory_format=torch.channels_last)
        taught: Any = network  # with what trainer.networks.registry promises of its networks
        embeddings_ND = taught.embed(inputs)
        logits_NK = taught.head(embeddings_ND)
        loss = self._balance.cross_entropy(logits_NK, indices_N, recipe)
        if self._old:
            for name, attribute_NK in taught.logits(embeddings_ND).items():
                old_NK = self._old[name][indices_N].to(device)
                # 0 where nothing changed, unlike the cross-entropy; so the loss that is drawn is mostly the category's.
                moved = F.kl_div(attribute_NK.log_softmax(dim=1), old_NK, reduction="batchmean")
                loss = loss + _ATTRIBUTES_WEIGH * moved
        return loss, (logits_NK.argmax(dim=1) == labels_N).sum()

    def validate(self, network: nn.Module) -> tuple[float, float]:
        """See :class:`Task`; of the category."""
        return validated(network, self._validation)


def _keep_statistics(network: nn.Module) -> None:
    """A few dozen photos say too little of how features are spread; the old means and variances stay."""
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.eval()
