"""Actions on models, for buttons, shortcuts and the context menu."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from fashionlens_gui.window.shell import icons
from fashionlens_gui.window.shell.keys import delete_keys, native

USE, IN_USE, RETRY = "Tag with this model", "In use", "Load again"
_RENAME = "Rename this model (F2)"
_DELETE = "Move to the trash of your system"
_NOT_OWN = "For your own models only"


class ModelActions:
    """Adds the actions to ``owner``, within which their shortcuts work.

    Attributes:
        use: Use the model for tagging.
        rename: Give it another name.
        export: Save it as a file for another computer.
        delete: Move it to the trash.
        import_: Import a model file.
    """

    def __init__(self, owner: QWidget) -> None:
        self._owner = owner
        self.use = self._action("check", USE, "", "Use this model for tagging (Enter)")
        self.rename = self._action("", "Rename…", "F2", _RENAME)
        self.export = self._action(
            "export", "Export…", "Ctrl+Shift+E", "Save as one file for another computer, or as ONNX"
        )
        self.delete = self._action("trash", "Delete", "", _DELETE)
        self.delete.setShortcuts(delete_keys())
        self.delete.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        import_tip = f"Add a model file, .zip or .safetensors ({native('Ctrl+I')})"
        self.import_ = self._action("folder", "Import…", "Ctrl+I", import_tip)

    def update(self, *, chosen: bool, own: bool, in_use: bool, failed: bool, busy: bool) -> None:
        """Enable the actions that are possible now.

        Args:
            chosen: A model is selected.
            own: It is in the user's models folder.
            in_use: It is the model in use.
            failed: It is the model in use and could not be loaded.
            busy: A model is being imported, exported, renamed or deleted.
        """
        self.use.setEnabled(chosen and (failed or not in_use))
        self.use.setText(RETRY if failed else IN_USE if in_use else USE)
        self.export.setEnabled(chosen and not busy)
        self.rename.setEnabled(chosen and own and not busy)
        self.delete.setEnabled(chosen and own and not busy)
        self.import_.setEnabled(not busy)
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
