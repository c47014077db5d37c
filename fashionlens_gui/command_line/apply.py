"""The command ``apply``: corrections from a table, in one step that undo reverts."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence
from dataclasses import asdict

from fashionlens_gui.command_line import terminal
from fashionlens_gui.command_line.arguments import Commands, add_encoding, file_path, new_command
from fashionlens_gui.command_line.remembering import add_catalogue, open_catalogue
from fashionlens_gui.command_line.terminal import DONE, SOME_FAILED
from fashionlens_gui.shops.catalogue_products import product_rows
from fashionlens_gui.shops.returned_table import TableChanges, ValueChange, apply, changes_of
from fashionlens_gui.tagging.sku import check_pattern
from fashionlens_gui.tagging.tag import printable

_MOST_SHOWN = 20


def add_to(commands: Commands) -> None:
    """Add the command to the parser."""
    command = new_command(
        commands,
        "apply",
        _run,
        help="apply corrections from a table (CSV or Excel) to the catalogue",
        description="Reads an edited table, with FashionLens' own columns or those of Shopify, WooCommerce or Google, "
        "and sets what it changes, in one step that “fashionlens catalogue undo” reverts. Empty cells change nothing. "
        "Unknown values, conflicts and rows of unknown products are listed and change nothing.",
        examples="""
  fashionlens apply products.xlsx --dry-run
  fashionlens apply shopify.csv""",
    )
    command.add_argument("table", type=file_path, metavar="TABLE")
    add_catalogue(command)
    command.add_argument("--dry-run", action="store_true", help="show what would change, and change nothing")
    command.add_argument("--new-values", action="store_true", help="take values that are not known as new ones")
    command.add_argument("--sku", type=check_pattern, default="", metavar="PATTERN",
                         help="a regular expression: the SKU in the name of a photo that is in no product")  # fmt: skip
    add_encoding(command)
    command.add_argument("--json", action="store_true", help="print the result as JSON")


def _run(arguments: Namespace) -> int:
    with open_catalogue(arguments, write=not arguments.dry_run) as catalogue:
        products = product_rows(catalogue, sku=arguments.sku)
        found = changes_of(catalogue, arguments.table, products, take_new_values=arguments.new_values)
        changed = 0 if arguments.dry_run else len(apply(catalogue, found).ids)
    if arguments.json:
        terminal.echo_json({"applied": not arguments.dry_run, "photos": changed, **_json(found)})
    else:
        _print(found, arguments.dry_run, changed)
    return SOME_FAILED if found.unknown or found.conflicts or found.unmatched else DONE


def _json(found: TableChanges) -> dict[str, object]:
    rows = {name: [asdict(each) for each in getattr(found, name)] for name in ("changes", "unknown", "conflicts")}
    unmatched = [{"row": row, "product": printable(name)} for row, name in found.unmatched]
    return {"rows": found.rows, **rows, "unmatched": unmatched}


def _print(found: TableChanges, dry_run: bool, changed: int) -> None:
    _list("Changes", [_change(each) for each in found.changes])
    _list(
        "Not known, so not applied (--new-values takes them)",
        [f"row {each.row}, {each.product}: {each.attribute} “{each.text}”" for each in found.unknown],
    )
    _list(
        "Changed in the table and in the catalogue, or twice in the table, so not applied",
        [_change(each) for each in found.conflicts],
    )
    _list("Products that are not in the catalogue", [f"row {row}: {name}" for row, name in found.unmatched])
    count = f"{len(found.changes):,} value{'' if len(found.changes) == 1 else 's'}"
    if dry_run:
        terminal.echo(f"{count} would change. Nothing was changed.")
    elif changed:
        terminal.echo(f"{count} changed on {changed:,} photos. “fashionlens catalogue undo” takes it back.")
    else:
        terminal.echo("Nothing changed.")


def _change(each: ValueChange) -> str:
    return f"row {each.row}, {each.product}: {each.attribute} {each.before or 'none'} → {each.after}"


def _list(title: str, lines: Sequence[str]) -> None:
    if not lines:
        return
    terminal.echo(f"{title}:")
    for line in lines[:_MOST_SHOWN]:
        terminal.echo(printable(f"  {line}"))
    if len(lines) > _MOST_SHOWN:
        terminal.echo(f"  and {len(lines) - _MOST_SHOWN:,} more; --json lists all")
