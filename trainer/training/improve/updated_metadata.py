"""What a model that learnt from corrections says of itself."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib import metadata as packages
from pathlib import Path

from msgspec.structs import replace

from trainer.model_files.metadata import ModelMetadata, Origin
from trainer.taxonomy import CATEGORY
from trainer.training.improve.corrected_photos import FEWEST
from trainer.training.improve.head_update import HeadLesson, ImprovedHead

_CORRECTED = re.compile(r", and [\d,]+ corrected photos?$")  # of the improvement before, which this one takes in


def described(old: ModelMetadata, model: Path, name: str, heads: Sequence[ImprovedHead]) -> ModelMetadata:
    """The description of the new model.

    Args:
        old: Of the model before.
        model: Its file.
        name: What the user calls the new one.
        heads: The new heads; at least one.
    """
    learnt = photos_of(heads)
    photos = "1 corrected photo" if len(learnt) == 1 else f"{len(learnt):,} corrected photos"
    metadata = replace(
        old,
        name=name,
        data_name=f"{_CORRECTED.sub('', old.data_name)}, and {photos}",
        data_fingerprint=hashlib.sha256("\n".join((old.data_fingerprint, *learnt)).encode()).hexdigest()[:16],
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        version=_version(),
        started_from=Origin("model", model.stem, old.created).to_text(),
    )
    for head in heads:
        metadata = _knowing(head.scale.put_into(metadata, head.lesson.attribute), head.lesson)
    return replace(metadata, figures=_figures(old, heads))


def _knowing(metadata: ModelMetadata, lesson: HeadLesson) -> ModelMetadata:
    """An attribute is also known of those categories of which it was learnt from enough photos by now."""
    head = metadata.attributes.get(lesson.attribute)
    if head is None or not head.known_for:
        return metadata
    new = {category for category, count in lesson.categories.items() if count >= FEWEST}
    known = tuple(name for name in metadata.classes if name in new or name in head.known_for)
    head = replace(head, known_for=known if len(known) < len(metadata.classes) else ())
    return replace(metadata, attributes={**metadata.attributes, lesson.attribute: head})


def photos_of(heads: Sequence[ImprovedHead]) -> list[str]:
    """Digests of all photos that the heads learnt from, sorted."""
    return sorted({digest for head in heads for digest in head.lesson.digests})


def _figures(old: ModelMetadata, heads: Sequence[ImprovedHead]) -> dict[str, float]:
    """Figures that were measured with an old head go."""
    figures = {
        name: value
        for name, value in old.figures.items()
        if not (name.startswith("corrections_") or name.endswith("_before"))
    }
    for head in heads:
        attribute, judged = head.lesson.attribute, head.judged
        what = "" if attribute == CATEGORY else f"{attribute}_"
        if attribute == CATEGORY:
            kept = {f"validation_{name}_accuracy" for name in old.attributes}
            figures = {name: value for name, value in figures.items() if name in kept}
        figures.pop(f"validation_{what}accuracy", None)
        if judged.corrections.n:
            figures[f"corrections_{what}accuracy"] = judged.corrections.new_accuracy
            figures[f"corrections_{what}accuracy_before"] = judged.corrections.old_accuracy
        if judged.known is not None and judged.known.n:
            figures[f"validation_{what}accuracy"] = judged.known.new_accuracy
            figures[f"validation_{what}accuracy_before"] = judged.known.old_accuracy
    figures["corrections_learnt"] = float(len(photos_of(heads)))
    return figures


def _version() -> str:
    try:
        return packages.version("fashionlens")
    except packages.PackageNotFoundError:
        return "development"
