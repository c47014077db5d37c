"""What a training run is made of; everything that, with the data, determines the result."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from statistics import median
from typing import Any, Literal, get_args, get_type_hints

LARGEST_WHOLE = 2**64
"""No whole number in a model file reaches this: JSON has longer ones, which overflow a float."""


@dataclass(frozen=True, slots=True)
class Augmentation:
    """Random changes to training images, so that the network cannot learn them by heart.

    Attributes:
        mirror: Flip left and right for half of the images.
        shift: Largest shift in pixels, each way; the border is filled with the background (0).
        erase: Probability of blanking a random rectangle (Zhong et al. 2017, arXiv:1708.04896).
        light: Largest relative change of brightness and contrast, for example 0.2.
        rotate: Largest turn in degrees, each way (product photos only, as are the next two).
        zoom: Largest relative change of size, for example 0.2.
        background: Probability that a studio photo's white background becomes another one.
    """

    mirror: bool = False
    shift: int = 0
    erase: float = 0.0
    light: float = 0.0
    rotate: float = 0.0
    zoom: float = 0.0
    background: float = 0.0


@dataclass(frozen=True, slots=True)
class Recipe:
    """A training run.

    Attributes:
        network: A name of :mod:`trainer.networks.registry`.
        epochs: Passes over the training images, 1 or more.
        batch_size: Images per step, 1 or more.
        learning_rate: Largest step size, above 0.
        optimiser: ``adam`` (Kingma and Ba 2014) or ``sgd`` with Nesterov momentum 0.9.
        weight_decay: L2 penalty on weight matrices and filters; biases and norms have none.
        schedule: ``constant``; ``cosine``: a linear rise over the first tenth of the steps, then half a cosine
            down to zero (Loshchilov and Hutter 2016, arXiv:1608.03983); or ``trapezoid``: a linear rise over the
            first epoch, level, and a linear fall to zero over the last third (Hägele et al. 2024, arXiv:2405.18392),
            so that a run still on the level can be given more epochs without a seam.
        label_smoothing: Probability spread evenly over all classes, [0, 1).
        average: Decay of the moving average of the weights that is validated and saved, [0, 1); 0 saves the last
            weights themselves (Polyak and Juditsky 1992).
        patience: Stop after so many epochs without a better validation accuracy; 0 never stops early.
        small_epochs: So many epochs at the start see images of 5/7 of the side, which takes half the time (progressive
            resizing; Touvron et al. 2019, arXiv:1906.06423). Product photos only.
        layers: ``all``, or ``head``: a linear probe on the embeddings of a network that has learnt something else; of
            this recipe's other fields only the seed then plays a part.
        backbone_rate: Step size of the first layer against that of the last, (0, 1]; those between grow evenly in
            proportion (Howard and Ruder 2018, arXiv:1801.06146). 1 for networks that begin with random weights.
        balance: Whether photos of rare categories count for more (:mod:`trainer.training.fit.class_weights`): in the
            loss (``weights``) or by being seen more often (``sampling``). Not for product photos.
        clip: Largest norm of a step's gradient; longer ones are cut (Pascanu et al. 2012, arXiv:1211.5063). 0: never.
        mirror_test: Predict each image and its mirror image and average (Fashion-MNIST shoes point one way only).
        augmentation: See :class:`Augmentation`.
        seed: Same seed, same data, same machine: same weights.
    """

    network: str
    epochs: int
    batch_size: int
    learning_rate: float
    optimiser: Literal["adam", "sgd"] = "adam"
    weight_decay: float = 0.0
    schedule: Literal["constant", "cosine", "trapezoid"] = "cosine"
    label_smoothing: float = 0.0
    average: float = 0.0
    patience: int = 0
    small_epochs: int = 0
    layers: Literal["all", "head"] = "all"
    backbone_rate: float = 1.0
    clip: float = 0.0
    balance: Literal["none", "weights", "sampling"] = "none"
    mirror_test: bool = False
    augmentation: Augmentation = field(default_factory=Augmentation)
    seed: int = 1

    def to_json(self) -> dict[str, Any]:
        """Plain values, for a model file or checkpoint."""
        return asdict(self)

    @staticmethod
    def from_json(values: dict[str, Any]) -> Recipe:
        """The inverse of :meth:`to_json`.

        Raises:
            KeyError, TypeError, ValueError: Fields are missing, unknown, of another kind or out of their range.
        """
        recipe = replace(Recipe(**values), augmentation=Augmentation(**values["augmentation"]))
        recipe._check()
        return recipe

    def _check(self) -> None:
        """Refuse what would only fail later and less clearly."""
        what = self.augmentation
        _check_kinds(self)
        _check_kinds(what)
        sane = (
            self.epochs >= 1
            and self.batch_size >= 1
            and self.learning_rate > 0
            and self.label_smoothing < 1
            and self.average < 1
            and 0 < self.backbone_rate <= 1
            and what.erase <= 1
            and what.background <= 1
        )
        if not sane:
            raise ValueError("a field of the recipe is out of its range")


def _check_kinds(values: Recipe | Augmentation) -> None:
    """Each field has the kind of value that it says, and no number is negative or infinite."""
    for name, kind in get_type_hints(type(values)).items():
        value = getattr(values, name)
        if kind in (int, float):
            fits = type(value) in (int, kind) and 0 <= value < (math.inf if type(value) is float else LARGEST_WHOLE)
        else:
            fits = value in get_args(kind) if get_args(kind) else isinstance(value, kind)
        if not fits:
            raise ValueError(f"{name} of the recipe cannot be {str(value)[:80]}")


BALANCES = {"none": "as they are", "weights": "count for more", "sampling": "seen more often"}
"""What can become of photos of rare categories: :attr:`Recipe.balance`, and in words."""

# Of the bundled weights and of their teachers; 25 epochs are what there was time for.
_PRODUCT = Recipe(
    network="product",
    epochs=25,
    batch_size=256,
    learning_rate=0.12,
    optimiser="sgd",
    weight_decay=5e-4,
    schedule="trapezoid",
    label_smoothing=0.05,
    average=0.999,
    augmentation=Augmentation(mirror=True, shift=4, erase=0.15, light=0.08, rotate=5.0, zoom=0.15, background=0.2),
    mirror_test=True,
)

# Those of Fashion-MNIST were chosen on its 5,000 validation images.
DEFAULTS: dict[str, Recipe] = {
    "cnn": Recipe(
        network="cnn",
        epochs=20,
        batch_size=128,
        learning_rate=2e-3,
        optimiser="adam",
        average=0.998,
        augmentation=Augmentation(mirror=True, shift=1),
        mirror_test=True,
    ),
    "resnet-mini": Recipe(
        network="resnet-mini",
        epochs=30,
        batch_size=128,
        learning_rate=0.1,
        optimiser="sgd",
        weight_decay=5e-4,
        label_smoothing=0.1,
        average=0.999,
        augmentation=Augmentation(mirror=True, shift=2, erase=0.25),
        mirror_test=True,
    ),
    "wide-resnet": Recipe(
        network="wide-resnet",
        epochs=74,
        batch_size=256,
        learning_rate=0.2,
        optimiser="sgd",
        weight_decay=5e-4,
        schedule="trapezoid",
        label_smoothing=0.1,
        average=0.999,
        augmentation=Augmentation(mirror=True, shift=3, erase=0.4),
        mirror_test=True,
    ),
    "product": _PRODUCT,
    "product-wide": replace(_PRODUCT, network="product-wide"),
}


def probing(network: str) -> Recipe:
    """Teach a network that has learnt something else new categories by its head alone, in seconds."""
    return Recipe(network, epochs=1, batch_size=64, learning_rate=1.0, layers="head", mirror_test=True)


def fine_tuning(network: str) -> Recipe:
    """Teach it new categories with all its layers; chosen on validation photos taken with phones."""
    return Recipe(
        network=network,
        epochs=8,
        batch_size=32,
        learning_rate=0.01,
        optimiser="sgd",
        weight_decay=5e-4,
        label_smoothing=0.05,
        average=0.99,
        backbone_rate=0.1,
        clip=2.0,
        augmentation=Augmentation(mirror=True, shift=6, erase=0.15, light=0.15, rotate=10.0, zoom=0.2),
        mirror_test=True,
    )


ENOUGH_TO_FINE_TUNE = 100
"""Photos of a category from which on more layers than the last gain by learning; on median of the categories."""


def usual_mode(photos_K: Sequence[int]) -> Literal["probe", "finetune"]:
    """What suits a collection of so many photos in each category."""
    return "finetune" if photos_K and median(photos_K) >= ENOUGH_TO_FINE_TUNE else "probe"
