"""“Write keywords…”: where they are written, which, and what would be done."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QTimer, Slot
from PySide6.QtWidgets import QButtonGroup, QCheckBox, QGridLayout, QPlainTextEdit, QRadioButton, QWidget

from fashionlens_gui import messages
from fashionlens_gui.messages.files import keyword_summary
from fashionlens_gui.tagging.tag import printable
from fashionlens_gui.window.photo_files.work_dialog import PhotoScope, ScopeChoice, Work, WorkDialog
from fashionlens_gui.window.shell import layouts, theme
from fashionlens_gui.window.shell.workers import WorkerSlot
from trainer.control import ProgressEvent, WorkControl
from trainer.errors import FashionLensError
from trainer.taxonomy import CATEGORY_AND_ATTRIBUTES

if TYPE_CHECKING:
    from fashionlens_gui.catalogue.catalogue import Catalogue
    from fashionlens_gui.photo_keywords.tag_words import WordChoice
    from fashionlens_gui.photo_keywords.write import WriteResult

_BESIDE, _INSIDE, _RESTORE = range(3)
_PAUSE_MS = 250
_MOST_LINES = 200
_COLUMNS = 5
_BUTTONS = ("Write keywords", "Write keywords", "Restore files")


class KeywordDialog(WorkDialog):
    """Checks all files, without a change, each time that something else is chosen.

    Args:
        catalogue: Open for writing.
        scopes: The photos, the widest first.
        parent: The window.
    """

    def __init__(self, catalogue: Catalogue, scopes: Sequence[PhotoScope], parent: QWidget) -> None:
        super().__init__("Write keywords", _BUTTONS[_BESIDE], "tag", parent)
        self._catalogue = catalogue
        self._check_slot = WorkerSlot[ProgressEvent, "WriteResult"](
            "checking files for keywords",
            self,
            mode="latest",
            on_events=self._show_checking,
            on_result=self._show_checked,
            on_error=self._not_checked,
        )
        self.scopes = ScopeChoice(scopes)
        self.places = [
            QRadioButton("Beside the photos, in files such as coat.jpg.xmp"),
            QRadioButton("Inside the photos: JPEG, PNG, WebP and TIFF"),
            QRadioButton("Nowhere: bring the files back as they were"),
        ]
        self._places = QButtonGroup(self)
        for number, button in enumerate(self.places):
            self._places.addButton(button, number)
        self.places[_BESIDE].setChecked(True)
        self.boxes = {name: QCheckBox(name.capitalize()) for name in CATEGORY_AND_ATTRIBUTES}
        self.own_box, self.title_box = QCheckBox("Own attributes"), QCheckBox("Title")
        self.label_box = QCheckBox("Colour label")
        self.title_box.setToolTip("Such as “Navy blue Dress”. A title of yours stays.")
        self.label_box.setToolTip("Green: sure. Yellow: needs review. A label of yours stays.")
        self._words = QWidget()
        self._lay_out_words()
        self.summary = theme.plain("")
        self.problems = QPlainTextEdit()
        self.problems.setReadOnly(True)
        self.problems.setAccessibleName("Files that cannot be written")
        self.problems.setFixedHeight(9 * theme.SPACE)
        self.problems.setTabChangesFocus(True)
        self.problems.hide()
        self.set_content(
            self.scopes,
            layouts.column(theme.heading("Where"), *self.places),
            self._words,
            theme.muted("Keywords of yours and of other programs stay, and the picture is not changed."),
            layouts.FILL,
            self.summary,
            self.problems,
        )
        self._pause = QTimer(self, singleShot=True, interval=_PAUSE_MS)
        self._pause.timeout.connect(self._check)
        self.scopes.changed.connect(self._changed)
        self._places.idToggled.connect(self._changed)
        for box in self._all_boxes:
            box.toggled.connect(self._changed)
        self.action_button.clicked.connect(self._begin)
        self.setMinimumWidth(80 * theme.SPACE)
        self._changed()

    def _lay_out_words(self) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(3 * theme.SPACE)
        for place, box in enumerate(self._all_boxes):
            box.setChecked(True)
            grid.addWidget(box, place // _COLUMNS, place % _COLUMNS)
        grid.setColumnStretch(_COLUMNS, 1)
        layouts.column(theme.heading("Words"), grid, parent=self._words)

    @property
    def _all_boxes(self) -> list[QCheckBox]:
        return [*self.boxes.values(), self.own_box, self.title_box, self.label_box]

    @property
    def _place(self) -> int:
        return self._places.checkedId()

    @property
    def checking(self) -> bool:
        """Whether files are being checked, or are about to be."""
        return self._pause.isActive() or self._check_slot.busy

    def _choice(self) -> WordChoice:
        from fashionlens_gui.photo_keywords.tag_words import WordChoice

        off = frozenset(name for name, box in self.boxes.items() if not box.isChecked())
        return WordChoice(off, self.own_box.isChecked(), self.title_box.isChecked(), self.label_box.isChecked())

    def _work(self, dry_run: bool) -> Work:
        return partial(_write, self._catalogue, self.scopes.scope.find, self._place, self._choice(), dry_run)

    # -- the check ----------------------------------------------------------------------------------------------------
    @Slot()
    def _changed(self, *_: object) -> None:
        self._words.setEnabled(self._place != _RESTORE)
        self.action_button.setText(_BUTTONS[self._place])
        self.action_button.setEnabled(False)
        self.problems.hide()
        self.summary.setText("Checking the files…")
        self._pause.start()

    @Slot()
    def _check(self) -> None:
        self._check_slot.start(self._work(dry_run=True))

    def _show_checking(self, events: tuple[ProgressEvent, ...]) -> None:
        event = events[-1]
        self.summary.setText(f"Checking the files: {event.done:,} of {event.total:,}…")

    def _show_checked(self, found: WriteResult) -> None:
        if self._pause.isActive() or found.stopped:
            return
        self.summary.setText(written_text(found, self.restoring, dry_run=True))
        first = found.errors[:_MOST_LINES]
        lines = [f"{printable('/'.join(file.parts[-2:]))}: {messages.sentence(error)}" for file, error in first]
        if len(found.errors) > _MOST_LINES:
            lines.append(f"… and {len(found.errors) - _MOST_LINES:,} more")
        self.problems.setPlainText("\n".join(lines))
        self.problems.setVisible(bool(lines))
        self.action_button.setEnabled(bool(found.written or found.cleaned))

    def _not_checked(self, error: FashionLensError) -> None:
        self.summary.setText("")
        self._failed(error)

    # -- the work -----------------------------------------------------------------------------------------------------
    @Slot()
    def _begin(self) -> None:
        self._check_slot.stop()
        step = "restoring_files" if self._place == _RESTORE else "writing_keywords"
        self.start(self._work(dry_run=False), step)

    @property
    def restoring(self) -> bool:
        """Whether files are brought back."""
        return self._place == _RESTORE

    def slots(self) -> list[WorkerSlot[Any, Any]]:
        return [*super().slots(), self._check_slot]

    def done(self, result: int) -> None:
        self._pause.stop()
        super().done(result)


def written_text(found: WriteResult, restoring: bool, dry_run: bool) -> str:
    """What was done, or would be."""
    counts = (len(found.written), found.unchanged, len(found.cleaned), len(found.errors))
    return keyword_summary(*counts, restoring, dry_run)


def _write(
    catalogue: Catalogue,
    find: Callable[[Catalogue], Sequence[int]],
    place: int,
    choice: WordChoice,
    dry_run: bool,
    control: WorkControl,
) -> Generator[ProgressEvent, None, WriteResult]:
    from fashionlens_gui.photo_keywords.write import restore_files, write_keywords

    ids = find(catalogue)
    if place == _RESTORE:
        return (yield from restore_files(catalogue, ids, dry_run, control))
    return (yield from write_keywords(catalogue, ids, place == _INSIDE, dry_run, control, choice))
