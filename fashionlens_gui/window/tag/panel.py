"""The Tag tab: photos are imported, tagged in a thread, reviewed, corrected and exported.

The panel only connects its parts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QWidget

from fashionlens_gui import paths
from fashionlens_gui.messages import sentence
from fashionlens_gui.tagging.tag import ReviewRule, Status
from fashionlens_gui.window.shell import layouts, message_box
from fashionlens_gui.window.shell.notice import Notice
from fashionlens_gui.window.shell.workers import WorkerSlot
from fashionlens_gui.window.tag import file_dialogs
from fashionlens_gui.window.tag.actions import TagActions
from fashionlens_gui.window.tag.attribute_editor import AttributeEditor
from fashionlens_gui.window.tag.corrections import Corrections
from fashionlens_gui.window.tag.export_actions import ExportActions
from fashionlens_gui.window.tag.group_review.reviewer import GroupReviewer
from fashionlens_gui.window.tag.list_summary import import_summary, list_summary
from fashionlens_gui.window.tag.pages import ListPage, Pages
from fashionlens_gui.window.tag.queue.drop_page import DropPage
from fashionlens_gui.window.tag.queue.progress_strip import ProgressStrip
from fashionlens_gui.window.tag.queue.session_loader import LoadedSession, SessionLoader, UnfinishedNotice
from fashionlens_gui.window.tag.queue.skipped_notice import SkippedNotice
from fashionlens_gui.window.tag.queue.tagging_queue import ImportResult, QueueProgress, SavedRow, TaggingQueue
from fashionlens_gui.window.tag.review.navigator import ReviewNavigator
from fashionlens_gui.window.tag.review.review import Review
from fashionlens_gui.window.tag.review.viewer import Viewer
from fashionlens_gui.window.tag.table.columns import Columns
from fashionlens_gui.window.tag.table.filter_bar import FilterBar
from fashionlens_gui.window.tag.table.results_model import ResultsModel
from fashionlens_gui.window.tag.table.row_menu import RowMenu
from fashionlens_gui.window.tag.table.sort_filter_proxy import SortFilterProxy
from fashionlens_gui.window.tag.table.table import ResultsTable
from fashionlens_gui.window.tag.table.threshold_bar import ThresholdBar
from fashionlens_gui.window.tag.table.thumbnails import Thumbnails
from trainer.errors import FashionLensError
from trainer.number_format import photos

if TYPE_CHECKING:
    from fashionlens_gui.session.session import Session
    from fashionlens_gui.settings import Settings
    from fashionlens_gui.window.shell.active_model import ActiveModel


class TagPanel(QWidget):
    """The Tag tab.

    Args:
        active_model: Tags the photos.
        settings: Attributes, threshold and folder of the file dialogs.

    Attributes:
        tag_actions: For the menu bar.
    """

    status = Signal(str)
    """A line for the status bar."""

    def __init__(self, active_model: ActiveModel, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._active_model, self._settings = active_model, settings
        self._session: Session | None = None
        self._closed = self._cut_short = False
        self._imported: list[int] = []  # rows that were added or replaced by the current import
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._make_parts()
        self._lay_out()
        self._connect()
        self.threshold.show_rule(self._rule)
        self._model_changed()
        self.session_loader.open(paths.session_file())
        self._update_page()

    def add_paths(self, paths: Sequence[Path]) -> None:
        """Tag files and folders, after what is in the queue."""
        if paths:
            self.queue.add([Path(path) for path in paths])

    def add_samples(self) -> None:
        self.add_paths([paths.samples_dir()])

    def show_attributes(self) -> None:
        self.model.show_attributes(self._settings.attributes)
        self.review.refresh_viewer()

    def close_question(self) -> str | None:
        """What to ask before closing, or None."""
        if not self.queue.busy:
            return None
        return "Photos are still being tagged. If you close now, you can continue next time. Close?"

    def shutdown(self) -> None:
        self._closed = True
        self.session_writer.wait(60_000)  # nothing that the user did is lost
        self.session_writer.shutdown()
        self.queue.shutdown()
        self.thumbnails.shutdown()
        self.viewer.shutdown()
        self.export_actions.shutdown()
        self.navigator.shutdown()
        self.group_reviewer.shutdown()
        self.session_loader.shutdown()

    # -- set-up -------------------------------------------------------------------------------------------------------
    def _make_parts(self) -> None:
        self.tag_actions, self.model = TagActions(self), ResultsModel()
        self.session_writer = WorkerSlot[None, Any](
            "changing the list", self, mode="queued", on_end=self._update_actions
        )
        self.session_loader = SessionLoader(self.session_writer, self)
        self.queue = TaggingQueue(self._active_model, self.session_writer, self)
        self.corrections, self.thumbnails = Corrections(self.session_writer, self), Thumbnails(self)
        self.model.show_attributes(self._settings.attributes)
        self.proxy = SortFilterProxy(self.model)
        self.table = ResultsTable(self.proxy, self.thumbnails)
        self.viewer = Viewer(self.thumbnails, lambda: self._active_model.ready_entry)
        self.notice, self.skipped_notice = Notice(), SkippedNotice(self.queue)
        self.unfinished_notice = UnfinishedNotice(self.session_loader, self.queue)
        self.filters, self.progress = FilterBar(), ProgressStrip()
        self.drop_page, self.threshold = DropPage(), ThresholdBar()
        self.list_page = ListPage(self.tag_actions, self.filters, self.threshold, self.table)
        shown = (self.model, self.proxy, self.table, self.viewer)
        self.review = Review(self, *shown, self.corrections, self._active_model, self.tag_actions, self._settings)
        self.attribute_editor = AttributeEditor(
            self, self.model, self.review, self.viewer, self.corrections, self._active_model, self.tag_actions
        )
        self.row_menu = RowMenu(self.table, self.model, self.review, self.attribute_editor, self.tag_actions)
        self.export_actions = ExportActions(self, self.model, self.table, self.review, self.notice, self._settings)
        self.navigator = ReviewNavigator(self.review, self.table, self.proxy, self.filters, self.notice, self)
        self.group_reviewer = GroupReviewer(self, self.model, self.review, self.corrections, self.tag_actions)
        self._update_timer = QTimer(self, singleShot=True, interval=0)

    def _lay_out(self) -> None:
        self.pages = Pages(self.drop_page, self.list_page, self.viewer, self.group_reviewer.page)
        ended = layouts.row((self.notice, 3), (self.skipped_notice, 2), spacing=1.5)  # side by side: rows need the room
        parts = (ended, self.unfinished_notice, self.progress, (self.pages, 1))
        layouts.column(*parts, parent=self, spacing=1.5, margins=(2, 2, 2, 1))

    def _connect(self) -> None:
        actions = self.tag_actions
        for action, slot in (
            (actions.add_files, self._choose_files),
            (actions.add_folder, self._choose_folder),
            (actions.export, self.export_actions.export),
            (actions.copy, self.export_actions.copy),
            (actions.undo, self.corrections.undo),
            (actions.redo, self.corrections.redo),
            (actions.review, self.navigator.start_review),
            (actions.sort_by_usefulness, self.navigator.sort_by_usefulness),
            (actions.find, self._find),
            (actions.clear, self._clear),
        ):
            action.triggered.connect(slot)
        parts = (self.session_loader, self.queue, self.corrections, self.export_actions, self.navigator)
        for part in (*parts, self.group_reviewer):
            part.failed.connect(self._show_error)
        self.drop_page.files_button.clicked.connect(actions.add_files.trigger)
        self.drop_page.folder_button.clicked.connect(actions.add_folder.trigger)
        self.drop_page.samples_button.clicked.connect(self.add_samples)
        self.threshold.changed.connect(self._rule_chosen)
        self.threshold.retag.connect(self.queue.retag)
        for signal in (self._active_model.loading, self._active_model.failed):
            signal.connect(self._model_changed)
        self.filters.changed.connect(self.proxy.set_filter)
        self.filters.finished.connect(self.table.take_focus)
        self.list_page.no_rows.button.clicked.connect(self.filters.reset)
        self.progress.cancelled.connect(self._cancel)
        self.session_loader.opened.connect(self._opened)
        self.session_loader.unfinished_changed.connect(self._update_page)
        self.queue.rows_saved.connect(self._rows_saved)
        self.queue.progressed.connect(self._progressed)
        self.queue.import_ended.connect(self._import_ended)
        self.corrections.changed.connect(self._rows_changed)
        self.navigator.busy_changed.connect(self._update_actions)
        self.export_actions.copied.connect(self._rows_copied)
        self.review.viewer_toggled.connect(self._viewer_toggled)
        self.group_reviewer.toggled.connect(self._viewer_toggled)
        self.viewer.export.connect(self.export_actions.export)
        self.model.refreshed.connect(self._update_counts)
        self.table.selection_changed.connect(self._update_soon)
        for signal in (self.proxy.rowsInserted, self.proxy.rowsRemoved, self.proxy.modelReset):
            signal.connect(self._update_soon)
        self._update_timer.timeout.connect(self._update_counts)

    # -- the session --------------------------------------------------------------------------------------------------
    @Slot(object)
    def _opened(self, opened: LoadedSession) -> None:
        self._session = opened.session
        self.model.set_session(opened.session, opened.columns)
        self.corrections.set_session(opened.session)
        self.navigator.set_session(opened.session)
        self.corrections.apply_rule(self._rule)
        if opened.session.notices:
            self.notice.show_message("warning", " ".join(map(sentence, opened.session.notices)))
        if not self._closed:
            self.queue.set_session(opened.session)
            self._update_page()
            self._update_counts()

    @Slot(object)
    def _rule_chosen(self, rule: ReviewRule) -> None:
        self._settings.must_be_sure_of, self._settings.review_below = rule.sure_of, rule.below
        if error := self._settings.save_or_log():
            self.status.emit(sentence(error))
        self.corrections.apply_rule(rule)

    @property
    def _rule(self) -> ReviewRule:
        return ReviewRule(self._settings.must_be_sure_of, self._settings.review_below)

    @Slot()
    def _model_changed(self) -> None:
        entry = self._active_model.entry
        metadata = entry.metadata if entry is not None else None
        self.threshold.show_model(metadata)
        self.model.set_metadata(metadata)
        self.review.refresh_viewer()

    # -- tagging ------------------------------------------------------------------------------------------------------
    @Slot(object)
    def _rows_saved(self, saved: list[SavedRow]) -> None:
        for row in saved:
            if row.thumbnail is not None:
                self.thumbnails.put(row.item.tag.path, row.thumbnail)
        before = self.model.rowCount()
        self.model.grow()
        replaced = sorted({number for row in saved for number in row.replaced})
        self.model.refresh(replaced)
        self._imported += (*replaced, *range(before, self.model.rowCount()))
        self._update_counts()

    @Slot(list)
    def _rows_changed(self, rows: list[int]) -> None:
        """Messages with figures of the list as it was no longer hold."""
        if rows and self.notice.on_change is not None:
            self.notice.on_change()
            self._update_page()
        self._update_counts()

    @Slot(object)
    def _progressed(self, progress: QueueProgress) -> None:
        if progress.busy and self.progress.isHidden() and self.notice.on_change is not None:
            self.notice.dismiss()
        self.progress.show_progress(progress)
        self.threshold.set_retag_enabled(not progress.busy)
        self._update_page()

    @Slot(object)
    def _import_ended(self, result: ImportResult) -> None:
        finished = result.finished
        self.navigator.find_review_order()
        self.group_reviewer.reload()
        rows, self._imported = self._imported, []
        if finished is None or finished.cancelled:
            self.notice.dismiss()
            self._cut_short = True
        else:
            now = self.model.columns.counts(rows)  # the user's corrections stay when photos are tagged again
            unsure = now[Status.NEEDS_REVIEW]
            finished = replace(finished, counts=replace(finished.counts, ok=now[Status.OK], needs_review=unsure))
            more = self.model.columns.counts()[Status.NEEDS_REVIEW] > unsure
            offers = [("Review these first", lambda: self.navigator.start_review_at(rows))] if unsure and more else []
            kind = "warning" if finished.counts.errors or not finished.counts.rows else "check"
            summary = import_summary(finished, result.retagged)
            self.notice.show_message(kind, summary, offers, on_change=self.notice.dismiss)
        if self._cut_short and not self.queue.busy:  # else the one that is tagged now would be offered, too
            self._cut_short = False
            self.session_loader.find_unfinished()
        self._update_page()

    @Slot(bool)
    def _viewer_toggled(self, viewing: bool) -> None:
        if not viewing:
            self.navigator.end_review()
        self._update_page()
        self._update_soon()

    # -- actions ------------------------------------------------------------------------------------------------------
    @Slot()
    def _choose_files(self) -> None:
        self.add_paths(file_dialogs.choose_files(self, self._settings))

    @Slot()
    def _choose_folder(self) -> None:
        self.add_paths(file_dialogs.choose_folder(self, self._settings))

    @Slot()
    def _cancel(self) -> None:
        self.queue.cancel()
        self.pages.focus_page()  # the button will be hidden; Qt would focus an arbitrary widget

    @Slot()
    def _find(self) -> None:
        if self.pages.currentWidget() is self.list_page:
            self.filters.search.setFocus()
            self.filters.search.selectAll()

    @Slot()
    def _clear(self) -> None:
        if self._session is None:
            return
        question = (
            f"Remove {photos(len(self._session.rows))} from the list? This cannot be undone. Your corrections stay "
            "available for improving the model. The photos and exported files are not changed."
        )
        if not message_box.ask(self, question, "Clear list", "Cancel"):
            return
        self.review.close_viewer()
        if self.queue.busy:
            self.queue.cancel()
        columns = self.model.hide_rows()  # until they are deleted, so that none is corrected
        self.corrections.clear_session(self._cleared, partial(self._not_cleared, columns))
        self._update_page()

    @Slot(object)
    def _cleared(self, _none: None) -> None:
        self._show_rows(Columns())
        self.session_loader.take_unfinished()
        for notice in (self.notice, self.skipped_notice, self.unfinished_notice):
            notice.dismiss()
        self.thumbnails.clear()
        self.filters.reset()
        self._update_counts()

    def _not_cleared(self, columns: Columns, error: FashionLensError) -> None:
        self._show_rows(columns)
        message_box.error(self, error)

    def _show_rows(self, columns: Columns) -> None:
        assert self._session is not None
        self.model.set_session(self._session, columns)
        self.model.grow()
        self._update_page()

    @Slot(int)
    def _rows_copied(self, count: int) -> None:
        self.status.emit(f"Copied {'1 row' if count == 1 else f'{count:,} rows'}. Paste them into a spreadsheet.")

    @Slot(object)
    def _show_error(self, error: FashionLensError) -> None:
        message_box.error(self, error)

    # -- what is shown ------------------------------------------------------------------------------------------------
    @Slot()
    def _update_page(self) -> None:
        has_rows = self.model.rowCount() > 0 or self.queue.busy
        self.drop_page.show_opening(self.session_loader.opening)
        reviewing = self.review.viewing or self.group_reviewer.showing
        self.notice.setVisible(self.notice.has_message and not reviewing)
        # They would stack above the progress of another import.
        waits = self.queue.busy or reviewing
        for notice in (self.skipped_notice, self.unfinished_notice):
            notice.setVisible(notice.has_message and not waits)
        page = self.viewer if self.review.viewing else self.group_reviewer.page
        self.pages.show_page(page if reviewing else self.list_page if has_rows else self.drop_page)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.pages.focus_page()

    @Slot()
    def _update_soon(self) -> None:
        """Update once after all signals of this round of the event loop."""
        self._update_timer.start()

    @Slot()
    def _update_counts(self) -> None:
        columns = self.model.columns
        counts = columns.counts()
        self.filters.show_counts(counts, {c: columns.corrected(c) for c in (True, False)}, columns.categories())
        total, shown = sum(counts.values()), self.proxy.rowCount()
        self.list_page.show_counts(total, shown)
        self.threshold.show_counts(counts[Status.NEEDS_REVIEW], total, columns.models())
        viewing = self.review.viewing or self.group_reviewer.showing
        self.status.emit(list_summary(total, shown, self.table.selected_count(), viewing))
        self._update_actions()

    @Slot()
    def _update_actions(self) -> None:
        self.tag_actions.update(
            self._session,
            self.corrections,
            self.model.rowCount() > 0,
            self.export_actions.busy,
            self.model.columns.counts()[Status.NEEDS_REVIEW],
            self.navigator.busy,
            self.group_reviewer.showing,
        )
