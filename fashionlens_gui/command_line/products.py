"""``fashionlens products``: photos of one product belong together."""

from __future__ import annotations

import argparse
from argparse import Namespace
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from fashionlens_gui.catalogue.catalogue import Catalogue, Changes
from fashionlens_gui.catalogue.own_attributes import own_columns
from fashionlens_gui.catalogue.query import Query, find
from fashionlens_gui.command_line import terminal
from fashionlens_gui.command_line.arguments import Commands, UsageError, add_encoding, file_path, new_command, some_text
from fashionlens_gui.command_line.query_arguments import name_and_value, unknown_values, warn_of_new_values
from fashionlens_gui.command_line.remembering import add_catalogue, catalogue_file, open_catalogue, read_catalogue
from fashionlens_gui.command_line.terminal import DONE
from fashionlens_gui.messages import capitalized
from fashionlens_gui.messages.products import unsure_text
from fashionlens_gui.product_groups import arranging, grouping
from fashionlens_gui.product_groups.arranging import sku_key
from fashionlens_gui.product_groups.grouping import FOLDER_PATTERN, Preview
from fashionlens_gui.product_groups.products import Product, products
from fashionlens_gui.product_groups.stored_tag_set import refresh_stale
from fashionlens_gui.product_groups.table_joins import file_skus
from fashionlens_gui.product_groups.views import View
from fashionlens_gui.tagging.tag import Status, printable
from trainer.number_format import photos

_SHOWN = 12  # names of a preview


def add_to(commands: Commands) -> None:
    """Add the command to the parser."""
    command = new_command(
        commands,
        "products",
        _group_or_list,
        help="group the photos of the catalogue into products",
        description="Photos of one product get one set of tags. A pattern says where the SKU is in the names of the "
        "files: {sku}, the number {n}, a word such as front or back {view}, and anything {*}. Of several patterns "
        "the first that matches counts. Photos that were moved by hand stay where they are. “fashionlens catalogue "
        "undo” reverts the last step.",
        examples="""
  fashionlens products suggest
  fashionlens products --pattern "{sku}_{n}" --pattern "{sku}" --preview
  fashionlens products --pattern "{sku}_{n}"
  fashionlens products --folders
  fashionlens products --table files.xlsx --sku-column "Item no."
  fashionlens products list --review
  fashionlens products move photos/A_3.jpg --to B""",
    )
    add_catalogue(command)
    command.add_argument("--pattern", action="append", type=some_text, metavar="PATTERN", help="such as {sku}_{n}")
    command.add_argument("--again", action="store_true", help="apply the patterns of the last time, as to new photos")
    command.add_argument("--folders", action="store_true", help="the name of the folder is the SKU")
    command.add_argument(
        "--table", type=file_path, metavar="FILE", help="a CSV or Excel file with the columns file and sku"
    )
    command.add_argument("--file-column", default="", metavar="NAME", help="the table's column with the file")
    command.add_argument("--sku-column", default="", metavar="NAME", help="the table's column with the SKU")
    add_encoding(command)
    command.add_argument("--below", nargs="+", type=file_path, default=[], metavar="PATH", help="only photos there")
    command.add_argument("--anew", action="store_true", help="also photos that were moved by hand")
    command.add_argument("--preview", action="store_true", help="show what the rule would do and change nothing")
    command.add_argument("--json", action="store_true", help="print the result as JSON")
    actions = command.add_subparsers(title="actions", metavar="ACTION")

    def add(name: str, run: Callable[[Namespace], int], help: str) -> argparse.ArgumentParser:
        action = actions.add_parser(name, help=help, description=f"{capitalized(help)}.")
        add_catalogue(action, default=argparse.SUPPRESS)  # it may stand before the action
        action.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="print the result as JSON")
        action.set_defaults(run=run)
        return action

    action = add("list", _list, "list products with their tags, the number of photos, and why they need review")
    action.add_argument("paths", nargs="*", type=file_path, metavar="PATH", help="those with photos there")
    action.add_argument("--review", action="store_true", help="only those that need review")
    add("suggest", _suggest, "show patterns that fit the names of the photos, best first")
    action = add("move", _move, "move photos to a product, also a new one")
    _add_photos(action)
    action.add_argument("--to", required=True, type=some_text, metavar="SKU")
    _add_photos(add("split", _split, "make a product of its own of some photos of one"))
    _add_photos(add("order", _order, "put photos of a product first, in this order; the first is the main one"))
    _add_photos(add("ungroup", _ungroup, "take photos out of their products"))
    action = add("merge", _merge, "move all photos of other products to a product")
    action.add_argument("sku", type=some_text, metavar="SKU")
    action.add_argument("others", nargs="+", type=some_text, metavar="OTHER", help="SKUs of the others")
    action = add("correct", _correct, "set values of products, for all their photos")
    action.add_argument("skus", nargs="+", type=some_text, metavar="SKU")
    action.add_argument(
        "--set", action="append", required=True, type=name_and_value, metavar="NAME=VALUE", help="such as colour=Red"
    )


