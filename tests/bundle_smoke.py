"""Smoke test of the bundled application: ``python -m tests.bundle_smoke dist/fashionlens``.

Runs it in a nearly empty environment without Python on the PATH and, where Linux permits it, without network: it must
print its version, tag its sample photos on the command line and open its window.
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
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
HEIC = ROOT / "tests" / "trainer" / "preprocessing" / "heic"
COLUMNS = ["file", "category", "confidence", "second_category", "second_confidence", "status", "message"]
WINDOW_SIZE = (1280, 720)


class CleanEnvironment:
    """Runs the bundle without Python, user files and network."""

    def __init__(self, program: Path, folder: Path) -> None:
        self.program = program
        self.folder = folder
        self.prefix = self._without_network()
        self.environment = {"HOME": str(folder), "PATH": str(folder / "nothing-here"), "QT_QPA_PLATFORM": "offscreen"}
        self.environment |= user_folders(os.name, folder, os.environ)

    def run(self, *arguments: str) -> tuple[str, float]:
        """Run the program; returns its output and the seconds it took. Exits with a message when it fails."""
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
        print("The network cannot be disabled here; testing with network.")
        return []


def user_folders(system: str, folder: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """Variables without which programs find no folders on a system of this ``os.name``."""
    if system != "nt":
        return {}
    names = ("TEMP", "TMP", "USERPROFILE", "APPDATA", "LOCALAPPDATA")
    return {"SYSTEMROOT": environment["SYSTEMROOT"], **dict.fromkeys(names, str(folder))}


def check_version(clean: CleanEnvironment) -> str:
    """``--version`` prints the version of pyproject.toml."""
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    printed, seconds = clean.run("--version")
    assert declared in printed, f"--version printed {printed!r}, pyproject.toml has {declared}"
    return f"version {declared}: {seconds:.1f} s"


def check_tags(clean: CleanEnvironment, samples: Path) -> str:
    """The photos in a folder are tagged into a CSV, one row each without errors."""
    photos = sorted(file.name for file in samples.iterdir() if file.suffix != ".md")
    table = clean.folder / "tags.csv"
    _, seconds = clean.run("tag", str(samples), "--out", str(table))
    with table.open(encoding="utf-8-sig", newline="") as lines:
        reader = csv.DictReader(lines)
        rows = list(reader)
    assert reader.fieldnames is not None and list(reader.fieldnames)[: len(COLUMNS)] == COLUMNS, reader.fieldnames
    assert sorted(row["file"] for row in rows) == photos, f"the rows are not the photos of {samples}"
    failed = [row for row in rows if row["status"] == "error" or not row["category"]]
    assert not failed, failed
    return f"{len(rows)} photos tagged: {seconds:.1f} s"


def check_window(clean: CleanEnvironment) -> str:
    """The window opens and ``--screenshot`` saves a PNG of it."""
    screenshot = clean.folder / "window.png"
    size = "x".join(map(str, WINDOW_SIZE))
    _, seconds = clean.run("--screenshot", str(screenshot), "--size", size)
    head = screenshot.read_bytes()[:24]
    assert head.startswith(b"\x89PNG"), "the screenshot is not a PNG"
    assert struct.unpack(">II", head[16:24]) == WINDOW_SIZE, "the window does not have the requested size"
    return f"screenshot of the window with tagged samples: {seconds:.1f} s"


def main(folder: Path) -> None:
    """Run all checks; exits with a message at the first failure."""
    program = folder / ("fashionlens.exe" if os.name == "nt" else "fashionlens")
    samples = next(folder.rglob("resources/samples"))
    megabytes = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file() and not file.is_symlink()) / 1e6
    print(f"{folder}: {megabytes:.0f} MB")
    with tempfile.TemporaryDirectory() as home:
        clean = CleanEnvironment(program, Path(home))
        for line in (check_version(clean), *(check_tags(clean, each) for each in (samples, HEIC)), check_window(clean)):
            print(line)


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
