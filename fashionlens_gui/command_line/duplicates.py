"""``fashionlens duplicates``: photos that are the same, and which of them to keep."""

from __future__ import annotations

import argparse
import os
from argparse import Namespace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fashionlens_gui import messages
from fashionlens_gui.catalogue.catalogue import Catalogue
from fashionlens_gui.catalogue.query import Query, find
from fashionlens_gui.command_line import terminal
from fashionlens_gui.command_line.arguments import Commands, UsageError, file_path, new_command
from fashionlens_gui.command_line.remembering import add_catalogue, catalogue_file
from fashionlens_gui.command_line.terminal import BAD_USAGE, DONE, SOME_FAILED
from fashionlens_gui.messages.photos import KEEP_REASONS
from fashionlens_gui.tagging.duplicates import (
    DuplicateGroup,
    FoundDuplicates,
    FoundPhoto,
    find_duplicates,
    move_to_trash,
)
from fashionlens_gui.tagging.tag import printable
from trainer.control import WorkControl
from trainer.errors import PhotoError
from trainer.number_format import photos


def add_to(commands: Commands) -> None:
    """Add the command to the parser."""
    command: argparse.ArgumentParser = new_command(
        commands,
        "duplicates",
        run,
        help="find photos that are the same, and say which to keep",
        description="Finds photos that are the same file, or the same picture scaled, cropped, relit, mirrored or "
        "saved again, and suggests which of them to keep. Nothing is deleted: --trash moves the others to the trash of "
        "the system, after a question.",
        examples="""
  fashionlens duplicates photos --json
  fashionlens duplicates photos --exact --trash
  fashionlens duplicates --catalogue shop.sqlite""",
    )
    command.add_argument(
        "paths", nargs="*", type=file_path, metavar="PATH", help="photos and folders (default: all of the catalogue)"
    )
    command.add_argument("--exact", action="store_true", help="only photos that are the same file, byte by byte")
    command.add_argument("--trash", action="store_true", help="move those that are not kept to the trash")
    command.add_argument("--yes", action="store_true", help="do not ask")
    command.add_argument("--json", action="store_true", help="print the groups as JSON")
    add_catalogue(command)


def run(arguments: Namespace) -> int:
    """Print the groups, and move photos to the trash where that was asked for."""
    if missing := [path for path in arguments.paths if not os.path.lexists(path)]:
        raise UsageError("no_such_paths", paths=tuple(printable(str(path)) for path in missing))
    paths = arguments.paths or _of_catalogue(catalogue_file(arguments))
    control = WorkControl()
    with terminal.stop_on_interrupt(control):
        found = terminal.run_with_progress(find_duplicates(paths, control, near=not arguments.exact))
    failed = [f"{printable(str(path))}: {messages.sentence(error)}" for path, error in found.unreadable]
    if arguments.json:
        terminal.echo_json(
            {"photos": found.photos, "groups": [_record(group) for group in found.groups], "unreadable": failed}
        )
    else:
        _print(found)
    for text in failed:
        terminal.warn(text)
    if arguments.trash and found.groups:
        others = [photo for group in found.groups for photo in group.others]
        if not terminal.agreed(f"Move {photos(len(others))} to the trash?", arguments.yes):
            return BAD_USAGE
        failed += _trash(others)
    return SOME_FAILED if failed else DONE


def _of_catalogue(file: Path) -> list[Path]:
    with Catalogue(file) as catalogue:
        found = [tag.path for tag in catalogue.tags(find(catalogue, Query(gone=False))).values()]
    if not found:
        raise UsageError("no_photos_to_compare", file=printable(str(file)))
    return found


def _trash(others: list[FoundPhoto]) -> list[str]:
    """What could not be moved, and why."""
    failed = []
    for photo in others:
        try:
            move_to_trash(photo.path)
        except PhotoError as error:
            failed.append(messages.sentence(error))
            terminal.warn(failed[-1])
    terminal.note(f"{photos(len(others) - len(failed))} moved to the trash.")
    return failed


def _record(group: DuplicateGroup) -> dict[str, Any]:
    return {
        "exact": group.exact,
        "keep": printable(str(group.photos[group.keep].path)),
        "why": group.reason,
        "photos": [
            {
                "file": printable(str(photo.path)),
                "width": photo.width,
                "height": photo.height,
                "bytes": photo.bytes,
                "modified": datetime.fromtimestamp(photo.modified_ns / 1e9, UTC).isoformat(timespec="seconds"),
                "taken": photo.taken or None,
            }
            for photo in group.photos
        ],
    }


def _print(found: FoundDuplicates) -> None:
    others = sum(len(group.others) for group in found.groups)
    several = "group" if len(found.groups) == 1 else "groups"
    terminal.echo(f"{photos(found.photos)} compared: {len(found.groups):,} {several}, {others:,} that could go.")
    for group in found.groups:
        terminal.echo(f"\n{'The same file' if group.exact else 'The same picture'}:")
        for place, photo in enumerate(group.photos):
            kept = f"  keep: {KEEP_REASONS[group.reason]}" if place == group.keep else ""
            terminal.echo(printable(f"  {photo.width}×{photo.height}, {photo.bytes / 1e3:,.0f} kB  {photo.path}{kept}"))
