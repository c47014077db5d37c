"""The Tag panel: photos come in, are tagged beside the window, reviewed, corrected and exported.

It only puts its parts together: ``tagging_queue`` runs the work, the session holds the truth, ``results_model`` and
``review_order`` show it, ``review`` looks and corrects, ``navigator`` says in which order, ``export_actions`` saves
and copies.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from fashionlens_gui import paths
from fashionlens_gui.messages import sentence
from fashionlens_gui.window.shell import messages, theme
from fashionlens_gui.window.shell.notice import Notice
from fashionlens_gui.window.tag import file_dialogs
from fashionlens_gui.window.tag.actions import TagActions
from fashionlens_gui.window.tag.attribute_editor import AttributeEditor
from fashionlens_gui.window.tag.corrections import Corrections
from fashionlens_gui.window.tag.export_actions import ExportActions
from fashionlens_gui.window.tag.list_summary import import_summary, list_summary
from fashionlens_gui.window.tag.pages import ListPage, Pages
from fashionlens_gui.window.tag.queue.drop_page import DropPage
from fashionlens_gui.window.tag.queue.progress_strip import ProgressStrip
from fashionlens_gui.window.tag.queue.session_loader import LoadedSession, SessionLoader, UnfinishedNotice
from fashionlens_gui.window.tag.queue.tagging_queue import ImportResult, QueueProgress, SavedRow, TaggingQueue
from fashionlens_gui.window.tag.queue.threshold_bar import ThresholdBar
from fashionlens_gui.window.tag.review.navigator import ReviewNavigator
from fashionlens_gui.window.tag.review.review import Review
from fashionlens_gui.window.tag.review.viewer import Viewer
from fashionlens_gui.window.tag.table.filter_bar import FilterBar
from fashionlens_gui.window.tag.table.results_model import ResultsModel
from fashionlens_gui.window.tag.table.row_menu import RowMenu
from fashionlens_gui.window.tag.table.row_order import ReviewOrder
from fashionlens_gui.window.tag.table.table import ResultsTable
from fashionlens_gui.window.tag.table.thumbnails import Thumbnails
from trainer.errors import FashionLensError
from trainer.number_format import photos

if TYPE_CHECKING:
    from fashionlens_gui.session.session import Session
    from fashionlens_gui.settings import Settings
    from fashionlens_gui.window.shell.active_model import ActiveModel


class TagPanel(QWidget):
    """The first thing one sees.

    Args:
        active_model: Tags and names the categories.
        settings: Remembers the folder of file dialogs.

    Attributes:
        add_files_action, add_folder_action, export_action, copy_action, undo_action, redo_action, clear_action,
            find_action, review_action: For the menu bar.
    """

    status = Signal(str)
    """A line for the status bar."""

    def __init__(self, active_model: ActiveModel, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._active_model, self._settings = active_model, settings
        self._session: Session | None = None
        self._closed = False
        self._of_this_drop: list[int] = []  # rows that came or were renewed since the last drop ended
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._make_parts()
        self._lay_out()
        self._connect()
        self.threshold.show_threshold(self._settings.review_below)
        self._model_changed()
        self.session_loader.open(paths.session_file())
        self._show_page()

    # -- faces --------------------------------------------------------------------------------------------------------
    def add_paths(self, paths: Sequence[Path]) -> None:
        """Tag these files and folders, after whatever is being tagged now."""
        if not paths:
            return
        try:
            self.queue.add([Path(path) for path in paths])
        except FashionLensError as error:
            messages.error(self, error)

    def add_samples(self) -> None:
        """Tag the sample photos that come with the program."""
        self.add_paths([paths.samples_dir()])

    def show_attributes(self) -> None:
        """Show those attributes that the settings say, no others."""
        self.model.switch_attributes(self._settings.attributes)
        self.review.refresh_viewer()

    def close_question(self) -> str | None:
        """What to ask before closing, or None."""
        if not self.queue.busy:
            return None
        return "Photos are still being tagged. If you close now, you can continue next time. Close?"

    def shutdown(self) -> None:
        """Stop all work, wait for it and let go of the session; everything said is on the disk already."""
        self._closed = True
        self.queue.shutdown()
        self.thumbnails.shutdown()
        self.viewer.shutdown()
        self.corrections.shutdown()
        self.exporter.shutdown()
        self.navigator.shutdown()
        self.session_loader.shutdown()

    # -- putting together ---------------------------------------------------------------------------------------------
    def _make_parts(self) -> None:
        self.actions_ = TagActions(self)
        self.add_files_action, self.add_folder_action = self.actions_.add_files, self.actions_.add_folder
        self.export_action, self.copy_action = self.actions_.export, self.actions_.copy
        self.undo_action, self.redo_action = self.actions_.undo, self.actions_.redo
        self.clear_action, self.find_action = self.actions_.clear, self.actions_.find
        self.review_action, self.teach_action = self.actions_.review, self.actions_.teach
        self.session_loader = SessionLoader(self)
        self.queue = TaggingQueue(self._active_model, self)
        self.corrections = Corrections(self)
        self.thumbnails = Thumbnails(self)
        self.model = ResultsModel()
        self.model.switch_attributes(self._settings.attributes)
        self.order = ReviewOrder(self.model)
        self.table = ResultsTable(self.order, self.thumbnails)
        self.viewer = Viewer(self.thumbnails, lambda: self._active_model.predictor)
        self.filters = FilterBar()
        self.notice, self.unfinished_notice = Notice(), UnfinishedNotice(self.session_loader, self.queue)
        self.progress = ProgressStrip()
        self.drop_page = DropPage()
        self.threshold = ThresholdBar()
        self.list_page = ListPage(self.actions_, self.filters, self.threshold, self.table)
        self.review = Review(
            self,
            self.model,
            self.order,
            self.table,
            self.viewer,
            self.corrections,
            self._active_model,
            self.actions_,
            self._settings,
        )
        self.attribute_editor = AttributeEditor(
            self, self.model, self.review, self.viewer, self.corrections, self._active_model, self.actions_
        )
        self.row_menu = RowMenu(self.table, self.model, self.review, self.attribute_editor, self.actions_)
        self.export_actions = ExportActions(self, self.review, self.table, self.notice, self._settings)
        self.exporter = self.export_actions.exporter
        self.navigator = ReviewNavigator(self.review, self.table, self.order, self.filters, self.notice, self)
        self._count_soon = QTimer(self)
        self._count_soon.setSingleShot(True)
        self._count_soon.setInterval(0)

    def _lay_out(self) -> None:
        self.pages = Pages(self.drop_page, self.list_page, self.viewer)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * theme.SPACE, 2 * theme.SPACE, 2 * theme.SPACE, theme.SPACE)
        layout.setSpacing(theme.SPACE + 4)
        for widget in (self.notice, self.unfinished_notice, self.progress):
            layout.addWidget(widget)
        layout.addWidget(self.pages, 1)

    def _connect(self) -> None:
        do = self.actions_
        do.add_files.triggered.connect(self._choose_files)
        do.add_folder.triggered.connect(self._choose_folder)
        do.export.triggered.connect(self.export_actions.export)
        do.copy.triggered.connect(self.export_actions.copy)
        do.undo.triggered.connect(self.corrections.undo)
        do.redo.triggered.connect(self.corrections.redo)
        do.review.triggered.connect(self.navigator.start_review)
        do.teach.triggered.connect(self.navigator.teach)
        self.navigator.failed.connect(self._trouble)
        self.navigator.busy_changed.connect(self._update_actions)
        do.find.triggered.connect(self._find)
        do.clear.triggered.connect(self._clear)
        self.drop_page.choose_files.connect(do.add_files.trigger)
        self.drop_page.choose_folder.connect(do.add_folder.trigger)
        self.drop_page.try_samples.connect(self.add_samples)
        self.threshold.changed.connect(self._threshold_chosen)
        self.threshold.tag_again.connect(self.queue.tag_again)
        for signal in (self._active_model.loading, self._active_model.failed):
            signal.connect(self._model_changed)
        self.filters.changed.connect(self.order.set_filter)
        self.filters.finished.connect(self.table.take_over)
        self.list_page.show_all.connect(self.filters.reset)
        self.progress.cancelled.connect(self._cancel)
        self.session_loader.opened.connect(self._opened)
        self.session_loader.failed.connect(self._trouble)
        self.session_loader.left_changed.connect(self._show_page)
        self.queue.saved.connect(self._rows_saved)
        self.queue.progressed.connect(self._progressed)
        self.queue.ended.connect(self._drop_ended)
        self.queue.failed.connect(self._trouble)
        self.corrections.changed.connect(self._update_counts)
        self.corrections.failed.connect(self._trouble)
        self.corrections.busy_changed.connect(self._update_actions)
        self.export_actions.status.connect(self.status)
        self.exporter.failed.connect(self._trouble)
        self.review.viewer_wanted.connect(self._viewer_wanted)
        self.viewer.export.connect(self.export_actions.export)
        self.model.refreshed.connect(self._update_counts)
        self.table.selection_changed.connect(self._count_later)
        for signal in (self.order.rowsInserted, self.order.rowsRemoved, self.order.modelReset):
            signal.connect(self._count_later)
        self._count_soon.timeout.connect(self._update_counts)

    # -- the session --------------------------------------------------------------------------------------------------
    @Slot(object)
    def _opened(self, opened: LoadedSession) -> None:
        self._session = opened.session
        self.model.use(opened.session, opened.columns)
        self.corrections.use(opened.session)
        self.export_actions.use(opened.session)
        self.navigator.use(opened.session)
        self.corrections.apply_threshold(self._settings.review_below)
        if opened.session.notice:
            self.notice.say("warning", opened.session.notice)
        if not self._closed:
            self.queue.use(opened.session)
            self._show_page()
            self._update_counts()

    @Slot(object)
    def _threshold_chosen(self, threshold: float | None) -> None:
        self._settings.review_below = threshold
        try:
            self._settings.save()
        except FashionLensError as error:
            self.status.emit(sentence(error))
        self.corrections.apply_threshold(threshold)

    @Slot()
    def _model_changed(self) -> None:
        entry = self._active_model.entry
        metadata = entry.metadata if entry is not None else None
        self.threshold.show_model(metadata)
        self.model.show_model(metadata)
        self.review.refresh_viewer()

    # -- tagging ------------------------------------------------------------------------------------------------------
    @Slot(object)
    def _rows_saved(self, saved: list[SavedRow]) -> None:
        for each in saved:
            if each.picture is not None:
                self.thumbnails.keep(each.item.tag.path, each.picture)
        before = self.model.rowCount()
        self.model.grow()
        replaced = sorted({row for each in saved for row in each.replaced})
        self.model.refresh(replaced)
        self._of_this_drop += (*replaced, *range(before, self.model.rowCount()))
        self._update_counts()

    @Slot(object)
    def _progressed(self, progress: QueueProgress) -> None:
        self.progress.show_progress(progress)
        self.threshold.let_tag_again(not progress.busy)
        self._show_page()

    @Slot(object)
    def _drop_ended(self, outcome: ImportResult) -> None:
        finished = outcome.finished
        rows, self._of_this_drop = self._of_this_drop, []
        if finished is None or finished.cancelled:
            self.notice.put_away()
            if not outcome.waiting_drops:
                self.session_loader.look_again()
        elif not finished.counts.found:
            self.notice.say("warning", "There are no photos in what you added.")
        else:
            unsure = finished.counts.needs_review
            more = self.model.columns.counts()["needs review"] > unsure
            words = "Review these first" if more else "Review now"
            offers = [(words, lambda: self.navigator.start_review_at(rows))] if unsure else []
            kind = "warning" if finished.counts.errors else "check"
            self.notice.say(kind, import_summary(finished, outcome.again), offers)
        self._show_page()

    @Slot(bool)
    def _viewer_wanted(self, viewing: bool) -> None:
        if not viewing:
            self.navigator.end_review()
        self._show_page()
        self._count_later()

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
        self.pages.focus_page()  # the button goes; Qt would give the keys to whatever stands behind it

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
        if not messages.ask(self, question, "Clear list", "Cancel"):
            return
        self.review.close_viewer()
        self.queue.stop_and_wait()
        try:
            self._session.clear()
        except FashionLensError as error:
            messages.error(self, error)
            return
        self.session_loader.take()
        for notice in (self.notice, self.unfinished_notice):
            notice.put_away()
        self.thumbnails.forget()
        self.corrections.forget()
        self.model.start_over()
        self.filters.reset()
        self._show_page()
        self._update_counts()

    @Slot(object)
    def _trouble(self, error: FashionLensError) -> None:
        messages.error(self, error)

    # -- what is shown ------------------------------------------------------------------------------------------------
    @Slot()
    def _show_page(self) -> None:
        has_rows = self.model.rowCount() > 0 or self.queue.busy
        self.drop_page.show_opening(self.session_loader.opening)
        self.notice.setVisible(self.notice.has_news and not self.review.viewing)
        self.pages.show_page(self.viewer if self.review.viewing else self.list_page if has_rows else self.drop_page)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.pages.focus_page()

    @Slot()
    def _count_later(self) -> None:
        """Once, however many signals come in this round."""
        self._count_soon.start()

    @Slot()
    def _update_counts(self) -> None:
        columns = self.model.columns
        counts = columns.counts()
        self.filters.show_counts(counts, columns.corrected(), columns.categories())
        total, shown = sum(counts.values()), self.order.rowCount()
        self.list_page.explain(total, shown)
        self.threshold.show_counts(counts["needs review"], total, columns.models())
        self.status.emit(list_summary(total, shown, self.table.selected_count(), self.review.viewing))
        self._update_actions()

    @Slot()
    def _update_actions(self) -> None:
        doubtful = self.model.columns.counts()["needs review"]
        has_rows = self.model.rowCount() > 0
        self.actions_.follow(
            self._session, self.corrections, has_rows, self.exporter.busy, doubtful, self.navigator.labelling_order.busy
        )
