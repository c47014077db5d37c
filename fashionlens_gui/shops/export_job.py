"""An export from a catalogue: which products go into which file, checked, written, remembered."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from fashionlens_gui.catalogue.catalogue import Catalogue
from fashionlens_gui.shops.check import check, refused_skus
from fashionlens_gui.shops.export_table import ExportTable, build
from fashionlens_gui.shops.history import difference, last_cells, record
from fashionlens_gui.shops.names import names_of
from fashionlens_gui.shops.problem import Problem
from fashionlens_gui.shops.product_row import ProductRow
from fashionlens_gui.shops.profile import Mode, Profile
from fashionlens_gui.shops.shop_columns import with_header
from fashionlens_gui.shops.woocommerce_rules import is_attribute_column
from fashionlens_gui.shops.writers import write_table
from trainer.control import ProgressEvent
from trainer.errors import SaveError

_APART = {"shopify", "woocommerce"}
"""Platforms for which new products and changes of others are files of their own: WooCommerce skips the rows of a file
that do not fit its mode, and an update file for Shopify has only the columns that change.
"""


@dataclass(frozen=True, slots=True)
class ExportPart:
    """One file of an export.

    Attributes:
        full: Its products with all columns of the profile.
        written: What is written.
        mode: New products, or an update.
        target: Where.
        problems: What the importer would refuse or change silently.
    """

    full: ExportTable
    written: ExportTable
    mode: Mode
    target: Path
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class ExportPlan:
    """What an export will write.

    Attributes:
        parts: Its files: one, or two where new and changed products need a file each, or none.
        unchanged: How many products are left out because they are as in the last export.
        not_there_yet: How many are left out of an update file because they were never exported.
    """

    parts: tuple[ExportPart, ...]
    unchanged: int = 0
    not_there_yet: int = 0


def plan_export(
    catalogue: Catalogue,
    profile: Profile,
    products: Sequence[ProductRow],
    target: Path,
    *,
    mode: Mode = "new",
    only_changed: bool = False,
    header: Sequence[str] = (),
    file_names: Mapping[int, str] | None = None,
) -> ExportPlan:
    """Make and check the rows.

    Args:
        catalogue: With the user's names and the history of exports.
        profile: What is in the file.
        products: In order.
        target: The file.
        mode: ``update`` for a file with only the columns that change.
        only_changed: Only what is new or has changed since the last export with this profile.
        header: Names of columns of a shop's own file, which are used in place of the profile's.
        file_names: Names of the copies of photos, by the photo's id.

    Raises:
        DataError: A template is wrong.
    """
    names = names_of(catalogue, profile.language)
    full = build(profile, products, names, file_names)
    everything = range(len(products))
    if not only_changed:
        return ExportPlan((_part(full, tuple(everything), full.keys, mode, target, header),))
    found = difference(full, last_cells(catalogue, profile.name))
    parts = []
    if profile.platform not in _APART and mode == "new":
        both = sorted({*found.new, *found.changed})
        if both:
            parts.append(_part(full, both, full.keys, "new", target, header))
    else:
        if found.new and mode == "new":
            parts.append(_part(full, found.new, full.keys, "new", target, header))
        updated = {column.name for column in profile.columns if column.update != "never"}
        changed = {number: updated.intersection(keys) for number, keys in found.changed.items()}
        numbers = tuple(number for number, keys in changed.items() if keys)
        if numbers:
            apart = target if not parts else target.with_name(f"{target.stem}-update{target.suffix}")
            columns = {key for keys in changed.values() for key in keys}
            parts.append(_part(full, numbers, tuple(columns), "update", apart, header))
    products_of_parts = sum(len(part.written.products) for part in parts)
    left_out = len(found.new) if mode == "update" and profile.platform in _APART else 0
    return ExportPlan(tuple(parts), len(products) - products_of_parts - left_out, left_out)


def write_part(catalogue: Catalogue, part: ExportPart) -> Generator[ProgressEvent, None, tuple[Path, SaveError | None]]:
    """Write a file of an export and remember it; products that the shop would refuse do not count as exported.

    Args:
        catalogue: Where it is open for reading alone, the export is not remembered.
        part: The file.

    Returns:
        The file that was written; ``saved_elsewhere`` when it is not the target.

    Raises:
        SaveError: It cannot be written anywhere.
    """
    file, problem = yield from write_table(part.written, part.target)
    if catalogue.database.writable:
        record(catalogue, part.full, part.written, part.mode, file, refused_skus(list(part.problems)))
    return file, problem


def _part(
    full: ExportTable, products: Sequence[int], keys: Sequence[str], mode: Mode, target: Path, header: Sequence[str]
) -> ExportPart:
    """A file with some products; in an update, the key columns and those of ``keys`` that the profile updates."""
    some = full.only(products, full.keys)
    written = some
    if mode == "update":
        keys = [*keys, *_replaced_together(full, keys)]
        of_profile = {column.name: column.update for column in full.profile.columns}
        kept = [key for key in full.keys if of_profile[key] == "key" or (of_profile[key] == "changes" and key in keys)]
        written = full.only(products, kept)
    if header:
        written = with_header(written, header, all_columns=mode == "new")
    return ExportPart(some, written, mode, target, tuple(check(written, mode)))


def _replaced_together(full: ExportTable, keys: Sequence[str]) -> list[str]:
    """Columns that an update needs because others are in it.

    WooCommerce replaces all attributes of a product by those of the row, and drops values without the name beside them.
    """
    if full.profile.platform != "woocommerce" or not any(is_attribute_column(key) for key in keys):
        return []
    return [key for key in full.keys if is_attribute_column(key)]
