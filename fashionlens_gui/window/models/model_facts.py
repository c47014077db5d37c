"""What the file of a model says, in words that people use."""

from __future__ import annotations

import re

from fashionlens_gui.window.shell.model_card import FIGURES, described, right_of
from trainer.model_files.library import ModelEntry
from trainer.model_files.metadata import Origin
from trainer.number_format import day_of, percent

_NETWORKS = {
    "cnn": "Small convolutional network",
    "resnet-mini": "Small residual network",
    "wide-resnet": "Wide residual network",
    "product": "Residual network for product photos",
    "product-wide": "Wide residual network for product photos",
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


def summary(entry: ModelEntry) -> str:
    """One line for a list: how much it knows and how often it is right."""
    metadata = entry.metadata
    parts = [f"{len(metadata.classes)} categories"]
    if figure := right_of(metadata):
        parts.append(figure)
    if metadata.attributes:
        parts.append(f"{len(metadata.attributes)} attributes")
    return ", ".join(parts)


def facts(entry: ModelEntry) -> list[tuple[str, str]]:
    """What is worth knowing, as pairs of label and text; what the file does not say is left out."""
    metadata = entry.metadata
    knows = f"{len(metadata.classes)} categories"
    if metadata.attributes:
        knows += ", " + _listed([name.replace("_", " ") for name in metadata.attributes])
    rows = (
        ("Knows", knows),
        ("Learnt from", metadata.data_name),
        ("Started from", _origin(metadata.origin)),
        ("Network", _NETWORKS.get(metadata.network, metadata.network)),
        ("Made", _made(metadata.created, metadata.version)),
        ("File", f"{entry.path.name}, {_size_of(entry)}"),
    )
    return [(label, text) for label, text in rows if text]


def figures(entry: ModelEntry) -> list[tuple[str, str]]:
    """How good it is, as pairs of a percentage and what it is of; empty when its file does not say."""
    known = entry.metadata.figures
    return [(percent(known[name]), words) for name, words in FIGURES if name in known]


def card_text(entry: ModelEntry) -> str:
    """Markdown: the card without a first heading that only says the name again; where there is none, all it knows."""
    if entry.card is None:
        return _all_it_knows(entry)
    markdown = described(entry)
    first, _, rest = markdown.lstrip().partition("\n")
    return rest if first.lstrip("# ").strip() == entry.path.stem else markdown


def _all_it_knows(entry: ModelEntry) -> str:
    metadata = entry.metadata
    known = {"Categories": metadata.classes} | {
        name.replace("_", " ").capitalize(): head.classes for name, head in metadata.attributes.items()
    }
    parts = [f"**{_PUNCTUATION.sub(_ESCAPED, name)}**: {_plain(words)}" for name, words in known.items()]
    parts.append(f"Photos less certain than {percent(metadata.review_below, 0)} are marked “needs review”.")
    return "\n\n".join([*parts, "This model has no card that says how it was made and what it cannot do."])


def _plain(words: tuple[str, ...]) -> str:
    """Words as they are, where Markdown would take some for its own."""
    return ", ".join(_PUNCTUATION.sub(_ESCAPED, " ".join(word.split())) for word in words)


def _origin(origin: Origin) -> str:
    match origin.kind:
        case "random":
            return ""
        case "backbone":
            return f"{origin.name}, trained on ImageNet"
        case "model":
            return f"{origin.name}, trained {day_of(origin.created) or origin.created or 'at an unknown time'}"


def _made(created: str, version: str) -> str:
    made = day_of(created)
    return f"{made}, with FashionLens {version}" if made and version[:1].isdigit() else made


def _size_of(entry: ModelEntry) -> str:
    try:
        return size(entry.path.stat().st_size)
    except OSError:
        return "not there any more"


def _listed(words: list[str]) -> str:
    """``a, b and c``."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
