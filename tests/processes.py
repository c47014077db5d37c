"""The program as a process of its own: what it prints, and waiting for what it does."""

from __future__ import annotations

import csv
import io
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


unix = pytest.mark.skipif(sys.platform == "win32", reason="signals of Unix")


def rows(csv_bytes: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(csv_bytes.decode("utf-8"), newline="")))


def wait_for(there: Callable[[], bool], seconds: float = 90.0) -> None:
    until = time.monotonic() + seconds
    while not there():
        assert time.monotonic() < until, "it did not come"
        time.sleep(0.01)
