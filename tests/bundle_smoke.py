"""Tries the bundled application the way a stranger's computer would: ``python -m tests.bundle_smoke dist/fashionlens``.

Nearly empty environment, no Python on the PATH and, where Linux lets us, no network. It must say its version, tag its
own sample photos from the command line and open its window.
"""

from __future__ import annotations

import csv
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import time
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
COLUMNS = ["file", "category", "confidence", "second_category", "second_confidence", "status", "message"]
WINDOW_SIZE = (1280, 720)


class Stranger:
    """A computer that has the bundle and nothing else."""

    def __init__(self, program: Path, folder: Path) -> None:
        self.program = program
        self.folder = folder
        self.prefix = self._without_network()
        self.environment = {"HOME": str(folder), "PATH": str(folder / "nothing-here"), "QT_QPA_PLATFORM": "offscreen"}
        if os.name == "nt":  # Windows programs do not start without it
            self.environment["SYSTEMROOT"] = os.environ["SYSTEMROOT"]

    def run(self, *arguments: str) -> tuple[str, float]:
        """Start the program; returns what it printed and the seconds it took. Stops the test where it fails."""
        start = time.monotonic()
        process = subprocess.run(
            [*self.prefix, str(self.program), *arguments],
            env=self.environment,
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=300,
        )
        seconds = time.monotonic() - start
        if process.returncode != 0:
            sys.exit(
                f"fashionlens {' '.join(arguments)} ended with {process.returncode}:\n{process.stdout}{process.stderr}"
            )
        return process.stdout, seconds

    @staticmethod
    def _without_network() -> list[str]:
        unshare = shutil.which("unshare")
        for options in (["-n"], ["-r", "-n"]):
            if unshare and subprocess.run([unshare, *options, "true"], capture_output=True).returncode == 0:
                return [unshare, *options]
        print("The network cannot be taken away here; trying with it.")
        return []


def check_version(stranger: Stranger) -> str:
    """It knows its version, and the version is this one."""
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    printed, seconds = stranger.run("--version")
    assert declared in printed, f"--version says {printed!r}, pyproject.toml {declared}"
    return f"version {declared}: {seconds:.1f} s"


def check_tags(stranger: Stranger, samples: Path) -> str:
    """It tags its own samples into a CSV, one good row each."""
    photos = sorted(file.name for file in samples.iterdir())
    table = stranger.folder / "tags.csv"
    _, seconds = stranger.run("tag", str(samples), "--out", str(table))
    with table.open(encoding="utf-8-sig", newline="") as lines:
        reader = csv.DictReader(lines)
        rows = list(reader)
    assert reader.fieldnames is not None and list(reader.fieldnames)[: len(COLUMNS)] == COLUMNS, reader.fieldnames
    assert sorted(row["file"] for row in rows) == photos, "the rows are not the sample photos"
    failed = [row for row in rows if row["status"] == "error" or not row["category"]]
    assert not failed, failed
    return f"{len(rows)} photos tagged: {seconds:.1f} s"


def check_window(stranger: Stranger) -> str:
    """Its window opens, takes the samples and can be pictured."""
    picture = stranger.folder / "window.png"
    size = "x".join(map(str, WINDOW_SIZE))
    _, seconds = stranger.run("--screenshot", str(picture), "--size", size)
    head = picture.read_bytes()[:24]
    assert head.startswith(b"\x89PNG"), "the picture is no PNG"
    assert struct.unpack(">II", head[16:24]) == WINDOW_SIZE, "the window has another size than asked for"
    return f"window opened, samples tagged in it, pictured: {seconds:.1f} s"


def main(folder: Path) -> None:
    """Try everything; the first failure ends it with a message."""
    program = folder / ("fashionlens.exe" if os.name == "nt" else "fashionlens")
    samples = next(folder.rglob("resources/samples"))
    megabytes = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file() and not file.is_symlink()) / 1e6
    print(f"{folder}: {megabytes:.0f} MB")
    with tempfile.TemporaryDirectory() as place:
        stranger = Stranger(program, Path(place))
        for line in (check_version(stranger), check_tags(stranger, samples), check_window(stranger)):
            print(line)


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
