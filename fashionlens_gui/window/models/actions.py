"""What can be done with models, as actions for buttons, keys and the menu of the list."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from fashionlens_gui.window.shell import icons

USE, IN_USE, RETRY = "Tag with this model", "Tags your photos", "Try to load it again"
_RENAME = "Give this model another name (F2)"
_DELETE = "Move to the trash of your system (Delete)"
_NOT_OWN = "For your own models only; this one came with FashionLens, or lies elsewhere"


class ModelActions:
    """Makes the actions and gives them to ``owner``, within which their keys work.

    Attributes:
        use: Let the model tag.
        rename: Give it another name.
        export: Save it as a file to hand on.
        delete: To the trash.
        take_in: Import a model file.
    """

    def __init__(self, owner: QWidget) -> None:
        self._owner = owner
        self.use = self._action("check", USE, "", "Photos are named by this model from now on (Enter)")
        self.rename = self._action("", "Rename…", "F2", _RENAME)
        self.export = self._action("export", "Export…", "Ctrl+Shift+E", "Save as one file to hand on, or as ONNX")
        self.delete = self._action("trash", "Delete", "Delete", _DELETE)
        self.take_in = self._action(
            "folder", "Import…", "Ctrl+I", "Take in a model file (.zip, .safetensors) from elsewhere (Ctrl+I)"
        )

    def connect(
        self,
        *,
        use: Callable[[], object],
        rename: Callable[[], object],
        export: Callable[[], object],
        delete: Callable[[], object],
        take_in: Callable[[], object],
    ) -> None:
        """Say what they do."""
        self.use.triggered.connect(use)
        self.rename.triggered.connect(rename)
        self.export.triggered.connect(export)
        self.delete.triggered.connect(delete)
        self.take_in.triggered.connect(take_in)

    def fit(self, *, chosen: bool, own: bool, in_use: bool, failed: bool, busy: bool) -> None:
        """Enable what can be done at the moment.

        Args:
            chosen: A model is looked at.
            own: It is the user's, not the program's.
            in_use: It tags already, or is to.
            failed: It is to tag but could not be loaded.
            busy: A model is being imported, exported, renamed or deleted.
        """
        self.use.setEnabled(chosen and (failed or not in_use))
        self.use.setText(RETRY if failed else IN_USE if in_use else USE)
        self.export.setEnabled(chosen and not busy)
        self.rename.setEnabled(chosen and own and not busy)
        self.delete.setEnabled(chosen and own and not busy)
        self.take_in.setEnabled(not busy)
        for action, tip in ((self.rename, _RENAME), (self.delete, _DELETE)):
            action.setToolTip(tip if own or not chosen else _NOT_OWN)

    def _action(self, icon: str, text: str, key: str, tip: str) -> QAction:
        action = QAction(text, self._owner)
        if icon:
            action.setIcon(icons.icon(icon, "accent_text" if text == USE else "text"))
        action.setToolTip(tip)
        if key:
            action.setShortcut(QKeySequence(key))
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self._owner.addAction(action)
        return action
