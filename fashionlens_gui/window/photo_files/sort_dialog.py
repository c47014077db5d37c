"""“Sort files…”: the folder and the pattern, the first files as they would go, and what stays where it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QFileDialog,
    QHeaderView,
    QLineEdit,
    QRadioButton,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from fashionlens_gui.messages import REASONS, sentence
from fashionlens_gui.messages.files import sort_summary
from fashionlens_gui.paths import reachable_folder
from fashionlens_gui.tagging.tag import printable
from fashionlens_gui.window.photo_files.work_dialog import PhotoScope, ScopeChoice, WorkDialog
from fashionlens_gui.window.shell import layouts, plain_table, theme
from fashionlens_gui.window.shell.workers import WorkerSlot
from trainer.control import ProgressEvent, WorkControl
from trainer.errors import FashionLensError

if TYPE_CHECKING:
    from fashionlens_gui.catalogue.catalogue import Catalogue
    from fashionlens_gui.file_sorting.plan import Layout, Plan
    from fashionlens_gui.file_sorting.sort import Sorted
    from fashionlens_gui.settings import Settings

PATTERNS = (
    "{category}/{colour}",
    "{category}",
    "{group}/{category}/{colour}",
    "{colour_family}/{category}",
    "{season}/{category}",
    "{status}/{category}",
)
_PAUSE_MS = 300
_EXAMPLES = 10
_SECONDS_FOR_A_RULE = 20.0  # a rule of a watched folder may be moving files now
_TRY_AGAIN_SECONDS = 0.2


@dataclass(frozen=True, slots=True, eq=False)
class _Example:
    """The plan for the first photos."""

    plan: Plan


class SortDialog(WorkDialog):
    """Plans the sorting each time that something else is chosen; no file is touched by that.

    Args:
        catalogue: Open for writing.
        scopes: The photos, the widest first.
        settings: The folder and the pattern of the last time, and the pattern of SKUs.
        parent: The window.

    Attributes:
        moved: Whether the files were moved.
    """

    def __init__(self, catalogue: Catalogue, scopes: Sequence[PhotoScope], settings: Settings, parent: QWidget) -> None:
        super().__init__("Sort files", "Copy files", "folder", parent)
        self._catalogue, self._settings = catalogue, settings
        self._plan_slot = WorkerSlot[_Example, "Plan"](
            "planning the sorting",
            self,
            mode="latest",
            on_events=self._show_examples,
            on_result=self._show_plan,
            on_error=self._not_planned,
        )
        self.moved = False
        self.scopes = ScopeChoice(scopes)
        self.into = QLineEdit(settings.sort_into)
        self.into.setPlaceholderText("A folder, in which the folders are made")
        self.into.setAccessibleName("Into the folder")
        self.choose_button = theme.quiet_button("Choose…", "folder")
        self.choose_button.setAutoDefault(False)
        self.pattern = QComboBox()
        self.pattern.setEditable(True)
        self.pattern.addItems(PATTERNS)
        self.pattern.setCurrentText(settings.sort_pattern)
        self.pattern.setAccessibleName("Pattern of the folders")
        self.name = QLineEdit()
        self.name.setPlaceholderText("As it is; or a pattern such as {category}-{name}")
        self.name.setAccessibleName("Pattern of the names")
        self.copy_button, self.move_button = QRadioButton("Copy the files"), QRadioButton("Move the files")
        kinds = QButtonGroup(self)
        for button in (self.copy_button, self.move_button):
            kinds.addButton(button)
        self.copy_button.setChecked(True)
        self.examples = QTableWidget(0, 2)
        self.examples.setHorizontalHeaderLabels(["Now", "Then"])
        plain_table.set_up(self.examples)
        self.examples.setSortingEnabled(False)
        self.examples.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.examples.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.examples.setAccessibleName("The first files")
        self.examples.setMinimumHeight(4 * plain_table.ROW_HEIGHT)
        for column in (0, 1):
            self.examples.horizontalHeader().setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch)
        self.summary = theme.plain("")
        self.set_content(
            self.scopes,
            layouts.column(theme.heading("Into the folder"), layouts.row((self.into, 1), self.choose_button)),
            layouts.column(
                layouts.row(
                    (layouts.column(theme.heading("Folders"), self.pattern), 1),
                    (layouts.column(theme.heading("Names of the files"), self.name), 1),
                    spacing=3,
                ),
                theme.muted("{category}, {colour} and so on are the tags of a photo; a / begins a folder."),
            ),
            layouts.row(self.copy_button, self.move_button, layouts.FILL, spacing=3),
            (self.examples, 1),
            self.summary,
        )
        self._pause = QTimer(self, singleShot=True, interval=_PAUSE_MS)
        self._pause.timeout.connect(self._plan)
        self._connect()
        self.resize(100 * theme.SPACE, min(80 * theme.SPACE, parent.height()))
        self._changed()

    def _connect(self) -> None:
        self.scopes.changed.connect(self._changed)
        self.into.textChanged.connect(self._changed)
        self.pattern.currentTextChanged.connect(self._changed)
        self.name.textChanged.connect(self._changed)
        self.move_button.toggled.connect(self._changed)
        self.choose_button.clicked.connect(self._choose)
        self.action_button.clicked.connect(self._begin)

    @property
    def planning(self) -> bool:
        """Whether the plan is being made, or is about to be."""
        return self._pause.isActive() or self._plan_slot.busy

    def _layout(self) -> Layout | None:
        from fashionlens_gui.file_sorting.plan import Layout

        into = self.into.text().strip()
        if not into or not Path(into).is_absolute():
            return None
        return Layout(
            Path(into), self.pattern.currentText().strip(), self.name.text().strip(), self._settings.sku_pattern
        )

    @Slot()
    def _choose(self) -> None:
        start = self.into.text() or reachable_folder(self._settings.last_folder) or ""
        if chosen := QFileDialog.getExistingDirectory(self, "Sort files into a folder", start):
            self.into.setText(str(Path(chosen)))

    # -- the plan -----------------------------------------------------------------------------------------------------
    @Slot()
    def _changed(self, *_: object) -> None:
        moves = self.move_button.isChecked()
        self.action_button.setText("Move files" if moves else "Copy files")
        self.action_button.setEnabled(False)
        self.notice.dismiss()
        if self._layout() is None:
            self._pause.stop()
            self._plan_slot.stop()
            self.examples.setRowCount(0)
            typed = self.into.text().strip()
            self.summary.setText("Give the folder with its whole path." if typed else "Choose a folder first.")
            return
        self.summary.setText("Looking where the files would go…")
        self._pause.start()

    @Slot()
    def _plan(self) -> None:
        layout = self._layout()
        if layout is not None:
            self._plan_slot.start(
                partial(_plan, self._catalogue, self.scopes.scope.find, layout, self.move_button.isChecked())
            )

    def _show_examples(self, events: tuple[_Example, ...]) -> None:
        plan, layout = events[-1].plan, self._layout()
        steps = [step for step in plan.steps if step.photo is not None]
        self.examples.setRowCount(len(steps))
        for row, step in enumerate(steps):
            then = step.target
            if layout is not None and then.is_relative_to(layout.into):
                then = then.relative_to(layout.into)
            for column, path in enumerate((step.source, then)):
                item = QTableWidgetItem(printable(str(path) if column else path.name))
                item.setToolTip(printable(str(step.target if column else path)))
                self.examples.setItem(row, column, item)

    def _show_plan(self, plan: Plan) -> None:
        if self._pause.isActive():
            return
        count = sum(step.photo is not None for step in plan.steps)
        left = Counter(each.reason for each in plan.left)
        self.summary.setText(sort_summary(count, len(plan.folders), left, self.move_button.isChecked(), REASONS))
        self.action_button.setEnabled(bool(plan.steps))

    def _not_planned(self, error: FashionLensError) -> None:
        self.examples.setRowCount(0)
        self.summary.setText(sentence(error))

    # -- the work -----------------------------------------------------------------------------------------------------
    @Slot()
    def _begin(self) -> None:
        layout = self._layout()
        if layout is None:
            return
        self.moved = self.move_button.isChecked()
        self._settings.sort_into, self._settings.sort_pattern = str(layout.into), layout.pattern
        self._settings.save_or_log()
        self._plan_slot.stop()
        work = partial(_sort, self._catalogue, self.scopes.scope.find, layout, self.moved)
        self.start(work, "moving_files" if self.moved else "copying_files")

    def slots(self) -> list[WorkerSlot[Any, Any]]:
        return [*super().slots(), self._plan_slot]

    def done(self, result: int) -> None:
        self._pause.stop()
        super().done(result)


def _plan(
    catalogue: Catalogue, find: Callable[[Catalogue], Sequence[int]], layout: Layout, moves: bool, control: WorkControl
) -> Generator[_Example, None, Plan]:
    from fashionlens_gui.file_sorting.plan import make_plan

    ids = find(catalogue)
    yield _Example(make_plan(catalogue, ids[:_EXAMPLES], layout, moves, control))
    return make_plan(catalogue, ids, layout, moves, control)


def _sort(
    catalogue: Catalogue, find: Callable[[Catalogue], Sequence[int]], layout: Layout, moves: bool, control: WorkControl
) -> Generator[ProgressEvent, None, Sorted]:
    import time

    from fashionlens_gui.file_sorting.plan import make_plan
    from fashionlens_gui.file_sorting.sort import sort, unfinished_run

    until = time.monotonic() + _SECONDS_FOR_A_RULE
    while (run := unfinished_run(catalogue)) is not None and not run.undoable and time.monotonic() < until:
        time.sleep(_TRY_AGAIN_SECONDS)
    return (yield from sort(catalogue, make_plan(catalogue, find(catalogue), layout, moves, control), moves, control))
