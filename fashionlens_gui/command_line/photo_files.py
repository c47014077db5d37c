"""``sort-files``, ``write-keywords`` and ``read-keywords``: what is done with the files of the catalogue's photos."""

from __future__ import annotations

import argparse
from argparse import Namespace
from collections import Counter
from collections.abc import Generator
from pathlib import Path
from typing import TypeVar

from fashionlens_gui import messages
from fashionlens_gui.catalogue.catalogue import Catalogue
from fashionlens_gui.catalogue.query import Query, find
from fashionlens_gui.command_line import terminal
from fashionlens_gui.command_line.arguments import Commands, UsageError, file_path, new_command
from fashionlens_gui.command_line.remembering import add_catalogue, catalogue_file
from fashionlens_gui.command_line.terminal import DONE, INTERRUPTED, SOME_FAILED
from fashionlens_gui.file_sorting.plan import DEFAULT_PATTERN, Layout, LeftFile, make_plan
from fashionlens_gui.file_sorting.sort import Sorted, continue_sorting, sort, undo_sorting
from fashionlens_gui.messages import REASONS
from fashionlens_gui.messages.files import left_reason
from fashionlens_gui.photo_keywords.read import correct_by_keywords, find_keywords
from fashionlens_gui.photo_keywords.write import WriteResult, restore_files, write_keywords
from fashionlens_gui.tagging.sku import check_pattern
from fashionlens_gui.tagging.tag import Status, printable
from trainer.control import ProgressEvent, WorkControl
from trainer.errors import FashionLensError
from trainer.number_format import photos

Result = TypeVar("Result")

_SHOWN = 20  # words in a list


def add_to(commands: Commands) -> None:
    """Add the commands to the parser."""
    _add_sort_files(commands)
    command = new_command(
        commands,
        "write-keywords",
        _write_keywords,
        help="write tags as keywords into sidecars or photos",
        description="Writes what the catalogue has of photos (see “tag --remember”) as keywords, title and colour "
        "label into XMP files beside them: coat.jpg.xmp. With --inside, into the photos themselves where they are "
        "JPEG, PNG, WebP or TIFF: as XMP, in JPEG and TIFF as IPTC, too. Keywords of others stay, and the picture "
        "is the same to the byte; --restore brings back the files as they were.",
        examples="""
  fashionlens write-keywords photos
  fashionlens write-keywords photos --inside --dry-run
  fashionlens write-keywords photos --restore""",
    )
    _add_paths(command)
    command.add_argument("--inside", action="store_true", help="write into the photos themselves")
    command.add_argument("--restore", action="store_true", help="bring back photos and sidecars as they were")
    _add_common(command, "list the files, and write nothing")
    command = new_command(
        commands,
        "read-keywords",
        _read_keywords,
        help="take keywords that people have set in other programs over as corrections",
        description="Reads the XMP files beside photos and the keywords inside them. What a person has added or "
        "removed since “write-keywords” becomes a correction, all in one step that “catalogue undo” reverts. Words "
        "that are no value of any attribute are listed.",
        examples="""
  fashionlens read-keywords photos --dry-run
  fashionlens read-keywords photos""",
    )
    _add_paths(command)
    _add_common(command, "list what would change, and change nothing")


