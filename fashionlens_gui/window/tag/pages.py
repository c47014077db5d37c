"""The pages of the Tag tab, and the page with the list: buttons, filters, threshold and table."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from PySide6.QtCore import QRectF, Qt, Slot
from PySide6.QtGui import QAction, QColor, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QFrame, QStackedLayout, QStackedWidget, QWidget

from fashionlens_gui.catalogue.lists.list_sources import ListSource, Source
from fashionlens_gui.window.search.filter_chips import ActiveFilters, NoMatches
from fashionlens_gui.window.shell import layouts, theme
from fashionlens_gui.window.shell.widgets import ButtonMenu
from fashionlens_gui.window.tag.actions import TagActions, button_for
from fashionlens_gui.window.tag.group_review.page import GroupPage
from fashionlens_gui.window.tag.queue.drop_page import DropPage
from fashionlens_gui.window.tag.review.viewer import Viewer
from fashionlens_gui.window.tag.similar_list import SimilarBar
from fashionlens_gui.window.tag.table.filter_bar import FilterBar
from fashionlens_gui.window.tag.table.table import ResultsTable
from fashionlens_gui.window.tag.table.threshold_bar import ThresholdBar

_WHY_EMPTY = {
    Source.CURRENT: "Photos appear here when they are tagged.",
    Source.EVERYTHING: "FashionLens remembers no photos yet.",
    Source.NEEDS_REVIEW: "No photo needs review.",
    Source.CORRECTED: "Photos appear here when you change their tags.",
    Source.CONFIRMED: "Photos appear here when you accept their tags.",
    Source.FAILED: "All photos could be read.",
    Source.GONE: "All files are where they were.",
}
_NARROWEST = 80 * theme.SPACE  # texts of buttons are left out before
_NO_PHOTOS = "There are no photos in this list."


class Pages(QStackedWidget):
    """Shows one page and focuses its main widget."""

    def __init__(self, drop_page: DropPage, list_page: ListPage, viewer: Viewer, group_page: GroupPage) -> None:
        super().__init__()
        self._drop_page, self._list_page = drop_page, list_page
        for page in (drop_page, list_page, viewer, group_page):
            self.addWidget(page)

    def show_page(self, page: QWidget) -> None:
        """Show a page. It gets the focus unless that is elsewhere in the window."""
        if self.currentWidget() is page:
            return
        # The window's focus widget, not the application's: another window may be active, as during a drag.
        focused = self.window().focusWidget()
        takes_focus = focused is None or focused.isAncestorOf(self) or self.isAncestorOf(focused)
        self.setCurrentWidget(page)
        if takes_focus:
            self.focus_page()

    @Slot()
    def focus_page(self) -> None:
        page = self.currentWidget()
        if page is self._drop_page:
            self._drop_page.take_focus()
        elif page is self._list_page:
            self._list_page.focus_rows()
        elif page is not None:
            page.setFocus()


class ListPage(QWidget):
    """The table with its controls; in place of an empty table, the reason."""

    def __init__(
        self,
        actions: TagActions,
        filters: FilterBar,
        active_filters: ActiveFilters,
        threshold: ThresholdBar,
        similar_bar: SimilarBar,
        table: ResultsTable,
    ) -> None:
        super().__init__()
        self.export_button = button_for(actions.export, "export", "Export CSV…", primary=True)
        self.more_exports = theme.quiet_button("")
        self.more_exports.setAccessibleName("More exports")
        self.more_exports.setToolTip("More exports")
        theme.narrow(self.more_exports)
        self.more_exports.hide()
        self.review_button = button_for(actions.review, "warning", "*")
        self.groups_button = button_for(actions.review_groups, "grid", "In groups")
        self.add_files_button = button_for(actions.add_files, "photos", "Add photos…")
        self.add_folder_button = button_for(actions.add_folder, "folder", "Add folder…")
        self.undo_button = button_for(actions.undo, "undo")
        self.redo_button = button_for(actions.redo, "redo")
        self.clear_button = button_for(actions.clear, "close", "Clear list")
        self.sidebar_button = button_for(actions.sidebar, "sidebar")
        self.sidebar_button.setCheckable(True)
        actions.sidebar.changed.connect(lambda: self.sidebar_button.setChecked(actions.sidebar.isChecked()))
        self._tools = layouts.row(
            self.sidebar_button,
            self.add_files_button,
            self.add_folder_button,
            2,
            self.undo_button,
            self.redo_button,
            self.clear_button,
            layouts.FILL,
            self.review_button,
            self.groups_button,
            self.export_button,
            self.more_exports,
        )
        self._table = table
        self._focus_pending = False
        self.no_rows = theme.muted("")
        self.no_rows.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.no_matches = NoMatches()
        frame = _BorderedFrame()
        self._stack = QStackedLayout()
        layouts.column(self._stack, parent=frame, margins=1 / theme.SPACE)
        self._stack.addWidget(table)
        self._stack.addWidget(self.no_rows)
        self._stack.addWidget(self.no_matches)
        layouts.column(
            self._tools, similar_bar, filters, active_filters, threshold, (frame, 1), parent=self, spacing=1.5
        )
        self._order_tabs(filters, threshold)
        self._texts = {
            button: button.text()
            for button in (self.clear_button, self.groups_button, self.add_folder_button, self.add_files_button)
        }
        self.setMinimumWidth(_NARROWEST)
        actions.review.changed.connect(self._fit_buttons)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_buttons()

    @Slot()
    def _fit_buttons(self) -> None:
        """Leave out the texts of buttons, one after the other, where there is no room for all."""
        for button, text in self._texts.items():
            if not button.text():
                button.setText(text)
                button.setStyleSheet("")
                button.setMinimumWidth(0)
                button.setMaximumWidth(self.maximumWidth())
        for button in self._texts:
            self._tools.invalidate()
            if self._tools.minimumSize().width() <= self.width():
                break
            button.setText("")
            theme.narrow(button)

    def add_export_actions(self, actions: Sequence[QAction]) -> None:
        """Offer other exports beside that of a CSV."""
        menu = ButtonMenu(self.more_exports)
        menu.addActions(actions)
        self.more_exports.setMenu(menu)
        self.more_exports.show()

    def _order_tabs(self, filters: FilterBar, threshold: ThresholdBar) -> None:
        """Tab goes from left to right and down."""
        tools = (
            self.sidebar_button,
            self.add_files_button,
            self.add_folder_button,
            self.undo_button,
            self.redo_button,
            self.clear_button,
        )
        chain = (
            *tools,
            self.review_button,
            self.groups_button,
            self.export_button,
            self.more_exports,
            *filters.focus_chain(),
            *threshold.focus_chain(),
            self._table,
        )
        for before, after in pairwise(chain):
            QWidget.setTabOrder(before, after)

    def focus_rows(self) -> None:
        """Focus the table, as soon as there are rows."""
        self._focus_pending = self._stack.currentWidget() is not self._table
        if not self._focus_pending:
            self._table.setFocus()

    def show_counts(self, total: int, shown: int, source: ListSource) -> None:
        """Show the table, or why it is empty."""
        if shown:
            self._stack.setCurrentWidget(self._table)
            if self._focus_pending:
                self.focus_rows()
        elif total:
            self._stack.setCurrentWidget(self.no_matches)
        else:
            self.no_rows.setText(_WHY_EMPTY[source] if isinstance(source, Source) else _NO_PHOTOS)
            self._stack.setCurrentWidget(self.no_rows)


class _BorderedFrame(QFrame):
    """A surface with a thin border."""

    def __init__(self) -> None:
        super().__init__()
        theme.notifier().changed.connect(self.update)

    def paintEvent(self, _event: QPaintEvent) -> None:
        colours = theme.tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(colours.border), 1))
        painter.setBrush(QColor(colours.surface))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
