"""What a check of own photos says: in plain words with the files, for programs, and for a report."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from trainer.data_quality.data_check import ADVISED_PHOTOS, LEAST_PHOTOS, MOST_UNBALANCED, Copies, DataCheck
from trainer.errors import DataError, Describe

Finding = tuple[str, tuple[str, ...], tuple[str, ...]]
"""A heading, sentences about it, and the files that it is about; what a report shows."""

_LARGEST_FILE = 64 * 2**20  # bytes


def findings(check: DataCheck, describe: Describe) -> tuple[Finding, ...]:
    """Everything found, what matters most first; nothing when all is well."""
    found = [
        _too_few(check),
        _wrong_labels(check),
        _copies(check, across=True),
        _unreadable(check, describe),
        _few(check),
        _unbalanced(check),
        _copies(check, across=False),
    ]
    return tuple(finding for finding in found if finding is not None)


def summary(check: DataCheck) -> str:
    """One sentence on what was looked at."""
    readable = sum(check.counts)
    return f"{check.photos.name}: {_photos(readable)} of {len(check.counts):,} categories can be read."


def to_json(check: DataCheck, describe: Describe) -> dict[str, Any]:
    """The same for programs, with everything known of each photo; ``findings`` is what :func:`read_findings` reads."""
    photos = check.photos
    names = [photos.classes[label] for label in photos.labels]
    return {
        "data": str(photos.source),
        "photos": len(photos),
        "categories": dict(zip(photos.classes, check.counts, strict=True)),
        "findings": [
            {"heading": heading, "sentences": list(sentences), "files": list(files)}
            for heading, sentences, files in findings(check, describe)
        ],
        "unreadable": [{"file": photo.file, "reason": describe(photo.error)} for photo in check.unreadable],
        "copies": [
            {
                "files": [str(photos.files[place]) for place in group.places],
                "categories": [names[place] for place in group.places],
                "exact": group.exact,
                "across_categories": group.across,
            }
            for group in check.copies
        ],
        "likely_wrong_labels": [
            {
                "file": str(photos.files[suspect.index]),
                "category": photos.classes[suspect.label],
                "instead": photos.classes[suspect.predicted],
                "probability": round(suspect.probability, 4),
                "margin": round(suspect.margin, 4),
            }
            for suspect in check.suspects
        ],
    }


def read_findings(source: Path) -> tuple[Finding, ...]:
    """The findings in a file that holds what :func:`to_json` gave.

    Raises:
        DataError: It cannot be read or is something else.
    """
    try:
        if source.stat().st_size > _LARGEST_FILE:
            raise ValueError(f"{source.stat().st_size} bytes")
        content = json.loads(source.read_text(encoding="utf-8"))
        return tuple(
            (_text(each["heading"]), _texts(each["sentences"]), _texts(each["files"])) for each in content["findings"]
        )
    except OSError as error:
        raise DataError(f"The check of the data {source} cannot be opened: {error.strerror}.", repr(error)) from error
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise DataError(
            f"{source} is no check of data. Make one with “fashionlens check-data FOLDER --out check.json”.",
            repr(error),
        ) from error


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{type(value).__name__} instead of text")
    return value


def _texts(values: object) -> tuple[str, ...]:
    if not isinstance(values, list):
        raise TypeError(f"{type(values).__name__} instead of a list")
    return tuple(map(_text, values))


def _too_few(check: DataCheck) -> Finding | None:
    if not check.too_few:
        return None
    told = _with_counts(check, check.too_few)
    return (
        f"{_categories(len(check.too_few))} cannot be learnt",
        (
            f"{told}. At least {LEAST_PHOTOS} photos of each are needed, one to learn from and one to check with; "
            f"{ADVISED_PHOTOS} or more work better. Add photos, or leave the category out.",
        ),
        (),
    )


def _few(check: DataCheck) -> Finding | None:
    if not check.few:
        return None
    told = _with_counts(check, check.few)
    return (
        f"{_categories(len(check.few))} with few photos",
        (f"{told}. With {ADVISED_PHOTOS} or more photos a category is told from others much better.",),
        (),
    )


def _unbalanced(check: DataCheck) -> Finding | None:
    if check.unbalanced is None:
        return None
    largest, smallest = check.unbalanced
    most, least = (f"“{check.photos.classes[k]}” has {_photos(check.counts[k])}" for k in (largest, smallest))
    return (
        "Some categories have far more photos than others",
        (
            f"{most}, {least}: more than {MOST_UNBALANCED} times as many. A model then says the frequent one too "
            "often. Add photos of the rare categories, or have categories weighed when you train.",
        ),
        (),
    )


def _unreadable(check: DataCheck, describe: Describe) -> Finding | None:
    if not check.unreadable:
        return None
    count = len(check.unreadable)
    return (
        f"{_photos(count)} cannot be read",
        (f"{'It is' if count == 1 else 'They are'} left out when you train.",),
        tuple(f"{_short(check, photo.file)}: {describe(photo.error)}" for photo in check.unreadable),
    )


def _wrong_labels(check: DataCheck) -> Finding | None:
    if not check.suspects:
        return None
    photos = check.photos
    count = len(check.suspects)
    return (
        f"{_photos(count)} may be in the wrong category",
        (
            "What the other photos teach does not fit what these are said to be; the most suspect come first. Look at "
            f"{'it' if count == 1 else 'each'}: move what is wrong, and leave the others where they are.",
        ),
        tuple(
            f"{_short(check, photos.files[suspect.index])}: in “{photos.classes[suspect.label]}”, "
            f"looks like “{photos.classes[suspect.predicted]}” ({100 * suspect.probability:.0f} %)"
            for suspect in check.suspects
        ),
    )


def _copies(check: DataCheck, across: bool) -> Finding | None:
    groups = [group for group in check.copies if group.across == across]
    if not groups:
        return None
    files = tuple(_told(check, group) for group in groups)
    if across:
        return (
            f"The same photo in different categories: {_times(len(groups))}",
            ("It teaches that both are right. Keep each photo in the category where it belongs.",),
            files,
        )
    return (
        f"The same photo more than once: {_times(len(groups))}",
        (
            "That does little harm: copies stay together when photos are set aside for checking. But a category has "
            "fewer different photos than it seems.",
        ),
        files,
    )


def _told(check: DataCheck, group: Copies) -> str:
    names = " = ".join(_short(check, check.photos.files[place]) for place in group.places)
    return f"{names} ({'the same file' if group.exact else 'nearly the same'})"


def _short(check: DataCheck, file: str | Path) -> str:
    """From the data's folder on, where it lies there."""
    source = check.photos.source
    folder = source.parent if check.photos.is_csv else source
    path = Path(file)
    return str(path.relative_to(folder) if path.is_relative_to(folder) else path)


def _with_counts(check: DataCheck, labels: Iterable[int]) -> str:
    return ", ".join(f"“{check.photos.classes[label]}” has {check.counts[label]:,}" for label in labels)


def _photos(count: int) -> str:
    return f"{count:,} {'photo' if count == 1 else 'photos'}"


def _categories(count: int) -> str:
    return f"{count:,} {'category' if count == 1 else 'categories'}"


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count:,} times"


def shown(lines: Sequence[str], most: int) -> list[str]:
    """The first lines, and how many more there are."""
    return [*lines[:most], *([f"and {len(lines) - most:,} more"] if len(lines) > most else [])]
