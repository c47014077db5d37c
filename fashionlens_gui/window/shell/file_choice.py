"""The system's file dialogs, which open in the folder of the last one, and its file browser."""

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


def open_file(parent: QWidget, settings: Settings, title: str, kinds: str) -> Path | None:
    """Ask for a file to read; None after Cancel. ``kinds`` is such as ``Tables (*.csv *.xlsx)``."""
    chosen, _ = QFileDialog.getOpenFileName(parent, title, last_folder(settings), kinds)
    if not chosen:
        return None
    remember_folder(settings, Path(chosen).parent)
    return Path(chosen)


def save_file(parent: QWidget, settings: Settings, title: str, name: str, kinds: str) -> Path | None:
    """Ask for a file to write, and whether to replace an existing one; None after Cancel.

    Args:
        parent: In front of which it opens.
        settings: Know the folder of the last dialog.
        title: Of the dialog.
        name: The suggestion; its suffix is that of files for which none is typed.
        kinds: Such as ``Tables (*.csv)``.
    """
    dialog = QFileDialog(parent, title, last_folder(settings), kinds)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setDefaultSuffix(Path(name).suffix.removeprefix("."))
    dialog.selectFile(name)
    chosen = dialog.selectedFiles() if dialog.exec() else []
    dialog.deleteLater()
    if not chosen:
        return None
    remember_folder(settings, Path(chosen[0]).parent)
    return Path(chosen[0])


def choose_folder(parent: QWidget, settings: Settings, title: str) -> Path | None:
    """Ask for a folder; None after Cancel."""
    chosen = QFileDialog.getExistingDirectory(parent, title, last_folder(settings))
    if not chosen:
        return None
    remember_folder(settings, Path(chosen))
    return Path(chosen)


def show_in_folder(file: Path) -> None:
    """Open the system's file browser at a file; selects the file where the system can."""
    command = file_browser(sys.platform, file)
    if command is None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(file.parent)))
    else:
        subprocess.Popen(command)


def file_browser(platform: str, file: PurePath) -> str | list[str] | None:
    """The command that shows a file in the system's file browser; None where Qt has to open its folder."""
    if platform == "win32":
        # As one text: Python and Qt would put quotes around the whole argument, which the Explorer does not understand.
        return f'explorer.exe /select,"{file}"'
    return ["open", "-R", str(file)] if platform == "darwin" else None


def last_folder(settings: Settings) -> str:
    """The folder of the last dialog, else the user's documents."""
    return reachable_folder(settings.last_folder) or QStandardPaths.writableLocation(
        QStandardPaths.StandardLocation.DocumentsLocation
    )


def remember_folder(settings: Settings, folder: Path) -> None:
    """Let the next dialog open here."""
    settings.last_folder = str(folder)
    settings.save_or_log()
