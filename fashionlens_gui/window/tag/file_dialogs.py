"""The file dialogs of the Tag tab."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog, QWidget

from fashionlens_gui.window.shell import file_choice

if TYPE_CHECKING:
    from fashionlens_gui.settings import Settings


def choose_files(parent: QWidget, settings: Settings) -> list[Path]:
    """Ask for photos; an empty list after Cancel."""
    from trainer.preprocessing.photo import PHOTO_SUFFIXES

    kinds = " ".join(f"*{suffix} *{suffix.upper()}" for suffix in sorted(PHOTO_SUFFIXES))
    chosen, _ = QFileDialog.getOpenFileNames(
        parent, "Choose photos", file_choice.last_folder(settings), f"Photos ({kinds});;All files (*)"
    )
    files = [Path(file) for file in chosen]
    if files:
        file_choice.remember_folder(settings, files[0].parent)
    return files


def choose_photo(parent: QWidget, settings: Settings) -> Path | None:
    """Ask for one photo; None after Cancel."""
    from trainer.preprocessing.photo import PHOTO_SUFFIXES

    kinds = " ".join(f"*{suffix} *{suffix.upper()}" for suffix in sorted(PHOTO_SUFFIXES))
    title, filters = "Find photos like this one", f"Photos ({kinds});;All files (*)"
    return file_choice.open_file(parent, settings, title, filters)


def choose_folder(parent: QWidget, settings: Settings) -> list[Path]:
    """Ask for a folder; an empty list after Cancel."""
    chosen = file_choice.choose_folder(parent, settings, "Choose a folder to tag, with its subfolders")
    return [chosen] if chosen is not None else []


def choose_export_file(parent: QWidget, settings: Settings) -> Path | None:
    """Ask for the CSV file to write, and whether to replace an existing one; None after Cancel."""
    kind = "Table for shops and spreadsheets (*.csv)"
    return file_choice.save_file(parent, settings, "Export CSV", "tags.csv", kind)
