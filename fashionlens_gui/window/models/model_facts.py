"""What the metadata of a model says, as text."""

from __future__ import annotations

import re
from collections.abc import Sequence

from fashionlens_gui.messages import data_text, listed, origin_text
from fashionlens_gui.past_evaluations import PastEvaluation, comparable, identity
from fashionlens_gui.window.shell.model_card import card_markdown
from trainer.model_files.library import ModelEntry
from trainer.number_format import day_of, percent

_NETWORKS = {
    "cnn": "Small convolutional network",
    "resnet-mini": "Small residual network",
    "wide-resnet": "Wide residual network",
    "product": "Residual network for product photos",
    "product-wide": "Wide residual network for product photos",
    "efficientnet-lite0": "EfficientNet-Lite0",
    "resnet18": "ResNet-18",
    "resnet50": "ResNet-50",
    "vgg16": "VGG-16",
    "mobilenet_v3_large": "MobileNetV3",
    "efficientnet_b0": "EfficientNet-B0",
}
_PUNCTUATION = re.compile(r"[!-/:-@\[-`{-~]")
_ESCAPED = r"\\\g<0>"
_SPACE = "\u00a0"


def size(count: int) -> str:
    """``2.5 MB``; ``340 kB``."""
    return f"{count / 1e6:.1f}{_SPACE}MB" if count >= 1e6 else f"{max(1, round(count / 1e3))}{_SPACE}kB"


def summary(entry: ModelEntry, past: Sequence[PastEvaluation]) -> str:
    """For a list: what it knows, and in a second line a figure that can be compared with those of other models.

    The figures in the file are of other photos for each model, so none of them is here.
    """
    metadata = entry.metadata
    tested = comparable(past, identity(entry))
    attributes = f"{len(metadata.attributes)} attributes" if metadata.attributes else ""
    known = f"{len(metadata.classes)} categories{f', {attributes}' if attributes else ''}"
    return f"{known}\n{tested.sentence}" if tested else known


def facts(entry: ModelEntry) -> list[tuple[str, str]]:
    """Pairs of label and text; what the metadata lacks is left out."""
    metadata = entry.metadata
    knows = f"{len(metadata.classes)} categories"
    if metadata.attributes:
        knows += ", " + listed([name.replace("_", " ") for name in metadata.attributes])
    rows = (
        ("Knows", knows),
        ("Trained on", data_text(metadata.data)),
        ("Based on", "" if metadata.origin.kind == "random" else origin_text(metadata.origin)),
        ("Network", _NETWORKS.get(metadata.network, metadata.network)),
        ("Made", _made(metadata.created, metadata.version)),
        ("File", f"{entry.path.name}, {size(entry.size)}"),
    )
    return [(label, text) for label, text in rows if text]


def card_text(entry: ModelEntry) -> str:
    """Markdown: the card without a heading that repeats the name; without a card, all categories and attributes."""
    if entry.card is None:
        return _all_classes(entry)
    markdown = card_markdown(entry)
    first, _, rest = markdown.lstrip().partition("\n")
    return rest if first.lstrip("# ").strip() == entry.path.stem else markdown


def _all_classes(entry: ModelEntry) -> str:
    metadata = entry.metadata
    known = {"Categories": metadata.classes} | {
        name.replace("_", " ").capitalize(): head.classes for name, head in metadata.attributes.items()
    }
    parts = [f"**{_PUNCTUATION.sub(_ESCAPED, name)}**: {_plain(labels)}" for name, labels in known.items()]
    parts.append(f"Photos less certain than {percent(metadata.review_below, 0)} are marked “needs review”.")
    return "\n\n".join(parts)


def _plain(labels: tuple[str, ...]) -> str:
    """With Markdown's own characters escaped."""
    return ", ".join(_PUNCTUATION.sub(_ESCAPED, " ".join(label.split())) for label in labels)


def _made(created: str, version: str) -> str:
    made = day_of(created)
    return f"{made}, with FashionLens {version}" if made and version[:1].isdigit() else made
