"""What becomes of a SQLite database that cannot be read. No Qt."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path


def move_aside(file: Path) -> Path:
    """Rename a database with its log to a free ``.bad`` name, so that somebody may still rescue what is in it."""
    number = 1
    while (target := file.with_name(f"{file.name}.bad{number if number > 1 else ''}")).exists():
        number += 1
    os.replace(file, target)
    for suffix in ("-wal", "-shm"):
        with contextlib.suppress(FileNotFoundError):
            os.replace(file.with_name(file.name + suffix), target.with_name(target.name + suffix))
    return target
