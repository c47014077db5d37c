"""A table of the copies of a catalogue, one of which is chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem

from fashionlens_gui.catalogue.backups import Backup, BackupKind
from fashionlens_gui.messages.catalogue import size_text
from fashionlens_gui.window.shell import plain_table
from trainer.number_format import day, number

_KINDS = {
    BackupKind.BACKUP: "Backup",
    BackupKind.REPLACED: "Was replaced",
    BackupKind.BEFORE_UPDATE: "Before an update",
}
_COLUMNS = ("Made", "Kind", "Photos", "Size")


@dataclass(frozen=True, slots=True)
class CountedBackup:
    """A copy and its number of photos; None when it cannot be read."""

    backup: Backup
    photos: int | None


class BackupTable(QTableWidget):
    """The newest copy is the first, and the newest one that can be read is selected."""

    chosen_changed = Signal()

    def __init__(self) -> None:
        super().__init__(0, len(_COLUMNS))
        self._backups: list[CountedBackup] = []
        self.setHorizontalHeaderLabels(_COLUMNS)
        plain_table.set_up(self)
        self.setSortingEnabled(False)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setAccessibleName("Backups")
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column in (2, 3):
            self._headings(column)
        self.itemSelectionChanged.connect(self.chosen_changed)

    def _headings(self, column: int) -> None:
        item = self.horizontalHeaderItem(column)
        assert item is not None
        item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)

    @property
    def chosen(self) -> CountedBackup | None:
        """The selected one, if it can be read."""
        row = self.currentRow() if self.selectedItems() else -1
        found = self._backups[row] if 0 <= row < len(self._backups) else None
        return found if found is not None and found.photos is not None else None

    def show_backups(self, backups: Sequence[CountedBackup]) -> None:
        self._backups = list(backups)
        self.setRowCount(len(backups))
        for row, each in enumerate(backups):
            count = "cannot be read" if each.photos is None else number(each.photos)
            texts = (full_time(each.backup.time), _KINDS[each.backup.kind], count, size_text(each.backup.bytes))
            for column, text in enumerate(texts):
                item = QTableWidgetItem(text)
                item.setToolTip(str(each.backup.path))
                if column >= 2:
                    item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                self.setItem(row, column, item)
        readable = [row for row, each in enumerate(backups) if each.photos is not None]
        if readable:
            self.selectRow(readable[0])
        self.chosen_changed.emit()


def full_time(time: datetime) -> str:
    """Such as ``1 December 2026, 10:32``, in local time."""
    local = time.astimezone()
    return f"{day(local)}, {local:%H:%M}"
