"""The menu bar, and its menu of attributes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QUrl, Slot
from PySide6.QtGui import QAction, QActionGroup, QDesktopServices, QKeySequence, QShortcut
from PySide6.QtWidgets import QMainWindow, QMenu, QWidget

from fashionlens_gui import paths
from fashionlens_gui.settings import Settings, Theme
from fashionlens_gui.window.shell import about, icons
from fashionlens_gui.window.shell.keys import NEXT_VIEW, PREVIOUS_VIEW, delete_keys, native, standard_keys
from trainer.taxonomy import ATTRIBUTES

_THEMES = (("system", "Like the system"), ("light", "Light"), ("dark", "Dark"))


def _keys_of_the_window() -> tuple[tuple[str, str], ...]:
    delete = delete_keys()[0].toString(QKeySequence.SequenceFormat.NativeText)
    return (
        ("Next, previous view", f"{native(NEXT_VIEW)}, {native(PREVIOUS_VIEW)}"),
        ("Move between controls", "Tab, Shift+Tab"),
        ("Selected photos: accept", native("Ctrl+Return")),
        ("Selected photos: set an attribute", "F3"),
        ("Selected photos: forget", delete),
        ("Photo: choose, accept", "1–9, Enter"),
        ("Photo: search a category", "letters, F2 or /"),
        ("Group: mark, confirm, set", "Space, Enter, 1–9"),
        ("Photo: what the model looked at", "?"),
        ("Model: tag with it, rename, delete", f"Enter, F2, {delete}"),
        ("Model: import, export", f"{native('Ctrl+I')}, {native('Ctrl+Shift+E')}"),
    )


class Menus:
    """Builds the menus of a window.

    Args:
        window: Whose menu bar to fill.
        file_actions: At the top of File, Quit follows.
        edit_actions: Edit.
        photo_actions: Photos.
        product_actions: Products.
        view_actions: At the top of View.
        sidebar: Shows and hides the sidebar of the Tag tab, for View.
        attributes: The menu of attributes, for View.
        theme: The theme in use: "system", "light" or "dark".
        choose_theme: Called with the chosen theme.
        leave: Ends the program.
    """

    def __init__(
        self,
        window: QMainWindow,
        *,
        file_actions: Sequence[QAction],
        edit_actions: Sequence[QAction],
        photo_actions: Sequence[QAction],
        product_actions: Sequence[QAction],
        view_actions: Sequence[QAction],
        sidebar: QAction,
        attributes: QMenu,
        theme: str,
        choose_theme: Callable[[Theme], None],
        leave: Callable[[], object],
    ) -> None:
        self._window = window
        self._choose_theme = choose_theme
        bar = window.menuBar()
        file_menu = bar.addMenu("&File")
        file_menu.addActions(file_actions)
        file_menu.addSeparator()
        quit_action = file_menu.addAction(icons.icon("close"), "&Quit", leave)
        quit_action.setShortcuts(standard_keys(QKeySequence.StandardKey.Quit, "Ctrl+Q"))
        quit_action.setMenuRole(QAction.MenuRole.QuitRole)
        bar.addMenu("&Edit").addActions(edit_actions)
        photo_menu = bar.addMenu("&Photos")
        photo_menu.addActions(photo_actions)
        photo_menu.setToolTipsVisible(True)  # they say why something cannot be done
        bar.addMenu("&Products").addActions(product_actions)
        view_menu = bar.addMenu("&View")
        view_menu.addActions(view_actions)
        view_menu.addSeparator()
        view_menu.addAction(sidebar)
        view_menu.addMenu(attributes)
        view_menu.addSeparator()
        self._add_themes(view_menu, theme)
        help_menu = bar.addMenu("&Help")
        keys = help_menu.addAction(icons.icon("info"), "&Keyboard shortcuts", self._show_shortcuts)
        keys.setShortcut(QKeySequence("F1"))
        help_menu.addAction(icons.icon("folder"), "Open &log folder", self._open_log_folder)
        help_menu.addSeparator()
        about_action = help_menu.addAction(icons.icon("logo"), "&About FashionLens", self.show_about)
        about_action.setMenuRole(QAction.MenuRole.AboutRole)
        # By what they are called now: later their texts also say what would be undone or how many photos wait.
        self._named = [
            (action.text().replace("&", "").rstrip("…"), action)
            for each in (
                file_actions,
                edit_actions,
                photo_actions,
                product_actions,
                view_actions,
                (sidebar, quit_action, keys),
            )
            for action in each
        ]

    def _add_themes(self, menu: QMenu, theme: str) -> None:
        group = QActionGroup(menu)
        for choice, text in _THEMES:
            action = menu.addAction(text)
            action.setCheckable(True)
            action.setChecked(choice == theme)
            action.setData(choice)
            group.addAction(action)
        group.triggered.connect(self._theme_chosen)

    def _theme_chosen(self, action: QAction) -> None:
        self._choose_theme(action.data())

    def show_about(self) -> None:
        about.about(self._window).open()

    def _show_shortcuts(self) -> None:
        about.shortcuts(self._window, self._named, _keys_of_the_window()).open()

    def _open_log_folder(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(paths.log_file().parent)))


def view_actions(
    window: QMainWindow, tabs: Sequence[tuple[str, str]], choose: Callable[[int], object], step: Callable[[int], object]
) -> list[QAction]:
    """The actions that show a tab, by Ctrl and its number, and the keys for the next and the previous one.

    Args:
        window: In which the keys work.
        tabs: Name and icon of each.
        choose: Called with the index of a tab.
        step: Called with 1 and -1.
    """
    actions = []
    for place, (name, icon) in enumerate(tabs):
        action = QAction(icons.icon(icon), name, window)
        action.setShortcut(QKeySequence(f"Ctrl+{place + 1}"))
        action.triggered.connect(lambda _checked=False, place=place: choose(place))
        actions.append(action)
    for keys, by in ((NEXT_VIEW, 1), (PREVIOUS_VIEW, -1)):
        shortcut = QShortcut(window)
        shortcut.setKeys(QKeySequence.keyBindings(keys))
        shortcut.activated.connect(lambda by=by: step(by))
    return actions


class AttributeMenu(QMenu):
    """A tick for each attribute.

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
