"""Reads and validates the JSON files of the taxonomy."""

from __future__ import annotations

from collections.abc import Container, Iterable
from pathlib import Path
from typing import Annotated, TypeVar

import msgspec

from trainer.errors import DataError
from trainer.spelling import spelling_key

T = TypeVar("T")
Word = Annotated[str, msgspec.Meta(pattern=r"\S")]
Words = tuple[Word, ...]


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Something with a name."""

    name: Word


def file_error(file: Path, code: str, detail: str = "", /, **parameters: object) -> DataError:
    """The error for something wrong in a file."""
    return DataError(code, detail, file=file.name, folder=str(file.parent), **parameters)


def read(file: Path, kind: type[T]) -> T:
    """What a file holds.
    Raises :class:`DataError`: there is no such file, it is not JSON, or it does not hold ``kind``.
    """
    try:
        return msgspec.json.decode(file.read_bytes(), type=kind)
    except FileNotFoundError as error:
        raise file_error(file, "taxonomy_missing", repr(error)) from error
    except (OSError, ValueError, RecursionError) as error:  # msgspec.DecodeError is a ValueError
        raise file_error(file, "taxonomy_damaged", repr(error), problem=str(error)) from error


def check_names(file: Path, entries: Iterable[Entry]) -> None:
    """Raise :class:`DataError` when two entries have the same name."""
    keys: set[str] = set()
    for entry in entries:
        key = spelling_key(entry.name)
        if key in keys:
            raise file_error(file, "taxonomy_duplicate", name=entry.name)
        keys.add(key)


def check_listed(file: Path, entry: str, name: str, listed: Container[str]) -> None:
    """Raise :class:`DataError` when an entry refers to a name that is not listed."""
    if name not in listed:
        raise file_error(file, "taxonomy_unlisted", entry=entry, name=name)
