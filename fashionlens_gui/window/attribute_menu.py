"""The menu of attributes that are shown and exported; stored in the settings."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from fashionlens_gui.settings import Settings
from trainer.taxonomy import ATTRIBUTES


class AttributeMenu(QMenu):
    """A tick for each attribute, and one for confidences in exported files.

    Args:
        settings: Stores the choices.
        changed: Called after each change; saves the settings and shows what they say.
        parent: The window.
    """

    def __init__(self, settings: Settings, changed: Callable[[], None], parent: QWidget) -> None:
        super().__init__("&Attributes", parent)
        self._settings, self._changed = settings, changed
        self.setToolTipsVisible(True)
        for name in ATTRIBUTES:
            action = self._add_check(name.capitalize(), name in settings.attributes)
            action.setToolTip(f"Show and export the {name}. Hidden values are kept.")
            action.setData(name)
            action.triggered.connect(self._switch)
        self.addSeparator()
        confidences = self._add_check("Confidences in the CSV", settings.with_confidence)
        confidences.setToolTip("A column with the confidence of each attribute, after all others.")
        confidences.triggered.connect(self._switch_confidences)

    def _add_check(self, text: str, on: bool) -> QAction:
        action = self.addAction(text)
        action.setCheckable(True)
        action.setChecked(on)
        return action

    @Slot(bool)
    def _switch(self, on: bool) -> None:
        action = self.sender()
        assert isinstance(action, QAction)
        self._settings.switch_attribute(str(action.data()), on)
        self._changed()

    @Slot(bool)
    def _switch_confidences(self, on: bool) -> None:
        self._settings.with_confidence = on
        self._changed()
