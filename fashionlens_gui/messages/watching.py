"""What the window says of watched folders."""

from __future__ import annotations

from datetime import datetime

from fashionlens_gui.messages.catalogue import time_text
from trainer.number_format import photos

STATES = {
    "paused": "Paused",
    "waiting_for_model": "Waiting for the model",
    "starting": "Starting…",
    "watching": "Watching",
    "missing": "Folder not there",
    "failed": "Does not work",
}
"""Short texts, by :class:`fashionlens_gui.window.watching.folder_watcher.WatchState`."""

NO_FOLDERS = (
    "Add a folder, and photos that come into it are tagged by themselves, each once: from a camera, a photographer, or "
    "another program."
)
TRIED_AGAIN = "FashionLens tries again by itself. “Edit…” changes the model, the table and the folders."


def state_help(state: str, regular: bool) -> str:
    """What a state means and what to do.

    Args:
        state: See :data:`STATES`.
        regular: The folder is checked at regular times, since the system does not tell of changes.
    """
    if state == "watching":
        return "New photos are looked for every few seconds." if regular else "New photos are tagged as they come."
    return {
        "paused": "New photos wait. They are tagged when you continue.",
        "waiting_for_model": "The model in use is being loaded, or could not be. Choose a model at the bottom right.",
        "starting": "The folder is being checked for the first time.",
        "missing": "The folder is not there, or is empty now. Is its drive off? Switch it on: watching goes on by "
        "itself, and nothing is forgotten. If the folder was renamed, remove it here and add it under its new name.",
    }.get(state, "")


def last_photo_text(name: str, at: datetime | None) -> str:
    """The photo that was tagged last, and when."""
    return f"{name}, {time_text(at)}" if name and at is not None else "None yet"


def tagged_text(count: int, folder: str) -> str:
    """Photos that have come."""
    return f"{photos(count)} tagged in {folder}."


def tray_text(need_review: int, paused: bool, problem: bool) -> str:
    """The tooltip of the tray icon."""
    parts = ["FashionLens"]
    if paused:
        parts.append("watching is paused")
    elif problem:
        parts.append("a watched folder needs attention")
    if need_review:
        parts.append(f"{photos(need_review)} {'needs' if need_review == 1 else 'need'} review")
    return " – ".join(parts)
