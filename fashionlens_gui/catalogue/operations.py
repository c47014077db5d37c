"""What a person can do with a catalogue: a function for each, which is one transaction and one undo.

Each returns what changed. What people say is on the disk itself when the function returns.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from fashionlens_gui.catalogue import operation_log
from fashionlens_gui.catalogue.catalogue import Catalogue
from fashionlens_gui.catalogue.database import now


def begin_import(catalogue: Catalogue, paths: Sequence[Path]) -> int:
    """Store that files and folders are being tagged; returns the number of the import."""
    names = b"\0".join(os.fsencode(os.path.abspath(path)) for path in paths)
    with catalogue.database.transaction(durable=False) as database:
        batch = operation_log.add(database, "import", catalogue.who, now())
        database.execute("INSERT INTO imports (operation, paths) VALUES (?, ?)", (batch, names))
    return batch


def finish_import(catalogue: Catalogue, batch: int) -> None:
    """Store that all photos of an import are tagged. Until then it is unfinished."""
    with catalogue.database.transaction(durable=False) as database:
        database.execute("UPDATE imports SET finished_at = ? WHERE operation = ?", (now(), batch))
        database.execute(
            "UPDATE operations SET photos = (SELECT count(*) FROM import_photos WHERE import = id), "
            "file = coalesce((SELECT file FROM photos WHERE added_by = operations.id LIMIT 1), '') WHERE id = ?",
            (batch,),
        )
