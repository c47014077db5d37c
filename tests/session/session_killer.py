"""Kills a process that writes a session, again and again, and counts what is missing afterwards. Linux and macOS.

``python -m tests.session.session_killer FOLDER KILLS``: every writer prints each correction after the session has
saved it. All printed corrections must exist after the kill, and every step must be complete.
"""

from __future__ import annotations

import os
import random
import select
import signal
import sqlite3
import sys
import time
from pathlib import Path

from fashionlens_gui.session.session import Session
from fashionlens_gui.tagging.job import Tagged
from fashionlens_gui.tagging.tag import predicted
from trainer.inference.prediction import Prediction, Ranking

ROWS_AT_ONCE = 3
EITHER = "?"  # between an undo and its redo either value is valid


def write_for_ever(file: Path, voice: int) -> None:
    """Append rows, correct them, undo now and then; one line for each saved step."""
    session = Session(file)
    ranking = Ranking(("Dress", "Coat"), (0.75, 0.25))
    step = 0
    while True:
        first = len(session.rows)
        paths = [Path(f"/photos/{first + n}.jpg") for n in range(ROWS_AT_ONCE)]
        prediction = Prediction(ranking, False, None)  # type: ignore[arg-type]
        session.add([Tagged(predicted(path, path.name, prediction), None, "d") for path in paths], "model")
        rows = list(range(first, first + ROWS_AT_ONCE))
        step += 1
        category = f"Kind {os.getpid()}-{step}"
        session.correct(rows, category)
        os.write(voice, f"{first} {category}\n".encode())
        if step % 5 == 0:
            os.write(voice, f"{first} {EITHER}\n".encode())
            session.undo()
            session.redo()
            os.write(voice, f"{first} {category}\n".encode())


def lines_until_killed(file: Path, after: float) -> list[tuple[int, str]]:
    """Start a writer, kill it ``after`` seconds after its first line; returns its lines."""
    ear, voice = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(ear)
        try:
            write_for_ever(file, voice)
        finally:
            os._exit(1)
    os.close(voice)
    select.select([ear], [], [], 30)
    time.sleep(after)
    os.kill(child, signal.SIGKILL)
    output = b""
    while part := os.read(ear, 65536):
        output += part
    os.close(ear)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), "the writer ended by itself"
    lines = [line.split(" ", 1) for line in output.decode().splitlines()]
    return [(int(first), category) for first, category in lines]


def main(folder: Path, kills: int) -> int:
    """Kill and check; returns the number of lost or incomplete steps."""
    rng = random.Random(5)
    file = folder / "session.sqlite"
    promised: dict[int, str] = {}
    bad = 0
    for _ in range(kills):
        promised.update(dict(lines_until_killed(file, rng.uniform(0.0, 0.05))))
        session = Session(file)
        assert not session.notices, session.notices
        for first, category in promised.items():
            kept = [session.rows[first + n].category for n in range(ROWS_AT_ONCE)]
            bad += category != EITHER and kept != [category] * ROWS_AT_ONCE
        for first in range(0, len(session.rows), ROWS_AT_ONCE):
            bad += len({row.category for row in session.rows[first : first + ROWS_AT_ONCE]}) != 1
        bad += len(session.rows) % ROWS_AT_ONCE
        session.close()
        with sqlite3.connect(file) as database:
            bad += database.execute("PRAGMA integrity_check").fetchall() != [("ok",)]
        database.close()
    print(f"{kills} kills, {len(promised)} corrections said to be kept, {bad} lost or half done")
    return bad


if __name__ == "__main__":
    sys.exit(bool(main(Path(sys.argv[1]), int(sys.argv[2]))))
