"""The active model in the status bar: its name, whether it is ready, and a menu to choose another."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QFileDialog, QToolButton, QWidget

from fashionlens_gui import paths
from fashionlens_gui.messages import sentence
from fashionlens_gui.window.shell import icons, message_box
from fashionlens_gui.window.shell.active_model import ActiveModel
from fashionlens_gui.window.shell.model_card import about_model
from fashionlens_gui.window.shell.widgets import ButtonMenu
from fashionlens_gui.window.tag.list_summary import shortened
from trainer.errors import FashionLensError
from trainer.model_files.library import SUFFIX, ModelEntry


class ModelButton(QToolButton):
    """Shows the state of an :class:`ActiveModel` and lets the user choose."""

    manage_asked = Signal()
    """The user wants to see all models in their tab."""

    def __init__(self, active_model: ActiveModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._active_model = active_model
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setAccessibleName("Model in use")
        self._choices = ButtonMenu(self)
        self._listed: tuple[ModelEntry, ...] = ()
        self._choices.setToolTipsVisible(True)
        self._choices.aboutToShow.connect(self._open_menu)
        self.setMenu(self._choices)
        active_model.loading.connect(self.show_state)
        active_model.ready.connect(self.show_state)
        active_model.failed.connect(self.show_state)
        active_model.refused.connect(self._say_refused)
        active_model.library_changed.connect(self.list_models)
        self.show_state()

    @Slot()
    def show_state(self) -> None:
        model = self._active_model
        name = shortened(model.name) or "No model"
        state, icon, colour = {
            "loading": ("getting ready…", "model", "text_muted"),
            "ready": ("ready", "model", "ok"),
            "failed": ("not loaded", "warning", "error"),
        }[model.state]
        self.setText(f"{name} · {state}" if model.name or model.state == "loading" else name)
        self.setIcon(icons.icon(icon, colour))
        self.setToolTip(sentence(model.error) if model.error else "The model in use. Click to choose another.")

    @Slot(object)
    def _say_refused(self, error: FashionLensError) -> None:
        message_box.error(self, error)

    @Slot()
    def _open_menu(self) -> None:
        """Show what was listed last, and look for models that were added or deleted since."""
        self.list_models()
        self._active_model.refresh()

    @Slot()
    def list_models(self) -> None:
        """Fill the menu with the models that were listed last."""
        if self._choices.isVisible() and self._listed == self._active_model.entries:
            return
        self._listed = self._active_model.entries
        self._choices.clear()
        group = QActionGroup(self._choices)
        for entry in self._active_model.entries:
            action = QAction(_line(entry), self._choices, checkable=True)
            action.setData(str(entry.path))
            action.setToolTip(str(entry.path))
            active = self._active_model.entry
            action.setChecked(active is not None and active.path == entry.path)
            group.addAction(action)
            self._choices.addAction(action)
        if not group.actions():
            self._choices.addAction("No models yet").setEnabled(False)
        group.triggered.connect(self._chosen)
        self._choices.addSeparator()
        self._choices.addAction(icons.icon("folder"), "Open a model file…", self._choose_file)
        self._choices.addAction(icons.icon("model"), "All models…", self.manage_asked.emit)
        about = self._choices.addAction(icons.icon("info"), "About this model…", self._show_about)
        about.setEnabled(self._active_model.entry is not None)

    @Slot(QAction)
    def _chosen(self, action: QAction) -> None:
        self._active_model.choose(str(action.data()))

    @Slot()
    def _choose_file(self) -> None:
        start = paths.reachable_folder(str(self._active_model.entry.path.parent) if self._active_model.entry else "")
        name, _ = QFileDialog.getOpenFileName(self, "Open a model file", start, f"Models (*{SUFFIX})")
        if name:
            self._active_model.choose(name)

    @Slot()
    def _show_about(self) -> None:
        entry = self._active_model.entry
        if entry is not None:
            about_model(self, entry).open()


def _line(entry: ModelEntry) -> str:
    """A line of the menu; "&" would be taken for a keyboard mark."""
    return shortened(entry.path.stem).replace("&", "&&")
