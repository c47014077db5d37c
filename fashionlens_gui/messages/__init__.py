"""Sentences for errors, for the window and the command line: one table for each area, by the code of the error."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fashionlens_gui.messages import (
    application,
    catalogue,
    command_line,
    data,
    evaluation,
    files,
    improve,
    model_files,
    photos,
    products,
    shops,
    training,
)
from fashionlens_gui.messages.data import data_text
from fashionlens_gui.messages.evaluation import skip_reason
from fashionlens_gui.messages.message import Table, filled
from fashionlens_gui.messages.model_files import origin_text
from trainer.data.data_paths import DatasetInfo
from trainer.errors import FashionLensError

__all__ = ["capitalized", "data_text", "listed", "origin_text", "rule_text", "sentence", "skip_reason"]

_TABLES: tuple[Table, ...] = (
    application.SENTENCES,
    catalogue.SENTENCES,
    command_line.SENTENCES,
    data.SENTENCES,
    evaluation.SENTENCES,
    files.SENTENCES,
    improve.SENTENCES,
    model_files.SENTENCES,
    photos.SENTENCES,
    products.SENTENCES,
    shops.SENTENCES,
    training.SENTENCES,
)


REASONS = {
    "access_denied": "access was denied. It may be open in another program such as Excel, or read-only. Close it there",
    "disk_full": "the disk is full. Make room on it",
    "disk_read_only": "the disk can only be read",
    "file_in_use": "another program has it open. Is it open in Excel? Close it there",
    "mac_privacy": "macOS does not allow it. Allow FashionLens in System Settings, Privacy & Security, Files and "
    "Folders",
    "no_permission": "you have no permission",
    "path_too_long": "its path is too long. Use shorter names of files and folders",
}
"""Why a file cannot be opened or written, and what to do: the last words of a sentence, by the codes of
:func:`trainer.errors.os_reason`."""


def sentence(error: FashionLensError) -> str:
    """What happened, to which file, and what to do, in plain words.

    A parameter that is an error, such as the first of several, is given to the message as its sentence; data as text; a
    code in the parameter ``reason`` as the words of :data:`REASONS`.
    """
    parameters = {name: _in_words(value) for name, value in error.parameters.items()}
    if (reason := parameters.get("reason")) in REASONS:
        parameters["reason"] = REASONS[reason]
    texts = (filled(table, error.code, parameters) for table in _TABLES)
    return next((text for text in texts if text is not None), error.code)


def rule_text(code: str, parameters: Mapping[str, object]) -> str:
    """What is wrong in a row for a shop, or with an image, in words that follow the name of the column or the file."""
    words = {name: _in_words(value) for name, value in parameters.items()}
    return filled(shops.RULES, code, words) or code


def _in_words(value: object) -> object:
    if isinstance(value, FashionLensError):
        return sentence(value)
    return data_text(value) if isinstance(value, DatasetInfo) else value


def listed(names: Sequence[str]) -> str:
    """``a, b and c``; at least one."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def capitalized(text: str) -> str:
    """With a capital first letter; the others stay."""
    return text[:1].upper() + text[1:]
