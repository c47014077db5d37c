"""Before another person's catalogue is merged: what comes in, and which value counts where both set one."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtWidgets import QAbstractItemView, QDialog, QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from fashionlens_gui.catalogue.upkeep.merge import Conflict, MergePreview
from fashionlens_gui.messages.catalogue import merge_text
from fashionlens_gui.tagging.tag import printable
from fashionlens_gui.window.shell import layouts, plain_table, theme
from trainer.number_format import day_of

_SIZE = QSize(104 * theme.SPACE, 60 * theme.SPACE)
_SMALL = QSize(64 * theme.SPACE, 24 * theme.SPACE)
_WIDEST = 42 * theme.SPACE
_MINE, _THEIRS = 2, 3
_COLUMNS = ("Photo", "What", "Mine", "Theirs")


class ConflictTable(QTableWidget):
    """A row for each conflict; the box of the value that counts is ticked, mine at first. Space changes the row."""

    def __init__(self, conflicts: Sequence[Conflict]) -> None:
        super().__init__(len(conflicts), len(_COLUMNS))
        self._conflicts = list(conflicts)
        self.setHorizontalHeaderLabels(_COLUMNS)
        plain_table.set_up(self)
        self.setSortingEnabled(False)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setAccessibleName("Values that both set differently")
        self.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.horizontalHeader().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        for row, each in enumerate(conflicts):
            mine = _value(each.ours, each.our_name, each.our_time)
            theirs = _value(each.theirs, each.their_name, each.their_time)
            for column, text in enumerate((each.file, each.attribute.capitalize(), mine, theirs)):
                item = QTableWidgetItem(printable(text))
                item.setToolTip(printable(text))
                item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
                if column in (_MINE, _THEIRS):
                    item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
                    item.setCheckState(Qt.CheckState.Checked if column == _MINE else Qt.CheckState.Unchecked)
                self.setItem(row, column, item)
        for column in (_MINE, _THEIRS):
            self.setColumnWidth(column, min(self.sizeHintForColumn(column) + 3 * theme.SPACE, _WIDEST))
        self.itemChanged.connect(self._ticked)

    def take(self, row: int, theirs: bool) -> None:
        """Let their value count in a row, or mine."""
        self.blockSignals(True)
        for column in (_MINE, _THEIRS):
            on = (column == _THEIRS) == theirs
            self._item(row, column).setCheckState(Qt.CheckState.Checked if on else Qt.CheckState.Unchecked)
        self.blockSignals(False)
        self.viewport().update()

    def take_all(self, theirs: bool) -> None:
        for row in range(self.rowCount()):
            self.take(row, theirs)

    @property
    def theirs(self) -> set[tuple[str, str]]:
        """Digest and attribute of the rows in which their value counts."""
        return {
            (each.digest, each.attribute)
            for row, each in enumerate(self._conflicts)
            if self._item(row, _THEIRS).checkState() == Qt.CheckState.Checked
        }

    def _item(self, row: int, column: int) -> QTableWidgetItem:
        item = self.item(row, column)
        assert item is not None
        return item

    @Slot(QTableWidgetItem)
    def _ticked(self, item: QTableWidgetItem) -> None:
        ticked = item.checkState() == Qt.CheckState.Checked
        self.take(item.row(), (item.column() == _THEIRS) == ticked)


class MergeDialog(QDialog):
    """Shows what comes in and asks about conflicts. Deleted when it is closed."""

    agreed = Signal(object)
    """Merge; the set of (digest, attribute) for which their value counts."""

    def __init__(self, name: str, found: MergePreview, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Merge a catalogue")
        self.text = theme.plain(merge_text(found.values, found.photos, found.unknown, len(found.conflicts)))
        self.table = ConflictTable(found.conflicts)
        self.merge_button = theme.primary_button("Merge", "check")
        self.merge_button.setEnabled(bool(found.values or found.conflicts))
        cancel = theme.quiet_button("Cancel")
        mine, theirs = theme.quiet_button("All mine"), theme.quiet_button("All theirs")
        mine.clicked.connect(lambda: self.table.take_all(False))
        theirs.clicked.connect(lambda: self.table.take_all(True))
        for widget in (self.table, mine, theirs):
            widget.setVisible(bool(found.conflicts))
        layouts.column(
            theme.title(f"Merge “{name}”", wraps=True),
            self.text,
            *([(self.table, 1)] if found.conflicts else [layouts.FILL]),
            theme.muted("Their file is not changed. One undo takes back the whole merge."),
            layouts.row(mine, theirs, layouts.FILL, cancel, self.merge_button),
            parent=self,
            spacing=2,
            margins=3,
        )
        cancel.clicked.connect(self.reject)
        self.merge_button.clicked.connect(self._merge)
        self.merge_button.setDefault(True)
        self.resize(_SIZE if found.conflicts else _SMALL)

    @Slot()
    def _merge(self) -> None:
        self.agreed.emit(self.table.theirs)
        self.accept()


def _value(value: str, who: str, when: str) -> str:
    return f"{value or 'none'} ({who}, {day_of(when)})"
