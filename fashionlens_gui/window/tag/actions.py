"""The actions of the Tag tab, for buttons, menus and the menu bar."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QPushButton, QWidget

from fashionlens_gui.messages.photos import operation_text
from fashionlens_gui.window.shell import icons, theme
from fashionlens_gui.window.shell.widgets import follow_action
from fashionlens_gui.window.tag.corrections import Corrections
from fashionlens_gui.window.tag.list_summary import shortened
from trainer.number_format import photos

if TYPE_CHECKING:
    from fashionlens_gui.catalogue.operation_log import Operation
    from fashionlens_gui.window.shell.catalogue_access import CatalogueAccess

_LONGEST_NAME = 20


class TagActions:
    """The actions; their owner connects ``triggered``.

    Args:
        owner: The shortcuts work in its window.
    """

    def __init__(self, owner: QWidget) -> None:
        self._owner = owner
        key = QKeySequence.StandardKey
        self.add_files = self._make("Add photos…", "photos", QKeySequence(key.Open), "Choose photos to tag")
        self.add_folder = self._make("Add folder…", "folder", "Ctrl+Shift+O", "Choose a folder, subfolders included")
        self.export = self._make(
            "Export CSV…", "export", QKeySequence(key.Save), "Save the list as a table for your shop"
        )
        self.copy = self._make("Copy rows", "copy", QKeySequence(key.Copy), "Copy the selected rows for a spreadsheet")
        self.undo = self._make("Undo", "undo", QKeySequence(key.Undo), "Undo what was done last")
        self.redo = self._make("Redo", "redo", QKeySequence(key.Redo), "Redo what was undone last")
        self.review = self._make(
            "Review",
            "warning",
            "Ctrl+R",
            "Review the photos that need it, one by one: those that help the model most first, or as a column sorts",
        )
        self.review_groups = self._make(
            "Review in groups",
            "grid",
            "Ctrl+G",
            "Review photos that look alike together: confirm a whole group with one key",
        )
        self.sort_by_usefulness = self._make(
            "Show most useful to correct",
            "train",
            "Ctrl+Shift+R",
            "Sort the list by how much correcting a photo helps the model",
        )
        self.accept = self._make(
            "Accept as they are", "check", "Ctrl+Return", "Confirm the categories of the selected photos"
        )
        self.attributes = self._make("Set an attribute…", "tag", "F3", "Set colour, pattern… of the selected photos")
        self.find = self._make(
            "Search the list", "search", QKeySequence(key.Find), "Search file names, categories and attributes"
        )
        self.similar = self._make(
            "Find similar photos", "similar", "Ctrl+Shift+F", "List the photos that are most like the selected one"
        )
        self.similar_to_file = self._make(
            "Find photos like a file…", "similar", "", "List the photos that are most like a photo that you choose"
        )
        self.back = self._make("Back to the list", "chevron-left", "Alt+Left", "Show the list before as it was")
        self.sidebar = self._make("Sidebar", "sidebar", "Ctrl+B", "Show or hide lists, saved searches and filters")
        self.sidebar.setCheckable(True)
        self.clear = self._make("Clear list", "close", "", "Empty the list; FashionLens still remembers the photos")
        self.forget = self._make("Forget…", "trash", "", "Remove the selected photos from what FashionLens remembers")

    def update(
        self,
        access: CatalogueAccess,
        corrections: Corrections,
        listed: int,
        need_review: int,
        *,
        remembered: int,
        one: bool,
        similar: bool,
        clearable: bool,
        exporting: bool,
        sorting: bool,
        in_groups: bool,
    ) -> None:
        """Enable what can be done; the texts of undo, redo and review name what they do.

        Args:
            access: Knows what can be undone.
            corrections: Knows whether the catalogue can be changed.
            listed: Photos of the list.
            need_review: Those that need review.
            remembered: Photos in the catalogue.
            one: One photo is selected.
            similar: Similar photos are listed.
            clearable: The list is one that can be cleared.
            exporting: An export is being written.
            sorting: The order of usefulness is being computed.
            in_groups: A group is shown and the selected rows are not.
        """
        self.undo.setEnabled(corrections.can_undo)
        self.redo.setEnabled(corrections.can_redo)
        self.undo.setText(f"Undo {_text(access.undo_operation)}".strip().replace("&", "&&"))
        self.redo.setText(f"Redo {_text(access.redo_operation)}".strip().replace("&", "&&"))
        self.review.setText(f"Review {photos(need_review)}" if need_review else "Review")
        can_correct = listed > 0 and corrections.possible
        self.review.setEnabled(need_review > 0)
        self.sort_by_usefulness.setEnabled(listed > 0 and not sorting)
        self.export.setEnabled(listed > 0 and not exporting)
        self.review_groups.setEnabled(can_correct and not in_groups)
        self.similar.setEnabled(one and not in_groups)
        self.similar_to_file.setEnabled(remembered > 0)
        self.back.setEnabled(similar)
        self.clear.setEnabled(clearable and listed > 0 and corrections.possible)
        for action in (self.accept, self.attributes, self.forget):
            action.setEnabled(can_correct and not in_groups)
        for action in (self.copy, self.find):
            action.setEnabled(listed > 0 and not in_groups)
        for action in (self.add_files, self.add_folder):
            action.setEnabled(not access.read_only)

    def _make(self, text: str, icon: str, shortcut: QKeySequence | str, tip: str) -> QAction:
        action = QAction(icons.icon(icon), text, self._owner)
        action.setStatusTip(tip)
        if shortcut:
            action.setShortcut(shortcut)
        action.setToolTip(with_shortcut(tip, action))
        self._owner.addAction(action)
        return action


def _text(operation: Operation | None) -> str:
    """An operation in a few words; a long name would fill the menu."""
    if operation is None:
        return ""
    return operation_text(replace(operation, file=shortened(operation.file.rpartition("/")[2], _LONGEST_NAME)))


def with_shortcut(tip: str, action: QAction) -> str:
    """A tooltip with the shortcut."""
    keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
    return f"{tip} ({keys})" if keys else tip


def button_for(action: QAction, icon: str, text: str = "", primary: bool = False) -> QPushButton:
    """A button for an action; without ``text`` it shows the icon alone, with ``*`` the action's text."""
    button = theme.primary_button(text, icon) if primary else theme.quiet_button(text, icon)
    if not text:
        theme.narrow(button)
    return follow_action(button, action, with_text=text == "*")
