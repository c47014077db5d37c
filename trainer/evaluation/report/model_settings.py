"""How a model was made, in plain words: a name and a value for each setting."""

from __future__ import annotations

from trainer import number_format
from trainer.evaluation.report.content import Words
from trainer.model_files.metadata import ModelMetadata
from trainer.recipe import Augmentation

_WORDS = {
    "epochs": "Epochs, at most",
    "batch_size": "Photos per step",
    "learning_rate": "Learning rate",
    "optimizer": "Optimizer",
    "weight_decay": "Weight decay",
    "schedule": "Learning rate schedule",
    "label_smoothing": "Label smoothing",
    "ema_decay": "Decay of the weights' moving average",
    "patience": "Early stopping after epochs without improvement",
    "progressive_resize_epochs": "First epochs with smaller images",
    "tta_hflip": "Test-time augmentation (horizontal flip)",
    "seed": "Seed",
}
_CHANGES = {
    "hflip": "mirrored",
    "translate": "shifted by up to {} px",
    "random_erasing": "a part blanked ({:.0%})",
    "color_jitter": "lighter or darker by up to {:.0%}",
    "rotate": "turned by up to {:g}°",
    "zoom": "larger or smaller by up to {:.0%}",
    "replace_background": "another background ({:.0%})",
}


def settings(metadata: ModelMetadata, words: Words) -> list[tuple[str, str]]:
    """Name and value of each setting that says something; those that are switched off are left out.

    Fields without words are shown by their name.
    """
    recipe = metadata.recipe
    colours = "grey" if metadata.input.channels == 1 else "colour"
    shown = [
        ("Network", metadata.network),
        ("Trained on", words.data_text(metadata.data)),
        ("Started from", words.origin_text(metadata.origin)),
        ("Categories", f"{len(metadata.classes):,}"),
        ("Image", f"{metadata.input.width} × {metadata.input.height} pixels, {colours}"),
        ("Made", number_format.day_of(metadata.created) or metadata.created),
        ("Version of FashionLens", metadata.version),
        ("Fingerprint of the data", metadata.data_fingerprint),
        ("Epochs done", f"{len(metadata.history):,}" if metadata.history else ""),
        *(
            (_WORDS.get(field, field.replace("_", " ").capitalize()), _value(getattr(recipe, field)))
            for field in recipe.__struct_fields__
            if field not in ("network", "augmentation")
        ),
        ("Photos changed at random", "" if recipe.fit is None else _changes(recipe.fit.augmentation)),
        ("Needs review below", f"{number_format.percent(metadata.review_below, 0)} confidence"),
        *((_measured(name), _figure(name, value)) for name, value in metadata.figures.items()),
    ]
    return [(name, value) for name, value in shown if value]


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else ""
    if isinstance(value, int | float):
        return f"{value:g}" if value else ""
    return "" if value is None else str(value)


def _changes(augmentation: Augmentation) -> str:
    values = ((field, getattr(augmentation, field)) for field in augmentation.__struct_fields__)
    return ", ".join(_CHANGES.get(field, f"{field} {{}}").format(value) for field, value in values if value)


def _measured(name: str) -> str:
    words = name.replace("_", " ")
    if words == "best epoch":
        return "Best epoch"
    of_validation = words.startswith("validation ")
    words = words.removeprefix("validation ")
    for kind in ("share", "accuracy"):
        if words.endswith(f"ok {kind}"):
            words = f"{words.removesuffix(f'ok {kind}')}{kind} {'' if kind == 'share' else 'of those '}marked ok"
    return words.strip().capitalize() + (" (validation)" if of_validation else "")


def _figure(name: str, value: float) -> str:
    shares = ("accuracy", "coverage", "error", "share", "recall", "precision", "f1")
    return number_format.percent(value, 2) if 0 <= value <= 1 and name.endswith(shares) else f"{value:g}"
