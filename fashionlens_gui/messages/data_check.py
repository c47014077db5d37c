"""Words for what a check of own photos found."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from fashionlens_gui import messages
from trainer.data_quality.data_check import ADVISED_PHOTOS, MAX_IMBALANCE, MIN_PHOTOS, DataCheck, Duplicates
from trainer.data_quality.findings import Finding
from trainer.number_format import photos as photos_text


def summary(check: DataCheck) -> str:
    """How many photos were read."""
    readable = sum(check.counts)
    return f"{check.photos.name}: {photos_text(readable)} of {len(check.counts):,} categories can be read."


def findings(check: DataCheck) -> tuple[Finding, ...]:
    """Everything found, the most important first; empty when all is well."""
    found = (
        _too_few(check),
        _wrong_labels(check),
        _across_categories(check),
        _unreadable(check),
        _few(check),
        _unbalanced(check),
        _within_categories(check),
    )
    return tuple(finding for finding in found if finding is not None)


def _too_few(check: DataCheck) -> Finding | None:
    if not check.too_few:
        return None
    sentence = (
        f"{_with_counts(check, check.too_few)}. At least {MIN_PHOTOS} photos of each are needed, one for training and "
        f"one for validation; {ADVISED_PHOTOS} or more work better. Add photos, or leave the category out."
    )
    return Finding(f"{_categories(len(check.too_few))} cannot be trained", (sentence,), ())


def _few(check: DataCheck) -> Finding | None:
    if not check.few:
        return None
    counts = _with_counts(check, check.few)
    sentence = f"{counts}. With {ADVISED_PHOTOS} or more photos of each, the model is much better at them."
    return Finding(f"{_categories(len(check.few))} with few photos", (sentence,), ())


def _unbalanced(check: DataCheck) -> Finding | None:
    if check.unbalanced is None:
        return None
    most, least = (f"“{check.photos.classes[k]}” has {photos_text(check.counts[k])}" for k in check.unbalanced)
    sentence = (
        f"{most}, {least}: more than {MAX_IMBALANCE} times as many. A model then predicts the frequent one too often. "
        "Add photos of the rare categories, or balance the categories in training."
    )
    return Finding("Some categories have far more photos than others", (sentence,), ())


def _unreadable(check: DataCheck) -> Finding | None:
    if not check.unreadable:
        return None
    count = len(check.unreadable)
    sentence = f"{'It is' if count == 1 else 'They are'} left out when you train."
    files = (f"{_short(check, photo.file)}: {messages.sentence(photo.error)}" for photo in check.unreadable)
    return Finding(f"{photos_text(count)} cannot be read", (sentence,), tuple(files))


def _wrong_labels(check: DataCheck) -> Finding | None:
    if not check.label_errors:
        return None
    photos, count = check.photos, len(check.label_errors)
    sentence = (
        f"{'It looks' if count == 1 else 'They look'} more like photos of another category; the most likely mistakes "
        f"come first. Look at {'it' if count == 1 else 'each'}: move what is wrong, and leave the others where they "
        "are."
    )
    files = (
        f"{_short(check, photos.files[error.index])}: in “{photos.classes[error.label]}”, "
        f"looks like “{photos.classes[error.predicted]}” ({100 * error.probability:.0f} %)"
        for error in check.label_errors
    )
    return Finding(f"{photos_text(count)} may be in the wrong category", (sentence,), tuple(files))


def _across_categories(check: DataCheck) -> Finding | None:
    groups = [group for group in check.duplicates if group.across]
    sentence = "Training treats both labels as correct. Keep each photo only in the category where it belongs."
    return _duplicates(check, groups, "The same photo in different categories", sentence)


def _within_categories(check: DataCheck) -> Finding | None:
    groups = [group for group in check.duplicates if not group.across]
    sentence = (
        "That does little harm: copies are never split between training and validation. But a category has fewer "
        "different photos than it seems."
    )
    return _duplicates(check, groups, "The same photo more than once", sentence)


def _duplicates(check: DataCheck, groups: Sequence[Duplicates], heading: str, sentence: str) -> Finding | None:
    if not groups:
        return None
    files = (
        " = ".join(_short(check, check.photos.files[index]) for index in group.indices)
        + f" ({'the same file' if group.exact else 'nearly the same'})"
        for group in groups
    )
    times = "once" if len(groups) == 1 else f"{len(groups):,} times"
    return Finding(f"{heading}: {times}", (sentence,), tuple(files))


def _short(check: DataCheck, file: str | Path) -> str:
    """Relative to the data's folder where possible."""
    source = check.photos.source
    folder = source.parent if check.photos.is_csv else source
    path = Path(file)
    return str(path.relative_to(folder) if path.is_relative_to(folder) else path)


def _with_counts(check: DataCheck, labels: Iterable[int]) -> str:
    return ", ".join(f"“{check.photos.classes[label]}” has {check.counts[label]:,}" for label in labels)


def _categories(count: int) -> str:
    return f"{count:,} {'category' if count == 1 else 'categories'}"
