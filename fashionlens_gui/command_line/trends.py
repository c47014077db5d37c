"""``fashionlens trends``: how many photos, or what they sold, by any attribute over time, folders or imports."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

import numpy as np

from fashionlens_gui.catalogue.catalogue import Catalogue
from fashionlens_gui.catalogue.search.dates_taken import read_dates, unread
from fashionlens_gui.catalogue.search.facets import FACETS
from fashionlens_gui.catalogue.search.trend_table import trend_rows, whole_or_rounded, write_trend
from fashionlens_gui.catalogue.search.trends import ADDED, TAKEN, Over, Trend, trend
from fashionlens_gui.command_line import outputs, terminal
from fashionlens_gui.command_line.arguments import Commands, file_path, new_command, some_text
from fashionlens_gui.command_line.query_arguments import add_below, add_query, query_of
from fashionlens_gui.command_line.remembering import add_catalogue, catalogue_file
from fashionlens_gui.command_line.terminal import DONE
from fashionlens_gui.tagging.tag import printable
from trainer.control import WorkControl

_SHOWN = 8  # values of a period


def add_to(commands: Commands) -> None:
    """Add the command to the parser."""
    command = new_command(
        commands,
        "trends",
        run,
        help="count the photos of the catalogue by an attribute over time",
        description="Counts photos by the category or an attribute in each month, week or day, folder or import, or "
        "adds up a column of the tables of the shop, such as the units sold. For each value it gives the amount, its "
        "share of the period, and the change against the period before.",
        examples="""
  fashionlens trends --by colour --over month --csv colours.csv
  fashionlens trends --by category --over week --date taken --where season=Summer
  fashionlens trends --by pattern --date "Sold on" --sum Units --json""",
    )
    command.add_argument(
        "--by",
        type=some_text,
        default="category",
        metavar="NAME",
        help=f"{', '.join(FACETS)}, or an attribute of your own (default: %(default)s)",
    )
    command.add_argument("--over", choices=[over.value for over in Over], default="month", help="default: %(default)s")
    command.add_argument(
        "--date",
        type=some_text,
        default=ADDED,
        metavar="DATE",
        help=f"{ADDED}: to the catalogue (the default); {TAKEN}: by the camera; or a column of the shop’s tables",
    )
    command.add_argument("--sum", type=some_text, metavar="COLUMN", help="add up this column of the shop’s tables")
    add_query(command)
    add_below(command)
    add_catalogue(command)
    command.add_argument("--json", action="store_true", help="print all amounts as JSON")
    command.add_argument("--csv", type=file_path, metavar="FILE.csv", help="write the table here")


def run(arguments: Namespace) -> int:
    """Count and print or write the table."""
    if arguments.csv:
        outputs.check_target("--csv", arguments.csv, "trends.csv", [catalogue_file(arguments)])
    file, query = catalogue_file(arguments), query_of(arguments, below=arguments.below)
    if arguments.date == TAKEN:
        _read_dates(file)
    with Catalogue(file) as catalogue:
        found = trend(catalogue, query, arguments.by, Over(arguments.over), arguments.date, arguments.sum or "")
    if arguments.csv:
        outputs.save(arguments.csv, lambda place: write_trend(found, place))
        if not arguments.json:
            periods = "period" if len(found.periods) == 1 else "periods"
            terminal.echo(f"{len(found.periods):,} {periods} saved in {printable(str(arguments.csv))}.")
    if arguments.json:
        terminal.echo_json({"periods": trend_rows(found), "undated": found.undated, "unread": found.unread})
    elif not arguments.csv:
        _print(found)
    if found.undated:
        terminal.warn(f"Not counted, since they have no date or period: {found.undated:,}.")
    if found.unread:
        terminal.warn(f"Rows without a number in the column “{printable(arguments.sum)}”: {found.unread:,}.")
    return DONE


def _read_dates(file: Path) -> None:
    """Dates of photos that were tagged before FashionLens stored them."""
    with Catalogue(file) as catalogue:
        if not unread(catalogue):
            return
    control = WorkControl()
    with terminal.stop_on_interrupt(control), Catalogue(file, write=True) as catalogue:
        terminal.run_with_progress(read_dates(catalogue, control))


def _print(found: Trend) -> None:
    if not found.periods:
        terminal.echo("There is nothing to count.")
    shares_PV, changes_PV = found.shares_PV, found.changes_PV
    for p, period in enumerate(found.periods):
        total = found.amounts_PV[p].sum()
        terminal.echo(printable(f"{period}: {whole_or_rounded(float(total)):,}"))
        order = [v for v in np.argsort(-found.amounts_PV[p], kind="stable") if found.amounts_PV[p, v]]
        for v in order[:_SHOWN]:
            change = "" if np.isnan(changes_PV[p, v]) else f"  {changes_PV[p, v]:+.0%}"
            value = found.values[v] or "none"
            terminal.echo(
                printable(
                    f"  {whole_or_rounded(float(found.amounts_PV[p, v])):9,}  {shares_PV[p, v]:4.0%}  {value}{change}"
                )
            )
        if len(order) > _SHOWN:
            terminal.echo(f"  {len(order) - _SHOWN:9,}  more values; --csv or --json gives all of them")
