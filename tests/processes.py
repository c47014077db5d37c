"""Running the program in a separate process."""

from __future__ import annotations

import csv
import io
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


unix = pytest.mark.skipif(sys.platform == "win32", reason="links, pipes or signals of Unix")
linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has names of files that are no UTF-8")


def rows(csv_bytes: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(csv_bytes.decode("utf-8"), newline="")))


def wait_for(done: Callable[[], bool], seconds: float = 90.0) -> None:
    until = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < until, "timed out"
        time.sleep(0.01)
