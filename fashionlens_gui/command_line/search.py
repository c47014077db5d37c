"""``fashionlens search``: photos of the catalogue by words, values, colour, date and place."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterable

from fashionlens_gui.catalogue.catalogue import Catalogue
from fashionlens_gui.catalogue.own_attributes import own_columns
from fashionlens_gui.catalogue.query import Query, find
from fashionlens_gui.catalogue.search.facets import FACETS, facets
from fashionlens_gui.catalogue.search.saved_searches import delete_search, save_search, saved_search, saved_searches
from fashionlens_gui.command_line import outputs, terminal
from fashionlens_gui.command_line.arguments import Commands, UsageError, file_path, new_command, some_text, whole_number
from fashionlens_gui.command_line.query_arguments import (
    add_below,
    add_order,
    add_query,
    query_of,
    warn_of_unknown_values,
)
from fashionlens_gui.command_line.remembering import add_catalogue, catalogue_file, read_catalogue
from fashionlens_gui.command_line.terminal import DONE
from fashionlens_gui.tagging import csv_export
from fashionlens_gui.tagging.tag import Tag, printable
from trainer.number_format import photos

_SHOWN = 30


def add_to(commands: Commands) -> None:
    """Add the command to the parser."""
    command = new_command(
        commands,
        "search",
        run,
        help="find photos in the catalogue by words, values and colours",
        description="Finds photos that have all words in their name, category, attributes, SKU, notes or the tables "
        "of the shop. A word is found at the beginning of words, with or without accents, and in singular and plural; "
        "one of four letters or more is found inside words, too. Words in quotation marks follow each other.",
        examples="""
  fashionlens search "red dress"
  fashionlens search dress --where season=Summer --where colour=Red --where colour=Pink
  fashionlens search --near-colour b02030 --sort near_colour --limit 20 --json
  fashionlens search coat --added-since 2026-11-01 --save "November coats"
  fashionlens search --saved "November coats" --csv coats.csv""",
    )
    command.add_argument("words", nargs="*", metavar="WORD", help="words that a photo has")
    add_query(command)
    add_below(command)
    add_order(command)
    add_catalogue(command)
    command.add_argument("--limit", type=whole_number(1), metavar="N", help="give the first N photos only")
    command.add_argument("--json", action="store_true", help="print the photos and how many have each value as JSON")
    command.add_argument("--csv", type=file_path, metavar="FILE.csv", help="write the photos with all values here")
    command.add_argument("--save", type=some_text, metavar="NAME", help="keep this search under a name")
    command.add_argument("--saved", type=some_text, metavar="NAME", help="search as saved, instead of all the above")
    command.add_argument("--list", action="store_true", help="list the saved searches")
    command.add_argument("--delete", type=some_text, metavar="NAME", help="delete a saved search; no photo")


def run(arguments: Namespace) -> int:
    """Search, or care for the saved searches."""
    if arguments.csv:
        outputs.check_target("--csv", arguments.csv, "photos.csv")
    query = query_of(arguments, " ".join(arguments.words), arguments.below)
    if arguments.saved and query != Query():
        raise UsageError("saved_search_with_more")
    changes_it = bool(arguments.save or arguments.delete)
    with Catalogue(catalogue_file(arguments), write=True) if changes_it else read_catalogue(arguments) as catalogue:
        if arguments.list:
            return _list(catalogue, arguments.json)
        if arguments.delete:
            delete_search(catalogue, arguments.delete)
            if not arguments.json:
                name = printable(arguments.delete)
                terminal.echo(f"The search “{name}” is deleted; “fashionlens catalogue undo” brings it back.")
            return DONE
        if arguments.saved:
            query = saved_search(catalogue, arguments.saved)
        if arguments.save:
            save_search(catalogue, arguments.save, query)
        return _search(catalogue, query, arguments)


def _search(catalogue: Catalogue, query: Query, arguments: Namespace) -> int:
    ids = find(catalogue, query)
    if not len(ids):
        warn_of_unknown_values(catalogue, query)
    tags = catalogue.tags(ids[: arguments.limit]).values()
    own = own_columns(catalogue)
    options = csv_export.Options(with_path=True, own=own)
    if arguments.csv:
        written = csv_export.write_csv(tags, arguments.csv, options)
        if not arguments.json:
            terminal.echo(f"{photos(written.rows)} saved in {printable(str(written.file))}.")
        if written.problem is not None:
            raise written.problem
    if arguments.json:
        records = [csv_export.record(tag, options) for tag in tags]
        terminal.echo_json(
            {"found": len(ids), "photos": records, "facets": facets(catalogue, query, (*FACETS, *own.values()))}
        )
    elif not arguments.csv:
        _print(tags, len(ids), arguments.limit or _SHOWN)
    return DONE


def _print(tags: Iterable[Tag], found: int, shown: int) -> None:
    listed = list(tags)[:shown]
    terminal.echo(f"{photos(found)} found.")
    for tag in listed:
        colour = tag.attributes.named("colour")
        what = ", ".join(filter(None, (tag.category, colour.value if colour else "")))
        terminal.echo(printable(f"  {tag.path}: {what or 'nothing known'}"))
    if len(listed) < found:
        terminal.echo(f"  {found - len(listed):,} more; --csv or --json gives all of them")


def _list(catalogue: Catalogue, as_json: bool) -> int:
    found = saved_searches(catalogue)
    sizes = {each.name: len(find(catalogue, each.query)) for each in found}
    if as_json:
        terminal.echo_json([{"name": name, "photos": size} for name, size in sizes.items()])
    elif not sizes:
        terminal.echo("There are no saved searches yet; --save keeps one.")
    else:
        for name, size in sizes.items():
            terminal.echo(f"{size:9,}  {name}")
    return DONE
