"""Choosing photos and folders in the system's dialogs, which open where they were left."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QStandardPaths
from PySide6.QtWidgets import QFileDialog, QWidget

from fashionlens_gui import messages
from trainer.errors import SaveError

if TYPE_CHECKING:
    from fashionlens_gui.settings import Settings

_log = logging.getLogger(__name__)


def choose_files(parent: QWidget, settings: Settings) -> list[Path]:
    """Ask for photos; an empty list when the user thinks better of it."""
    from trainer.preprocessing.photo import PHOTO_SUFFIXES

    kinds = " ".join(f"*{suffix} *{suffix.upper()}" for suffix in sorted(PHOTO_SUFFIXES))
    chosen, _ = QFileDialog.getOpenFileNames(
        parent, "Choose photos", last_folder(settings), f"Photos ({kinds});;All files (*)"
    )
    files = [Path(file) for file in chosen]
    if files:
        remember_folder(settings, files[0].parent)
    return files


def choose_folder(parent: QWidget, settings: Settings) -> list[Path]:
    """Ask for a folder; an empty list when the user thinks better of it."""
    title = "Choose a folder to tag, with its subfolders"
    chosen = QFileDialog.getExistingDirectory(parent, title, last_folder(settings))
    if not chosen:
        return []
    remember_folder(settings, Path(chosen))
    return [Path(chosen)]


def last_folder(settings: Settings) -> str:
    """Where a dialog opens: where the last one was left, else the user's documents."""
    if settings.last_folder and Path(settings.last_folder).is_dir():
        return settings.last_folder
    return QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation) or str(Path.home())


def remember_folder(settings: Settings, folder: Path) -> None:
    """Dialogs open here next time. That it cannot be remembered is no reason to disturb."""
    settings.last_folder = str(folder)
    try:
        settings.save()
    except SaveError as error:
        _log.warning("The folder is not remembered: %s %s", messages.sentence(error), error.detail)
