"""``fashionlens catalogue``: what the catalogue has, and care for its file."""

from __future__ import annotations

import argparse
import sys
from argparse import Namespace
from collections.abc import Callable, Sequence
from dataclasses import asdict

from fashionlens_gui import paths
from fashionlens_gui.catalogue import backups
from fashionlens_gui.catalogue.catalogue import Catalogue, Statistics
from fashionlens_gui.catalogue.lists.list_sources import Import, last_imports
from fashionlens_gui.catalogue.upkeep.merge import merge
from fashionlens_gui.catalogue.upkeep.take_over import take_over
from fashionlens_gui.command_line import catalogue_photos, terminal
from fashionlens_gui.command_line.arguments import Commands, UsageError, file_path, new_command
from fashionlens_gui.command_line.remembering import add_catalogue, catalogue_file, read_catalogue
from fashionlens_gui.command_line.terminal import BAD_USAGE, DONE
from fashionlens_gui.messages import capitalized
from fashionlens_gui.tagging.tag import printable
from trainer.number_format import photos

_CATEGORIES_SHOWN, _IMPORTS_SHOWN, _PATHS_SHOWN = 10, 10, 3


def add_to(commands: Commands) -> None:
    """Add the command to the parser."""
    command = new_command(
        commands,
        "catalogue",
        lambda _: command.error("say what to do with the catalogue"),
        help="the photos that “tag --remember” has stored",
        description="The catalogue has all photos that were tagged with --remember: their predictions, what people "
        "set, and its history. It is one file, which grows by about 2 kB a photo.",
        examples="""
  fashionlens tag photos --remember
  fashionlens catalogue stats
  fashionlens catalogue list photos/spring --status "needs review" --sort confidence
  fashionlens catalogue correct photos/spring/coat.jpg --set category=Coat --set colour=Red
  fashionlens catalogue check --catalogue shop.sqlite""",
    )
    actions = command.add_subparsers(title="actions", metavar="ACTION", required=True)

    def add(name: str, run: Callable[[Namespace], int], help: str) -> argparse.ArgumentParser:
        action = actions.add_parser(name, help=help, description=f"{capitalized(help)}.")
        add_catalogue(action)
        action.add_argument("--json", action="store_true", help="print the result as JSON")
        action.set_defaults(run=run)
        return action

    add("stats", _stats, "how many photos there are, by status, category and model, and the last imports")
    catalogue_photos.add_to(add)
    add("check", _check, "read the whole file and say whether it is damaged")
    add("backup", _backup, "copy the catalogue into the folder “backups” beside it, as “tag --remember” does each day")
    action = add("restore", _restore, "put a backup in the place of the catalogue; the replaced file is kept")
    action.add_argument("backup", nargs="?", type=file_path, metavar="BACKUP", help="default: the newest one")
    action.add_argument("--list", action="store_true", help="list the backups, newest first")
    action.add_argument("--yes", action="store_true", help="do not ask")
    add("take-over", _take_over, "take over the list of photos and the corrections of earlier versions, once")
    action = add("merge", _merge, "take over what another person set, from their catalogue")
    action.add_argument("other", type=file_path, metavar="FILE", help="their catalogue; it is not changed")
    action.add_argument("--theirs", action="store_true", help="take their values where both set different ones")


def _stats(arguments: Namespace) -> int:
    with read_catalogue(arguments) as catalogue:
        found, added, file = catalogue.statistics(), catalogue.vocabulary(), printable(str(catalogue.file))
        imports = last_imports(catalogue, sys.maxsize)
    if arguments.json:
        figures = {"file": file, "photos": found.photos, **asdict(found), "values_of_people": added}
        terminal.echo_json({**figures, "imports": list(map(_import_record, imports))})
    else:
        _print(found, file)
        _print_imports(imports)
        for name, values in added.items():
            terminal.echo(printable(f"\nValues of people, {name}: {', '.join(values)}"))
    return DONE


def _print(found: Statistics, file: str) -> None:
    terminal.echo(f"{photos(found.photos)} in {file} ({found.bytes / 1e6:,.1f} MB)")
    for status, count in found.statuses.items():
        terminal.echo(f"  {count:9,}  {status}")
    parts = (
        (found.corrected, "corrected by a person"),
        (found.confirmed, "confirmed by a person"),
        (found.gone, "no longer where they were"),
    )
    for count, what in parts:
        if count:
            terminal.echo(f"  {count:9,}  {what}")
    for title, counts in (("Categories", found.categories), ("Models", found.models)):
        if counts:
            terminal.echo(f"\n{title}:")
        for name, count in list(counts.items())[:_CATEGORIES_SHOWN]:
            terminal.echo(f"  {count:9,}  {printable(name)}")
        if len(counts) > _CATEGORIES_SHOWN:
            terminal.echo(f"  {len(counts) - _CATEGORIES_SHOWN:9,}  more; --json lists all of them")


