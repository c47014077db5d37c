"""Files that commands write: checked before any work, so that nobody waits in vain; reports and lists for JSON."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from fashionlens_gui import messages, paths
from fashionlens_gui.command_line import terminal
from fashionlens_gui.tagging.tag import printable
from trainer.atomic_write import check_replaceable, is_stream, write_or_rescue
from trainer.data.photo_files import file_identity
from trainer.errors import SaveError, os_reason

if TYPE_CHECKING:
    from trainer.data.photo_files import Unreadable
    from trainer.data_quality.findings import Finding
    from trainer.evaluation.report.content import ReportContent
    from trainer.evaluation.tallies import Skipped

_TEXTS = (".csv", ".json", ".html")


def check_target(option: str, target: Path, example: str, inputs: Iterable[Path | str | None] = ()) -> None:
    """Refuse a target that is a slip of the keys, or that could not be saved in the end.

    Args:
        option: What it was given with, such as ``--out``.
        target: The file to create or replace. Where text is written, devices, pipes and ``/dev/stdout`` will do, too.
        example: A name as it should be, such as ``tags.csv``; with its suffix.
        inputs: Files and folders that the command reads; None, and what does not exist, is passed over.

    Raises:
        SaveError: It is a folder, has another suffix, is one of the inputs, or nothing may be written there.
    """
    shown, suffix = printable(str(target)), Path(example).suffix
    if os.path.isdir(target):
        raise SaveError("output_is_folder", file=shown, option=option, example=example)
    if is_stream(target) and suffix in _TEXTS:
        return
    # Of a link, the file that it leads to is replaced.
    if any(Path(name).suffix.casefold() != suffix for name in (target, os.path.realpath(target))):
        raise SaveError("output_has_other_suffix", file=shown, option=option, suffix=suffix, example=example)
    if any(_same(target, given) for given in inputs if given is not None):
        raise SaveError("output_is_input", file=shown, option=option)
    try:
        check_replaceable(target)
    except OSError as error:
        raise SaveError(
            "output_not_writable", repr(error), file=shown, option=option, reason=os_reason(error)
        ) from error


def findings_of(data_check: Path | None) -> Sequence[Finding] | None:
    """The findings of a saved check of the training data; None without one. Raises :class:`DataError`."""
    if data_check is None:
        return None
    from trainer.data_quality.findings import read_findings

    return read_findings(data_check)


def save_report(target: Path, content: ReportContent, quiet: bool) -> None:
    """Write the page of ``--report`` and say so, unless ``quiet`` because standard output is for JSON.
    Raises :class:`SaveError`: it could not be written, or only to another file.
    """
    from trainer.evaluation.report import html

    save(target, lambda place: html.save_report(place, content, paths.report_dir()))
    if not quiet:
        terminal.echo(f"\nThe report is saved in {printable(str(target))}.")


def save(target: Path, write: Callable[[Path], object]) -> None:
    """Write the result of long work.
    Raises :class:`SaveError`: it could not be written, or only to another file, see :func:`write_or_rescue`.
    """
    _, problem = write_or_rescue(target, write, paths.rescued_dir())
    if problem is not None:
        raise problem


def unreadable(photos: Iterable[Unreadable]) -> list[dict[str, str]]:
    """Photos that were left out, as plain values."""
    return [{"file": printable(photo.file), "reason": messages.sentence(photo.error)} for photo in photos]


def report_unreadable(skipped: Skipped) -> int:
    """Say which photos of an evaluation could not be read; the exit code."""
    unreadable = skipped.unreadable
    for error in skipped.errors:
        terminal.warn(messages.sentence(error))
    if unreadable > len(skipped.errors):
        terminal.warn(f"{unreadable - len(skipped.errors):,} more could not be read.")
    return terminal.SOME_FAILED if unreadable else terminal.DONE


def data_name(path: Path, part: str) -> str:
    """What the photos of an evaluation are called: their file or folder and, where there is one, the part of it."""
    return printable(path.name or str(path)) + (f" ({part})" if part else "")


def _same(one: Path, other: Path | str) -> bool:
    try:
        return file_identity(one) == file_identity(other)
    except (OSError, ValueError):  # one of them is not there
        return False
