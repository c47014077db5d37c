"""Files into which keywords were written, and how each is restored. A file is known by its bytes, wherever it is."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from fashionlens_gui.catalogue.catalogue import Catalogue
from fashionlens_gui.catalogue.database import now


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """A file as it was written.

    Attributes:
        digest: Of its bytes.
        path: Where it was then.
        original: How it is restored, see :mod:`fashionlens_gui.photo_keywords.pieces`; None: there was no file.
    """

    digest: str
    path: Path
    original: bytes | None


def written_file(catalogue: Catalogue, digest: str, path: Path) -> WrittenFile | None:
    """The record of a file with these bytes, rather that of this path; None for a file that was not written."""
    select = "SELECT path, original FROM written_metadata WHERE digest = ? ORDER BY path = ? DESC LIMIT 1"
    with catalogue.database.read() as database:
        found = database.execute(select, (digest, os.fsencode(path))).fetchone()
    return None if found is None else WrittenFile(digest, Path(os.fsdecode(found[0])), found[1])


def add_written_file(catalogue: Catalogue, file: WrittenFile) -> None:
    """Store that a file is about to be written. It is on the disk itself before the file changes."""
    with catalogue.database.transaction(durable=True) as database:
        database.execute(
            "INSERT OR REPLACE INTO written_metadata VALUES (?, ?, ?, ?)",
            (file.digest, os.fsencode(file.path), file.original, now()),
        )


def remove_written_file(catalogue: Catalogue, file: WrittenFile) -> None:
    """Forget a file that is restored, or was written anew."""
    with catalogue.database.transaction(durable=False) as database:
        database.execute(
            "DELETE FROM written_metadata WHERE (digest, path) = (?, ?)", (file.digest, os.fsencode(file.path))
        )
