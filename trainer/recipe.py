"""Training recipes: all settings that, with the data, determine the result of a training."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import Annotated, Any, Literal, TypeAlias, TypeVar, get_args

import msgspec
from msgspec import Meta
from msgspec.structs import replace

_NonNegative = Annotated[float, Meta(ge=0, le=1e300)]
_Probability = Annotated[float, Meta(ge=0, le=1)]
_BelowOne = Annotated[float, Meta(ge=0, lt=1)]
_Count = Annotated[int, Meta(ge=0, le=2**63 - 1)]
_PositiveCount = Annotated[int, Meta(ge=1, le=2**63 - 1)]

ClassBalancing = Literal["none", "weights", "sampling"]
CLASS_BALANCING: tuple[ClassBalancing, ...] = get_args(ClassBalancing)


class Augmentation(
    msgspec.Struct,
    frozen=True,
    forbid_unknown_fields=True,
    rename={
        "hflip": "mirror",
        "translate": "shift",
        "random_erasing": "erase",
        "color_jitter": "light",
        "replace_background": "background",
    },
):
    """Random changes to training images. In files the fields have the names of version 0.1.

    Attributes:
        hflip: Flip half of the images horizontally.
        translate: Largest translation in pixels, each way; the border is filled with the background (0).
        random_erasing: Probability of filling a random rectangle (Zhong et al. 2017, arXiv:1708.04896).
        color_jitter: Largest relative change of brightness and contrast, for example 0.2.
        rotate: Largest rotation in degrees, each way (product photos only, as are the next two).
        zoom: Largest relative change of size, for example 0.2.
        replace_background: Probability that the white background of a studio photo is replaced.
    """

    hflip: bool = False
    translate: _Count = 0
    random_erasing: _Probability = 0.0
    color_jitter: _NonNegative = 0.0
    rotate: _NonNegative = 0.0
    zoom: _NonNegative = 0.0
    replace_background: _Probability = 0.0


class FitRecipe(
    msgspec.Struct,
    frozen=True,
    forbid_unknown_fields=True,
    rename={
        "optimizer": "optimiser",
        "ema_decay": "average",
        "progressive_resize_epochs": "small_epochs",
        "layer_lr_decay": "backbone_rate",
        "max_grad_norm": "clip",
        "class_balancing": "balance",
        "tta_hflip": "mirror_test",
    },
):
    """Train all layers with the fit loop. In files the fields have the names of version 0.1.

    Attributes:
        network: A name of :mod:`trainer.networks.registry`.
        epochs: Passes over the training images, 1 or more.
        batch_size: Images per step, 1 or more.
        learning_rate: Peak learning rate, above 0.
        optimizer: ``adam`` (AdamW; Kingma and Ba 2014) or ``sgd`` with Nesterov momentum 0.9.
        weight_decay: L2 penalty on weight matrices and filters; biases and norms have none.
        schedule: ``constant``; ``cosine``: a linear warm-up over the first tenth of the steps, then half a cosine
            down to zero (Loshchilov and Hutter 2016, arXiv:1608.03983); or ``trapezoid``: a linear warm-up over the
            first epoch, constant, and a linear decay to zero over the last third (Hägele et al. 2024,
            arXiv:2405.18392), so that epochs can be added to a run that is still in the constant phase.
        label_smoothing: Probability spread evenly over all classes, [0, 1).
        ema_decay: Decay of the moving average of the weights that is validated and saved, [0, 1); 0 saves the last
            weights themselves (Polyak and Juditsky 1992).
        patience: Stop after so many epochs without a better validation accuracy; 0 never stops early.
        progressive_resize_epochs: So many epochs at the start see images of 5/7 of the side, which takes half the time
            (Touvron et al. 2019, arXiv:1906.06423). Product photos only.
        layer_lr_decay: Learning rate of the first layer divided by that of the last, (0, 1]; geometric in between
            (Howard and Ruder 2018, arXiv:1801.06146). 1 for random initial weights.
        max_grad_norm: Gradients with a larger norm are clipped to it (Pascanu et al. 2012, arXiv:1211.5063). 0: never.
        class_balancing: How rare categories are balanced (:mod:`trainer.training.fit.task`): not at all, by
            weights in the loss, or by sampling them more often. Not for product photos.
        tta_hflip: Test-time augmentation: average the predictions of an image and its horizontal flip.
        augmentation: See :class:`Augmentation`.
        seed: Same seed, same data, same machine: same weights.
    """

    network: str
    epochs: _PositiveCount
    batch_size: _PositiveCount
    learning_rate: Annotated[float, Meta(gt=0, le=1e300)]
    optimizer: Literal["adam", "sgd"] = "adam"
    weight_decay: _NonNegative = 0.0
    schedule: Literal["constant", "cosine", "trapezoid"] = "cosine"
    label_smoothing: _BelowOne = 0.0
    ema_decay: _BelowOne = 0.0
    patience: _Count = 0
    progressive_resize_epochs: _Count = 0
    layer_lr_decay: Annotated[float, Meta(gt=0, le=1)] = 1.0
    max_grad_norm: _NonNegative = 0.0
    class_balancing: ClassBalancing = "none"
    tta_hflip: bool = False
    augmentation: Augmentation = Augmentation()
    seed: Annotated[int, Meta(ge=0)] = 1

    def __post_init__(self) -> None:
        if self.seed >= 2**64:
            raise ValueError("the seed has more than 64 bits")

    @property
    def fit(self) -> FitRecipe:
        """Settings of the fit loop."""
        return self

    def to_json(self) -> dict[str, Any]:
        """Plain values, for a model file or checkpoint."""
        return {**msgspec.to_builtins(self), "layers": "all"}


class ProbeRecipe(msgspec.Struct, frozen=True):
    """Train only the head, on the embeddings of a frozen backbone: a convex problem without learning rate or epochs.

    Attributes:
        network: As :attr:`FitRecipe.network`.
        tta_hflip: As :attr:`FitRecipe.tta_hflip`.
        seed: Decides the folds of the cross-validation.
    """

    network: str
    tta_hflip: bool = True
    seed: int = 1

    @property
    def fit(self) -> None:
        """A probe has no fit loop."""

    def to_json(self) -> dict[str, Any]:
        """Plain values. Version 0.1 has one kind of recipe, so the keys of a fit are there, and mean nothing."""
        fit = FitRecipe(
            self.network, epochs=1, batch_size=64, learning_rate=1.0, tta_hflip=self.tta_hflip, seed=self.seed
        )
        return {**fit.to_json(), "layers": "head"}


Recipe: TypeAlias = FitRecipe | ProbeRecipe


def recipe_from_json(values: dict[str, Any]) -> Recipe:
    """The inverse of ``to_json``.

    Raises:
        ValueError, TypeError: Fields are missing, unknown, of another type or out of range.
    """
    layers = values.get("layers", "all")
    fit = msgspec.convert({key: value for key, value in values.items() if key != "layers"}, FitRecipe)
    if layers == "all":
        return fit
    if layers == "head":
        return ProbeRecipe(fit.network, fit.tta_hflip, fit.seed)
    raise ValueError(f"layers of the recipe cannot be {str(layers)[:80]}")


_Struct = TypeVar("_Struct", bound=msgspec.Struct)


def convert_with_recipe(values: dict[str, Any], struct: type[_Struct]) -> _Struct:
    """A struct with a field ``recipe`` from plain values; msgspec cannot convert the union of both recipes itself.

    Raises:
        KeyError, ValueError, TypeError: Fields are missing, unknown, of another type or out of range.
    """
    fields = {field.encode_name: field for field in msgspec.structs.fields(struct)}
    read: dict[str, Any] = {
        fields[key].name: recipe_from_json(value) if key == "recipe" else msgspec.convert(value, fields[key].type)
        for key, value in values.items()
    }
    return struct(**read)


# Of the bundled weights and of their teachers; 25 epochs are what there was time for.
_PRODUCT = FitRecipe(
    network="product",
    epochs=25,
    batch_size=256,
    learning_rate=0.12,
    optimizer="sgd",
    weight_decay=5e-4,
    schedule="trapezoid",
    label_smoothing=0.05,
    ema_decay=0.999,
    augmentation=Augmentation(
        hflip=True, translate=4, random_erasing=0.15, color_jitter=0.08, rotate=5.0, zoom=0.15, replace_background=0.2
    ),
    tta_hflip=True,
)

# From ImageNet weights: few epochs, lower learning rates for early layers. The first three see small photos, which
# takes half the time. Not compared with other settings.
_EFFICIENTNET_LITE = FitRecipe(
    network="efficientnet-lite0",
    epochs=7,
    batch_size=64,
    learning_rate=2e-3,
    optimizer="adam",
    weight_decay=0.02,
    schedule="trapezoid",
    label_smoothing=0.05,
    ema_decay=0.998,
    progressive_resize_epochs=3,
    layer_lr_decay=0.15,
    max_grad_norm=5.0,
    augmentation=Augmentation(
        hflip=True, translate=6, random_erasing=0.15, color_jitter=0.12, rotate=8.0, zoom=0.2, replace_background=0.2
    ),
    tta_hflip=True,
)

# Those of Fashion-MNIST were chosen on its 5,000 validation images.
DEFAULTS: dict[str, FitRecipe] = {
    "cnn": FitRecipe(
        network="cnn",
        epochs=20,
        batch_size=128,
        learning_rate=2e-3,
        optimizer="adam",
        ema_decay=0.998,
        augmentation=Augmentation(hflip=True, translate=1),
        tta_hflip=True,
    ),
    "resnet-mini": FitRecipe(
        network="resnet-mini",
        epochs=30,
        batch_size=128,
        learning_rate=0.1,
        optimizer="sgd",
        weight_decay=5e-4,
        label_smoothing=0.1,
        ema_decay=0.999,
        augmentation=Augmentation(hflip=True, translate=2, random_erasing=0.25),
        tta_hflip=True,
    ),
    "wide-resnet": FitRecipe(
        network="wide-resnet",
        epochs=74,
        batch_size=256,
        learning_rate=0.2,
        optimizer="sgd",
        weight_decay=5e-4,
        schedule="trapezoid",
        label_smoothing=0.1,
        ema_decay=0.999,
        augmentation=Augmentation(hflip=True, translate=3, random_erasing=0.4),
        tta_hflip=True,
    ),
    "product": _PRODUCT,
    "product-wide": replace(_PRODUCT, network="product-wide"),
    "efficientnet-lite0": _EFFICIENTNET_LITE,
}


def fine_tuning(network: str) -> FitRecipe:
    """The defaults for fine-tuning all layers on new categories; chosen on validation photos taken with phones."""
    return FitRecipe(
        network=network,
        epochs=8,
        batch_size=32,
        learning_rate=0.01,
        optimizer="sgd",
        weight_decay=5e-4,
        label_smoothing=0.05,
        ema_decay=0.99,
        layer_lr_decay=0.1,
        max_grad_norm=2.0,
        augmentation=Augmentation(
            hflip=True, translate=6, random_erasing=0.15, color_jitter=0.15, rotate=10.0, zoom=0.2
        ),
        tta_hflip=True,
    )


MIN_PHOTOS_TO_FINE_TUNE = 100
"""Median number of photos per category from which fine-tuning is better than a probe."""


def suggested_mode(photos_K: Sequence[int]) -> Literal["probe", "finetune"]:
    """The better mode for a collection with these numbers of photos per category."""
    return "finetune" if photos_K and median(photos_K) >= MIN_PHOTOS_TO_FINE_TUNE else "probe"
