"""Sentences for the application: its window, and its files: the catalogue, the settings, the models."""

from __future__ import annotations

from fashionlens_gui.messages.message import Table


def _in_use(file: str, user: str, computer: str, since: str) -> str:
    time = f" since {since[:16].replace('T', ' ')} UTC" if since else ""
    who = f"{user} on {computer} has it open{time}" if user else "another program has it open"
    return f"The catalogue {file} cannot be written to: {who}. Close it there, or name another file for the catalogue."


SENTENCES: Table = {
    "catalogue_too_new": "Your catalogue was last opened by a newer version of FashionLens. Install the newer version "
    "to continue with it; nothing was changed.",
    "catalogue_older": "An earlier version of FashionLens wrote the catalogue {file}. It can be read once this version "
    "has opened it for writing: start the window, or run “fashionlens tag PHOTOS --remember”. A backup is made first.",
    "catalogue_in_use": _in_use,
    "catalogue_damaged": "The catalogue {file} is damaged and was not changed. “fashionlens catalogue restore” brings "
    "back one of its backups.",
    "catalogue_foreign": "{file} is a database of another program; nothing was changed. Name another file for the "
    "catalogue.",
    "catalogue_missing": "There is no catalogue {file} yet. “fashionlens tag PHOTOS --remember” begins one.",
    "no_shop_column": lambda name, columns: (
        f"No table of the shop has a column “{name}”. "
        + (f"There are: {', '.join(columns)}." if columns else "“fashionlens join TABLE” adds a table.")
    ),
    "trend_too_long": "The dates reach from {first} to {last}, too far apart for periods of this length. Check them, "
    "or choose longer periods.",
    "no_saved_search": "There is no saved search “{name}”. “fashionlens search --list” shows those that there are.",
    "saved_search_exists": "There is a saved search “{name}” already. Choose another name.",
    "saved_search_unreadable": "A newer version of FashionLens saved the search “{name}”, and this one cannot read it. "
    "Install the newer version to use it.",
    "already_taken_over": "The list and the corrections of earlier versions were taken over before. They are in the "
    "catalogue.",
    "nothing_to_take_over": "There is no list and there are no corrections of earlier versions in {folder}.",
    "earlier_file_in_use": "{file} is open in a window of FashionLens. Close it, then try again.",
    "earlier_file_damaged": "{file} cannot be read and was not taken over; it is unchanged.",
    "catalogue_read_only": "The catalogue {file} is open for reading alone.",
    "catalogue_not_saved": "The catalogue {file} cannot be opened or written to: {reason}. What was saved before is "
    "unchanged. Check that its folder may be written to and has room.",
    "sku_pattern_invalid": "“{pattern}” is no regular expression: {reason}. To find what is before the first _ or -, "
    "write [^_-]+.",
    "corrections_csv_without_columns": lambda file, missing, attributes: (
        f"{file} needs the columns file and category; it lacks {' and '.join(missing)}. "
        f"In place of category, or beside it, there may be {', '.join(attributes)}."
    ),
    "no_models": "There is no model on this computer yet, so photos cannot be tagged. Train one (in the window's Train "
    "tab, or with “fashionlens train”), or put a model file (.safetensors) into {folder}.",
    "not_own_model": "“{name}” is none of your own models, so it is not deleted.",
    "model_gone": "The model “{name}” is not there any more.",
    "model_not_trashed": "“{name}” could not be moved to the trash, so it is still there. To delete it for good, "
    "delete {file} in {folder}.",
    "settings_not_read": "The settings in {file} could not be read; FashionLens starts with its own.",
    "settings_moved": "The settings could not be read; FashionLens starts with its own. The old file is kept as "
    "{file}.",
    # The window
    "model_refused": "{error} Your photos are still tagged by “{model}”.",
    "picture_not_written": "“{file}” could not be written as a picture. Check that the disk has room.",
    "samples_not_tagged": "The sample photos were not tagged within {seconds} seconds.",
    "theme_damaged": "A part of FashionLens is missing or damaged: {file}. Install FashionLens again.",
    "training_not_removed": "The unfinished training “{name}” could not be removed from {folder}: {reason}. Close "
    "other programs that may use it, then try again.",
    "worker_failed": "An unexpected error ended {work}. What was saved before is kept. The log file (Help menu) has "
    "the details.",
}
