"""Bringing back the last session off the window's thread: its rows, ready to sort, and what was left untagged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fashionlens_gui.window.tag.columns import Columns
from trainer.control import WorkControl

if TYPE_CHECKING:
    from fashionlens_gui.tagging.session import Drop, Session


@dataclass(frozen=True, slots=True, eq=False)
class Opened:
    """The session and its rows as columns."""

    session: Session
    columns: Columns


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A drop that was cut short: ``left`` photos of it have no row."""

    drop: Drop
    left: int


def open_last(file: Path, control: WorkControl) -> Iterator[Opened | Unfinished]:
    """Open the session, then count what is left of drops that were cut short."""
    from fashionlens_gui.tagging.session import open_session

    session = open_session(file)
    columns = Columns()
    columns.append(session.rows)
    yield Opened(session, columns)
    yield from unfinished(session, control)


def unfinished(session: Session, control: WorkControl) -> Iterator[Unfinished]:
    """Look through the drops that were cut short; those of which nothing is left are done with."""
    from fashionlens_gui.tagging.scan import scan

    drops = session.unfinished_drops()
    known = {str(path) for path in session.paths()} if drops else set()
    for drop in drops:
        left = sum(str(item.path) not in known for item in scan(drop.paths, control))
        if control.stopped:
            return
        if left:
            yield Unfinished(drop, left)
        else:
            session.finish_drop(drop.id)
