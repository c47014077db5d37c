"""Category and attributes as one task, on studio and phone photos."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from torch.nn import functional as F

from trainer import devices
from trainer.control import batches
from trainer.data.products import ProductData
from trainer.networks import registry
from trainer.networks.backbone_weights import load_backbone_weights
from trainer.networks.network import Network
from trainer.recipe import FitRecipe
from trainer.taxonomy import ATTRIBUTES, CATEGORY
from trainer.training.multi_head.batches import ProductBatches
from trainer.training.multi_head.distillation import Teachers

# Of the loss of each attribute, relative to the category's; pattern and fabric are known of few photos.
_LOSS_WEIGHTS = {"colour": 1.0, "pattern": 0.8, "fabric": 0.8, "occasion": 0.5, "season": 0.5, "audience": 0.5}
_VALIDATION_BATCH = 256
_DROPOUT = 0.2  # of the embeddings


class MultiHeadTask:
    """See :class:`trainer.training.fit.task.Task`.

    A phone photo has several candidate categories, see :func:`partial_label_loss`. Unknown attributes are ignored.

    Args:
        data: Photos and labels; moved to the network's device once.
        teachers: Networks with the same heads, for distillation (:class:`Teachers`).
        backbone_weights: Initial weights of the backbone; None for random ones.
    """

    def __init__(
        self, data: ProductData, teachers: Sequence[Network] = (), backbone_weights: Path | None = None
    ) -> None:
        self._batches = ProductBatches(data)
        self._teachers = Teachers(teachers, _LOSS_WEIGHTS) if teachers else None
        self._backbone_weights = backbone_weights
        self._full_size = (data.input.height, data.input.width)
        self._size = self._full_size

    def __len__(self) -> int:
        return len(self._batches)

    def fingerprint(self) -> str:
        teachers = f"-{self._teachers.fingerprint()}" if self._teachers else ""
        return self._batches.data.fingerprint() + teachers

    def build(self, recipe: FitRecipe) -> Network:
        """See :class:`Task`; raises as :func:`load_backbone_weights` does."""
        data = self._batches.data
        heads = {name: len(data.taxonomy.names(name)) for name in ATTRIBUTES}
        network = registry.build(recipe.network, data.input, len(data.taxonomy.names(CATEGORY)), heads)
        if self._backbone_weights is not None:
            load_backbone_weights(network, self._backbone_weights)
        return network

    def loss(
        self, network: Network, indices_N: torch.Tensor, epoch: int, recipe: FitRecipe, generator: torch.Generator
    ) -> tuple[torch.Tensor, torch.Tensor]:
        self._batches.to_device(devices.device_of(network))
        height, width = self._full_size
        small = epoch < recipe.progressive_resize_epochs
        self._size = (height * 5 // 7, width * 5 // 7) if small else self._full_size
        images_NCHW, labels = self._batches.batch(indices_N, self._size, recipe.augmentation, generator)
        inputs = devices.arranged(self._batches.data.input.normalize(images_NCHW))
        embeddings_ND = F.dropout(network.embed(inputs), _DROPOUT, network.training)
        logits_NK, attributes = network.head(embeddings_ND), network.logits(embeddings_ND)
        loss = partial_label_loss(logits_NK, labels.candidates_NK, recipe.label_smoothing)
        for name, attribute_NK in attributes.items():
            attribute_loss = F.cross_entropy(
                attribute_NK,
                labels.attributes[name],
                ignore_index=-1,
                reduction="sum",
                label_smoothing=recipe.label_smoothing,
            )
            # Normalised by batch size, so that sparse labels are not up-weighted.
            loss = loss + _LOSS_WEIGHTS[name] * attribute_loss / len(indices_N)
        if self._teachers is not None:
            loss = self._teachers.distilled(loss, inputs, logits_NK, attributes)
        return loss, _correct(logits_NK, labels.candidates_NK)

    @torch.inference_mode()
    def validate(self, network: Network) -> tuple[float, float]:
        """See :class:`Task`; of the category, studio and phone photos together, in the image size of the last batch."""
        network.eval()
        self._batches.to_device(devices.device_of(network))
        photos, spec = self._batches.data.validation, self._batches.data.input
        device = photos.images_NCHW.device
        loss, correct = torch.zeros((), device=device), torch.zeros((), dtype=torch.int64, device=device)
        for rows in batches(len(photos.images_NCHW), _VALIDATION_BATCH):
            inputs = spec.normalize(photos.images_NCHW[rows])
            if self._size != self._full_size:
                inputs = F.interpolate(inputs, size=self._size, mode="bilinear", antialias=True)
            logits_NK = network(devices.arranged(inputs))
            candidates_NK = photos.labels.candidates_NK[rows]
            loss += partial_label_loss(logits_NK, candidates_NK, 0.0) * len(candidates_NK)
            correct += _correct(logits_NK, candidates_NK)
        count = len(photos.images_NCHW)
        return loss.item() / count, correct.item() / count


def partial_label_loss(logits_NK: torch.Tensor, candidates_NK: torch.Tensor, smoothing: float) -> torch.Tensor:
    """Mean negative log of the summed probability of the candidates (partial labels; Jin and Ghahramani 2002).

    Args:
        logits_NK: float32.
        candidates_NK: bool, at least one true in each row.
        smoothing: Label smoothing over all categories, [0, 1).
    """
    log_probabilities_NK = logits_NK.log_softmax(dim=1)
    candidates_N = log_probabilities_NK.masked_fill(~candidates_NK, -torch.inf).logsumexp(dim=1)
    return -((1 - smoothing) * candidates_N + smoothing * log_probabilities_NK.mean(dim=1)).mean()


def _correct(logits_NK: torch.Tensor, candidates_NK: torch.Tensor) -> torch.Tensor:
    """Number of photos whose most likely category is a candidate, a scalar int64."""
    return candidates_NK.gather(1, logits_NK.argmax(dim=1, keepdim=True)).sum()
