"""Import of model files, one after the other; asks for a name where one is taken."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

from fashionlens_gui.window.models import tasks
from fashionlens_gui.window.models.name_dialog import NameDialog, ask_name
from fashionlens_gui.window.models.tasks import TaskRunner
from trainer.errors import FashionLensError
from trainer.model_files.library import ModelEntry, ModelLibrary


class ModelImporter(QObject):
    """Imports files into a library.

    Args:
        tasks: Runs the imports and shows their outcomes.
        library: Receives the models.
        taken: Whether a name is in use.
        parent: Of the dialogs.

    Attributes:
        dialog: The last dialog that asked for a name.
    """

    imported = Signal(object)
    """A :class:`ModelEntry` that is new."""

    def __init__(self, tasks: TaskRunner, library: ModelLibrary, taken: Callable[[str], bool], parent: QWidget) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._library = library
        self._taken = taken
        self._window = parent
        self._waiting: list[Path] = []
        self.dialog: NameDialog | None = None
        tasks.changed.connect(self._next)

    def add(self, files: Sequence[Path]) -> None:
        if not self._tasks.busy and not self._waiting:
            self._tasks.clear()
        self._waiting += files
        self._next()

    @Slot()
    def _next(self) -> None:
        asking = self.dialog is not None and self.dialog.is_open
        if self._waiting and not (self._tasks.busy or self._tasks.closed or asking):
            self._import(self._waiting.pop(0), "")

    def _import(self, file: Path, name: str) -> None:
        self._tasks.run(
            partial(tasks.install, file, name, self._library),
            self._imported,
            partial(self._import_failed, file),
        )

    def _imported(self, entry: ModelEntry) -> None:
        self.imported.emit(entry)
        self._tasks.report("check", f"“{entry.path.stem}” is imported; it passed all checks.")

    def _import_failed(self, file: Path, error: FashionLensError) -> None:
        free = str(error.parameters["free"]) if error.code == "name_taken" else ""
        if not free or self._tasks.closed:
            self._tasks.report_error(error)
            return
        self._tasks.show_outcomes()
        self.dialog = ask_name(
            self._window,
            "Import under another name",
            f"There is a model with this name already. Choose another name for the one in {file.name}.",
            free,
            "Import",
            self._taken,
            partial(self._import, file),
        )
        self.dialog.dialog.finished.connect(self._next)
