"""What a check of own photos found, in words, as ``fashionlens check-data --out`` saves it and a report shows it."""

from __future__ import annotations

from pathlib import Path

import msgspec

from trainer.errors import DataError, os_reason

_MAX_BYTES = 64 * 2**20


class Finding(msgspec.Struct, frozen=True):
    """One thing that was found: a heading, sentences about it, and the files that it is about."""

    heading: str
    sentences: tuple[str, ...]
    files: tuple[str, ...]


class _CheckFile(msgspec.Struct):
    findings: tuple[Finding, ...]


def read_findings(source: Path) -> tuple[Finding, ...]:
    """The findings in a saved check. Raises :class:`DataError`: it cannot be read or is something else."""
    try:
        if source.stat().st_size > _MAX_BYTES:
            raise ValueError(f"{source.stat().st_size} bytes")
        return msgspec.json.decode(source.read_bytes(), type=_CheckFile).findings
    except OSError as error:
        raise DataError("data_check_unreadable", repr(error), file=str(source), reason=os_reason(error)) from error
    except (ValueError, RecursionError) as error:  # msgspec.DecodeError is a ValueError
        raise DataError("data_check_damaged", repr(error), file=str(source)) from error
