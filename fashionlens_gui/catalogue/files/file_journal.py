"""The journal of files that are copied or moved: what was planned, what is done, and the folders that were made.

The plan is on the disk itself before the first file is touched, so that a killed run can be continued or undone.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from fashionlens_gui.catalogue.catalogue import Catalogue
from fashionlens_gui.catalogue.database import now
from fashionlens_gui.catalogue.photos import set_path


class RunState(StrEnum):
    """Where a run is. One that is settled can no longer be undone."""

    RUNNING = "running"
    DONE = "done"
    SETTLED = "settled"
    UNDOING = "undoing"
    UNDONE = "undone"


@dataclass(frozen=True, slots=True)
class Step:
    """A file of a run.

    Attributes:
        number: In the run, from 0 on.
        photo: Its id; None for a file that goes along with a photo.
        source: Where it was.
        target: Where it goes.
        size: In bytes, when the run was planned.
        mtime_ns: Time of change then.
        state: ``planned``, ``done``, ``failed`` or ``undone``.
    """

    number: int
    photo: int | None
    source: Path
    target: Path
    size: int
    mtime_ns: int
    state: str = "planned"


@dataclass(frozen=True, slots=True)
class Run:
    """Files that are copied or moved together.

    Attributes:
        id: Later ones have higher numbers.
        moves: Whether they are moved.
        undoable: Whether a person asked for it, who can undo it.
        state: Where it is.
        when: ISO 8601, UTC.
        steps: Its files.
        folders: That it makes, outer ones first.
    """

    id: int
    moves: bool
    undoable: bool
    state: RunState
    when: str
    steps: tuple[Step, ...]
    folders: tuple[Path, ...]


def begin_run(catalogue: Catalogue, moves: bool, undoable: bool, steps: Sequence[Step], folders: Iterable[Path]) -> Run:
    """Store a plan."""
    folders = tuple(folders)
    with catalogue.database.transaction(durable=True) as database:
        made_at = now()
        added = database.execute(
            "INSERT INTO file_runs (moves, undoable, who, made_at, state) VALUES (?, ?, ?, ?, 'running')",
            (moves, undoable, catalogue.who, made_at),
        )
        run = int(added.lastrowid or 0)
        database.executemany(
            "INSERT INTO file_steps VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                (run, s.number, s.photo, os.fsencode(s.source), os.fsencode(s.target), s.size, s.mtime_ns, s.state)
                for s in steps
            ),
        )
        database.executemany(
            "INSERT OR IGNORE INTO file_run_folders VALUES (?, ?)", ((run, os.fsencode(path)) for path in folders)
        )
    return Run(run, moves, undoable, RunState.RUNNING, made_at, tuple(steps), folders)


def last_run(catalogue: Catalogue, *states: RunState) -> Run | None:
    """The latest run in one of these states; None for none."""
    marks = ", ".join("?" * len(states))
    with catalogue.database.read() as database:
        found = database.execute(
            f"SELECT id, moves, undoable, state, made_at FROM file_runs WHERE state IN ({marks}) "
            "ORDER BY id DESC LIMIT 1",
            states,
        ).fetchone()
        if found is None:
            return None
        steps = database.execute(
            "SELECT number, photo, source, target, size, mtime_ns, state FROM file_steps WHERE run = ? ORDER BY number",
            found[:1],
        ).fetchall()
        folders = database.execute("SELECT path FROM file_run_folders WHERE run = ?", found[:1]).fetchall()
    paths = sorted((Path(os.fsdecode(path)) for (path,) in folders), key=lambda path: len(path.parts))
    return Run(
        found[0],
        bool(found[1]),
        bool(found[2]),
        RunState(found[3]),
        found[4],
        tuple(
            Step(number, photo, Path(os.fsdecode(source)), Path(os.fsdecode(target)), *others)
            for number, photo, source, target, *others in steps
        ),
        tuple(paths),
    )


def set_run_state(catalogue: Catalogue, run: int, state: RunState) -> None:
    """Store where a run is."""
    with catalogue.database.transaction(durable=True) as database:
        database.execute("UPDATE file_runs SET state = ? WHERE id = ?", (state, run))


def set_target(catalogue: Catalogue, run: int, step: int, target: Path) -> None:
    """Store another target of a step, before its file is touched."""
    with catalogue.database.transaction(durable=True) as database:
        database.execute(
            "UPDATE file_steps SET target = ? WHERE (run, number) = (?, ?)", (os.fsencode(target), run, step)
        )


def set_step_states(
    catalogue: Catalogue, run: int, states: Iterable[tuple[int, str]], paths: Iterable[tuple[int, Path]]
) -> None:
    """Store what is done with steps, and where photos are now; ids of photos stay."""
    with catalogue.database.transaction(durable=False) as database:
        database.executemany(
            "UPDATE file_steps SET state = ? WHERE (run, number) = (?, ?)",
            ((state, run, number) for number, state in states),
        )
        for photo, path in paths:
            set_path(database, photo, path)
