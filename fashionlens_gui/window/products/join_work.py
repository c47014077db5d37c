"""Reading and joining the shop's tables, for worker threads, and what is said about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fashionlens_gui.catalogue.catalogue import Catalogue, Changes
from fashionlens_gui.messages import sentence
from fashionlens_gui.product_groups import table_joins
from fashionlens_gui.product_groups.join_preview import JoinPreview
from fashionlens_gui.product_groups.shop_tables import ShopTable, Unmatched, shop_tables, unmatched
from fashionlens_gui.product_groups.table_joins import Joined
from fashionlens_gui.tagging.tag import printable
from trainer.errors import FashionLensError

_LINES_NAMED = 8


@dataclass(frozen=True, slots=True)
class JoinedTable:
    """A table of the catalogue, and what it does not join."""

    table: ShopTable
    rest: Unmatched


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What refreshing did; the errors are of tables that stay as they are."""

    tables: Sequence[Joined]
    errors: Sequence[FashionLensError]

    @property
    def changes(self) -> Changes:
        return Changes.merged(each.changes for each in self.tables)


def joined_tables(catalogue: Catalogue) -> list[JoinedTable]:
    """All tables."""
    with catalogue.database.read() as database:
        tables = shop_tables(database)
    return [JoinedTable(each, unmatched(catalogue, each)) for each in tables]


def refresh(catalogue: Catalogue, report: list[Refreshed]) -> Changes:
    """Read the files of all tables again; what happened is appended to ``report``."""
    report.append(Refreshed(*table_joins.refresh(catalogue)))
    return report[0].changes


def preview_text(found: JoinPreview, on: str) -> str:
    """How much of a table matches."""
    what = "product" if on == "sku" else "photo"
    matching = found.rows - len(found.rows_without)
    lines = [f"{matching:,} of {_count(found.rows, 'row')} match; {_count(found.matched, what)} will have a row."]
    if found.rows and not matching:
        lines.append(f"No row matches a {what}: is “{found.key_column}” the right column?")
    return " ".join(lines)


def example_text(found: JoinPreview) -> str:
    """The cells of a row that matches; empty for none."""
    cells = [f"{printable(name)}: {printable(cell)}"[:80] for name, cell in found.example[:6]]
    return "  ·  ".join(cells)


def joined_text(joined: Joined) -> str:
    """What joining a table did, with the lines that repeat others or have no key."""
    lines = [f"“{joined.table.name}” is joined: {_count(joined.table.rows, 'row')}."]
    if joined.repeated:
        lines.append(f"Lines that repeat an earlier one: {_lines(joined.repeated)}.")
    if joined.without_key:
        lines.append(f"Lines without {joined.table.key_column}: {_lines(joined.without_key)}.")
    return " ".join(lines)


def refreshed_text(done: Refreshed) -> str:
    """What refreshing did."""
    changed = [each.table.name for each in done.tables if each.changes]
    lines = [f"Read again: {', '.join(changed)}." if changed else "No file has changed."] if done.tables else []
    return " ".join([*lines, *(sentence(error) for error in done.errors)])


def _lines(numbers: Sequence[int]) -> str:
    more = f" and {len(numbers) - _LINES_NAMED:,} more" if len(numbers) > _LINES_NAMED else ""
    return ", ".join(map(str, numbers[:_LINES_NAMED])) + more


def _count(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"
