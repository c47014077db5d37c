"""The exports of the past, each of which can be written again as it was."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Slot
from PySide6.QtWidgets import QWidget

from fashionlens_gui.catalogue.catalogue import Catalogue
from fashionlens_gui.messages import sentence
from fashionlens_gui.shops import history
from fashionlens_gui.shops.history import Export
from fashionlens_gui.window.shell import file_choice, layouts, theme
from fashionlens_gui.window.shell.catalogue_access import CatalogueAccess
from fashionlens_gui.window.shops import export_work
from fashionlens_gui.window.shops.profile_names import profile_title
from fashionlens_gui.window.shops.text_table import TextTable
from fashionlens_gui.window.shops.work_dialog import WorkDialog
from trainer.control import WorkControl
from trainer.errors import SaveError
from trainer.number_format import day_of, number

if TYPE_CHECKING:
    from fashionlens_gui.settings import Settings

_SIZE = QSize(100 * theme.SPACE, 56 * theme.SPACE)
_COLUMNS = ("Time", "Profile", "Kind", "Products", "By", "File")
_KINDS = {"new": "New products", "update": "Update"}


class HistoryDialog(WorkDialog):
    """The table of exports, the latest first, and “Repeat”.

    Args:
        access: The catalogue.
        settings: The folder of the last file dialog.
        parent: The window.
    """

    def __init__(self, access: CatalogueAccess, settings: Settings, parent: QWidget) -> None:
        super().__init__("History of exports", access, parent)
        self._settings = settings
        self._exports: list[Export] = []
        self.table = TextTable("Exports", stretched=5)
        self.empty = theme.muted("Nothing was exported yet.")
        self.repeat_button = theme.primary_button("Repeat…", "save")
        self.repeat_button.setToolTip("Write the file again, with the rows as they were then")
        close = theme.quiet_button("Close")
        layouts.column(
            self.notice, self.empty, (self.table, 1), self.work,
            layouts.row(layouts.FILL, close, self.repeat_button),
            parent=self, spacing=2, margins=3,
        )  # fmt: skip
        close.clicked.connect(self.reject)
        self.repeat_button.clicked.connect(self._repeat)
        self.table.opened.connect(self._repeat)
        self.table.selectionModel().selectionChanged.connect(self.update_buttons)
        self.resize_within(_SIZE)
        catalogue = access.catalogue
        if catalogue is not None:
            self.run(partial(_read, catalogue), self._show)

    def _show(self, found: list[Export]) -> None:
        self._exports = found
        rows = [
            (
                _time(each.when),
                profile_title(each.profile),
                _KINDS.get(each.mode, each.mode),
                number(each.products),
                each.who,
                each.file,
            )
            for each in found
        ]
        self.table.show_rows(_COLUMNS, rows)
        self.table.setVisible(bool(found))
        self.empty.setVisible(not found)
        if found:
            self.table.selectRow(0)
        self.update_buttons()

    @Slot()
    def update_buttons(self, *_: object) -> None:
        self.repeat_button.setEnabled(self.table.current >= 0 and not self.busy)

    @Slot()
    def _repeat(self, *_: object) -> None:
        if self.table.current < 0:
            return
        export = self._exports[self.table.current]
        file = Path(export.file)
        name = f"{file.stem} {export.when[:10]}{file.suffix}"
        target = file_choice.save_file(self, self._settings, "Repeat an export", name, f"Export (*{file.suffix})")
        catalogue = self._access.catalogue
        if target is not None and catalogue is not None:
            self.run(partial(export_work.write_again, catalogue, export.id, target), self._report, "starting")

    def _report(self, result: tuple[Path, SaveError | None]) -> None:
        file, problem = result
        show = [("Show in folder", lambda: file_choice.show_in_folder(file))]
        if problem is None:
            self.notice.show_message("check", f"Saved again as {file.name}.", show)
        else:
            self.notice.show_message("warning", sentence(problem), show)


def _time(when: str) -> str:
    """Such as ``1 December 2026, 17:29``, by this computer's clock."""
    return f"{day_of(when)}, {datetime.fromisoformat(when).astimezone():%H:%M}"


def _read(catalogue: Catalogue, _control: WorkControl) -> list[Export]:
    return history.exports(catalogue)
