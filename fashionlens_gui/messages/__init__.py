"""Sentences for errors, for the window and the command line: one table for each area, by the code of the error."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from fashionlens_gui.messages import window
from trainer.errors import FashionLensError, PhotoError

Message = str | Callable[..., str]
"""A sentence with ``{parameter}`` fields, or a function that makes it from the parameters."""

_TABLES: tuple[Mapping[str, Message], ...] = (window.SENTENCES,)


def sentence(error: FashionLensError) -> str:
    """What happened, to which file, and what to do, in plain words."""
    if isinstance(error, PhotoError):
        return error.sentence
    for table in _TABLES:
        message = table.get(error.code)
        if message is not None:
            return message(**error.parameters) if callable(message) else message.format(**error.parameters)
    return error.code
