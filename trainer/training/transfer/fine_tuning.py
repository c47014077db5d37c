"""Fine-tuning all layers of a backbone on other categories.

The head starts as a linear probe, which protects the features of the backbone (Kumar et al. 2022, arXiv:2202.10054);
early layers have lower learning rates than late ones (Howard and Ruder 2018, arXiv:1801.06146). The attributes stay as
they were by distillation from the backbone's own answers (learning without forgetting; Li and Hoiem 2016,
arXiv:1606.09282).
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from trainer import devices
from trainer.data.image_set import ImageSet
from trainer.networks.linear_probe import LinearProbe
from trainer.recipe import FitRecipe
from trainer.training.fit.task import ClassBalancer, validate_images
from trainer.training.multi_head import augmentation
from trainer.training.transfer.backbone import Backbone, CachedOutputs

_ATTRIBUTE_WEIGHT = 0.5  # of the distillation loss of each attribute, relative to the category's loss


class FineTuningTask:
    """See :class:`trainer.training.fit.task.Task`.

    Args:
        probe: The initial head of the categories.
        training: Training images with the backbone's outputs.
        validation: Validation images with the same classes and input.
    """

    def __init__(self, backbone: Backbone, probe: LinearProbe, training: CachedOutputs, validation: ImageSet) -> None:
        self._backbone, self._probe = backbone, probe
        self._images, self._validation = training.images, validation
        self._balancer = ClassBalancer(training.images.labels_N)
        self._teacher = {name: logits_NK.softmax(dim=1) for name, logits_NK in training.outputs.attributes.items()}

    def __len__(self) -> int:
        return len(self._images)

    def fingerprint(self) -> str:
        return f"{self._images.fingerprint()}-{self._validation.fingerprint()}"

    def build(self, recipe: FitRecipe) -> nn.Module:
        return self._backbone.with_head(self._probe)

    def loss(
        self, network: nn.Module, indices_N: torch.Tensor, epoch: int, recipe: FitRecipe, generator: torch.Generator
    ) -> tuple[torch.Tensor, torch.Tensor]:
        _freeze_batch_norm(network)
        indices_N = self._balancer.resample(indices_N, recipe, generator)
        spec, what = self._images.input, recipe.augmentation
        device = devices.device_of(network)
        images_NCHW = self._images.images_NCHW[indices_N].to(device)
        images_NCHW = augmentation.random_affine(images_NCHW, (spec.height, spec.width), what, generator)
        images_NCHW = augmentation.random_erasing(
            augmentation.color_jitter(images_NCHW, what.color_jitter, generator), what.random_erasing, generator
        )
        labels_N = self._images.labels_N[indices_N].to(device)
        inputs = spec.normalize(images_NCHW).contiguous(memory_format=torch.channels_last)
        model: Any = network  # has what trainer.networks.registry.Network has
        embeddings_ND = model.embed(inputs)
        logits_NK = model.head(embeddings_ND)
        loss = self._balancer.cross_entropy(logits_NK, indices_N, recipe)
        if self._teacher:
            for name, attribute_NK in model.logits(embeddings_ND).items():
                teacher_NK = self._teacher[name][indices_N].to(device)
                # KL divergence, not cross-entropy: it is 0 where nothing changed, so the loss curve shows the category.
                distance = F.kl_div(attribute_NK.log_softmax(dim=1), teacher_NK, reduction="batchmean")
                loss = loss + _ATTRIBUTE_WEIGHT * distance
        return loss, (logits_NK.argmax(dim=1) == labels_N).sum()

    def validate(self, network: nn.Module) -> tuple[float, float]:
        """See :class:`Task`; of the category."""
        return validate_images(network, self._validation)


def _freeze_batch_norm(network: nn.Module) -> None:
    """Keep the running statistics: a few dozen photos are too few for new ones."""
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.eval()
