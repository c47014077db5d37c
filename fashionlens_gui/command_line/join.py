"""``fashionlens join``: tables from the shop, such as titles and prices, joined to products or photos."""

from __future__ import annotations

from argparse import Namespace

from fashionlens_gui.catalogue.catalogue import Catalogue
from fashionlens_gui.command_line import terminal
from fashionlens_gui.command_line.arguments import Commands, UsageError, add_encoding, file_path, new_command
from fashionlens_gui.command_line.remembering import add_catalogue, catalogue_file, read_catalogue
from fashionlens_gui.command_line.terminal import DONE, SOME_FAILED
from fashionlens_gui.messages import sentence
from fashionlens_gui.product_groups import table_joins
from fashionlens_gui.product_groups.shop_tables import ShopTable, shop_tables, unmatched
from fashionlens_gui.product_groups.stored_tag_set import refresh_stale
from fashionlens_gui.product_groups.table_joins import Joined
from fashionlens_gui.tagging.tag import printable
from trainer.errors import FashionLensError
from trainer.number_format import day_of

_SHOWN = 10  # rows without product


def add_to(commands: Commands) -> None:
    """Add the command to the parser."""
    command = new_command(
        commands,
        "join",
        _run,
        help="join a table of the shop to the products of the catalogue",
        description="Titles, prices, sizes and whatever else a CSV or Excel file says are joined to the products by "
        "SKU, or to the photos by the name of the file. The table is remembered; --refresh reads it again. A category "
        "or title in it helps to decide which garment of a photo is meant. “fashionlens catalogue undo” reverts it.",
        examples="""
  fashionlens join shop.xlsx
  fashionlens join prices.csv --on sku --column "Item no." --name prices
  fashionlens join photos.csv --on file
  fashionlens join --refresh
  fashionlens join --list --json""",
    )
    command.add_argument("table", nargs="?", type=file_path, metavar="TABLE", help="a CSV or Excel file")
    command.add_argument("--on", choices=("sku", "file"), default="sku", help="what the rows are of (default: sku)")
    command.add_argument("--column", default="", metavar="NAME", help="the column with it (default: found by its name)")
    command.add_argument("--name", default="", help="of the table (default: the name of the file)")
    command.add_argument("--refresh", action="store_true", help="read the tables again whose files have changed")
    command.add_argument("--list", action="store_true", help="list the tables, and what they do not join")
    command.add_argument("--remove", default="", metavar="NAME", help="remove a table; its file stays")
    add_encoding(command)
    add_catalogue(command)
    command.add_argument("--json", action="store_true", help="print the result as JSON")


def _run(arguments: Namespace) -> int:
    if sum(map(bool, (arguments.table, arguments.refresh, arguments.list, arguments.remove))) != 1:
        raise UsageError("one_table_action")
    if arguments.list:
        return _list(arguments)
    with Catalogue(catalogue_file(arguments), write=True) as catalogue:
        errors: list[FashionLensError] = []
        done: list[Joined] = []
        if arguments.remove:
            if not table_joins.remove(catalogue, arguments.remove):
                raise UsageError("no_such_table", name=printable(arguments.remove))
        elif arguments.refresh:
            done, errors = table_joins.refresh(catalogue)
        else:
            chosen = (arguments.on, arguments.column, arguments.name, arguments.encoding or "")
            done = [table_joins.join(catalogue, arguments.table, *chosen)]
        terminal.run_with_progress(refresh_stale(catalogue))
        records = [(each, _record(catalogue, each.table, each)) for each in done]
    if arguments.json:
        terminal.echo_json({"tables": [record for _, record in records], "errors": list(map(sentence, errors))})
    elif arguments.remove:
        terminal.echo(printable(f"The table “{arguments.remove}” is removed; its file stays."))
    for each, record in [] if arguments.json else records:
        changed = "" if each.changes else " (the file has not changed)"
        what = "product" if each.table.joined_on == "sku" else "photo"
        matched = f"{each.table.rows - _count(record['rows_without']):,} with a {what}"
        terminal.echo(printable(f"{each.table.name}: {_rows(each.table.rows)}, {matched}{changed}."))
        _print_unmatched(record)
    for error in errors:
        terminal.warn(sentence(error))
    return SOME_FAILED if errors else DONE


def _list(arguments: Namespace) -> int:
    with read_catalogue(arguments) as catalogue:
        with catalogue.database.read() as database:
            tables = shop_tables(database)
        records = [(table, _record(catalogue, table)) for table in tables]
    if arguments.json:
        terminal.echo_json([record for _, record in records])
        return DONE
    for table, record in records:
        when = day_of(table.read_at)
        terminal.echo(printable(f"{table.name}: {_rows(table.rows)} on {table.joined_on}, {table.path}, read {when}"))
        _print_unmatched(record)
    if not tables:
        terminal.echo("No table is joined.")
    return DONE


def _record(catalogue: Catalogue, table: ShopTable, joined: Joined | None = None) -> dict[str, object]:
    rest = unmatched(catalogue, table)
    record: dict[str, object] = {
        "name": table.name,
        "file": printable(str(table.path)),
        "on": table.joined_on,
        "column": table.key_column,
        "columns": [printable(column) for column in table.columns],
        "rows": table.rows,
        "read_at": table.read_at,
        "rows_without": [[line, printable(key)] for line, key in rest.rows],
        "without_row": list(rest.without_row),
    }
    if joined is not None:
        record |= {"repeated_lines": list(joined.repeated), "lines_without_key": list(joined.without_key)}
    return record


def _rows(count: int) -> str:
    return f"{count:,} {'row' if count == 1 else 'rows'}"


def _count(lines: object) -> int:
    assert isinstance(lines, list)
    return len(lines)


def _print_unmatched(record: dict[str, object]) -> None:
    on = "product" if record["on"] == "sku" else "photo"
    rows, without = record["rows_without"], record["without_row"]
    assert isinstance(rows, list) and isinstance(without, list)
    if rows:
        terminal.echo(f"  {_rows(len(rows))} without {on}:")
    for line, key in rows[:_SHOWN]:
        terminal.echo(printable(f"    line {line}: {key or '(empty)'}"))
    if without:
        names = ", ".join(map(str, without[:_SHOWN])) + (", …" if len(without) > _SHOWN else "")
        terminal.echo(printable(f"  {len(without):,} {on}s have no row: {names}"))
    for name, text in (("repeated_lines", "repeat an earlier one"), ("lines_without_key", "are without key")):
        lines = record.get(name)
        if isinstance(lines, list) and lines:
            terminal.echo(f"  lines that {text}: {', '.join(map(str, lines[:_SHOWN]))}")
