"""``fashionlens catalogue``: what the catalogue has, and care for its file."""

from __future__ import annotations

import argparse
from argparse import Namespace
from collections.abc import Callable
from dataclasses import asdict

from fashionlens_gui.catalogue.catalogue import Catalogue, Statistics
from fashionlens_gui.command_line import catalogue_photos, terminal
from fashionlens_gui.command_line.arguments import Commands, new_command
from fashionlens_gui.command_line.remembering import add_catalogue, catalogue_file
from fashionlens_gui.command_line.terminal import DONE
from fashionlens_gui.messages import capitalized
from fashionlens_gui.tagging.tag import printable
from trainer.number_format import photos

_CATEGORIES_SHOWN = 10


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

    add("stats", _stats, "how many photos there are, by status, category and model")
    catalogue_photos.add_to(add)
    add("check", _check, "read the whole file and say whether it is damaged")


def _stats(arguments: Namespace) -> int:
    with Catalogue(catalogue_file(arguments)) as catalogue:
        found, added, file = catalogue.statistics(), catalogue.vocabulary(), printable(str(catalogue.file))
    if arguments.json:
        terminal.echo_json({"file": file, "photos": found.photos, **asdict(found), "values_of_people": added})
    else:
        _print(found, file)
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


def _check(arguments: Namespace) -> int:
    with Catalogue(catalogue_file(arguments)) as catalogue:
        catalogue.check()
        file = printable(str(catalogue.file))
    if arguments.json:
        terminal.echo_json({"file": file, "damaged": False})
    else:
        terminal.echo(f"{file} is in order.")
    return DONE