def _add_photos(action: argparse.ArgumentParser) -> None:
    action.add_argument("photos", nargs="+", type=file_path, metavar="PHOTO")


def _group_or_list(arguments: Namespace) -> int:
    rules = [arguments.pattern, arguments.folders, arguments.table, arguments.again]
    if sum(map(bool, rules)) > 1:
        raise UsageError("one_rule")
    query = Query(below=arguments.below)
    patterns: Sequence[str] = [FOLDER_PATTERN] if arguments.folders else arguments.pattern or []
    if not any(rules):
        if arguments.preview:
            raise UsageError("one_rule")
        return _print_products(arguments, query, review=False)
    with open_catalogue(arguments, write=not arguments.preview) as catalogue:
        if arguments.table:
            return _group_by_table(arguments, catalogue, query)
        if arguments.again and not (patterns := grouping.remembered_patterns(catalogue)):
            raise UsageError("no_patterns")
        names = list(grouping.names_of(catalogue, query).values())
        found = grouping.preview(names, patterns)
        changes = None if arguments.preview else grouping.group_by_names(catalogue, query, patterns, arguments.anew)
        if changes is not None:
            terminal.run_with_progress(refresh_stale(catalogue))
    return _report_group(arguments, found, changes)


def _report_group(arguments: Namespace, found: Preview, changes: Changes | None) -> int:
    matched = len(found.matches) - len(found.unmatched)
    if arguments.json:
        shown = [
            {"name": name, "sku": parts and parts.sku, "n": parts and parts.number, "view": parts and parts.view}
            for name, parts in found.matches
        ]
        terminal.echo_json(
            {
                "products": found.products,
                "sizes": {str(size): count for size, count in found.sizes.items()},
                "unmatched": list(found.unmatched),
                "alike": [list(skus) for skus in found.alike],
                "changed": None if changes is None else len(changes.ids),
                **({"names": shown} if arguments.preview else {}),
            }
        )
        return DONE
    if arguments.preview:
        for name, parts in found.matches[:_SHOWN]:
            shown_name = name.rpartition("/")[2]
            if parts is None:
                terminal.echo(f"  {shown_name:40}  does not match")
            else:
                view = "" if parts.view == View.UNKNOWN else parts.view.value
                number = "" if parts.number is None else f"photo {parts.number}"
                terminal.echo(f"  {shown_name:40}  {parts.sku:24}  {number}  {view}".rstrip())
    if not matched:
        raise UsageError("nothing_to_group")
    terminal.echo(f"{photos(matched)} in {found.products:,} products; {photos(len(found.unmatched))} match no pattern.")
    sizes = ", ".join(f"{count:,} of {photos(size)}" for size, count in found.sizes.items())
    terminal.echo(f"Products: {sizes}.")
    for name in found.unmatched[:_SHOWN]:
        terminal.echo(f"  no pattern matches {name.rpartition('/')[2]}")
    for skus in found.alike[:_SHOWN]:
        terminal.echo(f"  these may be one product: {', '.join(skus)}")
    if changes is not None:
        terminal.echo(f"{photos(len(changes.ids))} changed.")
    return DONE


def _group_by_table(arguments: Namespace, catalogue: Catalogue, query: Query) -> int:
    skus = file_skus(arguments.table, arguments.file_column, arguments.sku_column, arguments.encoding or "")
    found, unmatched = grouping.match_table(grouping.names_of(catalogue, query), skus)
    changes = Changes.none()
    if not arguments.preview:
        changes = arranging.group(catalogue, found, arguments.anew)
        terminal.run_with_progress(refresh_stale(catalogue))
    count = len({sku_key(sku) for sku, _ in found.values()})
    if arguments.json:
        terminal.echo_json({"products": count, "unmatched": unmatched, "changed": len(changes.ids)})
        return DONE
    terminal.echo(f"{photos(len(found))} in {count:,} products; {photos(len(unmatched))} not in the table.")
    for name in unmatched[:_SHOWN]:
        terminal.echo(f"  not in the table: {name.rpartition('/')[2]}")
    if not arguments.preview:
        terminal.echo(f"{photos(len(changes.ids))} changed.")
    return DONE


def _list(arguments: Namespace) -> int:
    return _print_products(arguments, Query(below=arguments.paths), arguments.review)


def _print_products(arguments: Namespace, query: Query, review: bool) -> int:
    with read_catalogue(arguments) as catalogue:
        found = list(products(catalogue, query, (Status.NEEDS_REVIEW, Status.ERROR) if review else ()))
        files = catalogue.tags([photo for each in found for photo in each.photos]) if arguments.json else {}
        own = own_columns(catalogue)
    if arguments.json:
        paths = {id_: printable(str(tag.path)) for id_, tag in files.items()}
        terminal.echo_json([_record(each, paths, own) for each in found])
        return DONE
    for each in found:
        values = ", ".join(value for value in each.values.values() if value)
        why = f"  ({unsure_text(each.unsure)})" if each.unsure else ""
        terminal.echo(printable(f"{each.sku:24}  {photos(len(each.photos)):>9}  {values}{why}"))
    doubtful = sum(each.status != Status.OK for each in found)
    terminal.echo(f"{len(found):,} products, {doubtful:,} to review.")
    return DONE