def _add_sort_files(commands: Commands) -> None:
    command = new_command(
        commands,
        "sort-files",
        _sort_files,
        help="copy or move photos into folders by their tags",
        description="Copies the photos of the catalogue (see “tag --remember”), or moves them with --move, into "
        "folders by their tags, with their XMP files. A file that is there already is never replaced: the new one is "
        "called coat (2).jpg. The catalogue follows files that are moved. Values that are empty become “Unknown”.",
        examples="""
  fashionlens sort-files photos --into sorted --dry-run
  fashionlens sort-files photos --into sorted --pattern "{group}/{category}/{colour}" --move
  fashionlens sort-files photos --into shop --name "{sku}-{colour|slug}" --sku "[^_-]+"
  fashionlens sort-files --undo""",
    )
    _add_paths(command)
    command.add_argument("--into", type=file_path, metavar="FOLDER", help="where the folders are made")
    command.add_argument("--pattern", default=DEFAULT_PATTERN, help="folders below it (default: %(default)s)")
    command.add_argument("--name", default="", metavar="PATTERN", help="rename the files, without their suffix")
    command.add_argument("--sku", type=check_pattern, default="", metavar="PATTERN", help="as in “tag”, for {sku}")
    command.add_argument("--move", action="store_true", help="move the files; else they are copied")
    command.add_argument("--status", choices=[each.value for each in Status], help="only photos of this status")
    command.add_argument("--undo", action="store_true", help="bring the files of the last sorting back")
    command.add_argument("--continue", dest="resume", action="store_true", help="finish a sorting that was interrupted")
    _add_common(command, "list where the files would go, and do nothing")


def _add_paths(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "paths", nargs="*", type=file_path, metavar="PATH", help="photos, or folders of them (default: all)"
    )


def _add_common(command: argparse.ArgumentParser, dry_run: str) -> None:
    add_catalogue(command)
    command.add_argument("--dry-run", action="store_true", help=dry_run)
    command.add_argument("--json", action="store_true", help="print the result as JSON")


def _sort_files(arguments: Namespace) -> int:
    if not (arguments.undo or arguments.resume or arguments.into):
        raise UsageError("sort_without_folder")
    dry_run = arguments.dry_run and not (arguments.undo or arguments.resume)
    control = WorkControl()
    with Catalogue(catalogue_file(arguments), write=not dry_run) as catalogue:
        if arguments.undo or arguments.resume:
            steps = (undo_sorting if arguments.undo else continue_sorting)(catalogue, control)
            return _report_sorted(arguments, _finish(steps, control), "brought back" if arguments.undo else "sorted")
        layout = Layout(arguments.into, arguments.pattern, arguments.name, arguments.sku)
        status = Status(arguments.status) if arguments.status else None
        plan = make_plan(catalogue, _ids(catalogue, arguments.paths, status), layout, arguments.move)
        if dry_run:
            pairs = [(printable(str(step.source)), printable(str(step.target))) for step in plan.steps]
            if arguments.json:
                terminal.echo_json({"files": [{"from": old, "to": new} for old, new in pairs], **_left(plan.left)})
            else:
                for old, new in pairs:
                    terminal.echo(f"{old} → {new}")
                _warn_left(plan.left)
            return DONE
        done = _finish(sort(catalogue, plan, arguments.move, control), control)
    return _report_sorted(arguments, done, "moved" if arguments.move else "copied")


def _report_sorted(arguments: Namespace, done: Sorted, verb: str) -> int:
    if arguments.json:
        terminal.echo_json({"photos": done.photos, "stopped": done.stopped, **_left(done.left)})
    else:
        _warn_left(done.left)
        terminal.echo(f"{photos(done.photos)} {verb}.")
    if done.stopped:
        terminal.warn("Stopped. “sort-files --continue” finishes it, “--undo” brings the files back.")
        return INTERRUPTED
    return SOME_FAILED if any(each.reason not in ("in_place", "copied_before") for each in done.left) else DONE


def _left(left: tuple[LeftFile, ...]) -> dict[str, list[dict[str, str]]]:
    return {"left": [{"file": printable(str(each.file)), "reason": each.reason} for each in left]}


def _warn_left(left: tuple[LeftFile, ...]) -> None:
    for each in left:
        terminal.warn(f"{printable(str(each.file))} stays: {left_reason(each.reason, REASONS)}.")


