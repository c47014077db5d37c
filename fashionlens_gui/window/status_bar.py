"""The status bar of the main window: a line of text, that everything stays here, and the model."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QStatusBar, QToolButton, QWidget

from fashionlens_gui.window.shell import icons, theme


def fill_status_bar(bar: QStatusBar, show_about: Callable[[], object], model_button: QWidget) -> QLabel:
    """Fill the bar of a window; returns the label for its text.

    Args:
        bar: Empty.
        show_about: Called when the user asks what “Everything stays on this computer” means.
        model_button: At the right.
    """
    bar.setSizeGripEnabled(False)
    bar.setContentsMargins(theme.SPACE, 0, theme.SPACE, 0)
    status = QLabel()
    status.setTextFormat(Qt.TextFormat.PlainText)
    status.setProperty("role", "muted")
    status.setIndent(theme.SPACE - 2)  # in line with the views above
    status.setMinimumWidth(1)  # a long sentence is cut rather than widening the window
    here = QToolButton()
    here.setText("Everything stays on this computer")
    here.setIcon(icons.icon("lock", "text_muted"))
    here.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    here.setToolTip("No photo, name or figure is sent anywhere.")
    here.clicked.connect(show_about)
    bar.addWidget(status, 1)
    bar.addPermanentWidget(here)
    bar.addPermanentWidget(model_button)
    return status
