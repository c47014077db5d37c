"""Past trainings: a table, and charts that compare the selected ones."""

from __future__ import annotations

import html
from collections.abc import Iterator
from typing import TYPE_CHECKING

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QSortFilterProxyModel, Qt, Signal, Slot
from PySide6.QtGui import QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from fashionlens_gui import messages, paths
from fashionlens_gui.window.shell import layouts, plain_table, responsive_import, theme
from fashionlens_gui.window.shell.keys import delete_keys
from fashionlens_gui.window.shell.notice import Notice
from fashionlens_gui.window.shell.workers import WorkerSlot
from fashionlens_gui.window.train.history.model import NAME, PHOTOS, HistoryModel, SortRole
from trainer.control import WorkControl
from trainer.errors import FashionLensError, SaveError
from trainer.training.runs import run_record
from trainer.training.runs.run_record import RunRecord

if TYPE_CHECKING:
    from fashionlens_gui.window.train.history.plot import HistoryPlot

_CHARTS_HEIGHT = 22 * theme.SPACE
_CARD_HEIGHT = 29 * theme.SPACE  # four rows in the smallest window
_MOST_COMPARED = 6
_LONGEST_NAME = 28
_NAME_WIDTH = 19 * theme.SPACE
_HINT = "Select a run to see its curves, or several to compare them."