def _write_keywords(arguments: Namespace) -> int:
    control = WorkControl()
    with Catalogue(catalogue_file(arguments), write=not arguments.dry_run) as catalogue:
        ids = _ids(catalogue, arguments.paths)
        if arguments.restore:
            done = _finish(restore_files(catalogue, ids, arguments.dry_run, control), control)
        else:
            done = _finish(write_keywords(catalogue, ids, arguments.inside, arguments.dry_run, control), control)
    files = [printable(str(file)) for file in done.written]
    if arguments.json:
        terminal.echo_json(
            {
                "files": files,
                "unchanged": done.unchanged,
                "cleaned": [printable(str(file)) for file in done.cleaned],
                "stopped": done.stopped,
                "errors": _errors(done.errors),
            }
        )
    else:
        if arguments.dry_run:
            terminal.echo("\n".join([*files, *(printable(str(file)) for file in done.cleaned)]))
        _warn_errors(done.errors)
        terminal.echo(_written_text(arguments, done))
    if done.stopped:
        return INTERRUPTED
    return SOME_FAILED if done.errors else DONE


def _written_text(arguments: Namespace, done: WriteResult) -> str:
    would = "would be " if arguments.dry_run else ""
    count = f"{len(done.written):,} {'file' if len(done.written) == 1 else 'files'}"
    if not arguments.restore:
        return f"{count} {would}written, {done.unchanged:,} unchanged."
    cleaned = len(done.cleaned)
    text = f"{count} {would}restored."
    if cleaned:
        text += f" {cleaned:,} were changed by another program since: only the keywords of FashionLens are removed."
    return text


def _read_keywords(arguments: Namespace) -> int:
    control = WorkControl()
    with Catalogue(catalogue_file(arguments), write=not arguments.dry_run) as catalogue:
        found = _finish(find_keywords(catalogue, _ids(catalogue, arguments.paths), control), control)
        tags = catalogue.tags(list(found.values))
        changed = len(found.values) if arguments.dry_run else len(correct_by_keywords(catalogue, found).ids)
    if arguments.json:
        values = [
            {"file": printable(str(tags[photo].path)), "values": dict(each)} for photo, each in found.values.items()
        ]
        words = {"unknown": dict(found.unknown), "ambiguous": dict(found.ambiguous)}
        terminal.echo_json({"changed": changed, "photos": values, **words, "errors": _errors(found.errors)})
        return SOME_FAILED if found.errors else DONE
    _warn_errors(found.errors)
    if arguments.dry_run:
        for photo, each in found.values.items():
            text = ", ".join(f"{name} {value or 'none'}" for name, value in each.items())
            terminal.echo(printable(f"{tags[photo].path}: {text}"))
    _list_words("Words that are no value of any attribute", found.unknown)
    _list_words("Words that may mean several values", found.ambiguous)
    terminal.echo(f"{photos(changed)} {'would be corrected' if arguments.dry_run else 'corrected'}.")
    return SOME_FAILED if found.errors else DONE


def _list_words(title: str, words: Counter[str]) -> None:
    if words:
        listed = ", ".join(f"{printable(word)} ({count:,})" for word, count in words.most_common(_SHOWN))
        more = f" and {len(words) - _SHOWN:,} more; --json lists all" if len(words) > _SHOWN else ""
        terminal.echo(f"{title}: {listed}{more}")


def _errors(errors: tuple[tuple[Path, FashionLensError], ...]) -> list[dict[str, str]]:
    return [{"file": printable(str(file)), "reason": messages.sentence(error)} for file, error in errors]


def _warn_errors(errors: tuple[tuple[Path, FashionLensError], ...]) -> None:
    for file, error in errors:
        terminal.warn(f"{printable(str(file))}: {messages.sentence(error)}")


def _ids(catalogue: Catalogue, paths: list[Path], status: Status | None = None) -> list[int]:
    """Raises UsageError (``not_in_catalogue``)."""
    ids: list[int] = find(catalogue, Query(below=paths, status=status, gone=False)).tolist()
    if not ids:
        raise UsageError("not_in_catalogue", paths=tuple(printable(str(path)) for path in paths) or ("any folder",))
    return ids


def _finish(steps: Generator[ProgressEvent, None, Result], control: WorkControl) -> Result:
    with terminal.stop_on_interrupt(control):
        return terminal.run_with_progress(steps)
