"""Runs the check of own photos and loads thumbnails of those with label issues. For a worker thread."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage

from fashionlens_gui import paths
from fashionlens_gui.model_choice import default_model
from fashionlens_gui.window.photos.photo_reader import to_qimage
from fashionlens_gui.window.shell import responsive_import
from fashionlens_gui.window.train.training_worker import low_priority
from trainer.control import ProgressEvent, WorkControl
from trainer.data.decisions import Decisions
from trainer.data.labelled_photos import find
from trainer.data_quality.decisions_file import read_decisions
from trainer.data_quality.label_issues import LabelIssue, find_label_issues
from trainer.errors import PhotoError
from trainer.model_files.library import ModelLibrary
from trainer.preprocessing.photo import load_photo

if TYPE_CHECKING:
    from trainer.data_quality.findings import Finding

MAX_ISSUES = 500
"""Label issues shown at a time; the next check shows the rest."""

PICTURE_PIXELS = 240
"""Longest side of a thumbnail; sharp at a scale of 200 %."""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What a check found.

    Attributes:
        name: Of the folder or list.
        summary: Number of photos and categories, in a sentence.
        findings: The most serious first; those about label issues contain no files.
        issues: At most :data:`MAX_ISSUES`.
        more: Number of label issues that are not shown.
        decisions: Earlier decisions.
        categories: In alphabetical order, each with the number of its readable photos.
    """

    name: str
    summary: str
    findings: tuple[Finding, ...]
    issues: tuple[LabelIssue, ...]
    more: int
    decisions: Decisions
    categories: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """Thumbnail of a photo with a label issue."""

    file: Path
    image: QImage


def check(source: Path, control: WorkControl) -> Generator[object, None, None]:
    """Yields ProgressEvents, then one :class:`CheckResult`, then a :class:`Thumbnail` for each issue.

    Args:
        source: A folder with a folder for each category, or a CSV of files and categories.
        control: Stops it.
    """
    yield ProgressEvent("starting", 0, 0)
    decisions = read_decisions(paths.decisions_file(source))
    photos = find(source)
    responsive_import.import_torch()
    with responsive_import.frequent_switches():
        from fashionlens_gui.messages.data_check import findings, summary
        from trainer.data_quality.data_check import check as check_photos
        from trainer.inference.predictor import Predictor
    with low_priority():
        predictor = Predictor.load(default_model(ModelLibrary(paths.model_folders())))
        found = yield from check_photos(photos, predictor, control)
    others = replace(found, label_errors=(), duplicates=tuple(group for group in found.duplicates if not group.across))
    with_files = set(findings(others))
    all_findings = tuple(
        each if each in with_files else msgspec.structs.replace(each, files=()) for each in findings(found)
    )
    issues = find_label_issues(found, decisions)
    shown = issues[:MAX_ISSUES]
    categories = tuple(zip(photos.classes, found.counts, strict=True))
    yield CheckResult(photos.name, summary(found), all_findings, shown, len(issues) - len(shown), decisions, categories)
    yield from _thumbnails(shown, control)


def _thumbnails(issues: tuple[LabelIssue, ...], control: WorkControl) -> Iterator[Thumbnail]:
    for issue in issues:
        if control.stopped:
            return
        try:
            whole = to_qimage(load_photo(issue.file, short_side=PICTURE_PIXELS).pixels_HWC)
        except PhotoError:
            continue  # readable a moment ago; the card stays without a photo
        yield Thumbnail(
            issue.file,
            whole.scaled(
                PICTURE_PIXELS,
                PICTURE_PIXELS,
                Qt.AspectRatioMode.KeepAspectRatio,
                Qt.TransformationMode.SmoothTransformation,
            ),
        )
