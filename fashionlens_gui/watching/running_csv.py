"""The table of a watched folder, always whole: a new file takes the place of the old one in one step."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from fashionlens_gui.catalogue.catalogue import Catalogue
from fashionlens_gui.catalogue.files.watched_folders import FolderRule, photos_of_csv
from fashionlens_gui.tagging import csv_export
from fashionlens_gui.tagging.tag import Tag, printable
from trainer.atomic_write import atomic_write
from trainer.errors import SaveError

_LEAST_SECONDS = 1.0
_LONGEST_SECONDS = 60.0
_SHARE_OF_TIME = 0.1  # that may go into writing
_ROWS_AT_ONCE = 500


class RunningCsv:
    """Writes the table of the rules that share it: what the catalogue has now, at most so often that a tenth of the
    time goes into it.

    Args:
        catalogue: With the rows.
        file: The table.
        rules: Those that share it.
    """

    def __init__(self, catalogue: Catalogue, file: Path, rules: Sequence[FolderRule]) -> None:
        self._catalogue, self.file = catalogue, file
        self._folders = [rule.folder for rule in rules]
        self._base = self._folders[0] if len(self._folders) == 1 else _common_folder(self._folders)
        self._move_targets = [rule.move_into for rule in rules if rule.move_into is not None]
        self._changed = True
        self._not_before = 0.0

    def change(self) -> None:
        """Rows have changed."""
        self._changed = True

    @property
    def due(self) -> bool:
        """Whether :meth:`write` has something to do now."""
        return self._changed and time.monotonic() >= self._not_before

    def write(self) -> int | None:
        """Write the table when rows have changed; returns the number of rows, None when none has.

        Raises:
            SaveError: It is open in another program, or the disk is full; the old table is as it was.
        """
        if not self._changed:
            return None
        began = time.monotonic()
        try:
            with (
                atomic_write(self.file, wait=0.5) as temporary,
                temporary.open("w", encoding="utf-8", newline="") as text,
            ):
                rows = csv_export.write_rows(self._tags(), text)
        except SaveError:
            self._not_before = time.monotonic() + 10 * _LEAST_SECONDS
            raise
        self._changed = False
        seconds = time.monotonic() - began
        self._not_before = time.monotonic() + min(max(_LEAST_SECONDS, seconds / _SHARE_OF_TIME), _LONGEST_SECONDS)
        return rows

    def _tags(self) -> Iterator[Tag]:
        ids = photos_of_csv(self._catalogue, self.file)
        for start in range(0, len(ids), _ROWS_AT_ONCE):
            for tag in self._catalogue.tags(ids[start : start + _ROWS_AT_ONCE]).values():
                yield replace(tag, file=self._file(tag.path))

    def _file(self, path: Path) -> str:
        for folder in self._move_targets:
            if path.is_relative_to(folder) and not any(path.is_relative_to(each) for each in self._folders):
                return printable(path.relative_to(folder).as_posix())
        below = path.relative_to(self._base) if path.is_relative_to(self._base) else path
        return printable(below.as_posix())


def _common_folder(folders: Sequence[Path]) -> Path:
    try:
        return Path(os.path.commonpath(folders))
    except ValueError:  # of several Windows drives
        return Path()
