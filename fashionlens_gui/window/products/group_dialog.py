"""“Group into products…”: a rule for names, the folders or a table, with a live preview of what it does."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QSize, QTimer, Signal, Slot
from PySide6.QtWidgets import QCheckBox, QDialog, QHeaderView, QPlainTextEdit, QPushButton, QTableView, QWidget

from fashionlens_gui.catalogue.catalogue import Changes
from fashionlens_gui.messages import sentence
from fashionlens_gui.product_groups import arranging, grouping
from fashionlens_gui.product_groups.grouping import FOLDER_PATTERN
from fashionlens_gui.product_groups.join_preview import columns_of
from fashionlens_gui.window.products.background_work import ALL, catching
from fashionlens_gui.window.products.rule_preview import (
    Names,
    Rule,
    RuleModel,
    RuleResult,
    alike_text,
    read_names,
    result_text,
    suggestion_text,
    try_rule,
)
from fashionlens_gui.window.products.table_chooser import TableChooser
from fashionlens_gui.window.shell import layouts, plain_table, theme
from fashionlens_gui.window.shell.widgets import ChoiceBox, SegmentedChoice, ThinProgressBar
from fashionlens_gui.window.shell.workers import WorkerSlot
from trainer.errors import FashionLensError
from trainer.number_format import photos

if TYPE_CHECKING:
    from fashionlens_gui.settings import Settings
    from fashionlens_gui.window.shell.catalogue_access import CatalogueAccess

_SIZE = QSize(96 * theme.SPACE, 78 * theme.SPACE)
_PAUSE_MS = 120
_MOST_SUGGESTIONS = 3
_FOUND_BY_NAME = "found by its name"


class GroupDialog(QDialog):
    """Deleted when it is closed.

    Args:
        access: The catalogue; open.
        settings: The folder of the file dialogs.
        parent: The window.
    """

    grouped = Signal(object)
    """The Changes of the grouping."""

    def __init__(self, access: CatalogueAccess, settings: Settings, parent: QWidget) -> None:
        super().__init__(parent)
        self._access = access
        self.names, self.found = Names(), RuleResult()
        self._kind = "names"
        self._applying = self._closed = False
        self._names_slot = WorkerSlot[None, Names]("reading names", self, on_result=self._show_names)
        self._slot = WorkerSlot[None, RuleResult](
            "trying a rule", self, mode="latest", on_result=self._show_result, on_error=self._show_problem
        )
        self._columns_slot = WorkerSlot[None, Any](
            "reading a table", self, mode="latest", on_result=self._show_columns, on_error=self._show_problem
        )
        self._pause = QTimer(self, singleShot=True, interval=_PAUSE_MS)
        self._pause.timeout.connect(self._try)
        self.setWindowTitle("Group into products")
        self._make_controls(settings)
        self._lay_out()
        self._connect()
        self.resize(_SIZE.boundedTo(parent.size() * 0.95) if parent.isVisible() else _SIZE)
        catalogue = access.catalogue
        if catalogue is not None:
            self._names_slot.start(lambda _control: read_names(catalogue))

    @property
    def busy(self) -> bool:
        """Something is read, tried or applied."""
        return (
            any(slot.busy for slot in (self._names_slot, self._slot, self._columns_slot))
            or self._pause.isActive()
            or self._applying
        )

    @property
    def rule(self) -> Rule:
        """What is chosen now."""
        if self._kind == "folders":
            return Rule((FOLDER_PATTERN,))
        if self._kind == "table":
            columns = (str(box.currentData() or "") for box in (self.file_column, self.sku_column))
            return Rule((), self.table.file, self.table.encoding, *columns)
        lines = self.patterns.toPlainText().splitlines()
        return Rule(tuple(line.strip() for line in lines if line.strip()))

    def done(self, result: int) -> None:
        self._closed = True
        for slot in (self._names_slot, self._slot, self._columns_slot):
            slot.shutdown()
        super().done(result)

    # -- what is shown ------------------------------------------------------------------------------------------------
    def _show_names(self, names: Names) -> None:
        self.names = names
        for button, suggestion in zip(self.suggestion_buttons, names.suggestions, strict=False):
            button.setText(suggestion_text(suggestion))
            button.setToolTip("Use this rule")
            button.clicked.connect(partial(self._use, suggestion.patterns))
            button.show()
        self.hint.setVisible(not names.suggestions)
        first = names.remembered or (names.suggestions[0].patterns if names.suggestions else ("{sku}_{n}",))
        self._use(first)

    def _use(self, patterns: tuple[str, ...], _checked: bool = False) -> None:
        if patterns == (FOLDER_PATTERN,):
            self.kind.button("folders").click()
        else:
            self.patterns.setPlainText("\n".join(patterns))
            self._pause.start()

    def _show_result(self, result: RuleResult) -> None:
        self.found = result
        rest = len(result.rows) - result.matched
        self.which.button(True).setText(f"Not matched {rest:,}")
        self.rows.show(result, self._only_unmatched)
        self._show_message(result_text(result), "")
        self.alike.setText(alike_text(result))
        self.alike.setVisible(bool(result.alike))
        self._update()

    def _show_problem(self, error: FashionLensError) -> None:
        self.found = RuleResult()
        self.rows.show(self.found, False)
        self.alike.hide()
        self._show_message(sentence(error), "error")
        self._update()

    def _show_message(self, text: str, tone: str) -> None:
        self.summary.setProperty("tone", tone)
        theme.restyle(self.summary)
        self.summary.setText(text)

    @property
    def _only_unmatched(self) -> bool:
        return self.which.button(True).isChecked()

    @Slot()
    def _update(self) -> None:
        matched = self.found.matched
        self.apply_button.setText(f"Group {photos(matched)}" if matched else "Group")
        possible = self._access.writable
        self.apply_button.setEnabled(matched > 0 and possible and not self._applying)
        problem = self._access.problem
        self.apply_button.setToolTip("" if possible or problem is None else sentence(problem))

    @Slot(object)
    def _kind_chosen(self, kind: str) -> None:
        self._kind = kind
        self._pages.setCurrentIndex(("names", "folders", "table").index(kind))
        self._pause.start()

    @Slot()
    def _try(self) -> None:
        rule, names = self.rule, self.names.names
        if rule.table is None and not rule.patterns:
            text = "Choose a table." if self._kind == "table" else "Write a pattern, such as {sku}_{n}."
            self.found = RuleResult()
            self.rows.show(self.found, False)
            self._show_message(text, "")
            self._update()
            return
        self._slot.start(lambda _control: try_rule(names, rule))

    @Slot()
    def _table_chosen(self) -> None:
        file, encoding = self.table.file, self.table.encoding
        if file is not None:
            self._columns_slot.start(lambda _control: columns_of(file, encoding))

    def _show_columns(self, columns: tuple[str, ...]) -> None:
        for box, what in ((self.file_column, "File"), (self.sku_column, "SKU")):
            box.clear()
            box.addItem(f"{what}: {_FOUND_BY_NAME}", "")
            for column in filter(None, columns):
                box.addItem(f"{what}: {column}", column)
            box.setEnabled(True)
        self._try()

    # -- applying -----------------------------------------------------------------------------------------------------
    @Slot()
    def apply(self) -> None:
        """Group; one operation, one undo."""
        anew, rule, skus = self.anew.isChecked(), self.rule, self.found.skus
        if skus is not None:
            operation = partial(arranging.group, skus=skus, anew=anew)
        else:
            operation = partial(grouping.group_by_names, query=ALL, patterns=rule.patterns, anew=anew)
        self._applying = True
        self.progress.set_unknown(True)
        self.progress.show()
        self._update()
        errors: list[FashionLensError] = []
        self._access.perform(catching(operation, errors), lambda changes: self._applied(changes, errors))

    def _applied(self, changes: Changes, errors: Sequence[FashionLensError]) -> None:
        self._applying = False
        if self._closed:
            return
        if not errors:
            self.grouped.emit(changes)
            self.accept()
            return
        self.progress.hide()
        self._show_message(sentence(errors[0]), "error")
        self._update()

    # -- set-up -------------------------------------------------------------------------------------------------------
    def _make_controls(self, settings: Settings) -> None:
        kinds = (("File names", "names"), ("Folders", "folders"), ("A table", "table"))
        self.kind = SegmentedChoice(kinds, "Group by")
        self.suggestion_buttons = [self._suggestion_button() for _ in range(_MOST_SUGGESTIONS)]
        self.hint = theme.muted("No usual pattern fits the names. Write one, or use folders or a table.")
        self.hint.hide()
        self.patterns = QPlainTextEdit()
        self.patterns.setAccessibleName("Patterns, one a line")
        self.patterns.setTabChangesFocus(True)
        self.patterns.setFixedHeight(4 * self.patterns.fontMetrics().lineSpacing() + 2 * theme.SPACE)
        self.table = TableChooser(settings)
        self.file_column, self.sku_column = ChoiceBox(), ChoiceBox()
        for box, name in ((self.file_column, "Column with the file"), (self.sku_column, "Column with the SKU")):
            box.setAccessibleName(name)
            box.setMinimumWidth(theme.scaled(26 * theme.SPACE))
            box.setEnabled(False)
        self.summary = theme.plain("Reading the names of the photos…")
        self.alike = theme.plain("", "review")
        self.alike.hide()
        self.which = SegmentedChoice((("All", False), ("Not matched", True)), "Which files")
        self.rows = RuleModel(self)
        self.preview = QTableView()
        self.preview.setModel(self.rows)
        plain_table.set_up(self.preview)
        self.preview.setSortingEnabled(False)
        self.preview.setAccessibleName("What the rule does")
        header = self.preview.horizontalHeader()
        for column, width in ((1, 24 * theme.SPACE), (2, 12 * theme.SPACE)):
            header.resizeSection(column, width)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.anew = QCheckBox("Also photos that were moved by hand")
        self.anew.setToolTip("Photos that a person put into a product, or took out of one, otherwise stay as they are.")
        self.progress = ThinProgressBar("Grouping")
        self.progress.hide()
        self.apply_button = theme.primary_button("Group", "check")
        self.cancel_button = theme.quiet_button("Cancel")
        self.cancel_button.setAutoDefault(False)

    def _suggestion_button(self) -> QPushButton:
        button = theme.quiet_button("")
        button.setAutoDefault(False)
        button.setStyleSheet("text-align: left;")
        button.hide()
        return button

    def _lay_out(self) -> None:
        names, folders, table = QWidget(), QWidget(), QWidget()
        fields = theme.muted(
            "{sku} is the SKU, {n} the number of the photo, {view} a word such as front or back, {*} anything. "
            "One pattern a line; the first that matches counts."
        )
        layouts.column(*self.suggestion_buttons, self.hint, self.patterns, fields, parent=names, spacing=0.5)
        text = theme.muted("The name of the folder is the SKU; photos are in the order of their names.")
        layouts.column(text, layouts.FILL, parent=folders)
        columns = layouts.row(self.file_column, self.sku_column, layouts.FILL)
        text = theme.muted("A table with a column of file names and one of SKUs, as the shop's system exports it.")
        layouts.column(text, self.table, columns, layouts.FILL, parent=table)
        self._pages = layouts.pages(names, folders, table)
        layouts.column(
            self.kind,
            self._pages,
            layouts.row((self.summary, 1), self.which),
            self.alike,
            (self.preview, 1),
            self.anew,
            self.progress,
            layouts.row(
                (theme.muted("One undo takes it back. The rule is remembered for new photos."), 1),
                self.cancel_button,
                self.apply_button,
            ),
            parent=self,
            spacing=1.5,
            margins=3,
        )

    def _connect(self) -> None:
        self.kind.chosen.connect(self._kind_chosen)
        self.patterns.textChanged.connect(self._pause.start)
        self.table.changed.connect(self._table_chosen)
        for box in (self.file_column, self.sku_column):
            box.activated.connect(self._pause.start)
        self.which.chosen.connect(lambda _value: self.rows.show(self.found, self._only_unmatched))
        self.apply_button.clicked.connect(self.apply)
        self.cancel_button.clicked.connect(self.reject)

    def choose_table(self, file: Path) -> None:
        """Group by a table."""
        self.kind.button("table").click()
        self.table.show_file(file)
