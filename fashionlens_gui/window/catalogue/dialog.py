"""The dialog “Catalogue”: where it is and what it has, its backups, checking it, merging another person's."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtWidgets import QDialog, QFileDialog, QGridLayout, QLabel, QWidget

from fashionlens_gui.messages import sentence
from fashionlens_gui.messages.catalogue import size_text
from fashionlens_gui.messages.progress import progress_text
from fashionlens_gui.tagging.tag import printable
from fashionlens_gui.window.catalogue import work
from fashionlens_gui.window.catalogue.backup_table import BackupTable, full_time
from fashionlens_gui.window.catalogue.merge_dialog import MergeDialog
from fashionlens_gui.window.shell import layouts, message_box, theme
from fashionlens_gui.window.shell.catalogue_access import CatalogueAccess
from fashionlens_gui.window.shell.notice import Notice
from fashionlens_gui.window.shell.widgets import ThinProgressBar
from fashionlens_gui.window.shell.workers import WorkerSlot
from trainer.control import ProgressEvent, WorkControl
from trainer.errors import FashionLensError
from trainer.number_format import number, photos

if TYPE_CHECKING:
    from fashionlens_gui.catalogue.catalogue import Catalogue, Changes
    from fashionlens_gui.catalogue.upkeep.merge import MergePreview

_SIZE = QSize(92 * theme.SPACE, 68 * theme.SPACE)


class CatalogueDialog(QDialog):
    """Deleted when it is closed.

    Args:
        access: The catalogue; open.
        is_tagging: Whether photos are being tagged, during which no backup is restored.
        parent: The window.
    """

    copied = Signal(object)
    """A ProgressEvent of a backup, from the worker."""

    def __init__(self, access: CatalogueAccess, is_tagging: Callable[[], bool], parent: QWidget) -> None:
        super().__init__(parent)
        self._access, self._is_tagging = access, is_tagging
        self._closed = False
        self._slot = WorkerSlot[None, Any]("working on the catalogue", self, on_error=self._failed, on_end=self._update)
        self._facts_slot = WorkerSlot[None, work.Facts](
            "reading the figures of the catalogue",
            self,
            mode="latest",
            on_result=self._show_facts,
            on_error=self._failed,
        )
        self.merge_dialog: MergeDialog | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Catalogue")
        self._build()
        self._connect()
        self.resize(_SIZE)
        self._read()

    # -- building -----------------------------------------------------------------------------------------------------
    def _build(self) -> None:
        self.notice = Notice()
        self.progress = ThinProgressBar()
        self._step = QLabel()
        self.cancel_button = theme.quiet_button("Cancel", "stop")
        self._work = QWidget()
        bar = layouts.column(self._step, self.progress, spacing=0.5)
        layouts.row((bar, 1), self.cancel_button, parent=self._work, spacing=2)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(3 * theme.SPACE)
        self._grid.setVerticalSpacing(theme.SPACE // 2)
        self._grid.setColumnStretch(1, 1)
        self.facts: dict[str, QLabel] = {}
        for row, name in enumerate(("File", "Photos", "Set by people", "Imports", "Size")):
            label = theme.plain("")
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            label.setAccessibleName(name)
            self.facts[name] = label
            self._grid.addWidget(theme.muted(name), row, 0, Qt.AlignmentFlag.AlignTop)
            self._grid.addWidget(label, row, 1)
        self.table = BackupTable()
        self.backup_button = theme.quiet_button("Back up now", "save")
        self.restore_button = theme.quiet_button("Restore…", "undo")
        self.check_button = theme.quiet_button("Check the file", "check")
        self.merge_button = theme.quiet_button("Merge another person's file…", "folder")
        self.close_button = theme.quiet_button("Close")
        backups = layouts.row(theme.heading("Backups"), layouts.FILL, self.backup_button, self.restore_button)
        layouts.column(
            theme.title("Catalogue"),
            self.notice,
            self._grid,
            backups,
            (self.table, 1),
            self._work,
            layouts.row(self.merge_button, self.check_button, layouts.FILL, self.close_button),
            parent=self,
            spacing=2,
            margins=3,
        )
        self._work.hide()

    def _connect(self) -> None:
        self.backup_button.clicked.connect(self._back_up)
        self.restore_button.clicked.connect(self._restore)
        self.check_button.clicked.connect(self._check)
        self.merge_button.clicked.connect(self._choose_merge)
        self.cancel_button.clicked.connect(self._slot.stop)
        self.close_button.clicked.connect(self.reject)
        self.table.chosen_changed.connect(self._update)
        self.copied.connect(self._show_progress, Qt.ConnectionType.QueuedConnection)
        self._access.opened.connect(self._read)
        self._access.closing.connect(self._update)
        self._access.failed.connect(self._access_failed)

    # -- figures ------------------------------------------------------------------------------------------------------
    @Slot()
    def _read(self, *_: object) -> None:
        catalogue = self._access.catalogue
        if catalogue is not None:
            self._facts_slot.start(partial(work.facts, catalogue))
        self._update()

    def _show_facts(self, found: work.Facts) -> None:
        figures, catalogue = found.statistics, self._access.catalogue
        review = figures.statuses.get("needs review", 0)
        more = [f"{number(review)} need review"] if review else []
        more += [f"{number(figures.gone)} no longer where they were"] if figures.gone else []
        details = f" ({', '.join(more)})" if more else ""
        unfinished = f", {number(figures.unfinished)} unfinished" if figures.unfinished else ""
        texts = {
            "File": "" if catalogue is None else printable(str(catalogue.file)),
            "Photos": f"{number(figures.photos)}{details}",
            "Set by people": f"{number(figures.corrected)} corrected, {number(figures.confirmed)} confirmed",
            "Imports": f"{number(found.imports)}{unfinished}",
            "Size": size_text(figures.bytes),
        }
        for name, text in texts.items():
            self.facts[name].setText(text)
        self.table.show_backups(found.backups)
        self._update()

    @Slot()
    def _update(self) -> None:
        access, busy = self._access, self._slot.busy
        there = access.catalogue is not None and not busy
        self._work.setVisible(busy)
        for button in (self.backup_button, self.check_button):
            button.setEnabled(there and not access.temporary)
        why = ""
        if access.read_only:
            why = "Somebody else has the catalogue open." if access.writer else "The catalogue can only be read."
        elif access.temporary:
            why = "This catalogue is not kept."
        elif self._is_tagging():
            why = "Photos are being tagged. Wait until they are, or cancel it."
        self.merge_button.setEnabled(there and access.writable)
        self.restore_button.setEnabled(there and not why and self.table.chosen is not None)
        self.merge_button.setToolTip(why if not access.writable else "Take over what another person set")
        self.restore_button.setToolTip(why or "Put the selected backup in the place of the catalogue")

    # -- work ---------------------------------------------------------------------------------------------------------
    def _run(self, step: str, function: Callable[[WorkControl], Any], show: Callable[[Any], object]) -> None:
        self.notice.dismiss()
        self._show_progress(ProgressEvent(step, 0, 0))
        self._slot.start(function, lambda result: None if self._closed else show(result))
        self._update()
        self.cancel_button.setFocus()

    @Slot(object)
    def _show_progress(self, event: ProgressEvent) -> None:
        count = f": {size_text(event.done)} of {size_text(event.total)}" if event.total else "…"
        self._step.setText(f"{progress_text(event)}{count}")
        self.progress.show_progress(event.done, event.total)

    @Slot()
    def _back_up(self) -> None:
        catalogue = self._access.catalogue
        if catalogue is not None:
            self._run("backing_up", partial(work.back_up, catalogue, self.copied.emit), self._backed_up)

    def _backed_up(self, made: Path) -> None:
        self.notice.show_message("check", f"Saved as {printable(made.name)} in {printable(str(made.parent))}.")
        self._read()

    @Slot()
    def _check(self) -> None:
        catalogue = self._access.catalogue
        if catalogue is not None:
            self._run("checking_catalogue", partial(work.check, catalogue), self._checked)

    def _checked(self, _result: None) -> None:
        self.notice.show_message("check", "The file is in order.")

    @Slot()
    def _restore(self) -> None:
        chosen = self.table.chosen
        if chosen is None or chosen.photos is None:
            return
        question = (
            f"Restore the catalogue of {full_time(chosen.backup.time)} with {photos(chosen.photos)}?\n\nWhat was "
            "changed since is not in it. The present file is kept in the list of backups, so you can go back to it."
        )
        if message_box.ask(self, question, "Restore", "Cancel"):
            self._access.restore(chosen.backup.path)
            self.notice.show_message("info", "Restoring…", closable=False)
            self._access.opened.connect(self._restored, Qt.ConnectionType.SingleShotConnection)

    @Slot()
    def _restored(self, *_: object) -> None:
        if self._access.writable:
            self.notice.show_message("check", "The backup is restored.")

    # -- merging ------------------------------------------------------------------------------------------------------
    @Slot()
    def _choose_merge(self) -> None:
        chosen, _ = QFileDialog.getOpenFileName(self, "Another person's catalogue", "", "Catalogues (*.sqlite)")
        if chosen:
            self.merge(Path(chosen))

    def merge(self, other: Path) -> None:
        """Compare with another person's catalogue, then ask what to do."""
        catalogue = self._access.catalogue
        if catalogue is not None:
            self._run("merging", partial(work.compare, catalogue, other), partial(self._ask, other))

    def _ask(self, other: Path, found: MergePreview) -> None:
        self.merge_dialog = MergeDialog(printable(other.name), found, self)
        self.merge_dialog.agreed.connect(partial(self._merge, other))
        self.merge_dialog.open()

    def _merge(self, other: Path, theirs: set[tuple[str, str]]) -> None:
        from fashionlens_gui.catalogue.upkeep.merge import merge

        def run(catalogue: Catalogue) -> Changes:
            return merge(catalogue, other, theirs).changes

        self.notice.show_message("info", "Merging…", closable=False)
        self._access.perform(run, self._merged)

    def _merged(self, changes: Changes) -> None:
        if not self._closed:
            text = f"{photos(len(changes.ids))} changed. Undo takes it back." if changes else "Nothing changed."
            self.notice.show_message("check", text)
            self._read()

    # -- errors, end --------------------------------------------------------------------------------------------------
    def _failed(self, error: FashionLensError) -> None:
        if not self._closed and error.code != "catalogue_not_open":
            self.notice.show_message("error", sentence(error))

    @Slot(object)
    def _access_failed(self, error: FashionLensError) -> None:
        self._failed(error)
        self._update()

    @property
    def busy(self) -> bool:
        return self._slot.busy or self._facts_slot.busy or self._access.busy

    def done(self, result: int) -> None:
        self.shutdown()
        super().done(result)

    def shutdown(self) -> None:
        """Stop work that can be repeated."""
        self._closed = True
        self._slot.shutdown(30_000)
        self._facts_slot.shutdown(30_000)
