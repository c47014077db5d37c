"""Widgets that several tabs use."""

from __future__ import annotations

from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from fashionlens_gui.window.shell import layouts
from fashionlens_gui.window.shell.widgets import ButtonMenu


def test_the_menu_of_a_button_at_the_edge_opens_inside_the_window(qtbot: QtBot) -> None:
    window, button = QWidget(), QPushButton("Save")
    qtbot.addWidget(window)
    layouts.row(layouts.FILL, button, parent=window)
    menu = ButtonMenu(button)
    menu.addAction("A line that is much longer than the button")
    button.setMenu(menu)
    window.setGeometry(50, 50, 400, 200)  # there is room beside it on the screen
    with qtbot.waitExposed(window):
        window.show()
    button.showMenu()
    qtbot.waitUntil(menu.isVisible, timeout=3_000)
    opened, inside = menu.geometry(), window.geometry()
    menu.close()
    assert inside.left() <= opened.left() < opened.right() <= inside.right()
