"""What to do with a damaged catalogue: restore a backup, start an empty one, or go on without it."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtWidgets import QDialog, QWidget

from fashionlens_gui import paths
from fashionlens_gui.messages.catalogue import DAMAGED, NO_BACKUPS
from fashionlens_gui.tagging.tag import printable
from fashionlens_gui.window.catalogue import work
from fashionlens_gui.window.catalogue.backup_table import BackupTable, CountedBackup
from fashionlens_gui.window.shell import layouts, theme
from fashionlens_gui.window.shell.catalogue_access import CatalogueAccess
from fashionlens_gui.window.shell.workers import WorkerSlot

_SIZE = QSize(80 * theme.SPACE, 56 * theme.SPACE)


class DamagedDialog(QDialog):
    """Offers the backups with their dates, sizes and numbers of photos. Deleted when it is closed.

    Args:
        access: Its catalogue is damaged.
        parent: The window.
    """

    def __init__(self, access: CatalogueAccess, parent: QWidget) -> None:
        super().__init__(parent)
        self._access = access
        self._slot = WorkerSlot[None, list[CountedBackup]]("reading the backups", self, on_result=self._show_backups)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("The catalogue is damaged")
        self.table = BackupTable()
        self.no_backups = theme.muted(NO_BACKUPS)
        self.no_backups.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._pages = layouts.pages(self.table, self.no_backups)
        self.restore_button = theme.primary_button("Restore the selected one", "undo")
        self.empty_button = theme.quiet_button("Start an empty one")
        self.without_button = theme.quiet_button("Go on without it")
        self.without_button.setToolTip("Nothing is changed. Photos can be tagged and exported, but are not kept.")
        text = theme.plain(DAMAGED.format(file=printable(str(paths.catalogue_file()))))
        text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        layouts.column(
            theme.title("The catalogue is damaged", wraps=True),
            text,
            (self._pages, 1),
            layouts.row(self.without_button, layouts.FILL, self.empty_button, self.restore_button),
            parent=self,
            spacing=2,
            margins=3,
        )
        self.restore_button.setEnabled(False)
        self.restore_button.setDefault(True)
        self.table.chosen_changed.connect(self._update)
        self.table.doubleClicked.connect(self.restore_button.click)
        self.restore_button.clicked.connect(self._restore)
        self.empty_button.clicked.connect(self._start_empty)
        self.without_button.clicked.connect(self.reject)
        self.resize(_SIZE)
        self._slot.start(partial(work.counted_backups, paths.catalogue_file()))

    def _show_backups(self, found: list[CountedBackup]) -> None:
        self.table.show_backups(found)
        self._pages.setCurrentWidget(self.table if found else self.no_backups)
        (self.table if found else self.empty_button).setFocus()

    @Slot()
    def _update(self) -> None:
        self.restore_button.setEnabled(self.table.chosen is not None)

    @Slot()
    def _restore(self) -> None:
        chosen = self.table.chosen
        if chosen is not None:
            self._access.restore(chosen.backup.path)
            self.accept()

    @Slot()
    def _start_empty(self) -> None:
        self._access.start_empty()
        self.accept()

    def reject(self) -> None:
        """Escape, too: go on without it."""
        self._access.go_on_without()
        super().reject()

    def done(self, result: int) -> None:
        self._slot.shutdown()
        super().done(result)
