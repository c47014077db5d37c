"""Whether the rule of a folder can be used."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from fashionlens_gui.catalogue.files.watched_folders import FolderRule
from fashionlens_gui.file_sorting.plan import Layout
from fashionlens_gui.tagging.tag import printable
from trainer.errors import DataError


def check_rule(rule: FolderRule, others: Sequence[FolderRule]) -> None:
    """Check a rule before it is stored. A folder that is watched already need not be there: its drive may be off.

    Args:
        rule: Of a folder; its paths are absolute.
        others: The rules that there are.

    Raises:
        DataError: ``watched_folder_missing``, ``watched_in_watched``, ``watched_csv_unusable``; a pattern cannot be
            used.
    """
    folder = printable(str(rule.folder))
    if not rule.folder.is_dir() and not any(other.folder == rule.folder and other.id for other in others):
        raise DataError("watched_folder_missing", folder=folder)
    for other in others:
        if other.folder != rule.folder:
            _not_inside(rule.folder, other.folder)
            _not_inside(other.folder, rule.folder)
    if rule.csv is not None and (rule.csv.is_dir() or not os.path.isdir(rule.csv.parent)):
        raise DataError("watched_csv_unusable", file=printable(str(rule.csv)))
    if rule.move_into is not None:
        Layout(rule.move_into, rule.pattern).check()


def _not_inside(inner: Path, outer: Path) -> None:
    if inner.is_relative_to(outer):
        raise DataError("watched_in_watched", inner=printable(str(inner)), outer=printable(str(outer)))
