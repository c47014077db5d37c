"""The system's file dialogs, which open in the last folder, and its file browser."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QProcess, QStandardPaths, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QWidget

if TYPE_CHECKING:
    from fashionlens_gui.settings import Settings


def choose_files(parent: QWidget, settings: Settings) -> list[Path]:
    """Ask for photos; an empty list after Cancel."""
    from trainer.preprocessing.photo import PHOTO_SUFFIXES

    kinds = " ".join(f"*{suffix} *{suffix.upper()}" for suffix in sorted(PHOTO_SUFFIXES))
    chosen, _ = QFileDialog.getOpenFileNames(
        parent, "Choose photos", _last_folder(settings), f"Photos ({kinds});;All files (*)"
    )
    files = [Path(file) for file in chosen]
    if files:
        _remember_folder(settings, files[0].parent)
    return files


def choose_folder(parent: QWidget, settings: Settings) -> list[Path]:
    """Ask for a folder; an empty list after Cancel."""
    title = "Choose a folder to tag, with its subfolders"
    chosen = QFileDialog.getExistingDirectory(parent, title, _last_folder(settings))
    if not chosen:
        return []
    _remember_folder(settings, Path(chosen))
    return [Path(chosen)]


def choose_export_file(parent: QWidget, settings: Settings) -> Path | None:
    """Ask for the CSV file to write, and whether to replace an existing one; None after Cancel."""
    kind = "Table for shops and spreadsheets (*.csv)"
    dialog = QFileDialog(parent, "Export CSV", _last_folder(settings), kind)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setDefaultSuffix("csv")
    dialog.selectFile("tags.csv")
    chosen = dialog.selectedFiles() if dialog.exec() else []
    dialog.deleteLater()
    if not chosen:
        return None
    _remember_folder(settings, Path(chosen[0]).parent)
    return Path(chosen[0])


def show_in_folder(file: Path) -> None:
    """Open the system's file browser at a file; selects the file where the system can."""
    if sys.platform == "win32":
        QProcess.startDetached("explorer", [f"/select,{file}"])
    elif sys.platform == "darwin":
        QProcess.startDetached("open", ["-R", str(file)])
    else:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(file.parent)))


def _last_folder(settings: Settings) -> str:
    """The folder of the last dialog, else the user's documents."""
    if settings.last_folder and Path(settings.last_folder).is_dir():
        return settings.last_folder
    return QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation) or str(Path.home())


def _remember_folder(settings: Settings, folder: Path) -> None:
    settings.last_folder = str(folder)
    settings.save_or_log()