def _import_record(each: Import) -> dict[str, object]:
    paths = [printable(str(path)) for path in each.paths]
    return {
        "number": each.batch,
        "begun": each.begun,
        "photos": each.photos,
        "unfinished": each.unfinished,
        "paths": paths,
    }


def _print_imports(imports: Sequence[Import]) -> None:
    """The last ones, with the numbers that ``--import`` takes."""
    if imports:
        terminal.echo("\nImports, the last one first (--import NUMBER lists its photos):")
    for each in imports[:_IMPORTS_SHOWN]:
        begun, state = each.begun[:16].replace("T", " "), ", unfinished" if each.unfinished else ""
        names = ", ".join(map(str, each.paths[:_PATHS_SHOWN])) + (", …" if len(each.paths) > _PATHS_SHOWN else "")
        terminal.echo(printable(f"  {each.batch:9}  {begun} UTC  {photos(each.photos)}{state}: {names}"))
    if len(imports) > _IMPORTS_SHOWN:
        terminal.echo(f"  {len(imports) - _IMPORTS_SHOWN:9,}  more; --json lists all of them")


def _backup(arguments: Namespace) -> int:
    file = catalogue_file(arguments)
    Catalogue(file).close()  # says what is wrong with it
    made = printable(str(backups.back_up(file)))
    if arguments.json:
        terminal.echo_json({"backup": made})
    else:
        terminal.echo(f"Saved as {made}.")
    return DONE


def _restore(arguments: Namespace) -> int:
    file = catalogue_file(arguments)
    found = backups.backups(file)
    if arguments.list:
        names = [printable(str(each)) for each in found]
        if arguments.json:
            terminal.echo_json(names)
        else:
            terminal.echo("\n".join(names) or "There are no backups.")
        return DONE
    backup = arguments.backup or next(iter(found), None)
    if backup is None:
        raise UsageError("no_backups", file=printable(str(file)))
    shown = printable(str(backup))
    if not backup.is_file():
        raise UsageError("no_such_paths", paths=(shown,))
    if not terminal.agreed(f"Put {shown} in the place of {printable(str(file))}?", arguments.yes):
        return BAD_USAGE
    kept = backups.restore(file, backup)
    replaced = None if kept is None else printable(str(kept))
    if arguments.json:
        terminal.echo_json({"restored": shown, "replaced": replaced})
    else:
        terminal.echo(f"Restored {shown}.{f' The replaced file is {replaced}.' if replaced else ''}")
    return DONE


def _take_over(arguments: Namespace) -> int:
    with Catalogue(catalogue_file(arguments), write=True) as catalogue:
        steps = take_over(catalogue, paths.session_file(), paths.corrections_file())
        found = terminal.run_with_progress(steps)
    if arguments.json:
        terminal.echo_json(asdict(found))
    else:
        more = f", and {photos(found.others)} of earlier lists" if found.others else ""
        terminal.echo(
            f"{photos(found.photos)} of the list{more} with {found.corrections:,} values that people set are in the "
            "catalogue. The old files stay as they are."
        )
    return DONE


def _merge(arguments: Namespace) -> int:
    with Catalogue(catalogue_file(arguments), write=True) as catalogue:
        found = merge(catalogue, arguments.other, arguments.theirs)
    if arguments.json:
        conflicts = [{name: printable(text) for name, text in asdict(each).items()} for each in found.conflicts]
        figures = {"changed": len(found.changes.ids), "conflicts": conflicts, "unknown": found.unknown}
        terminal.echo_json({**figures, "attributes": list(found.attributes), "offered": found.offered})
        return DONE
    terminal.echo(f"{photos(len(found.changes.ids))} changed.")
    if found.attributes:
        terminal.echo(printable(f"New attributes of theirs: {', '.join(found.attributes)}."))
    if found.offered:
        values = "value that they added is" if found.offered == 1 else "values that they added are"
        terminal.echo(f"{found.offered:,} {values} in your lists now.")
    if found.unknown:
        terminal.echo(f"{photos(found.unknown)} of theirs are not in your catalogue.")
    if found.conflicts:
        left = "took theirs" if arguments.theirs else "kept yours; --theirs takes theirs"
        terminal.echo(f"{len(found.conflicts):,} values were set differently by both; {left}:")
    for each in found.conflicts:
        ours, theirs = each.ours or "none", each.theirs or "none"
        terminal.echo(
            printable(
                f"  {each.file}: {each.attribute} {ours} ({each.our_name}, {each.our_time[:10]}), "
                f"{theirs} ({each.their_name}, {each.their_time[:10]})"
            )
        )
    return DONE


def _check(arguments: Namespace) -> int:
    with read_catalogue(arguments) as catalogue:
        catalogue.check()
        file = printable(str(catalogue.file))
    if arguments.json:
        terminal.echo_json({"file": file, "damaged": False})
    else:
        terminal.echo(f"{file} is in order.")
    return DONE
