"""``fashionlens watch``: folders whose new photos are tagged as they come."""

from __future__ import annotations

import contextlib
import os
import sys
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from fashionlens_gui import messages
from fashionlens_gui.catalogue.catalogue import Catalogue
from fashionlens_gui.catalogue.files import watched_folders
from fashionlens_gui.catalogue.files.watched_folders import FolderRule
from fashionlens_gui.catalogue.model_identity import ModelIdentity, identity_of
from fashionlens_gui.command_line import outputs, terminal
from fashionlens_gui.command_line.arguments import (
    Commands,
    UsageError,
    above_zero,
    add_model,
    add_runtime,
    file_path,
    new_command,
)
from fashionlens_gui.command_line.remembering import add_catalogue, catalogue_file
from fashionlens_gui.command_line.terminal import DONE, SOME_FAILED
from fashionlens_gui.file_sorting.plan import DEFAULT_PATTERN
from fashionlens_gui.messages import REASONS
from fashionlens_gui.messages.files import left_reason
from fashionlens_gui.messages.photos import row_message
from fashionlens_gui.model_choice import find_model, open_predictor
from fashionlens_gui.tagging.tag import Status, Tag, printable
from fashionlens_gui.watching.arrivals import Patience
from fashionlens_gui.watching.rule_check import check_rule
from fashionlens_gui.watching.watch_events import (
    CsvWritten,
    FolderFound,
    FolderMissing,
    PhotosMoved,
    PhotosRenamed,
    PhotosTagged,
    WatchEvent,
    WatchProblem,
)
from fashionlens_gui.watching.watcher import WatchOptions, watch
from trainer.control import WorkControl
from trainer.number_format import photos

if TYPE_CHECKING:
    from trainer.inference.prediction import PhotoPredictor


def add_to(commands: Commands) -> None:
    """Add the command to the parser."""
    command = new_command(
        commands,
        "watch",
        run,
        help="tag the photos that come into folders, until stopped",
        description="Tags all photos in the folders and below them, then each photo that comes, once it is completely "
        "copied, and keeps a CSV current. Each photo is tagged once, also when the command is stopped, killed or "
        "started again, when photos are renamed, and when the drive is off for a while. The folders with what was said "
        "of them are stored in the catalogue: without a FOLDER, all stored folders are watched. Ctrl-C or SIGTERM "
        "stops it.",
        examples="""
  fashionlens watch incoming --out tags.csv
  fashionlens watch incoming --out tags.csv --move-into sorted --catalogue shop.sqlite
  fashionlens watch --catalogue shop.sqlite
  fashionlens watch incoming --out tags.csv --once""",
    )
    command.add_argument("folders", nargs="*", type=file_path, metavar="FOLDER", help="a folder of photos")
    command.add_argument("--out", type=file_path, metavar="FILE.csv", help="the CSV that is kept current")
    command.add_argument(
        "--move-into", type=file_path, metavar="FOLDER", help="move photos that are tagged into folders here"
    )
    command.add_argument(
        "--pattern",
        default=DEFAULT_PATTERN,
        help="the folders that --move-into makes, as in sort-files (default: %(default)s)",
    )
    add_model(command)
    add_runtime(command)
    add_catalogue(command)
    command.add_argument("--once", action="store_true", help="end when all photos that are there are tagged")
    command.add_argument(
        "--poll",
        type=above_zero,
        metavar="SECONDS",
        help="look into the folders every so many seconds, where the system does not tell of changes (default: 10 on "
        "network drives; else the system tells)",
    )
    command.add_argument(
        "--settled-after",
        type=above_zero,
        default=Patience().settled_after,
        metavar="SECONDS",
        help="a file that has not changed for so long may be complete (default: %(default)g)",
    )
    command.add_argument(
        "--give-up-after",
        type=above_zero,
        default=Patience().give_up_after,
        metavar="SECONDS",
        help="a file that cannot be read and has not changed for so long is a damaged photo, not a copy that is under "
        "way (default: %(default)g)",
    )
    command.add_argument("--list", action="store_true", help="list the stored folders, and do nothing else")
    command.add_argument(
        "--forget", action="store_true", help="watch the FOLDERs no longer; their photos stay in the catalogue"
    )


