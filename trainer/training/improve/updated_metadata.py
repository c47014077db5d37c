"""Metadata of a model whose heads were updated."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from msgspec.structs import replace

from trainer.model_files.metadata import ModelMetadata, Origin, program_version
from trainer.taxonomy import CATEGORY
from trainer.training.improve.corrections import MIN_PHOTOS
from trainer.training.improve.head_update import HeadData, UpdatedHead

_EARLIER_UPDATE = re.compile(r", and [\d,]+ corrected photos?$")  # its photos are among those of this update


def updated_metadata(old: ModelMetadata, model: Path, name: str, heads: Sequence[UpdatedHead]) -> ModelMetadata:
    """The metadata of the new model with one or more new heads."""
    digests = training_digests(heads)
    photos = "1 corrected photo" if len(digests) == 1 else f"{len(digests):,} corrected photos"
    metadata = replace(
        old,
        name=name,
        data_name=f"{_EARLIER_UPDATE.sub('', old.data_name)}, and {photos}",
        data_fingerprint=hashlib.sha256("\n".join((old.data_fingerprint, *digests)).encode()).hexdigest()[:16],
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        version=program_version(),
        started_from=Origin("model", model.stem, old.created).to_text(),
    )
    for head in heads:
        metadata = _with_known_categories(head.calibration.applied_to(metadata, head.data.attribute), head.data)
    return replace(metadata, figures=_figures(old, heads))


def training_digests(heads: Sequence[UpdatedHead]) -> list[str]:
    """Digests of all photos that the heads were trained on, sorted."""
    return sorted({digest for head in heads for digest in head.data.digests})


def _with_known_categories(metadata: ModelMetadata, data: HeadData) -> ModelMetadata:
    """An attribute becomes reliable for the categories with enough photos in the update."""
    head = metadata.attributes.get(data.attribute)
    if head is None or not head.known_for:
        return metadata
    new = {category for category, count in data.categories.items() if count >= MIN_PHOTOS}
    known = tuple(name for name in metadata.classes if name in new or name in head.known_for)
    head = replace(head, known_for=known if len(known) < len(metadata.classes) else ())
    return replace(metadata, attributes={**metadata.attributes, data.attribute: head})


def _figures(old: ModelMetadata, heads: Sequence[UpdatedHead]) -> dict[str, float]:
    """Figures of the replaced heads are dropped."""
    figures = {
        name: value
        for name, value in old.figures.items()
        if not (name.startswith("corrections_") or name.endswith("_before"))
    }
    for head in heads:
        attribute, comparisons = head.data.attribute, head.comparisons
        what = "" if attribute == CATEGORY else f"{attribute}_"
        if attribute == CATEGORY:
            kept = {f"validation_{name}_accuracy" for name in old.attributes}
            figures = {name: value for name, value in figures.items() if name in kept}
        figures.pop(f"validation_{what}accuracy", None)
        if comparisons.corrections.n:
            figures[f"corrections_{what}accuracy"] = comparisons.corrections.new_accuracy
            figures[f"corrections_{what}accuracy_before"] = comparisons.corrections.old_accuracy
        if comparisons.replay is not None and comparisons.replay.n:
            figures[f"validation_{what}accuracy"] = comparisons.replay.new_accuracy
            figures[f"validation_{what}accuracy_before"] = comparisons.replay.old_accuracy
    figures["corrections_learnt"] = float(len(training_digests(heads)))
    return figures
