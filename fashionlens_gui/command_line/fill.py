"""The command ``fill``: what the catalogue knows and a shop's own export lacks."""

from __future__ import annotations

from argparse import Namespace
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import msgspec

from fashionlens_gui.catalogue.own_names import LANGUAGES
from fashionlens_gui.command_line import outputs, terminal
from fashionlens_gui.command_line.arguments import Commands, file_path, new_command, some_text
from fashionlens_gui.command_line.remembering import add_catalogue, read_catalogue
from fashionlens_gui.command_line.terminal import DONE
from fashionlens_gui.shops.catalogue_products import product_rows
from fashionlens_gui.shops.names import ENGLISH, names_of
from fashionlens_gui.shops.profile import find_profile
from fashionlens_gui.shops.shop_file import ShopFile, read_shop_file
from fashionlens_gui.shops.shop_update import (
    FieldDifference,
    Matches,
    category_labels,
    differences,
    labels_text,
    match,
    update_file,
)
from fashionlens_gui.tagging.sku import check_pattern
from fashionlens_gui.tagging.tag import printable

_MOST_SHOWN = 20


def add_to(commands: Commands) -> None:
    """Add the command to the parser."""
    command = new_command(
        commands,
        "fill",
        _run,
        help="fill the empty fields of a file that your shop has exported",
        description="Reads a file of Shopify, WooCommerce or Google, finds its products in the catalogue by SKU or by "
        "the names of images, and lists the fields that differ. With --out, writes an update file in the same format, "
        "with the same header: the products of which an empty field is filled. --labels writes the shop's categories "
        "as labels to train with.",
        examples="""
  fashionlens fill products_export.csv
  fashionlens fill products_export.csv --out update.csv
  fashionlens fill wc-products.csv --labels labels.csv""",
    )
    command.add_argument("file", type=file_path, metavar="FILE", help="that the shop has exported")
    add_catalogue(command)
    command.add_argument("--out", type=file_path, metavar="FILE", help="the update file")
    command.add_argument("--overwrite", action="store_true", help="also fields in which the shop has something else")
    command.add_argument("--labels", type=file_path, metavar="FILE.csv", help="write file and category of each photo")
    command.add_argument("--profile", type=some_text, metavar="NAME|FILE", help="what is in the fields (default: the "
                         "profile of the file's shop)")  # fmt: skip
    command.add_argument("--language", choices=(ENGLISH, *LANGUAGES), help="of the names of categories and values")
    command.add_argument("--sku", type=check_pattern, default="", metavar="PATTERN",
                         help="a regular expression: the SKU in the name of a photo that is in no product")  # fmt: skip
    command.add_argument("--json", action="store_true", help="print the result as JSON")


def _run(arguments: Namespace) -> int:
    shop = read_shop_file(arguments.file)
    if arguments.out:
        suffix = {"csv": ".csv", "tsv": arguments.file.suffix or ".tsv", "xml": ".xml"}[shop.format]
        outputs.check_target("--out", arguments.out, f"update{suffix}", [arguments.file])
    if arguments.labels:
        outputs.check_target("--labels", arguments.labels, "labels.csv", [arguments.file])
    chosen = find_profile(arguments.profile or shop.platform)
    if arguments.language:
        chosen = msgspec.structs.replace(chosen, language=arguments.language)
    with read_catalogue(arguments) as catalogue:
        matches = match(shop, product_rows(catalogue, sku=arguments.sku))
        found = differences(shop, matches, chosen, names_of(catalogue, chosen.language))
    changes = [each for each in found if each.fills or arguments.overwrite]
    if arguments.out:
        data = update_file(shop, changes)
        outputs.save(arguments.out, lambda place: place.write_bytes(data))
    if arguments.labels:
        _save_labels(arguments.labels, category_labels(matches))
    if arguments.json:
        _print_json(matches, found, changes)
    else:
        _print(arguments, shop, matches, found, changes)
    return DONE


def _save_labels(target: Path, labels: dict[Path, str]) -> None:
    outputs.save(target, lambda place: place.write_text(labels_text(labels), encoding="utf-8", newline=""))


def _print(
    arguments: Namespace,
    shop: ShopFile,
    matches: Matches,
    found: Sequence[FieldDifference],
    changes: Sequence[FieldDifference],
) -> None:
    terminal.echo(
        f"{len(shop.products):,} products in the file: {len(matches.pairs):,} are in the catalogue "
        f"({matches.by_image:,} found by image), {len(matches.only_shop):,} are not. "
        f"{len(matches.only_catalogue):,} of the catalogue are not in the file."
    )
    columns = Counter(each.column for each in found if each.fills)
    for column, count in columns.most_common():
        terminal.echo(printable(f"  {count:7,} empty: {column}"))
    other = [each for each in found if not each.fills]
    if other:
        verdict = "are replaced" if arguments.overwrite else "stay; --overwrite replaces them"
        terminal.echo(f"{len(other):,} fields have something else, which {verdict}:")
    for each in other[:_MOST_SHOWN]:
        terminal.echo(printable(f"  {each.sku}, {each.column}: {each.theirs} → {each.ours}"))
    if len(other) > _MOST_SHOWN:
        terminal.echo(f"  and {len(other) - _MOST_SHOWN:,} more; --json lists all")
    rows = len({each.row for each in changes})
    if arguments.out:
        products = "product" if rows == 1 else "products"
        terminal.echo(f"{rows:,} {products} to update saved in {printable(str(arguments.out))}.")
    if arguments.labels:
        terminal.echo(
            f"Labels of {len(category_labels(matches)):,} photos saved in {printable(str(arguments.labels))}."
        )


def _print_json(matches: Matches, found: Sequence[FieldDifference], changes: Sequence[FieldDifference]) -> None:
    terminal.echo_json(
        {
            "matched": len(matches.pairs),
            "by_image": matches.by_image,
            "only_shop": [each.sku or each.title for each in matches.only_shop],
            "only_catalogue": [each.sku for each in matches.only_catalogue],
            "differences": [{**asdict(each), "fills": each.fills} for each in found],
            "written": len({each.row for each in changes}),
        }
    )
