"""The Tag tab: photos are imported, tagged in a thread, reviewed, corrected and exported.

The panel only connects its parts.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QFocusEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from fashionlens_gui import paths
from fashionlens_gui.catalogue.lists.current_list import begin_list
from fashionlens_gui.catalogue.lists.list_sources import Source
from fashionlens_gui.messages import sentence
from fashionlens_gui.tagging.tag import ReviewRule, Status
from fashionlens_gui.window.search.filter_chips import ActiveFilters
from fashionlens_gui.window.search.sidebar import Sidebar, beside
from fashionlens_gui.window.shell import layouts, message_box, shown_names
from fashionlens_gui.window.shell.notice import Notice
from fashionlens_gui.window.tag import file_dialogs
from fashionlens_gui.window.tag.actions import TagActions
from fashionlens_gui.window.tag.attribute_editor import AttributeEditor
from fashionlens_gui.window.tag.corrections import Corrections
from fashionlens_gui.window.tag.export_actions import ExportActions
from fashionlens_gui.window.tag.group_review.reviewer import GroupReviewer
from fashionlens_gui.window.tag.import_notice import ImportNotice
from fashionlens_gui.window.tag.list_actions import ListActions
from fashionlens_gui.window.tag.list_browser import ListBrowser
from fashionlens_gui.window.tag.list_summary import list_summary
from fashionlens_gui.window.tag.pages import ListPage, Pages
from fashionlens_gui.window.tag.photo_list import PhotoList
from fashionlens_gui.window.tag.queue.drop_page import DropPage
from fashionlens_gui.window.tag.queue.progress_strip import ProgressStrip
from fashionlens_gui.window.tag.queue.skipped_notice import SkippedNotice
from fashionlens_gui.window.tag.queue.tagging_queue import QueueProgress, TaggingQueue
from fashionlens_gui.window.tag.queue.tagging_work import StoredPhotos
from fashionlens_gui.window.tag.queue.unfinished_notice import UnfinishedNotice
from fashionlens_gui.window.tag.review.navigator import ReviewNavigator
from fashionlens_gui.window.tag.review.review import Review
from fashionlens_gui.window.tag.review.viewer import Viewer
from fashionlens_gui.window.tag.similar_list import SimilarBar, SimilarList
from fashionlens_gui.window.tag.table.filter_bar import FilterBar
from fashionlens_gui.window.tag.table.photo_table_model import PhotoTableModel
from fashionlens_gui.window.tag.table.row_menu import RowMenu
from fashionlens_gui.window.tag.table.table import ResultsTable
from fashionlens_gui.window.tag.table.threshold_bar import ThresholdBar
from fashionlens_gui.window.tag.table.thumbnails import Thumbnails
from trainer.errors import FashionLensError

if TYPE_CHECKING:
    from fashionlens_gui.catalogue.catalogue import Catalogue
    from fashionlens_gui.settings import Settings
    from fashionlens_gui.window.shell.active_model import ActiveModel
    from fashionlens_gui.window.shell.catalogue_access import CatalogueAccess


class TagPanel(QWidget):
    """The Tag tab.

    Args:
        active_model: Tags the photos.
        settings: Attributes, threshold and folder of the file dialogs.
        access: The catalogue, which the window opens.

    Attributes:
        tag_actions: For the menu bar.
    """

    status = Signal(str)
    """A line for the status bar."""

    def __init__(
        self, active_model: ActiveModel, settings: Settings, access: CatalogueAccess, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._active_model, self._settings, self.access = active_model, settings, access
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._make_parts()
        self._lay_out()
        self._connect()
        self.threshold.show_rule(self._rule)
        self._model_changed()
        self._update_page()

    def add_paths(self, paths: Sequence[Path]) -> None:
        """Tag files and folders, after what is in the queue."""
        if paths:
            self.browser.close_page()
            self.list_actions.show_new_photos()
            self.queue.add([Path(path) for path in paths])

    @Slot()
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

    @property
    def update_waits(self) -> bool:
        """Whether figures and buttons are about to be updated."""
        return self._update_timer.isActive()

    def shutdown(self) -> None:
        """Stop all reading; the window closes the catalogue, once all is written."""
        parts = (self.queue, self.photo_list, self.unfinished_notice, self.thumbnails, self.viewer)
        later = (self.export_actions, self.navigator, self.group_reviewer, self.sidebar, self.similar_list)
        for part in (*parts, *later):
            part.shutdown()

    # -- set-up -------------------------------------------------------------------------------------------------------
    def _make_parts(self) -> None:
        access, model = self.access, PhotoTableModel()
        self.tag_actions, self.model, self.thumbnails = TagActions(self), model, Thumbnails(self, access)
        self.photo_list = PhotoList(access, model, self)
        self.corrections = Corrections(access, model, self)
        self.queue = TaggingQueue(self._active_model, access, self)
        model.show_attributes(self._settings.attributes)
        self.table = ResultsTable(model, self.thumbnails)
        self.viewer = Viewer(self.thumbnails, lambda: self._active_model.ready_entry)
        self.notice, self.skipped_notice = Notice(), SkippedNotice(self.queue)
        self.unfinished_notice = UnfinishedNotice(access, self.queue)
        self.filters, self.active_filters, self.progress = FilterBar(), ActiveFilters(), ProgressStrip()
        self.sidebar, self.similar_bar = Sidebar(access), SimilarBar(self.thumbnails)
        self.drop_page, self.threshold = DropPage(), ThresholdBar()
        self.list_page = ListPage(
            self.tag_actions, self.filters, self.active_filters, self.threshold, self.similar_bar, self.table
        )
        shown = (model, self.photo_list, self.table, self.viewer)
        self.review = Review(self, *shown, self.corrections, self._active_model, self.tag_actions, self._settings)
        self.attribute_editor = AttributeEditor(
            self, model, self.review, self.viewer, self.corrections, self._active_model, self.tag_actions
        )
        self.row_menu = RowMenu(self.table, model, self.review, self.attribute_editor, self.tag_actions)
        listed = (access, self.photo_list, model, self.table)
        self.export_actions = ExportActions(self, *listed, self.review, self.notice, self._settings)
        self.navigator = ReviewNavigator(*listed, self.review, self.filters, self.notice, self)
        self.group_reviewer = GroupReviewer(
            self, access, self.photo_list, self.review, self.corrections, self.tag_actions
        )
        self.list_actions = ListActions(
            self, access, self.photo_list, self.review, self.corrections, self.queue, self.filters, model, self.table
        )
        self.similar_list = SimilarList(self, *listed, self.list_actions, self.review, self.similar_bar, self._settings)
        self.browser = ListBrowser(
            self,
            self.sidebar,
            self.filters,
            self.active_filters,
            self.list_page.no_matches,
            self.photo_list,
            self.list_actions,
            self.tag_actions,
            self._settings,
        )
        self.import_notice = ImportNotice(self.queue, self.photo_list, self.navigator, self.notice, self)
        self._update_timer = QTimer(self, singleShot=True, interval=0)

    def _lay_out(self) -> None:
        self.pages = Pages(self.drop_page, self.list_page, self.viewer, self.group_reviewer.page)
        ended = layouts.row((self.notice, 3), (self.skipped_notice, 2), spacing=1.5)  # side by side: rows need the room
        shown = QWidget()
        parts = (ended, self.unfinished_notice, self.progress, (self.pages, 1))
        layouts.column(*parts, parent=shown, spacing=1.5)
        shown.setFocusProxy(self)  # of a button that is hidden; the panel knows what to focus
        layouts.column(beside(self.sidebar, shown), parent=self, margins=(2, 2, 2, 1))

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
            (actions.similar, self.similar_list.find_selected),
            (actions.similar_to_file, self.similar_list.choose_file),
            (actions.back, self.similar_list.back),
            (actions.clear, self.list_actions.clear),
            (actions.forget, self.list_actions.forget),
        ):
            action.triggered.connect(slot)
        parts = (self.photo_list, self.queue, self.unfinished_notice, self.export_actions, self.navigator)
        for part in (*parts, self.group_reviewer, self.sidebar, self.similar_list):
            part.failed.connect(self._show_error)
        self.drop_page.files_button.clicked.connect(actions.add_files.trigger)
        self.drop_page.folder_button.clicked.connect(actions.add_folder.trigger)
        self.drop_page.samples_button.clicked.connect(self.add_samples)
        self.drop_page.all_button.clicked.connect(lambda: self.list_actions.choose_source(Source.EVERYTHING))
        self.threshold.changed.connect(self._rule_chosen)
        self.threshold.retag.connect(lambda _count: self.queue.retag(self.photo_list.source_query()))
        for signal in (self._active_model.loading, self._active_model.failed):
            signal.connect(self._model_changed)
        self.filters.changed.connect(self.list_actions.show_matching)
        self.filters.finished.connect(self.table.take_focus)
        for slot in (self._update_page, self._update_soon):
            self.browser.changed.connect(slot)
        self.browser.page_added.connect(self.pages.addWidget)
        self.progress.cancelled.connect(self._cancel)
        self.access.opened.connect(self._opened)
        self.access.undo_changed.connect(self._update_actions)
        shown_names.notifier().changed.connect(self.review.refresh_viewer)
        self.unfinished_notice.changed.connect(self._update_page)
        self.queue.stored.connect(self._photos_stored)
        self.queue.import_ended.connect(self.group_reviewer.reload)
        self.queue.progressed.connect(self._progressed)
        self.import_notice.shown.connect(self._update_page)
        self.corrections.not_stored.connect(self.photo_list.ask_again)
        self.navigator.busy_changed.connect(self._update_actions)
        self.export_actions.copied.connect(self._rows_copied)
        self.review.viewer_toggled.connect(self._viewer_toggled)
        self.group_reviewer.toggled.connect(self._viewer_toggled)
        self.viewer.export.connect(self.export_actions.export)
        self.table.forget_requested.connect(actions.forget.trigger)
        self.list_actions.cleared.connect(self._cleared)
        self.photo_list.values_changed.connect(self._values_changed)
        for signal in (self.photo_list.updated, self.photo_list.rows_found, self.table.selection_changed):
            signal.connect(self._update_soon)
        self.photo_list.source_changed.connect(self.navigator.find_review_order)
        for signal in (self.model.rowsInserted, self.model.rowsRemoved, self.model.modelReset):
            signal.connect(self._update_soon)
        self._update_timer.timeout.connect(self._update_counts)

    # -- the catalogue ------------------------------------------------------------------------------------------------
    @Slot(object)
    def _opened(self, _catalogue: Catalogue) -> None:
        if self.access.writable:
            self.access.perform(begin_list)
        self.corrections.keep_values_of(self._settings)
        self.corrections.apply_rule(self._rule)
        self._update_page()

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

    # -- what happens -------------------------------------------------------------------------------------------------
    @Slot()
    def _values_changed(self) -> None:
        """Messages with figures of the list as it was no longer hold."""
        if self.notice.on_change is not None:
            self.notice.on_change()
            self._update_page()

    @Slot(object)
    def _photos_stored(self, stored: StoredPhotos) -> None:
        for path, thumbnail in stored.thumbnails:
            self.thumbnails.put(path, thumbnail)

    @Slot(object)
    def _progressed(self, progress: QueueProgress) -> None:
        if progress.busy and self.progress.isHidden() and self.notice.on_change is not None:
            self.notice.dismiss()
        self.progress.show_progress(progress)
        self.threshold.set_retag_enabled(not progress.busy)
        self._update_page()

    @Slot(bool)
    def _viewer_toggled(self, viewing: bool) -> None:
        if not viewing:
            self.navigator.end_review()
        self._update_page()
        self._update_soon()

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
        self.browser.close_page()
        if self.pages.currentWidget() is self.list_page:
            self.filters.search.setFocus()
            self.filters.search.selectAll()

    @Slot()
    def _cleared(self) -> None:
        for notice in (self.notice, self.skipped_notice):
            notice.dismiss()
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
        listed = self.photo_list.state.figures.photos > 0 or self.model.rowCount() > 0
        has_rows = listed or self.queue.busy or self.photo_list.source is not Source.CURRENT
        self.drop_page.show_opening((self.access.catalogue is None and self.access.busy) or not self.photo_list.ready)
        self.drop_page.set_writable(not self.access.read_only)
        self.drop_page.show_remembered(self.photo_list.state.in_catalogue)
        reviewing = self.review.viewing or self.group_reviewer.showing
        self.notice.setVisible(self.notice.has_message and not reviewing)
        # They would stack above the progress of another import.
        waits = self.queue.busy or reviewing
        for notice in (self.skipped_notice, self.unfinished_notice):
            notice.setVisible(notice.has_message and not waits)
        listing = self.browser.page or (self.list_page if has_rows else self.drop_page)
        page = self.viewer if self.review.viewing else self.group_reviewer.page
        self.browser.fit(possible=not reviewing)
        self.pages.show_page(page if reviewing else listing)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._update_page()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.pages.focus_page()

    @Slot()
    def _update_soon(self) -> None:
        """Update once after all signals of this round of the event loop."""
        self._update_timer.start()

    @Slot()
    def _update_counts(self) -> None:
        figures = self.photo_list.state.figures
        self.filters.show_figures(figures)
        shown = self.model.rowCount()
        total = max(figures.photos, shown)
        self.list_page.show_counts(total, shown, self.photo_list.source)
        counts = (figures.statuses[Status.NEEDS_REVIEW], figures.photos, figures.models)
        self.threshold.show_counts(*counts, is_selection=self.photo_list.is_selection)
        viewing = self.review.viewing or self.group_reviewer.showing
        summary = list_summary(total, shown, self.table.selected_count(), viewing)
        self.status.emit("" if self.browser.page else summary)
        self._update_page()
        self._update_actions()

    @Slot()
    def _update_actions(self) -> None:
        figures = self.photo_list.state.figures
        self.active_filters.save_button.setEnabled(self.access.writable)
        self.tag_actions.update(
            self.access,
            self.corrections,
            max(figures.photos, self.model.rowCount()),
            figures.statuses[Status.NEEDS_REVIEW],
            remembered=self.photo_list.state.in_catalogue,
            one=len(self.review.targets()) == 1,
            similar=self.similar_list.showing,
            clearable=self.photo_list.source is Source.CURRENT,
            exporting=self.export_actions.busy,
            sorting=self.navigator.busy,
            in_groups=self.group_reviewer.showing,
        )
