"""The page of duplicates: they are searched, settled with the keyboard, and the others go to the trash."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QPushButton, QWidget

from fashionlens_gui.catalogue import operations
from fashionlens_gui.catalogue.catalogue import Changes, Kind
from fashionlens_gui.catalogue.files.trash import Trashed, move_others
from fashionlens_gui.catalogue.query import Query
from fashionlens_gui.catalogue.search import catalogue_duplicates
from fashionlens_gui.catalogue.search.catalogue_duplicates import CatalogueGroup
from fashionlens_gui.messages import sentence
from fashionlens_gui.messages.progress import progress_text
from fashionlens_gui.window.duplicates.group_list import GroupList
from fashionlens_gui.window.duplicates.group_model import DuplicateGroups, ids_of
from fashionlens_gui.window.duplicates.pictures import GroupPictures
from fashionlens_gui.window.shell import layouts, message_box, responsive_import, theme
from fashionlens_gui.window.shell.empty_state import EmptyState
from fashionlens_gui.window.shell.notice import Notice
from fashionlens_gui.window.shell.widgets import ChoiceBox, KeyLegend, ThinProgressBar
from fashionlens_gui.window.shell.workers import WorkerSlot
from fashionlens_gui.window.tag.actions import TagActions, button_for
from trainer.number_format import about, photos

if TYPE_CHECKING:
    from collections.abc import Generator

    from fashionlens_gui.catalogue.catalogue import Catalogue
    from fashionlens_gui.tagging.duplicates import FoundDuplicates
    from fashionlens_gui.window.shell.catalogue_access import CatalogueAccess
    from trainer.control import ProgressEvent, WorkControl

_SECONDS_OF_A_GUESS = 1.5
_SHOWN_ERRORS = 5
_KINDS = {Kind.PHOTOS, Kind.DUPLICATES, Kind.VALUES}

ListQuery = Callable[["Catalogue"], Query]


class DuplicatesPage(QWidget):
    """Groups of duplicates in the catalogue.

    Args:
        access: The catalogue.
        list_query: The list of the Tag tab.
        tag_actions: Undo and redo.

    Attributes:
        found: What the last search found; None before.
    """

    closed = Signal()
    """Back to the list of photos."""
    updated = Signal()
    """The groups that are shown are those of the catalogue as it is."""

    def __init__(self, access: CatalogueAccess, list_query: Callable[[], ListQuery], tag_actions: TagActions) -> None:
        super().__init__()
        self._access, self._list_query = access, list_query
        self.found: FoundDuplicates | None = None
        self._began = 0.0
        self._work = WorkerSlot["ProgressEvent", object](
            "duplicates", self, on_events=self._show_progress, on_error=self._failed, on_end=self._update
        )
        self._arranging = WorkerSlot[None, list[CatalogueGroup]](
            "listing duplicates", self, mode="latest", on_result=self._show_groups, on_error=self._failed
        )
        self.groups = DuplicateGroups(self)
        self.pictures = GroupPictures(self)
        self.list = GroupList(self.groups, self.pictures)
        self._make_controls()
        self._lay_out(tag_actions)
        self._connect()
        self._update()

    @property
    def busy(self) -> bool:
        """A search, the trash or a change is not over."""
        return self._work.busy or self._arranging.busy or self._access.busy

    def shutdown(self) -> None:
        for part in (self._work, self._arranging):
            part.shutdown(60_000)
        self.pictures.shutdown()

    # -- searching ----------------------------------------------------------------------------------------------------
    @Slot()
    def search(self) -> None:
        """Search the chosen photos for duplicates, in a worker."""
        catalogue = self._access.catalogue
        if catalogue is None or self._work.busy:
            return
        query = self._list_query() if self.where.currentData() == "list" else lambda _catalogue: Query()

        def run(control: WorkControl) -> Generator[ProgressEvent, None, FoundDuplicates]:
            with responsive_import.frequent_switches():
                return (yield from catalogue_duplicates.find_in_catalogue(catalogue, query(catalogue), control))

        self.notice.dismiss()
        self._start(run, self._show_found)

    @Slot()
    def stop(self) -> None:
        """Cancel the search, or stop after the photo that is moved to the trash."""
        self._work.control.stop()

    def _start(self, run: Callable[[WorkControl], object], show: Callable[[object], object]) -> None:
        self._began = time.monotonic()
        self.progress.show_progress(0, 0)
        self.step.setText("Getting ready…")
        self._work.start(run, show)
        self._update()

    def _show_found(self, found: object) -> None:
        self.found = found  # type: ignore[assignment]
        assert self.found is not None
        if self.found.unreadable:
            first = sentence(self.found.unreadable[0][1])
            self.notice.show_message("warning", f"{photos(len(self.found.unreadable))} could not be read: {first}")
        self.arrange()

    @Slot()
    def arrange(self) -> None:
        """List what is still to settle."""
        catalogue, found = self._access.catalogue, self.found
        if catalogue is not None and found is not None:
            self._arranging.start(lambda _control: catalogue_duplicates.to_settle(catalogue, found))

    def _show_groups(self, groups: list[CatalogueGroup]) -> None:
        row = max(0, self.list.row)
        self.groups.show(groups)
        self.list.go_to(min(row, len(groups) - 1))
        self._update()
        if groups and not self.where.hasFocus():
            self.list.setFocus()
        self.updated.emit()

    def _show_progress(self, events: tuple[ProgressEvent, ...]) -> None:
        event, seconds = events[-1], time.monotonic() - self._began
        known = event.done and seconds > _SECONDS_OF_A_GUESS
        left = f", {about(seconds / event.done * (event.total - event.done))} left" if known else ""
        self.progress.show_progress(event.done, event.total)
        self.step.setText(f"{progress_text(event)}: {event.done:,} of {event.total:,}{left}")

    def _failed(self, error: Exception) -> None:
        self.notice.show_message("error", sentence(error))  # type: ignore[arg-type]

    # -- decisions ----------------------------------------------------------------------------------------------------
    @Slot(int, int)
    def toggle(self, row: int, place: int) -> None:
        """Keep a photo, or no longer."""
        if self._can_decide and not self.groups.toggle(row, place):
            self.notice.show_message("info", "One photo of each group stays. Keep another one first.")
        self._update()

    @Slot()
    def settle(self) -> None:
        """Settle the current group and go to the next; where all are kept, they are not duplicates."""
        row = self.list.row
        if row < 0 or not self._can_decide:
            return
        if len(self.groups.kept(row)) == len(self.groups.groups[row].photos):
            self.keep_all()
            return
        self.groups.settle(row, not self.groups.settled(row))
        if self.groups.settled(row):
            self.list.go_to(row + 1)
        self._update()

    @Slot()
    def keep_all(self) -> None:
        """Remember that the photos of the current group are not duplicates."""
        row = self.list.row
        if row >= 0 and self._can_decide:
            ids = ids_of(self.groups.groups[row])
            self._access.perform(partial(catalogue_duplicates.not_duplicates, groups=[ids]))

    @Slot()
    def settle_exact(self) -> None:
        """Settle all groups of the same file."""
        if self._can_decide:
            self.groups.settle_exact()
            self._update()

    @Slot()
    def move_to_trash(self) -> None:
        """Ask, then move the photos of the settled groups that are not kept to the trash of the system."""
        decided = self.groups.decided()
        count = sum(len(group.others) for group in decided)
        if not count or not self._can_decide:
            return
        question = (
            f"Move {photos(count)} to the trash? One or more photos of each of the {len(decided):,} groups stay. "
            "Restore a photo from the trash of the system if you need it again; undo brings its tags back."
        )
        if message_box.ask(self, question, "Move to the trash", "Cancel"):
            self._start(lambda control: move_others(decided, control), self._trashed)

    def _trashed(self, result: object) -> None:
        assert isinstance(result, Trashed)
        if result.photos:
            self._access.perform(partial(operations.forget, ids=result.photos))
        if result.errors:
            self.notice.show_message("warning", _not_moved(result))
        else:
            self.notice.show_message("check", f"{photos(len(result.photos))} moved to the trash.")

    @property
    def _can_decide(self) -> bool:
        return self._access.writable and not self._work.busy

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if event.modifiers() & ~(Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier):
            super().keyPressEvent(event)
        elif key == Qt.Key.Key_Escape:
            self.closed.emit()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.list.hasFocus():
            self.settle()
        elif key == Qt.Key.Key_A and self.list.hasFocus():
            self.keep_all()
        else:
            super().keyPressEvent(event)

    # -- what is shown ------------------------------------------------------------------------------------------------
    @Slot()
    def _update(self) -> None:
        busy, writable, groups = self._work.busy, self._access.writable, self.groups.groups
        self.progress_area.setVisible(busy)
        self.where.setEnabled(not busy)
        self.search_button.setEnabled(self._access.catalogue is not None and not busy)
        going = self.groups.going
        self.trash_button.setText(f"Move {photos(going)} to the trash…" if going else "Move to the trash…")
        problem = self._access.problem
        reason = sentence(problem) if problem is not None and not writable else ""
        for button, possible, tip in (
            (self.trash_button, going > 0, "Moves the photos of settled groups that you do not keep"),
            (self.keep_button, bool(groups), "These are not duplicates: they are not suggested again (A)"),
            (self.exact_button, any(group.exact for group in groups), "Settles groups of the same file as marked"),
        ):
            button.setEnabled(possible and writable and not busy)
            button.setToolTip(reason or tip)
            button.setVisible(bool(groups))
        self.keys.setVisible(bool(groups))
        settled = f"{self.groups.settled_groups:,} settled"
        self.count.setText(f"{len(groups):,} groups, {settled}" if groups else "")
        self._pages.setCurrentWidget(self.list if groups else self.empty)
        if self.found is None:
            self.empty.headline.setText("Photos that are there twice")
            self.empty.lead.setText(
                "FashionLens compares your photos and finds the same file and the same picture: scaled, cropped, "
                "relit, mirrored or saved again. Nothing is deleted without a question."
            )
        else:
            done = "to settle any more" if self.found.groups else "found"
            self.empty.headline.setText(f"No duplicates {done}")
            self.empty.lead.setText(f"{photos(self.found.photos)} compared.")

    def _make_controls(self) -> None:
        self.setAccessibleName("Duplicates")
        self.back_button = theme.quiet_button("Back to the list", "chevron-left")
        self.back_button.setToolTip("Back to the list of photos (Escape)")
        self.where = ChoiceBox()
        self.where.setAccessibleName("Where to search")
        self.where.setMinimumContentsLength(14)
        for text, data in (("All photos", "all"), ("The list in the Tag tab", "list")):
            self.where.addItem(text, data)
        self.search_button = theme.primary_button("Search for duplicates", "search")
        self.stop_button = theme.quiet_button("Stop", "stop")
        self.exact_button = theme.quiet_button("Settle all of the same file", "check")
        self.keep_button = theme.quiet_button("Keep all")
        self.trash_button = theme.quiet_button("Move to the trash…", "trash")
        self.progress = ThinProgressBar("Searching for duplicates")
        self.step, self.count = theme.muted(""), theme.muted("")
        self.count.setWordWrap(False)
        self.notice = Notice()
        self.keys = KeyLegend()
        self.keys.show_keys(
            (("Enter", "settle"), ("Space", "keep or not"), ("← →", "photo"), ("↑ ↓", "group"), ("A", "keep all"))
        )
        self.empty = EmptyState("copy")

    def _lay_out(self, tag_actions: TagActions) -> None:
        steps = [button_for(tag_actions.undo, "undo"), button_for(tag_actions.redo, "redo")]
        top = layouts.row(self.back_button, 1, *steps, layouts.FILL, self.where, self.search_button)
        self.progress_area = QWidget()
        layouts.row(
            (layouts.column(self.step, self.progress, spacing=0.5), 1), self.stop_button,
            parent=self.progress_area, spacing=2,
        )  # fmt: skip
        self._pages = layouts.pages(self.empty, self.list)
        decisions: Sequence[QPushButton] = (self.exact_button, self.keep_button, self.trash_button)
        bottom = layouts.row(self.count, layouts.FILL, *decisions)
        layouts.column(
            top, self.notice, self.progress_area, (self._pages, 1), bottom, self.keys,
            parent=self, spacing=1.5,
        )  # fmt: skip
        self.setFocusProxy(self.list)

    def _connect(self) -> None:
        self.back_button.clicked.connect(self.closed)
        self.search_button.clicked.connect(self.search)
        self.stop_button.clicked.connect(self.stop)
        self.exact_button.clicked.connect(self.settle_exact)
        self.keep_button.clicked.connect(self.keep_all)
        self.trash_button.clicked.connect(self.move_to_trash)
        self.list.photo_chosen.connect(self.toggle)
        self.list.selectionModel().currentChanged.connect(self._current_changed)
        self._access.changed.connect(self._catalogue_changed)
        self._access.opened.connect(self._opened)
        self._access.closing.connect(self._closing)

    @Slot(QModelIndex)
    def _current_changed(self, _index: QModelIndex) -> None:
        self.list.viewport().update()

    @Slot(object)
    def _catalogue_changed(self, changes: Changes) -> None:
        if changes.kinds & _KINDS:
            self.arrange()

    @Slot()
    def _opened(self) -> None:
        self.arrange()
        self._update()

    @Slot()
    def _closing(self) -> None:
        self._work.stop()
        self._arranging.stop()


def _not_moved(result: Trashed) -> str:
    """What is in the trash, and what is not and why."""
    lines = [sentence(error) for error in result.errors[:_SHOWN_ERRORS]]
    if len(result.errors) > _SHOWN_ERRORS:
        lines.append(f"The same holds for {len(result.errors) - _SHOWN_ERRORS:,} more.")
    moved = f"{photos(len(result.photos))} moved to the trash, {photos(len(result.errors))} not:"
    return "\n".join([moved, *lines])
