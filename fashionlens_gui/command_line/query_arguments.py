"""Arguments that choose photos of the catalogue, for the commands that list, search and count them."""

from __future__ import annotations

import argparse
import re
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from fashionlens_gui import paths
from fashionlens_gui.catalogue.catalogue import Catalogue
from fashionlens_gui.catalogue.colour_search import LEAST_SHARE, NearColour
from fashionlens_gui.catalogue.query import SORTS, Days, Query, find
from fashionlens_gui.command_line import terminal
from fashionlens_gui.command_line.arguments import file_path, probability, whole_number
from fashionlens_gui.tagging.tag import Status, printable
from trainer import taxonomy
from trainer.taxonomy import CATEGORY_AND_ATTRIBUTES

_HEX = re.compile(r"#?([0-9a-fA-F]{6})")


def add_query(command: argparse._ActionsContainer) -> None:
    """The arguments of a query but its words, its places and its order."""
    command.add_argument("--status", action="append", default=[], choices=[status.value for status in Status])
    command.add_argument(
        "--where",
        "--having",
        action="append",
        default=[],
        type=name_and_value,
        metavar="NAME=VALUE",
        help="such as colour=Red; of several values of one name a photo has one; repeatable; names: "
        f"{', '.join(CATEGORY_AND_ATTRIBUTES)}",
    )
    command.add_argument(
        "--near-colour", type=_srgb, metavar="RRGGBB", help="with this colour or nearly, such as b02030, by the pixels"
    )
    command.add_argument(
        "--colour-share",
        type=probability,
        default=LEAST_SHARE,
        metavar="P",
        help="the least share of the garment in that colour, from 0 to 1 (default: %(default)s)",
    )
    command.add_argument("--added-since", type=_day, metavar="DATE", help="added on this day or later: 2026-12-24")
    command.add_argument("--added-until", type=_day, metavar="DATE", help="added on this day or before")
    command.add_argument("--taken-since", type=_day, metavar="DATE", help="taken on this day or later, by the camera")
    command.add_argument("--taken-until", type=_day, metavar="DATE", help="taken on this day or before")
    command.add_argument(
        "--import", dest="batch", type=whole_number(1), metavar="NUMBER", help="of the import with this number"
    )
    command.add_argument(
        "--corrected", action="store_true", default=None, help="those of which a person changed a value"
    )
    command.add_argument("--gone", action="store_true", default=None, help="those whose files are no longer there")


def add_below(command: argparse._ActionsContainer) -> None:
    """``--below``."""
    command.add_argument(
        "--below",
        action="append",
        default=[],
        type=file_path,
        metavar="PATH",
        help="in or below this folder; repeatable",
    )


def add_order(command: argparse.ArgumentParser) -> None:
    """``--sort`` and ``--descending``."""
    command.add_argument(
        "--sort",
        choices=SORTS,
        default="arrival",
        help="default: the order in which they came; near_colour: those with most of the colour first",
    )
    command.add_argument("--descending", action="store_true", help="sort from the last to the first")


def query_of(arguments: argparse.Namespace, text: str = "", below: list[Path] | None = None) -> Query:
    """The query that the arguments of :func:`add_query`, and of :func:`add_order` where it was called, describe."""
    values: dict[str, list[str]] = {}
    for name, value in arguments.where:
        values.setdefault(name, []).append(value)
    near = arguments.near_colour
    added, taken = (
        Days(arguments.added_since, arguments.added_until),
        Days(arguments.taken_since, arguments.taken_until),
    )
    return Query(
        status=[Status(each) for each in arguments.status] or None,
        batch=arguments.batch,
        below=below or (),
        text=text,
        values=values,
        near_colour=None if near is None else NearColour(near, least_share=arguments.colour_share),
        added=None if added == Days() else added,
        taken=None if taken == Days() else taken,
        corrected=arguments.corrected,
        gone=arguments.gone,
        sort=getattr(arguments, "sort", "arrival"),
        descending=getattr(arguments, "descending", False),
    )


def warn_of_unknown_values(catalogue: Catalogue, query: Query) -> None:
    """Say which of the query's values neither a photo nor a list of values has: they may be misspelt."""
    for name, value in unknown_values(catalogue, query.values):
        terminal.warn(printable(f"No photo has the {name} “{value}”, and it is in no list of values: misspelt?"))


def warn_of_new_values(new: Sequence[tuple[str, str]]) -> None:
    """Say which values that were set were unknown before, see :func:`unknown_values`: they may be misspelt."""
    for name, value in new:
        terminal.warn(printable(f"“{value}” is a new {name}: misspelt? “fashionlens catalogue undo” takes it back."))


def unknown_values(catalogue: Catalogue, asked: Mapping[str, Sequence[str]]) -> list[tuple[str, str]]:
    """Names and values that neither a photo nor a list of values has.

    Raises:
        NoSuchAttribute: There is none of a name.
    """
    known, added = taxonomy.load(paths.taxonomy_dir()), catalogue.vocabulary()
    found = []
    for name, values in asked.items():
        listed = (*known.names(name), *added.get(name, ())) if name in CATEGORY_AND_ATTRIBUTES else ()
        folded = {each.casefold() for each in listed}
        for value in filter(None, map(str.strip, values)):
            if value.casefold() not in folded and not len(find(catalogue, Query(values={name: [value]}))):
                found.append((name, value))
    return found


def name_and_value(text: str) -> tuple[str, str]:
    """``NAME=VALUE`` of the category or an attribute, whose name the catalogue checks."""
    name, equals, value = text.partition("=")
    if not equals or not name.strip() or (name == "category" and not value.strip()):
        names = ", ".join(CATEGORY_AND_ATTRIBUTES)
        raise argparse.ArgumentTypeError(
            f"“{text}” is not of the form NAME=VALUE with one of the names {names}, or that of an attribute of your own"
        )
    return name, value


def _srgb(text: str) -> tuple[int, int, int]:
    found = _HEX.fullmatch(text)
    if found is None:
        raise argparse.ArgumentTypeError(f"“{text}” is no colour such as b02030: red, green and blue, two digits each")
    red, green, blue = bytes.fromhex(found[1])
    return red, green, blue


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"“{text}” is no day such as 2026-12-24") from None