def run(arguments: Namespace) -> int:
    """Watch until stopped.

    Raises:
        UsageError: No folder, or one that cannot be watched.
        ModelFileError, SaveError, CatalogueError, DataError: See :func:`fashionlens_gui.watching.watcher.watch`.
    """
    folders = [Path(os.path.abspath(folder)) for folder in arguments.folders]
    with Catalogue(catalogue_file(arguments), write=not arguments.list) as catalogue:
        if arguments.list:
            stored = watched_folders.rules(catalogue)
            for rule in stored:
                terminal.echo(_rule_text(rule))
            if not stored:
                terminal.echo("No folder is stored. “fashionlens watch FOLDER” watches one and stores it.")
            return DONE
        if arguments.forget:
            for folder in folders:
                if not watched_folders.remove_rule(catalogue, folder):
                    raise UsageError("folder_not_watched", folder=printable(str(folder)))
                terminal.echo(f"{printable(str(folder))} is watched no longer; its photos stay in the catalogue.")
            return DONE
        _check(arguments, folders)
        new, known = _rules(arguments, folders), watched_folders.rules(catalogue)
        for rule in new:
            check_rule(rule, [*known, *new])
        rules = [watched_folders.set_rule(catalogue, rule) for rule in new]
        rules = rules or watched_folders.rules(catalogue)
        if not rules:
            raise UsageError("no_watched_folders")
        return _watch(arguments, catalogue, rules)


def _check(arguments: Namespace, folders: list[Path]) -> None:
    if arguments.out:
        outputs.check_target("--out", arguments.out, "tags.csv", [*folders, arguments.model])
    if arguments.model:
        find_model(arguments.model)


def _rules(arguments: Namespace, folders: list[Path]) -> list[FolderRule]:
    model = arguments.model or ""
    if model and os.path.exists(model):
        model = os.path.abspath(model)
    out, into = (given and Path(os.path.abspath(given)) for given in (arguments.out, arguments.move_into))
    return [FolderRule(folder, model, out, into, arguments.pattern) for folder in folders]


def _watch(arguments: Namespace, catalogue: Catalogue, rules: list[FolderRule]) -> int:
    control = WorkControl()
    unreadable = 0
    problem: WatchProblem | None = None
    patience = Patience(arguments.settled_after, arguments.give_up_after)
    options = WatchOptions(arguments.once, arguments.poll, patience)
    with terminal.stop_on_interrupt(control), contextlib.ExitStack() as opened:

        def open_model(name: str) -> tuple[PhotoPredictor, ModelIdentity]:
            file = find_model(name or None)
            terminal.note(f"Loading the model “{file.stem}”…")
            predictor = open_predictor(file, arguments.device, arguments.runtime)
            opened.enter_context(predictor.leaving_one_core())
            return predictor, identity_of(file, predictor)

        events = opened.enter_context(contextlib.closing(watch(catalogue, rules, open_model, control, options)))
        for event in events:
            if isinstance(event, PhotosTagged):
                unreadable += sum(tag.status == Status.ERROR for tag in event.tags)
            problem = event if isinstance(event, WatchProblem) else None if isinstance(event, CsvWritten) else problem
            _report(event)
            with contextlib.suppress(OSError, ValueError):  # a broken pipe is reported at the end
                sys.stdout.flush()
    if problem is not None:
        return SOME_FAILED
    return SOME_FAILED if arguments.once and unreadable else DONE


def _report(event: WatchEvent) -> None:
    if isinstance(event, WatchProblem):
        terminal.warn(messages.sentence(event.error))
        return
    if isinstance(event, PhotosTagged):
        for tag in event.tags:
            if tag.status == Status.ERROR:
                terminal.warn(f"{printable(str(tag.path))}: {row_message(tag.notes)}")
    if isinstance(event, PhotosMoved):
        for left in event.left:
            terminal.warn(f"{printable(str(left.file))} stays: {left_reason(left.reason, REASONS)}.")
    terminal.echo(_text(event))


def _text(event: WatchEvent) -> str:
    if isinstance(event, CsvWritten):
        return f"{printable(str(event.file))} has {photos(event.rows)}."
    assert not isinstance(event, WatchProblem)
    folder = printable(str(event.folder))
    if isinstance(event, FolderFound):
        return f"Watching {folder}{'' if event.events else ' by looking into it at regular intervals'}."
    if isinstance(event, FolderMissing):
        return f"{folder} is not there, or is empty now. Its photos are not forgotten; waiting for it."
    if isinstance(event, PhotosTagged):
        return f"{photos(len(event.tags))} tagged: {_names(event.tags)}."
    if isinstance(event, PhotosRenamed):
        return f"{photos(len(event.ids))} renamed or moved in {folder}."
    if isinstance(event, PhotosMoved):
        return f"{photos(len(event.ids))} moved out of {folder}."
    return f"{photos(len(event.ids))} no longer in {folder}."


def _names(tags: tuple[Tag, ...]) -> str:
    more = f" and {len(tags) - 3:,} more" if len(tags) > 3 else ""
    return f"{', '.join(printable(tag.file) for tag in tags[:3])}{more}"


def _rule_text(rule: FolderRule) -> str:
    parts = [printable(str(rule.folder)), f"model {printable(rule.model) or 'by default'}"]
    if rule.csv is not None:
        parts.append(f"CSV {printable(str(rule.csv))}")
    if rule.move_into is not None:
        parts.append(f"moved into {printable(str(rule.move_into / rule.pattern))}")
    return ", ".join(parts)
