"""Rows leave the list: saved as a file or copied for a spreadsheet, and what the user is told of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

from fashionlens_gui.window.shell.notice import Notice
from fashionlens_gui.window.tag import export_work
from fashionlens_gui.window.tag.review.review import Review
from fashionlens_gui.window.tag.table.table import ResultsTable
from trainer.number_format import photos

if TYPE_CHECKING:
    from fashionlens_gui.session.session import Session
    from fashionlens_gui.settings import Settings


class ExportActions(QObject):
    """Asks where to, has ``exporter`` do it and says that it is done.

    Args:
        owner: Dialogs stand before it.
        review: Knows whether the photo in the viewer is meant.
        table: Knows which rows are selected.
        notice: Says what was saved.
        settings: What files contain, and the folder of the last one.

    Attributes:
        exporter: Does the work; sends a signal when it fails.
    """

    status = Signal(str)
    """A line for the status bar."""

    def __init__(self, owner: QWidget, review: Review, table: ResultsTable, notice: Notice, settings: Settings) -> None:
        super().__init__(owner)
        self._owner, self._review, self._table = owner, review, table
        self._notice, self._settings = notice, settings
        self._session: Session | None = None
        self.exporter = export_work.Exporter(self)
        self.exporter.exported.connect(self._exported)
        self.exporter.copied.connect(self._copied)

    def use(self, session: Session) -> None:
        """The session is open."""
        self._session = session

    @Slot()
    def export(self) -> None:
        """Save all rows in a file that the user names."""
        if self._session is None or not self._session.rows:
            return
        target = export_work.ask_where(self._owner, self._settings)
        if target is not None:
            self.exporter.export(self._session.rows, target, export_work.options_of(self._settings))

    @Slot()
    def copy(self) -> None:
        """Copy the photo in the viewer, or the selected rows."""
        rows = [self._table.current_row()] if self._review.viewing else self._table.selected_rows()
        if self._session is not None and rows:
            self.exporter.copy([self._session.rows[row] for row in rows], export_work.options_of(self._settings))

    @Slot(object, int)
    def _exported(self, target: Path, count: int) -> None:
        offers = [("Show in folder", lambda: export_work.show_in_folder(target))]
        self._notice.say("check", f"{photos(count)} saved in {target.name}.", offers)

    @Slot(int)
    def _copied(self, count: int) -> None:
        self.status.emit(f"Copied {'1 row' if count == 1 else f'{count:,} rows'}. Paste them into a spreadsheet.")
