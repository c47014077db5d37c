"""“Tables of the shop…”: join a table with a preview of what matches; refresh and remove those that are joined."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QSignalBlocker, QSize, QStringListModel, Qt, Slot
from PySide6.QtWidgets import QAbstractItemView, QDialog, QListView, QListWidget, QListWidgetItem, QWidget

from fashionlens_gui.catalogue.catalogue import Changes
from fashionlens_gui.messages import sentence
from fashionlens_gui.product_groups import table_joins
from fashionlens_gui.product_groups.join_preview import JoinPreview, preview_join
from fashionlens_gui.product_groups.table_joins import Joined
from fashionlens_gui.tagging.tag import printable
from fashionlens_gui.window.products import join_work
from fashionlens_gui.window.products.background_work import catching
from fashionlens_gui.window.products.join_work import JoinedTable, Refreshed
from fashionlens_gui.window.products.table_chooser import TableChooser
from fashionlens_gui.window.shell import layouts, theme
from fashionlens_gui.window.shell.widgets import ChoiceBox, SegmentedChoice
from fashionlens_gui.window.shell.workers import WorkerSlot
from trainer.errors import FashionLensError
from trainer.number_format import day_of

if TYPE_CHECKING:
    from fashionlens_gui.catalogue.catalogue import Catalogue
    from fashionlens_gui.settings import Settings
    from fashionlens_gui.window.shell.catalogue_access import CatalogueAccess

_SIZE = QSize(100 * theme.SPACE, 76 * theme.SPACE)


class JoinDialog(QDialog):
    """Deleted when it is closed.

    Args:
        access: The catalogue; open.
        settings: The folder of the file dialogs.
        parent: The window.
    """

    def __init__(self, access: CatalogueAccess, settings: Settings, parent: QWidget) -> None:
        super().__init__(parent)
        self._access = access
        self._on = "sku"
        self.tables: list[JoinedTable] = []
        self.preview: JoinPreview | None = None
        self._writing = False
        self._closed = False
        self._slot = WorkerSlot[None, JoinPreview](
            "reading a table", self, mode="latest", on_result=self._show_preview, on_error=self._show_problem
        )
        self._tables_slot = WorkerSlot[None, Any](
            "reading the joined tables", self, mode="latest", on_result=self._show_tables, on_error=self._show_problem
        )
        self.setWindowTitle("Tables of the shop")
        self._make_controls(settings)
        self._lay_out()
        self._connect()
        self.resize(_SIZE.boundedTo(parent.size() * 0.95) if parent.isVisible() else _SIZE)
        self._read_tables()
        self._update()

    @property
    def busy(self) -> bool:
        """Something is read or written."""
        return self._slot.busy or self._tables_slot.busy or self._writing

    def done(self, result: int) -> None:
        self._closed = True
        for slot in (self._slot, self._tables_slot):
            slot.shutdown()
        super().done(result)

    # -- a new table --------------------------------------------------------------------------------------------------
    @Slot()
    def _file_chosen(self) -> None:
        self.columns.clear()
        self._read()

    @Slot(object)
    def _on_chosen(self, on: str) -> None:
        self._on = on
        self.columns.clear()
        self._read()

    @Slot()
    def _read(self) -> None:
        catalogue, file = self._access.catalogue, self.chooser.file
        if catalogue is None or file is None:
            return
        self.table_list.clearSelection()
        on, column, encoding = self._on, str(self.columns.currentData() or ""), self.chooser.encoding
        self._slot.start(lambda _control: preview_join(catalogue, file, on, column, encoding))

    def _show_preview(self, found: JoinPreview) -> None:
        self.preview = found
        if self.columns.count() == 0:
            for column in filter(None, found.columns):
                self.columns.addItem(f"{'SKU' if self._on == 'sku' else 'File'}: {printable(column)}", column)
        self.columns.setCurrentIndex(self.columns.findData(found.key_column))
        self._show_message(join_work.preview_text(found, self._on))
        self.example.setText(join_work.example_text(found))
        self._show_rest(found.rows_without, found.without_row, self._on)
        self._update()

    def _show_problem(self, error: FashionLensError) -> None:
        self.preview = None
        self.example.setText("")
        self._show_rest((), (), self._on)
        self._show_message(sentence(error), "error")
        columns = error.parameters.get("columns")
        if error.code == "table_without_key" and isinstance(columns, tuple):
            self.columns.clear()
            self.columns.addItem("Choose the column…", "")
            for column in columns:
                self.columns.addItem(printable(column), column)
        self._update()

    @Slot()
    def join(self) -> None:
        """Join the chosen table; one operation, one undo."""
        file = self.chooser.file
        if file is None:
            return
        column, encoding = str(self.columns.currentData() or ""), self.chooser.encoding
        done: list[Joined] = []

        def operation(catalogue: Catalogue) -> Changes:
            done.append(table_joins.join(catalogue, file, self._on, column, encoding=encoding))
            return done[0].changes or Changes.none()

        self._perform(operation, lambda: self._show_message(join_work.joined_text(done[0])))

    # -- tables that are joined ---------------------------------------------------------------------------------------
    def _read_tables(self) -> None:
        catalogue = self._access.catalogue
        if catalogue is not None:
            self._tables_slot.start(lambda _control: join_work.joined_tables(catalogue))

    def _show_tables(self, tables: list[JoinedTable]) -> None:
        self.tables = tables
        with QSignalBlocker(self.table_list):  # the selection goes from row to row while they are removed
            self.table_list.clear()
        for each in tables:
            table, on = each.table, "SKU" if each.table.joined_on == "sku" else "file"
            rows = f"{table.rows:,} row{'' if table.rows == 1 else 's'}"
            item = QListWidgetItem(f"{table.name}  –  {rows} by {on}, read on {day_of(table.read_at)}")
            item.setToolTip(printable(str(table.path)))
            item.setData(Qt.ItemDataRole.UserRole, table.name)
            self.table_list.addItem(item)
        if not tables:
            item = QListWidgetItem("No table is joined yet.")
            item.setFlags(Qt.ItemFlag.NoItemFlags)
            self.table_list.addItem(item)
        self._update()

    @Slot()
    def _table_selected(self) -> None:
        row = self.table_list.currentRow()
        if self.table_list.selectedItems() and row < len(self.tables):
            shown = self.tables[row]
            self.example.setText("")
            what = "product" if shown.table.joined_on == "sku" else "photo"
            rows, without = len(shown.rest.rows), len(shown.rest.without_row)
            self._show_message(f"{shown.table.name}: {rows:,} rows without {what}, {without:,} {what}s without row.")
            self._show_rest(shown.rest.rows, shown.rest.without_row, shown.table.joined_on)
        self._update()

    @Slot()
    def refresh(self) -> None:
        """Read the files again that have changed; one operation each."""
        done: list[Refreshed] = []

        def report() -> None:
            self._show_message(join_work.refreshed_text(done[0]), "error" if done[0].errors else "")

        self._perform(partial(join_work.refresh, report=done), report)

    @Slot()
    def remove(self) -> None:
        """Remove the selected table; its file stays."""
        if self.table_list.selectedItems():
            name = str(self.table_list.currentItem().data(Qt.ItemDataRole.UserRole))
            text = f"“{name}” is removed; its file stays. One undo brings it back."
            self._perform(partial(table_joins.remove, name=name), lambda: self._show_message(text))

    # -- both ---------------------------------------------------------------------------------------------------------
    def _perform(self, operation: Any, on_done: Any) -> None:
        errors: list[FashionLensError] = []

        def done(_changes: Changes) -> None:
            self._writing = False
            if self._closed:
                return
            if errors:
                self._show_message(sentence(errors[0]), "error")
            else:
                self._read_tables()
                on_done()
            self._update()

        self._writing = True
        self._update()
        self._access.perform(catching(operation, errors), done)

    def _show_rest(self, rows: tuple[tuple[int, str], ...], without: tuple[str, ...], on: str) -> None:
        what = "product" if on == "sku" else "photo"
        self.rows_heading.setText(f"Rows without {what}: {len(rows):,}")
        self.without_heading.setText(f"{what.capitalize()}s without row: {len(without):,}")
        self._rows.setStringList([f"Line {line}: {printable(key) or 'empty'}" for line, key in rows])
        self._without.setStringList([printable(name) for name in without])

    def _show_message(self, text: str, tone: str = "") -> None:
        self.summary.setProperty("tone", tone)
        theme.restyle(self.summary)
        self.summary.setText(text)

    @Slot()
    def _update(self) -> None:
        possible, problem = self._access.writable and not self._writing, self._access.problem
        selected = bool(self.table_list.selectedItems()) and bool(self.tables)
        for button, wanted in (
            (self.join_button, self.preview is not None),
            (self.refresh_button, bool(self.tables)),
            (self.remove_button, selected),
        ):
            button.setEnabled(wanted and possible)
            button.setToolTip("" if self._access.writable or problem is None else sentence(problem))
        self.columns.setEnabled(self.columns.count() > 0)

    # -- set-up -------------------------------------------------------------------------------------------------------
    def choose_table(self, file: Path) -> None:
        """Preview a table."""
        self.chooser.show_file(file)

    def _make_controls(self, settings: Settings) -> None:
        self.chooser = TableChooser(settings)
        self.on = SegmentedChoice((("By SKU", "sku"), ("By file name", "file")), "What the rows are of")
        self.columns = ChoiceBox()
        self.columns.setAccessibleName("Column with the SKU or the file")
        self.columns.setMinimumWidth(theme.scaled(30 * theme.SPACE))
        self.summary = theme.plain("Titles, prices, sizes and whatever else the table says are joined to the products.")
        self.example = theme.muted("")
        self.rows_heading, self.without_heading = theme.heading("Rows without product"), theme.heading("Without row")
        self._rows, self._without = QStringListModel(self), QStringListModel(self)
        self.rows, self.without = _texts(self._rows, "Rows without product"), _texts(self._without, "Without row")
        self.join_button = theme.primary_button("Join", "check")
        self.table_list = QListWidget()
        self.table_list.setAccessibleName("Joined tables")
        self.table_list.setFixedHeight(12 * theme.SPACE)
        self.table_list.setStyleSheet("QListWidget::item { padding: 3px 6px; }")
        self.refresh_button = theme.quiet_button("Refresh all")
        self.refresh_button.setStatusTip("Read the files again that have changed")
        self.remove_button = theme.quiet_button("Remove")
        self.close_button = theme.quiet_button("Close")
        for button in (self.refresh_button, self.remove_button, self.close_button):
            button.setAutoDefault(False)

    def _lay_out(self) -> None:
        left = layouts.column(self.rows_heading, (self.rows, 1), spacing=0.5)
        right = layouts.column(self.without_heading, (self.without, 1), spacing=0.5)
        rest = layouts.row(spacing=2)
        rest.addLayout(left, 1)
        rest.addLayout(right, 1)
        layouts.column(
            self.chooser,
            layouts.row(self.on, self.columns, layouts.FILL, self.join_button),
            self.summary,
            self.example,
            (rest, 1),
            theme.heading("Joined tables"),
            self.table_list,
            layouts.row(self.refresh_button, self.remove_button, layouts.FILL, self.close_button),
            parent=self,
            spacing=1.5,
            margins=3,
        )

    def _connect(self) -> None:
        self.chooser.changed.connect(self._file_chosen)
        self.on.chosen.connect(self._on_chosen)
        self.columns.activated.connect(self._read)
        self.join_button.clicked.connect(self.join)
        self.table_list.itemSelectionChanged.connect(self._table_selected)
        self.refresh_button.clicked.connect(self.refresh)
        self.remove_button.clicked.connect(self.remove)
        self.close_button.clicked.connect(self.accept)


def _texts(model: QStringListModel, name: str) -> QListView:
    view = QListView()
    view.setModel(model)
    view.setUniformItemSizes(True)
    view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    view.setAccessibleName(name)
    view.setStyleSheet("QListView::item { padding: 2px 6px; }")
    return view
