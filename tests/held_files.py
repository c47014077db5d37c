"""Files that another program holds, as Windows reports them."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest


def held(winerror: int, number: int = errno.EACCES, file: str | None = None) -> OSError:
    """The error that Windows gives for a file; on other systems with the attribute ``winerror`` set by hand."""
    error = OSError(number, "held", file)
    error.winerror = winerror  # type: ignore[attr-defined]
    return error


def held_files(
    monkeypatch: pytest.MonkeyPatch, winerror: int, name: str, times: int | None = None
) -> list[tuple[object, ...]]:
    """Refuse to rename files to ``name``, the first ``times`` or always; returns the calls."""
    calls: list[tuple[object, ...]] = []

    def refused(real: object) -> object:
        def call(source: Path, target: Path) -> None:
            if Path(target).name != name:
                return real(source, target)  # type: ignore[operator, no-any-return]
            calls.append((source, target))
            if times is None or len(calls) <= times:
                raise held(winerror)
            return real(source, target)  # type: ignore[operator, no-any-return]

        return call

    for function in ("replace", "rename"):
        monkeypatch.setattr(os, function, refused(getattr(os, function)))
    return calls