def _record(product: Product, paths: dict[int, str], own: dict[str, str]) -> dict[str, Any]:
    tag_set = product.tag_set
    confidence = tag_set.values["category"].confidence if tag_set.values else None
    return {
        "sku": product.sku,
        **{own.get(name, name): value for name, value in product.values.items()},
        "confidence": None if confidence is None else round(confidence, 4),
        "status": product.status,
        "unsure": list(product.unsure),
        "photos": [paths.get(photo, "") for photo in product.photos],
        "may_be_another_product": [paths.get(photo, "") for photo in tag_set.odd],
        "set_aside": [paths.get(photo, "") for photo in tag_set.aside],
        "fields": {name: printable(value) for name, value in product.fields.items()},
    }


def _suggest(arguments: Namespace) -> int:
    with read_catalogue(arguments) as catalogue:
        names = list(grouping.names_of(catalogue, Query()).values())
    found = [(each, grouping.preview(names, each.patterns)) for each in grouping.suggestions(names)]
    if arguments.json:
        records = [
            {
                "patterns": each.patterns,
                "share": round(each.share, 4),
                "photos": len(names) - len(shown.unmatched),
                "products": shown.products,
            }
            for each, shown in found
        ]
        terminal.echo_json(records)
        return DONE
    for each, shown in found:
        matched = len(names) - len(shown.unmatched)
        options = " ".join("--folders" if text == FOLDER_PATTERN else f'--pattern "{text}"' for text in each.patterns)
        terminal.echo(f"  {options:48}  {shown.products:,} products of {matched:,} of {photos(len(names))}")
    if not found:
        terminal.echo("No pattern fits the names. Use --folders, or --table with a table of files and SKUs.")
    return DONE


def _move(arguments: Namespace) -> int:
    with _writing(arguments) as catalogue:
        return _report(arguments, catalogue, arranging.move(catalogue, _ids(catalogue, arguments.photos), arguments.to))


def _split(arguments: Namespace) -> int:
    with _writing(arguments) as catalogue:
        try:
            changes, sku = arranging.split(catalogue, _ids(catalogue, arguments.photos))
        except ValueError as error:
            raise UsageError("not_one_product", str(error)) from error
        return _report(arguments, catalogue, changes, sku)


def _order(arguments: Namespace) -> int:
    with _writing(arguments) as catalogue:
        try:
            changes = arranging.set_order(catalogue, _ids(catalogue, arguments.photos))
        except ValueError as error:
            raise UsageError("not_one_product", str(error)) from error
        return _report(arguments, catalogue, changes)


def _ungroup(arguments: Namespace) -> int:
    with _writing(arguments) as catalogue:
        return _report(arguments, catalogue, arranging.ungroup(catalogue, _ids(catalogue, arguments.photos)))


def _merge(arguments: Namespace) -> int:
    with _writing(arguments) as catalogue:
        first, *others = _products(catalogue, [arguments.sku, *arguments.others])
        return _report(arguments, catalogue, arranging.merge(catalogue, first, [id_ for id_ in others if id_ != first]))


def _correct(arguments: Namespace) -> int:
    with _writing(arguments) as catalogue:
        ids = _products(catalogue, arguments.skus)
        values = dict(arguments.set)
        new = unknown_values(catalogue, {name: [value] for name, value in values.items()})
        changes = arranging.correct(catalogue, ids, values)
        warn_of_new_values(new)
        return _report(arguments, catalogue, changes)


def _report(arguments: Namespace, catalogue: Catalogue, changes: Changes, sku: str = "") -> int:
    terminal.run_with_progress(refresh_stale(catalogue))
    if arguments.json:
        terminal.echo_json({"changed": len(changes.ids), **({"sku": printable(sku)} if sku else {})})
    else:
        made = f" The new product is {sku}." if sku else ""
        terminal.echo(printable(f"{photos(len(changes.ids))} changed.{made}" if changes else "Nothing changed."))
    return DONE


def _writing(arguments: Namespace) -> Catalogue:
    return Catalogue(catalogue_file(arguments), write=True)


def _ids(catalogue: Catalogue, paths: Sequence[Path]) -> list[int]:
    """Ids of photos in the order in which they are named. Raises UsageError (``not_in_catalogue``)."""
    found: list[int] = []
    for path in paths:
        ids = find(catalogue, Query(below=[path], sort="name")).tolist()
        if not ids:
            raise UsageError("not_in_catalogue", paths=(printable(str(path)),))
        found += ids
    return found


def _products(catalogue: Catalogue, skus: Sequence[str]) -> list[int]:
    with catalogue.database.read() as database:
        found = []
        for sku in skus:
            row = database.execute("SELECT id FROM products WHERE key = ?", (sku_key(sku),)).fetchone()
            if row is None:
                raise UsageError("no_such_product", sku=printable(sku))
            found.append(row[0])
    return found
