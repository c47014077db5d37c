"""The system's file dialogs, which open in the last folder, and its file browser."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from PySide6.QtCore import QStandardPaths, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QWidget

from fashionlens_gui.paths import reachable_folder

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


def choose_photo(parent: QWidget, settings: Settings) -> Path | None:
    """Ask for one photo; None after Cancel."""
    from trainer.preprocessing.photo import PHOTO_SUFFIXES

    kinds = " ".join(f"*{suffix} *{suffix.upper()}" for suffix in sorted(PHOTO_SUFFIXES))
    title, filters = "Find photos like this one", f"Photos ({kinds});;All files (*)"
    chosen, _ = QFileDialog.getOpenFileName(parent, title, _last_folder(settings), filters)
    if not chosen:
        return None
    _remember_folder(settings, Path(chosen).parent)
    return Path(chosen)


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
    command = _file_browser(sys.platform, file)
    if command is None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(file.parent)))
    else:
        subprocess.Popen(command)


def _file_browser(platform: str, file: PurePath) -> str | list[str] | None:
    """The command that shows a file in the system's file browser; None where Qt has to open its folder."""
    if platform == "win32":
        # As one text: Python and Qt would put quotes around the whole argument, which the Explorer does not understand.
        return f'explorer.exe /select,"{file}"'
    return ["open", "-R", str(file)] if platform == "darwin" else None


def _last_folder(settings: Settings) -> str:
    """The folder of the last dialog, else the user's documents."""
    return reachable_folder(settings.last_folder) or QStandardPaths.writableLocation(
        QStandardPaths.StandardLocation.DocumentsLocation
    )


def _remember_folder(settings: Settings, folder: Path) -> None:
    settings.last_folder = str(folder)
    settings.save_or_log()
