"""The actions for the files of photos: write and read keywords, sort files, undo the sorting."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import shiboken6
from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from fashionlens_gui.messages import REASONS
from fashionlens_gui.messages.files import sorted_text
from fashionlens_gui.window.photo_files.unfinished_sorting import UnfinishedSorting
from fashionlens_gui.window.shell import icons, message_box
from fashionlens_gui.window.shell.catalogue_access import CatalogueAccess
from fashionlens_gui.window.shell.notice import Action, Notice
from trainer.control import ProgressEvent, WorkControl
from trainer.errors import FashionLensError
from trainer.number_format import photos

if TYPE_CHECKING:
    from fashionlens_gui.catalogue.catalogue import Catalogue, Changes
    from fashionlens_gui.file_sorting.sort import Sorted
    from fashionlens_gui.photo_keywords.read import FoundKeywords
    from fashionlens_gui.photo_keywords.write import WriteResult
    from fashionlens_gui.settings import Settings
    from fashionlens_gui.window.photo_files.keyword_dialog import KeywordDialog
    from fashionlens_gui.window.photo_files.work_dialog import PhotoScope, Work, WorkDialog

_READ_ONLY = "The catalogue can only be read now."
_NOT_OPEN = "The catalogue is not open."
_NO_PHOTOS = "Add photos first."


class PhotoFileActions(QObject):
    """Opens the dialogs and says how the work ended.

    Args:
        access: The catalogue.
        settings: Of the sorting.
        has_photos: Whether there are photos to choose from.
        scopes: These photos, the widest first; at least one where there are any.
        window: The parent of the dialogs.

    Attributes:
        write, read, sort, undo_sort: For the menu bar.
        notice: Says how the work ended; for the top of the window.
        unfinished: Likewise.
        dialog: The last dialog; may be deleted.
    """

    def __init__(
        self,
        access: CatalogueAccess,
        settings: Settings,
        has_photos: Callable[[], bool],
        scopes: Callable[[], list[PhotoScope]],
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._access, self._settings, self._window = access, settings, window
        self._has_photos, self._scopes = has_photos, scopes
        self.dialog: WorkDialog | None = None
        self.write = self._make(
            "&Write keywords…",
            "tag",
            "Ctrl+K",
            "Write the tags into the photos, or into files beside them",
            self._write,
        )
        self.read = self._make(
            "&Read keywords…",
            "check",
            "Ctrl+Shift+K",
            "Take over keywords that people set in other programs",
            self._read,
        )
        self.sort = self._make(
            "&Sort files…", "folder", "Ctrl+Shift+L", "Copy or move the files into folders by their tags", self._sort
        )
        self.undo_sort = self._make(
            "&Undo sorting files", "undo", "", "Bring the files of the last sorting back", self._bring_back
        )
        self.notice, self.unfinished = Notice(), UnfinishedSorting(access)
        self.unfinished.resume.connect(self._continue)
        self.unfinished.bring_back.connect(self._bring_back)
        self.unfinished.failed.connect(self._show_error)
        for signal in (access.opened, access.closing, access.failed, access.changed):
            signal.connect(self.update)
        self.update()

    @property
    def actions(self) -> tuple[QAction, ...]:
        return (self.write, self.read, self.sort, self.undo_sort)

    @Slot()
    def update(self, *_: object) -> None:
        """Enable what can be done; a tooltip says why something cannot."""
        access = self._access
        why = _NOT_OPEN if access.catalogue is None else "" if access.writable else _READ_ONLY
        for action in self.actions:
            reason = why or ("" if action is self.undo_sort or self._has_photos() else _NO_PHOTOS)
            action.setEnabled(not reason)
            action.setToolTip(reason or action.statusTip())

    def shutdown(self) -> None:
        self.unfinished.shutdown()
        if self.dialog is not None and shiboken6.isValid(self.dialog):
            self.dialog.shutdown()

    # -- keywords -----------------------------------------------------------------------------------------------------
    def _write(self, catalogue: Catalogue) -> None:
        from fashionlens_gui.window.photo_files.keyword_dialog import KeywordDialog

        scopes = self._scopes()
        if scopes:
            dialog = KeywordDialog(catalogue, scopes, self._window)
            dialog.worked.connect(partial(self._written, dialog))
            self._open(dialog)

    def _written(self, dialog: KeywordDialog, result: WriteResult) -> None:
        scope, restoring = dialog.scopes.scope, dialog.restoring
        restore = [("Restore", partial(self._restore, scope.find))] if result.written and not restoring else []
        self._say_written(result, restoring, restore)

    def _restore(self, find: Callable[[Catalogue], Sequence[int]]) -> None:
        catalogue = self._access.catalogue
        if catalogue is not None:
            work = partial(_restore, catalogue, find)
            self._run("Restore files", work, "restoring_files", partial(self._say_written, restoring=True))

    def _say_written(self, result: WriteResult, restoring: bool, actions: Sequence[Action] = ()) -> None:
        from fashionlens_gui.window.photo_files.keyword_dialog import written_text

        text = written_text(result, restoring, dry_run=False)
        if result.errors:
            text = f"{text.rstrip(':')}: {_first_error(result)}"
        if result.stopped:
            text += " It was stopped before the end."
        self.notice.show_message("warning" if result.errors or result.stopped else "check", text, list(actions))

    def _read(self, catalogue: Catalogue) -> None:
        from fashionlens_gui.window.photo_files.read_dialog import ReadDialog

        scopes = self._scopes()
        if scopes:
            dialog = ReadDialog(catalogue, scopes, self._window)
            dialog.agreed.connect(self._take_over)
            self._open(dialog)

    @Slot(object)
    def _take_over(self, found: FoundKeywords) -> None:
        def take_over(catalogue: Catalogue) -> Changes:
            from fashionlens_gui.photo_keywords.read import correct_by_keywords

            return correct_by_keywords(catalogue, found)

        def report(changes: Changes) -> None:
            self.notice.show_message(
                "check", f"Keywords of {photos(len(changes.ids))} taken over. Undo takes them back."
            )

        self._access.perform(take_over, report)

    # -- sorting ------------------------------------------------------------------------------------------------------
    def _sort(self, catalogue: Catalogue) -> None:
        from fashionlens_gui.window.photo_files.sort_dialog import SortDialog

        scopes = self._scopes()
        if scopes:
            dialog = SortDialog(catalogue, scopes, self._settings, self._window)
            dialog.worked.connect(lambda result: self._sorted(result, "moved" if dialog.moved else "copied"))
            self._open(dialog)

    def _sorted(self, result: Sorted, verb: str) -> None:
        self._announce_sorted(result, verb, undo=True)

    @Slot()
    def _continue(self) -> None:
        catalogue = self._access.catalogue
        if catalogue is not None:
            work = partial(_continue, catalogue)
            self._run("Continue sorting files", work, "moving_files", lambda found: self._sorted(found, "sorted"))

    @Slot()
    def _bring_back(self, *_: object) -> None:
        catalogue = self._access.catalogue
        if catalogue is not None:
            report = partial(self._announce_sorted, verb="brought back", undo=False)
            self._run("Bring files back", partial(_undo, catalogue), "undoing_sorting", report)

    def _announce_sorted(self, found: Sorted, verb: str, undo: bool) -> None:
        offer = [("Undo", self._bring_back)] if undo and found.photos and not found.stopped else []
        left = Counter(each.reason for each in found.left)
        text = sorted_text(found.photos, verb, left, REASONS, found.stopped)
        self.notice.show_message("warning" if found.stopped or found.left else "check", text, offer)
        self.unfinished.look()
        self._access.perform(_changes_of_last_run)

    # -- dialogs ------------------------------------------------------------------------------------------------------
    def _run(self, title: str, work: Work, step: str, on_result: Callable[[Any], object]) -> None:
        from fashionlens_gui.window.photo_files.work_dialog import RunDialog

        dialog = RunDialog(title, work, step, self._window)
        dialog.worked.connect(on_result)
        self._open(dialog)

    def _open(self, dialog: WorkDialog) -> None:
        self.dialog = dialog
        dialog.open()

    def _make(self, text: str, icon: str, shortcut: str, tip: str, act: Callable[[Catalogue], object]) -> QAction:
        action = QAction(icons.icon(icon), text, self)
        action.setStatusTip(tip)
        if shortcut:
            action.setShortcut(shortcut)
        action.triggered.connect(lambda _checked=False: self._when_written(act))
        return action

    def _when_written(self, act: Callable[[Catalogue], object]) -> None:
        """Call this once all that the user changed is in the catalogue."""
        from fashionlens_gui.catalogue.catalogue import Changes

        def open_if_there(_changes: Changes) -> None:
            catalogue = self._access.catalogue
            if catalogue is not None and self._access.writable:
                act(catalogue)

        self._access.perform(lambda _catalogue: Changes.none(), open_if_there)

    @Slot(object)
    def _show_error(self, error: FashionLensError) -> None:
        message_box.error(self._window, error)


def _first_error(result: WriteResult) -> str:
    from fashionlens_gui import messages
    from fashionlens_gui.tagging.tag import printable

    file, error = result.errors[0]
    return f"{printable(file.name)}: {messages.sentence(error)}"


def _changes_of_last_run(catalogue: Catalogue) -> Changes:
    """The photos whose files have other places now."""
    from fashionlens_gui.catalogue.catalogue import Changes, Kind
    from fashionlens_gui.catalogue.files.file_journal import RunState, last_run

    run = last_run(catalogue, *RunState)
    if run is None or not run.moves:
        return Changes.none()
    ids = [step.photo for step in run.steps if step.photo is not None]
    return Changes.merged(Changes.of(kind, ids) for kind in (Kind.PHOTOS, Kind.PREDICTIONS))


def _restore(
    catalogue: Catalogue, find: Callable[[Catalogue], Sequence[int]], control: WorkControl
) -> Generator[ProgressEvent, None, WriteResult]:
    from fashionlens_gui.photo_keywords.write import restore_files

    return (yield from restore_files(catalogue, find(catalogue), False, control))


def _continue(catalogue: Catalogue, control: WorkControl) -> Generator[ProgressEvent, None, Sorted]:
    from fashionlens_gui.file_sorting.sort import continue_sorting

    return (yield from continue_sorting(catalogue, control))


def _undo(catalogue: Catalogue, control: WorkControl) -> Generator[ProgressEvent, None, Sorted]:
    from fashionlens_gui.file_sorting.sort import undo_sorting

    return (yield from undo_sorting(catalogue, control))
