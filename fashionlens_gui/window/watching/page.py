"""The page “Watched folders”: a row for each folder, and what can be done with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QCheckBox, QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from fashionlens_gui.messages import sentence
from fashionlens_gui.messages.watching import NO_FOLDERS, STATES, TRIED_AGAIN, last_photo_text, state_help
from fashionlens_gui.tagging.tag import printable
from fashionlens_gui.window.shell import icons, layouts, message_box, plain_table, theme
from fashionlens_gui.window.shell.empty_state import EmptyState
from fashionlens_gui.window.watching.folder_watcher import FolderWatcher, WatchedFolder, WatchState
from fashionlens_gui.window.watching.rule_dialog import RuleDialog

if TYPE_CHECKING:
    from fashionlens_gui.catalogue.files.watched_folders import FolderRule
    from fashionlens_gui.settings import Settings
    from fashionlens_gui.window.shell.active_model import ActiveModel
    from fashionlens_gui.window.shell.catalogue_access import CatalogueAccess

_COLUMNS = ("Folder", "State", "Tagged today", "Needs review", "Last photo")
_FOLDER, _STATE, _TODAY, _REVIEW, _LAST = range(len(_COLUMNS))
_WIDEST_LAST = 34 * theme.SPACE
_ICONS = {
    WatchState.PAUSED: ("pause", "text_muted"),
    WatchState.WAITING_FOR_MODEL: ("model", "text_muted"),
    WatchState.STARTING: ("resume", "text_muted"),
    WatchState.WATCHING: ("check", "ok"),
    WatchState.MISSING: ("warning", "review"),
    WatchState.FAILED: ("error", "error"),
}
_READ_ONLY = "The catalogue can only be read now, so nothing is watched."


class WatchPage(QWidget):
    """Shows the folders of a watcher.

    Args:
        watcher: Watches them.
        access: The catalogue.
        active_model: Its models are offered.
        settings: Whether the program stays in the tray.
        tray: Whether there is a tray.
    """

    list_asked = Signal()
    """Show the list of photos."""

    def __init__(
        self,
        watcher: FolderWatcher,
        access: CatalogueAccess,
        active_model: ActiveModel,
        settings: Settings,
        tray: bool,
    ) -> None:
        super().__init__()
        self._watcher, self._access, self._active_model, self._settings = watcher, access, active_model, settings
        self.dialog: RuleDialog | None = None
        self.back_button = theme.quiet_button("Back to the list", "chevron-left")
        self.add_button = theme.primary_button("Add folder…", "folder")
        self.pause_button = theme.quiet_button("Pause all", "pause")
        self.edit_button = theme.quiet_button("Edit…", "tag")
        self.remove_button = theme.quiet_button("Remove", "trash")
        self.retry_button = theme.quiet_button("Try again", "redo")
        self.table = QTableWidget(0, len(_COLUMNS))
        self.table.setHorizontalHeaderLabels(_COLUMNS)
        plain_table.set_up(self.table)
        self.table.setSortingEnabled(False)
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.table.setSelectionMode(QTableWidget.SelectionMode.SingleSelection)
        self.table.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.table.setAccessibleName("Watched folders")
        self.table.horizontalHeader().setSectionResizeMode(_FOLDER, QHeaderView.ResizeMode.Stretch)
        self.details = theme.plain("")
        self.details.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.empty = EmptyState("watch")
        self.empty.show_texts("No folder is watched", NO_FOLDERS)
        self.tray_box = QCheckBox("Keep watching in the tray when the window is closed")
        self.tray_box.setChecked(settings.keep_watching_in_tray)
        self.tray_box.setVisible(tray)
        self._folders = QWidget()
        layouts.column((self.table, 1), self.details, parent=self._folders, spacing=2)
        self._pages = layouts.pages(self._folders, self.empty)
        layouts.column(
            layouts.row(self.back_button, layouts.FILL, self.pause_button, self.add_button),
            (self._pages, 1),
            layouts.row(self.edit_button, self.remove_button, self.retry_button, layouts.FILL, self.tray_box),
            parent=self,
            spacing=1.5,
        )
        self.back_button.clicked.connect(self.list_asked)
        self.add_button.clicked.connect(self.add_folder)
        self.pause_button.clicked.connect(lambda: watcher.set_paused(not watcher.paused))
        self.edit_button.clicked.connect(self._edit)
        self.remove_button.clicked.connect(self._remove)
        self.retry_button.clicked.connect(watcher.try_again)
        self.tray_box.toggled.connect(self._keep_in_tray)
        self.table.itemSelectionChanged.connect(self._selected)
        self.table.itemDoubleClicked.connect(self._edit)
        watcher.changed.connect(self._show)
        for signal in (access.opened, access.closing):
            signal.connect(self._show)
        self._show()

    @property
    def chosen(self) -> WatchedFolder | None:
        """The folder of the selected row."""
        row = self.table.currentRow()
        return self._watcher.folders[row] if 0 <= row < len(self._watcher.folders) else None

    # -- what is shown ------------------------------------------------------------------------------------------------
    @Slot()
    def _show(self, *_: object) -> None:
        folders, watcher = self._watcher.folders, self._watcher
        self._pages.setCurrentWidget(self._folders if folders else self.empty)
        chosen = self.table.currentRow()
        self.table.setRowCount(len(folders))
        for row, each in enumerate(folders):
            self._show_row(row, each)
        for column in (_STATE, _TODAY, _REVIEW, _LAST):
            texts = [self._item(row, column).text() for row in range(len(folders))]
            icon = 3 * theme.SPACE if column == _STATE else 0
            width = plain_table.width_of(self.table, column, texts) + icon
            self.table.setColumnWidth(column, min(width, _WIDEST_LAST))
        if folders and not 0 <= chosen < len(folders):
            self.table.selectRow(0)
        self.pause_button.setText("Continue" if watcher.paused else "Pause all")
        self.pause_button.setIcon(icons.icon("resume" if watcher.paused else "pause"))
        self.pause_button.setEnabled(bool(folders) and self._access.writable)
        self.add_button.setEnabled(self._access.writable)
        self.add_button.setToolTip("" if self._access.writable or self._access.catalogue is None else _READ_ONLY)
        self._selected()

    def _show_row(self, row: int, folder: WatchedFolder) -> None:
        figures = folder.figures
        last = "" if figures.last is None else printable(figures.last.name)
        state = "A problem" if folder.problem and folder.state is WatchState.WATCHING else STATES[folder.state]
        texts = (
            printable(str(folder.rule.folder)),
            state,
            f"{figures.tagged_today:,}",
            f"{figures.needs_review:,}",
            last_photo_text(last, figures.last_at),
        )
        for column, text in enumerate(texts):
            item = self._item(row, column)
            item.setText(text)
            item.setToolTip(text)
        shown = WatchState.FAILED if folder.problem else folder.state
        self._item(row, _STATE).setIcon(icons.icon(*_ICONS[shown]))

    def _item(self, row: int, column: int) -> QTableWidgetItem:
        item = self.table.item(row, column)
        if item is None:
            item = QTableWidgetItem()
            self.table.setItem(row, column, item)
        return item

    @Slot()
    def _selected(self) -> None:
        chosen, writable = self.chosen, self._access.writable
        for button in (self.edit_button, self.remove_button):
            button.setEnabled(chosen is not None and writable)
            button.setVisible(bool(self._watcher.folders))
        self.retry_button.setVisible(chosen is not None and chosen.problem is not None and writable)
        self.details.setText("" if chosen is None else self._details(chosen))

    def _details(self, folder: WatchedFolder) -> str:
        if not self._access.writable:
            return _READ_ONLY
        lines = (
            [f"{sentence(folder.problem)} {TRIED_AGAIN}"]
            if folder.problem
            else [state_help(folder.state, folder.regular)]
        )
        rule = folder.rule
        lines.append(f"Model: {printable(rule.model) or f'the model in use ({self._active_model.name})'}")
        if rule.csv is not None:
            lines.append(f"Table: {printable(str(rule.csv))}")
        if rule.move_into is not None:
            lines.append(f"After tagging, photos are moved to {printable(str(rule.move_into / rule.pattern))}")
        return "\n".join(lines)

    # -- what the user does -------------------------------------------------------------------------------------------
    @Slot()
    def add_folder(self) -> None:
        """Ask for a folder and its rule."""
        if self._access.writable:
            self._ask(None)

    @Slot()
    def _edit(self, *_: object) -> None:
        if self.chosen is not None and self._access.writable:
            self._ask(self.chosen.rule)

    def _ask(self, rule: FolderRule | None) -> None:
        others = [each.rule for each in self._watcher.folders]
        models = [entry.path.stem for entry in self._active_model.entries]
        self.dialog = RuleDialog(rule, others, models, self._active_model.name, self.window())
        self.dialog.agreed.connect(self._watcher.set_rule)
        self.dialog.open()

    @Slot()
    def _remove(self) -> None:
        chosen = self.chosen
        if chosen is None:
            return
        name = printable(str(chosen.rule.folder))
        question = f"Watch {name} no longer?\n\nIts photos stay where they are, and in the catalogue."
        if message_box.ask(self, question, "Remove", "Cancel"):
            self._watcher.remove(chosen.rule.folder)

    @Slot(bool)
    def _keep_in_tray(self, keep: bool) -> None:
        self._settings.keep_watching_in_tray = keep
        self._settings.save_or_log()
