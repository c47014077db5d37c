"""The page with a group: what the photos look like, the photos, and the answers with their number keys."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPoint, QRect, QSize, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QWidget

from fashionlens_gui.window.shell import layouts, theme
from fashionlens_gui.window.shell.keys import native, number_key
from fashionlens_gui.window.shell.shown_names import shown
from fashionlens_gui.window.shell.widgets import ChoiceBox, KeyLegend, ThinProgressBar
from fashionlens_gui.window.tag.group_review.photo_grid import PhotoGrid, Tile, TilePictures
from fashionlens_gui.window.tag.review.choice_bars import ChoiceBars
from fashionlens_gui.window.tag.review.viewer_head import viewer_button
from fashionlens_gui.window.tag.review.viewer_pages import AllReviewed
from fashionlens_gui.window.tag.vocabulary import TITLES
from trainer.number_format import photos
from trainer.taxonomy import CATEGORY

_SIDE_WIDTH = 30 * theme.SPACE
_MANY_VALUES = 3  # named in the heading; more are counted
_CLOSING = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)


@dataclass(frozen=True, slots=True)
class Progress:
    """Photos and groups that are left, and photos that are done."""

    left: int
    groups: int
    done: int


class GroupPage(QWidget):
    """Shows a group; emits signals for what the user wants. Marked photos are left for later."""

    closed = Signal()
    confirmed = Signal()
    """Confirm the photos that are not marked."""
    answered = Signal(str)
    """Set the marked photos, or all if none is marked, to a value."""
    search = Signal(str)
    """Open the list of values for those photos; the letter that was typed, or empty."""
    label_chosen = Signal(str)
    """Review ``category`` or an attribute."""
    one_by_one = Signal()

    def __init__(self, pictures: TilePictures) -> None:
        super().__init__()
        self._name, self._answers = CATEGORY, list[str]()
        self.setAccessibleName("Review in groups")
        self.grid = PhotoGrid(pictures)
        self.setFocusProxy(self.grid)
        self.position = theme.heading("")
        self.progress = ThinProgressBar("Progress of the review")
        self.back_button = viewer_button(
            "Back to the list", "chevron-left", "Back to the list (Escape)", self.closed.emit
        )
        self.label_box = ChoiceBox()
        self.label_box.setAccessibleName("What to review")
        self.label_box.setMinimumWidth(theme.scaled(18 * theme.SPACE))
        self.heading = theme.heading("", wraps=True)
        self.hint = theme.muted("")
        self.bars = ChoiceBars()
        self.bars.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves the focus in the grid
        self.confirm_button = theme.primary_button("", "check")
        self.confirm_button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.prompt = theme.muted("")
        self.search_button = viewer_button(
            "Choose another…", "search", "Search all values (F2, / or just type)", lambda: self.search.emit("")
        )
        self.end = AllReviewed()
        self.keys = KeyLegend()
        self._lay_out()
        self.grid.marks_changed.connect(self._show_marks)
        self.confirm_button.clicked.connect(self.confirmed)
        self.bars.picked.connect(self.answered)
        self.label_box.activated.connect(lambda place: self.label_chosen.emit(self.label_box.itemData(place)))
        self.end.back_button.clicked.connect(self.closed)
        self.end.export_button.clicked.connect(self.one_by_one)

    def show_labels(self, names: Sequence[str], chosen: str) -> None:
        """Offer the category and these attributes."""
        self._name = chosen
        self.label_box.clear()
        for name in (CATEGORY, *names):
            self.label_box.addItem("Category" if name == CATEGORY else TITLES[name], name)
        self.label_box.setCurrentIndex(self.label_box.findData(chosen))

    def show_group(
        self,
        values: Sequence[str],
        tiles: Sequence[Tile],
        marked: Collection[int],
        answers: Sequence[tuple[str, float]],
        progress: Progress,
    ) -> None:
        """Show a group.

        Args:
            values: Of its photos, the most frequent first.
            tiles: Its photos.
            marked: Those that are marked at first.
            answers: Most probable values with their mean probability, for the number keys.
            progress: What is left.
        """
        same, what = len(values) == 1, "category" if self._name == CATEGORY else "value"
        self.heading.setText(_heading(self._name, [shown(self._name, each) for each in values], len(tiles)))
        self.hint.setText(
            "Mark the odd ones; they are asked again later."
            if same
            else f"The {what} is below each photo. Mark the odd ones; they are asked again later."
        )
        self._answers = [label for label, _ in answers]
        self.bars.show_choices(answers, values[0] if same else "", self._name)
        if self._pages.currentWidget() is not self._group:
            self._pages.setCurrentWidget(self._group)
            self.grid.setFocus()
        self.show_progress(progress)
        self.grid.show_tiles(tiles, marked)
        undo = native(QKeySequence.StandardKey.Undo)
        self.keys.show_keys(
            (("Enter", "confirm"), ("Space", "mark"), ("← →", "move"), ("1–9", "set"), (undo, "undo"),
             ("A–Z /", "search"), (native(QKeySequence.StandardKey.SelectAll), "mark all"), ("Esc", "back"))
        )  # fmt: skip

    def show_waiting(self) -> None:
        """The groups are being found."""
        self.grid.show_tiles(())
        self.position.setText("Finding photos that look alike…")
        self._pages.setCurrentWidget(self._waiting)

    def show_end(self, done: int, need_review: int) -> None:
        """No group is left; so many photos were done, and so many still need review one by one."""
        self.grid.show_tiles(())
        lines = [f"{photos(done)} reviewed."] if done else []
        if need_review:
            verb = "needs" if need_review == 1 else "need"
            lines.append(f"{photos(need_review)} still {verb} review, one by one.")
        self.end.show_text("Nothing left to review in groups", " ".join(lines) or "The model is sure of all photos.")
        self.end.export_button.setText("Review one by one")
        self.end.export_button.setVisible(need_review > 0)
        self._pages.setCurrentWidget(self.end)
        self.show_progress(Progress(0, 0, done))
        self.keys.show_keys((("Enter", "back to the list"), (native(QKeySequence.StandardKey.Undo), "undo")))

    @property
    def at_the_end(self) -> bool:
        return self._pages.currentWidget() is self.end

    def anchor(self) -> QRect:
        """Where the list of values opens, in global coordinates: over the answers."""
        return QRect(self.bars.mapToGlobal(QPoint(-2 * theme.SPACE, -theme.SPACE)), QSize(self.bars.width(), 0))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        modifiers = Qt.KeyboardModifier
        plain = not event.modifiers() & (modifiers.ControlModifier | modifiers.AltModifier | modifiers.MetaModifier)
        key, number = Qt.Key(event.key()), number_key(event)
        if not plain:
            super().keyPressEvent(event)
        elif key == Qt.Key.Key_Escape or (self.at_the_end and key in _CLOSING):
            self.closed.emit()
        elif self._pages.currentWidget() is not self._group:
            super().keyPressEvent(event)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.confirmed.emit()
        elif number is not None:
            if 0 < number <= len(self._answers):
                self.answered.emit(self._answers[number - 1])
        elif key in (Qt.Key.Key_F2, Qt.Key.Key_Slash):
            self.search.emit("")
        elif event.text().isalpha():
            self.search.emit(event.text())
        else:
            super().keyPressEvent(event)

    def _lay_out(self) -> None:
        head = layouts.row(self.back_button, layouts.FILL, self.position, layouts.FILL, self.label_box, spacing=2)
        side = theme.card()
        side.setFixedWidth(theme.scaled(_SIDE_WIDTH))
        layouts.column(self.confirm_button, 1, self.prompt, (self.bars, 1), self.search_button, parent=side, margins=2)
        self._group, self._waiting = QWidget(), QWidget()
        shown = theme.card()
        layouts.column(self.heading, self.hint, 0.5, (self.grid, 1), parent=shown, spacing=0.5, margins=(2, 1.5, 1, 1))
        layouts.row((shown, 1), side, parent=self._group, spacing=2)
        self._pages = layouts.pages(self._group, self._waiting, self.end)
        layouts.column(head, self.progress, (self._pages, 1), self.keys, parent=self, spacing=1.5)

    def show_progress(self, progress: Progress) -> None:
        """Show what is left, as when the photos that wait were grouped again."""
        groups = "1 group" if progress.groups == 1 else f"{progress.groups:,} groups"
        self.position.setText(f"{progress.left:,} left in {groups}" if progress.left else "0 left")
        self.progress.show_progress(progress.done, max(1, progress.done + progress.left))

    @Slot()
    def _show_marks(self) -> None:
        marked, shown = len(self.grid.marked), self.grid.model().rowCount()
        rest = shown - marked
        self.confirm_button.setText(f"Confirm {photos(rest)}" if rest else "None of these")
        self.confirm_button.setToolTip("Enter; marked photos are asked again later" if marked else "Enter")
        which = "all" if not marked or marked == shown else f"the {marked} marked"
        self.prompt.setText(f"Or set {which} to:")


def _heading(name: str, values: Sequence[str], count: int) -> str:
    """What the group looks like, in one sentence."""
    these = "This photo looks" if count == 1 else f"These {count} look"
    if len(values) > _MANY_VALUES:
        kinds = "categories" if name == CATEGORY else "values"
        return f"These {count} look like {values[0]}, {values[1]} and {len(values) - 2} other {kinds}"
    listed = " and ".join(filter(None, (", ".join(values[:-1]), values[-1])))
    like = "" if name == "colour" else "like "
    return f"{these} {like}{listed}"