class HistoryView(QWidget):
    """Reads the records whenever it is shown."""

    read = Signal()
    """The table shows the records on disk."""
    closed = Signal()
    """Close was pressed."""

    def __init__(self) -> None:
        super().__init__()
        self._reader = WorkerSlot[None, list[RunRecord]](
            "reading past trainings", self, on_result=self._take, on_error=self._show_error, on_end=self.read.emit
        )
        self._charts: HistoryPlot | None = None
        self._deleted: list[RunRecord] = []
        self.notice = Notice()
        self.model = HistoryModel(self)
        self.table = self._table()
        self._words = theme.muted(_HINT)
        self._words.setTextFormat(Qt.TextFormat.RichText)
        self.rename_button = theme.quiet_button("Rename")
        self.delete_button = theme.quiet_button("Delete", "trash")
        self.close_button = theme.quiet_button("Close", "close")
        self._nothing = theme.muted("No trainings yet. Each training is listed here, even if it is stopped or fails.")
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._lay_out()
        self._connect()
        for unknown_yet in (self._nothing, self.table, self._words):
            unknown_yet.hide()
        self._selection_changed()

    @property
    def chosen(self) -> list[RunRecord]:
        """The selected runs in the order of the table."""
        rows = sorted(index.row() for index in self.table.selectionModel().selectedRows())
        return [self.model.records[self._source(row)] for row in rows]

    @property
    def charts(self) -> HistoryPlot | None:
        return self._charts

    def reload(self) -> None:
        """Read the records in a thread, which also imports the library of the charts."""
        self._reader.start(_read)

    def shutdown(self, milliseconds: int) -> None:
        self._reader.shutdown(milliseconds)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.reload()

    @Slot()
    def delete_chosen(self) -> None:
        """Delete the records of the selected runs; a notice offers to undo it. Models are not deleted."""
        gone = []
        try:
            for record in self.chosen:
                run_record.delete(record)
                gone.append(record)
        except SaveError as error:
            self._show_error(error)
        if gone:
            self._deleted = gone
            row = self.table.selectionModel().selectedRows()[0].row()
            self._show(record for record in self.model.records if record not in gone)
            self.table.selectRow(min(row, len(self.model.records) - 1))
            what = f"“{gone[0].name}” is deleted" if len(gone) == 1 else f"{len(gone)} runs are deleted"
            self.notice.show_message("info", f"{what} from the history. Models are not deleted.", [("Undo", self.undo)])

    @Slot()
    def undo(self) -> None:
        """Restore what was deleted last."""
        try:
            for record in self._deleted:
                run_record.save(record, wait=0)
        except SaveError as error:
            self._show_error(error)
            return
        back, self._deleted = self._deleted, []
        if back:
            self.notice.dismiss()
            self._show([*self.model.records, *back])
            self._choose(back)

    @Slot()
    def rename_chosen(self) -> None:
        rows = self.table.selectionModel().selectedRows()
        if len(rows) == 1:
            self.table.edit(rows[0].siblingAtColumn(NAME))

    def _take(self, records: list[RunRecord]) -> None:
        chosen = {record.file for record in self.chosen}
        self._show(records)
        self._choose([record for record in self.model.records if record.file in chosen] or self.model.records[:1])

    @Slot(object)
    def _show_error(self, error: FashionLensError) -> None:
        self.notice.show_message("error", messages.sentence(error))

    def _show(self, records: Iterator[RunRecord] | list[RunRecord]) -> None:
        self.model.show(sorted(records, key=lambda record: record.started, reverse=True))
        self._fit_figures()
        some = bool(self.model.records)
        self.table.setVisible(some)
        self._nothing.setVisible(not some)
        self._selection_changed()

    def _choose(self, records: list[RunRecord]) -> None:
        selection = QItemSelection()
        files = {record.file for record in records}
        for row, record in enumerate(self.model.records):
            if record.file in files:
                index = self._sorted.mapFromSource(self.model.index(row, 0))
                selection.select(index, index)
        how = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
        self.table.selectionModel().select(selection, how)

    def _source(self, row: int) -> int:
        return self._sorted.mapToSource(self._sorted.index(row, 0)).row()

    @Slot()
    def _selection_changed(self) -> None:
        chosen = self.chosen
        self.rename_button.setEnabled(len(chosen) == 1)
        self.delete_button.setEnabled(bool(chosen))
        drawn = [record for record in chosen if record.history][:_MOST_COMPARED]
        if drawn:
            kept = [int(record.figures.get("best_epoch", 0)) for record in drawn]
            self._built_charts().show_runs([record.history for record in drawn], kept)
        if self._charts is not None:
            self._charts.setVisible(bool(drawn))
        self._words.setVisible(bool(self.model.records))
        self._words.setText(_legend(chosen, drawn))

    def _built_charts(self) -> HistoryPlot:
        if self._charts is None:
            from fashionlens_gui.window.train.history.plot import HistoryPlot

            self._charts = HistoryPlot()
            self._charts.setMinimumHeight(_CHARTS_HEIGHT)
            self._layout.addWidget(self._charts, 1)
        return self._charts

    def _table(self) -> QTableView:
        table = QTableView()
        self._sorted = QSortFilterProxyModel(self)
        self._sorted.setSourceModel(self.model)
        self._sorted.setSortRole(SortRole)
        table.setModel(self._sorted)
        table.setAccessibleName("Past trainings")
        plain_table.set_up(table)
        table.sortByColumn(0, Qt.SortOrder.DescendingOrder)
        table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        table.setEditTriggers(
            QAbstractItemView.EditTrigger.DoubleClicked | QAbstractItemView.EditTrigger.EditKeyPressed
        )
        header = table.horizontalHeader()
        # Figures are never cut; the name is resizable and the folder fills the rest.
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setSectionResizeMode(PHOTOS, QHeaderView.ResizeMode.Stretch)
        table.setColumnWidth(NAME, _NAME_WIDTH)
        header.sortIndicatorChanged.connect(self._fit_figures)
        return table

    @Slot()
    def _fit_figures(self) -> None:
        """Fit the width of the figure columns to their content."""
        for column in range(self.model.columnCount()):
            if column not in (NAME, PHOTOS):
                rows = (str(self.model.index(row, column).data()) for row in range(self.model.rowCount()))
                self.table.setColumnWidth(column, plain_table.width_of(self.table, column, rows))

    def _connect(self) -> None:
        self.table.selectionModel().selectionChanged.connect(self._selection_changed)
        self.close_button.clicked.connect(self.closed)
        self.model.failed.connect(self._show_error)
        self.model.renamed.connect(self._selection_changed)
        theme.notifier().changed.connect(self._selection_changed)
        self.rename_button.clicked.connect(self.rename_chosen)
        self.delete_button.clicked.connect(self.delete_chosen)
        for keys, action in (
            (delete_keys(), self.delete_chosen),
            (QKeySequence.keyBindings(QKeySequence.StandardKey.Undo), self.undo),
        ):
            shortcut = QShortcut(self)
            shortcut.setKeys(keys)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(action)

    def _lay_out(self) -> None:
        head = layouts.row(
            theme.heading("Past trainings"), layouts.STRETCH, self.rename_button, self.delete_button, self.close_button
        )
        card = theme.card()
        card.setMinimumHeight(_CARD_HEIGHT)
        layouts.column(head, self._nothing, (self.table, 1), parent=card, margins=2)
        self._layout = layouts.column(self.notice, (card, 1), self._words, parent=self, spacing=2)


def _read(_control: WorkControl) -> list[RunRecord]:
    with responsive_import.frequent_switches():
        import fashionlens_gui.window.train.history.plot  # noqa: F401  (pyqtgraph, where it bothers nobody)

    return run_record.records(paths.run_history_dir())


def _legend(chosen: list[RunRecord], drawn: list[RunRecord]) -> str:
    """Legend of the charts and a warning when runs are not comparable; rich text."""
    if not chosen:
        return _HINT
    if not drawn:
        return "There are no curves: no epoch was finished, or only the last layer was trained."
    from fashionlens_gui.window.train.history.plot import LINE_STYLES, colour

    legend = "&nbsp;&nbsp;&nbsp; ".join(
        f'<span style="color:{colour(run)}">{LINE_STYLES[run][1]}</span>&nbsp;{_short(record.name)}'
        for run, record in enumerate(drawn)
    )
    if len({record.data_fingerprint for record in drawn}) > 1:
        legend += "<br>These runs were trained on different photos, so their figures are not comparable."
    if len(drawn) < len(chosen):
        legend += f"<br>Not drawn: {len(chosen) - len(drawn)} (without curves, or more than six)."
    return legend


def _short(name: str) -> str:
    return html.escape(name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…").replace(" ", "&nbsp;")
