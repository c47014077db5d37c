"""The Models tab: show models, choose the one in use, rename, export, import, delete."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QPoint, Qt, Slot
from PySide6.QtGui import QPalette, QShowEvent
from PySide6.QtWidgets import QFileDialog, QMenu, QSplitter, QWidget

from fashionlens_gui import paths
from fashionlens_gui.model_choice import best_of, is_bundled, is_own
from fashionlens_gui.settings import Settings
from fashionlens_gui.window.models import tasks
from fashionlens_gui.window.models.actions import ModelActions
from fashionlens_gui.window.models.details import ModelDetails
from fashionlens_gui.window.models.importer import ModelImporter
from fashionlens_gui.window.models.model_list import ModelList
from fashionlens_gui.window.models.name_dialog import NameDialog, ask_name
from fashionlens_gui.window.models.tasks import TaskRunner
from fashionlens_gui.window.shell import layouts, message_box, theme
from fashionlens_gui.window.shell.active_model import ActiveModel
from fashionlens_gui.window.shell.notice import Notice
from fashionlens_gui.window.shell.widgets import follow_action
from trainer.errors import ModelFileError
from trainer.model_files import names
from trainer.model_files.library import SUFFIX, ModelEntry

_LIST_WIDTH = 45 * theme.SPACE
_ZIP, _ONNX = "Model of FashionLens (*.zip)", f"ONNX, for other programs (*{tasks.ONNX_SUFFIX})"


class ModelsPanel(QWidget):
    """The list and the details of one model; long tasks run in a worker's thread, one at a time."""

    def __init__(self, active_model: ActiveModel, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._active_model = active_model
        self._settings = settings
        self._wanted: Path | None = None
        self._was_in_use: Path | None = None
        self.dialog: NameDialog | None = None
        self.actions_ = ModelActions(self)
        self.notice = Notice()
        self._tasks = TaskRunner(self.notice, self)
        self.importing = ModelImporter(self._tasks, active_model.library, self._taken, self)
        self.list = ModelList()
        self.details = ModelDetails(
            self.actions_.use, (self.actions_.rename, self.actions_.export, self.actions_.delete)
        )
        self._build()
        self.actions_.use.triggered.connect(self.use)
        self.actions_.rename.triggered.connect(self.rename)
        self.actions_.export.triggered.connect(self.export)
        self.actions_.delete.triggered.connect(self.delete)
        self.actions_.import_.triggered.connect(self.choose_files)
        self._tasks.changed.connect(self._update_actions)
        self.importing.imported.connect(self._imported)
        self.list.chosen.connect(self._show_chosen)
        self.list.use_asked.connect(self.use)
        self.list.customContextMenuRequested.connect(self._open_menu)
        for change in (
            active_model.library_changed, active_model.loading, active_model.ready, active_model.failed
        ):  # fmt: skip
            change.connect(self.refresh)
        self.refresh()
        active_model.refresh()

    def _build(self) -> None:
        import_button = follow_action(theme.quiet_button("", "folder"), self.actions_.import_)
        left = QWidget()
        left.setBackgroundRole(QPalette.ColorRole.Base)
        left.setAutoFillBackground(True)
        row = layouts.row((import_button, 1), spacing=None, margins=(2, 1, 2, 0))
        layouts.column((self.list, 1), row, parent=left, spacing=None, margins=(0, 1, 0, 2))
        nothing = theme.muted(
            "There is no model yet, so photos cannot be tagged. Train one in the Train tab, or import a model file."
        )
        nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._pages = layouts.pages(self.details, nothing)
        right = QWidget()
        layouts.column(self.notice, (self._pages, 1), parent=right, spacing=2, margins=(3, 2, 2, 2))
        split = QSplitter()
        split.setChildrenCollapsible(False)
        split.addWidget(left)
        split.addWidget(right)
        split.setSizes([_LIST_WIDTH, 3 * _LIST_WIDTH])
        split.setStretchFactor(0, 0)
        split.setStretchFactor(1, 1)
        layouts.column(split, parent=self)
        self.setFocusProxy(self.list)

    # -- what the window asks -----------------------------------------------------------------------------------------

    def close_question(self) -> str | None:
        """Nothing is lost by closing: files are whole or absent."""
        return None

    def shutdown(self) -> None:
        """Let the running task end; it takes seconds, and files are whole or absent."""
        self._tasks.shutdown()

    @Slot()
    def refresh(self, *_: Any) -> None:
        """Show the models that were listed last; the selection stays, or goes to the first one in use that is known."""
        chosen, in_use = self.list.entry, self._in_use()
        keep = chosen.path if chosen is not None and self._was_in_use is not None else None
        self._was_in_use = in_use
        entries = list(self._active_model.entries)
        if self._active_model.entry is not None and in_use not in [entry.path for entry in entries]:
            entries.append(self._active_model.entry)  # opened outside the library
        self.list.show_models(entries, in_use, self._wanted or keep, self._settings.evaluations)
        if self._wanted in [entry.path for entry in entries]:
            self._wanted = None

    def showEvent(self, event: QShowEvent) -> None:
        """Models may have been tested in Results meanwhile."""
        super().showEvent(event)
        self.refresh()

    def import_files(self, files: Sequence[Path]) -> None:
        """Import model files, one after the other; the notice shows the outcome of each."""
        self.importing.add(files)

    # -- what the user does -------------------------------------------------------------------------------------------

    @Slot()
    def use(self) -> None:
        entry = self.list.entry
        if entry is not None and (entry.path != self._in_use() or self._has_failed(entry)):
            named = entry.path in [each.path for each in self._active_model.entries]
            self._active_model.choose(entry.path.stem if named else str(entry.path))

    @Slot()
    def rename(self) -> None:
        entry = self.list.entry
        if entry is None or not is_own(entry) or self._tasks.busy:
            return
        own = entry.path.stem

        def taken(name: str) -> bool:
            return name.casefold() != own.casefold() and self._taken(name)

        self.dialog = ask_name(
            self,
            "Rename this model",
            "Lists, reports and the command line show the model under this name.",
            own,
            "Rename",
            taken,
            partial(self._rename_to, entry),
        )

    def _rename_to(self, entry: ModelEntry, name: str) -> None:
        in_use = entry.path == self._in_use()
        self._tasks.clear()
        self._tasks.run(
            partial(tasks.rename, entry, name, self._active_model.library),
            partial(self._renamed, entry.path, in_use),
        )

    def _renamed(self, before: Path, in_use: bool, entry: ModelEntry) -> None:
        if self._tasks.closed:  # nothing is loaded any more; the next start loads the renamed model
            self._settings.model = entry.path.stem if in_use else self._settings.model
            return
        self._wanted = entry.path
        if in_use:
            self._active_model.choose(entry.path.stem)
        self._active_model.renamed.emit(before, entry.path)
        self._active_model.refresh()
        self._tasks.report("check", f"The model is renamed to “{entry.path.stem}”.")

    @Slot()
    def export(self) -> None:
        entry = self.list.entry
        if entry is None or self._tasks.busy:
            return
        start = Path(paths.reachable_folder(self._settings.last_folder) or Path.home()) / f"{entry.path.stem}.zip"
        name, kind = QFileDialog.getSaveFileName(self, "Export this model", str(start), f"{_ZIP};;{_ONNX}")
        if name:
            suffix = tasks.ONNX_SUFFIX if kind == _ONNX else ".zip"
            target = Path(name)
            self.export_to(target if target.suffix.casefold() == suffix else target.with_name(target.name + suffix))

    def export_to(self, target: Path) -> None:
        """Write the selected model to ``target``: a package, or ONNX by its suffix."""
        entry = self.list.entry
        if entry is not None:
            self._tasks.clear()
            self._tasks.run(partial(tasks.export, entry, target), partial(self._tasks.report, "check"))

    @Slot()
    def delete(self) -> None:
        """Move the selected model to the trash; asks first when it is in use."""
        entry = self.list.entry
        if entry is None or not is_own(entry) or self._tasks.busy:
            return
        in_use = entry.path == self._in_use()
        question = (
            f"“{entry.path.stem}” is in use for tagging. Move it to the trash? FashionLens then uses the best model "
            "that is left."
        )
        if in_use and not message_box.ask(self, question, "Move to the trash", "Keep it"):
            return
        self._tasks.clear()
        self._tasks.run(partial(tasks.delete, entry), partial(self._deleted, entry.path, in_use))

    def _deleted(self, path: Path, in_use: bool, sentence: str) -> None:
        if in_use and not self._tasks.closed:
            left = [each for each in self._active_model.entries if each.path != path]
            try:
                self._active_model.choose(best_of(left, self._active_model.library.folders[0]).path.stem)
            except ModelFileError:  # it was the last one
                self._active_model.begin()
        self._active_model.refresh()
        self._tasks.report("check", sentence)

    @Slot()
    def choose_files(self) -> None:
        files, _ = QFileDialog.getOpenFileNames(
            self, "Import models", paths.reachable_folder(self._settings.last_folder), f"Models (*.zip *{SUFFIX})"
        )
        self.import_files([Path(file) for file in files])

    @Slot(object)
    def _imported(self, entry: ModelEntry) -> None:
        self._wanted = entry.path
        self._active_model.refresh()
        self.list.setFocus()

    # -- showing ------------------------------------------------------------------------------------------------------

    @Slot()
    def _show_chosen(self) -> None:
        entry = self.list.entry
        self._pages.setCurrentIndex(0 if entry is not None else 1)
        if entry is not None:
            self.details.show_model(entry, self._state_of(entry))
        self._update_actions()

    def _update_actions(self) -> None:
        entry = self.list.entry
        self.actions_.update(
            chosen=entry is not None,
            own=entry is not None and is_own(entry),
            in_use=entry is not None and entry.path == self._in_use(),
            failed=entry is not None and self._has_failed(entry),
            busy=self._tasks.busy,
        )

    def _state_of(self, entry: ModelEntry) -> str:
        elsewhere = f"In {entry.path.parent}"
        whose = "Your model" if is_own(entry) else "Bundled with FashionLens" if is_bundled(entry) else elsewhere
        if entry.path != self._in_use():
            return f"{whose}."
        state = {
            "loading": ", being loaded",
            "ready": ", in use",
            "failed": ", could not be loaded",
        }
        return f"{whose}{state[self._active_model.state]}."

    @Slot(QPoint)
    def _open_menu(self, where: QPoint) -> None:
        if self.list.itemAt(where) is None or self.list.entry is None:
            return
        acts = self.actions_
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addActions([acts.use, acts.rename, acts.export])
        menu.addSeparator()
        menu.addAction(acts.delete)
        menu.popup(self.list.viewport().mapToGlobal(where))

    def _has_failed(self, entry: ModelEntry) -> bool:
        """Whether it is the model in use, and could not be loaded."""
        return self._active_model.state == "failed" and entry.path == self._in_use()

    def _in_use(self) -> Path | None:
        entry = self._active_model.entry
        return entry.path if entry is not None else None

    def _taken(self, name: str) -> bool:
        return names.is_taken(name, self._active_model.library.folders)
