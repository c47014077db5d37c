"""What the fit loop trains: examples, network, loss and validation."""

from __future__ import annotations

from typing import Protocol

import torch
from torch.nn import functional as F

from trainer import devices
from trainer.control import batches
from trainer.data.image_set import ImageSet
from trainer.errors import DataError
from trainer.networks import registry
from trainer.networks.network import Network
from trainer.recipe import FitRecipe
from trainer.training.fit.augmentation import augment

_VALIDATION_BATCH = 128
_BETA = 0.999


def example_weights(labels_N: torch.Tensor) -> torch.Tensor:
    """Weight of each example, float32, above 0, on average 1, by how many share its label (int64).

    That is 1 / E with E = (1 - β^n) / (1 - β), the effective number of n photos (Cui et al. 2019, arXiv:1901.05555).
    With plain 1 / n, each photo of a category of five would have a thousand times the weight of one of five thousand.
    With β = 0.999 the two agree up to some hundred photos; from a few thousand on the weight stays the same.
    """
    counts_K = torch.bincount(labels_N).double()
    effective_K = (1 - _BETA**counts_K) / (1 - _BETA)
    weights_N = 1 / effective_K[labels_N]
    return (weights_N / weights_N.mean()).float()


class ClassBalancer:
    """Applies :attr:`FitRecipe.class_balancing` to the labels of all training examples, int64 (N,)."""

    def __init__(self, labels_N: torch.Tensor) -> None:
        self._labels_N = labels_N
        self._weights_N = example_weights(labels_N)

    def resample(self, indices_N: torch.Tensor, recipe: FitRecipe, generator: torch.Generator) -> torch.Tensor:
        """The examples of a batch: with ``sampling``, drawn by their weights, otherwise ``indices_N`` itself.

        The generator is that of the batch, so that a resumed run draws the same.
        """
        if recipe.class_balancing != "sampling":
            return indices_N
        return torch.multinomial(self._weights_N, len(indices_N), replacement=True, generator=generator)

    def cross_entropy(self, logits_NK: torch.Tensor, indices_N: torch.Tensor, recipe: FitRecipe) -> torch.Tensor:
        """Mean cross-entropy with the recipe's label smoothing and, with ``weights``, each example's weight."""
        device = logits_NK.device
        labels_N = self._labels_N[indices_N].to(device)
        if recipe.class_balancing != "weights":
            return F.cross_entropy(logits_NK, labels_N, label_smoothing=recipe.label_smoothing)
        losses_N = F.cross_entropy(logits_NK, labels_N, label_smoothing=recipe.label_smoothing, reduction="none")
        return (losses_N * self._weights_N[indices_N].to(device)).mean()


class Task(Protocol):
    """Training and validation examples with a network and a loss."""

    def __len__(self) -> int:
        """Number of training examples in an epoch."""

    def fingerprint(self) -> str:
        """Changes when any training or validation example changes."""

    def build(self, recipe: FitRecipe) -> Network:
        """A new network for it."""

    def loss(
        self, network: Network, indices_N: torch.Tensor, epoch: int, recipe: FitRecipe, generator: torch.Generator
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Loss of a batch with its graph, and the number of correct examples; both are scalar tensors on the device of
        the network, so that nothing waits for a GPU.

        Args:
            network: In training mode.
            indices_N: int64, which examples, [0, len).
            epoch: From 0.
            recipe: Its augmentation, label smoothing and class balancing are used.
            generator: Every random number of the batch comes from here.
        """

    def validate(self, network: Network) -> tuple[float, float]:
        """Mean loss and accuracy [0, 1] on the validation examples; puts the network in evaluation mode."""


class ClassificationTask:
    """One class for each image.

    Args:
        validation: Images of the same classes and input.

    Raises:
        DataError: There are no images, or classes or input differ.
    """

    def __init__(self, training: ImageSet, validation: ImageSet) -> None:
        if not len(training) or not len(validation):
            raise DataError("no_training_photos")
        if (training.classes, training.input) != (validation.classes, validation.input):
            raise DataError("different_validation_photos")
        self._training = training
        self._validation = validation
        self._balancer = ClassBalancer(training.labels_N)

    def __len__(self) -> int:
        return len(self._training)

    def fingerprint(self) -> str:
        return f"{self._training.fingerprint()}-{self._validation.fingerprint()}"

    def build(self, recipe: FitRecipe) -> Network:
        return registry.build(recipe.network, self._training.input, len(self._training.classes))

    def loss(
        self, network: Network, indices_N: torch.Tensor, epoch: int, recipe: FitRecipe, generator: torch.Generator
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Cross-entropy with integer labels; see :class:`Task`."""
        indices_N = self._balancer.resample(indices_N, recipe, generator)
        device = devices.device_of(network)
        images = augment(self._training.images_NCHW[indices_N].to(device), recipe.augmentation, generator)
        labels = self._training.labels_N[indices_N].to(device)
        inputs = devices.arranged(self._training.input.normalize(images))
        logits_NK = network(inputs)
        loss = self._balancer.cross_entropy(logits_NK, indices_N, recipe)
        return loss, (logits_NK.argmax(1) == labels).sum()

    def validate(self, network: Network) -> tuple[float, float]:
        return validate_images(network, self._validation)


@torch.inference_mode()
def validate_images(network: Network, images: ImageSet) -> tuple[float, float]:
    """Mean cross-entropy and accuracy [0, 1] on images; puts the network in evaluation mode."""
    network.eval()
    device = devices.device_of(network)
    loss, correct = torch.zeros((), device=device), torch.zeros((), dtype=torch.int64, device=device)
    for rows in batches(len(images), _VALIDATION_BATCH):
        labels_N = images.labels_N[rows].to(device)
        inputs = images.input.normalize(images.images_NCHW[rows].to(device))
        logits_NK = network(devices.arranged(inputs))
        loss += F.cross_entropy(logits_NK, labels_N, reduction="sum")
        correct += (logits_NK.argmax(dim=1) == labels_N).sum()
    return loss.item() / len(images), correct.item() / len(images)
