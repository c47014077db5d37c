"""The command ``export``: products of the catalogue for a shop; or a model, see :mod:`~.models`."""

from __future__ import annotations

import argparse
from argparse import Namespace
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from fashionlens_gui import messages
from fashionlens_gui.catalogue.catalogue import Catalogue
from fashionlens_gui.catalogue.own_attributes import own_columns
from fashionlens_gui.catalogue.own_names import LANGUAGES
from fashionlens_gui.catalogue.schema import CatalogueError
from fashionlens_gui.command_line import models, outputs, terminal
from fashionlens_gui.command_line.arguments import Commands, UsageError, file_path, new_command, some_text
from fashionlens_gui.command_line.query_arguments import add_below, add_query, query_of
from fashionlens_gui.command_line.remembering import add_catalogue, open_catalogue, read_catalogue
from fashionlens_gui.command_line.terminal import DONE, SOME_FAILED
from fashionlens_gui.shops import history, profile
from fashionlens_gui.shops.catalogue_products import product_rows
from fashionlens_gui.shops.export_job import ExportPart, ExportPlan, plan_export, write_part
from fashionlens_gui.shops.image_copies import ImageCopies, check_images, write_copies
from fashionlens_gui.shops.names import ENGLISH, names_of
from fashionlens_gui.shops.problem import Problem, Severity
from fashionlens_gui.shops.profile import Profile
from fashionlens_gui.shops.template import read_template
from fashionlens_gui.shops.writers import write_table
from fashionlens_gui.table_file import read_table
from fashionlens_gui.tagging.sku import check_pattern
from fashionlens_gui.tagging.tag import printable
from trainer.control import WorkControl
from trainer.number_format import photos

if TYPE_CHECKING:
    from fashionlens_gui.shops.product_row import ProductRow

_MOST_ROWS_NAMED = 6
_HINTS = {
    "needs_review": "--reviewed leaves such products out",
    "image_exists": "--replace-images replaces it",
    "image_missing": "--image-url gives one",
    "image_not_on_the_web": "--image-url gives one",
    "attributes_replaced": "“fashionlens fill” does that",
}
"""What a command can do about a problem, by its code."""


def add_to(commands: Commands) -> None:
    """Add the command to the parser."""
    command = new_command(
        commands,
        "export",
        _run,
        help="export products to a shop, or a model to one file",
        description="With --profile, writes the products of the catalogue as the shop imports them, after a check that "
        "names every row and column that it would refuse or change. With the name of a model, writes its weights, "
        "model card and replay sample to one .zip for “fashionlens import”, or with --onnx the network for others.",
        examples="""
  fashionlens export --profile shopify --out shop.csv --image-url "https://example.com/{image_name|url}"
  fashionlens export --profile woocommerce --new --out new.csv --images pictures
  fashionlens export --profile google --check-only --set currency=EUR
  fashionlens export --profile xlsx --language de --out products.xlsx
  fashionlens export --profile shopify --where season=Summer --out summer.csv
  fashionlens export my-shop --out my-shop.zip
  fashionlens export products --onnx products.onnx""",
    )
    command.add_argument("model", nargs="?", metavar="MODEL", type=some_text, help="a model, in place of --profile")
    command.add_argument("--out", type=file_path, metavar="FILE", help="the file to write")
    command.add_argument("--onnx", type=file_path, metavar="FILE.onnx", help="of a model: the network as ONNX")
    names = ", ".join(profile.SHIPPED)
    shop = command.add_argument_group("products")
    shop.add_argument("--profile", metavar="NAME|FILE", type=some_text, help=f"{names}, one of your own, or a file")
    add_catalogue(shop)
    add_query(shop)
    add_below(shop)
    shop.add_argument("--new", action="store_true", help="only what is new or has changed since the last export")
    shop.add_argument("--update", action="store_true", help="an update file, with only the columns that change")
    shop.add_argument("--reviewed", action="store_true", help="leave out products that need review")
    shop.add_argument("--check-only", action="store_true", help="check, and write nothing")
    shop.add_argument("--images", type=file_path, metavar="FOLDER", help="write copies of the photos as the shop "
                      "wants them into this folder, and use their names in the file")  # fmt: skip
    shop.add_argument("--image-format", choices=("jpeg", "webp"), default="jpeg", help="of these copies")
    shop.add_argument("--replace-images", action="store_true", help="replace other files of the same name there")
    shop.add_argument("--check-images", action="store_true", help="check the photos against the shop’s limits")
    shop.add_argument("--image-url", metavar="TEMPLATE", help="where the shop finds an image, such as "
                      "“https://example.com/{image_name|url}”")  # fmt: skip
    shop.add_argument("--thumbnails", action="store_true", help="show the main photo in an Excel file")
    shop.add_argument("--language", choices=(ENGLISH, *LANGUAGES), help="of the names of categories and values")
    shop.add_argument("--set", action="append", default=[], type=_constant, metavar="NAME=VALUE",
                      help="a constant, such as vendor=ACME or currency=EUR; repeatable")  # fmt: skip
    shop.add_argument("--like", type=file_path, metavar="FILE", help="use the columns of this file, which your shop "
                      "has exported")  # fmt: skip
    shop.add_argument("--sku", type=check_pattern, default="", metavar="PATTERN",
                      help="a regular expression: the SKU in the name of a photo that is in no product")  # fmt: skip
    shop.add_argument("--save-profile", type=file_path, metavar="FILE.json", help="write the profile, to edit or share")
    shop.add_argument("--history", action="store_true", help="list the exports of the past")
    shop.add_argument("--repeat", type=int, metavar="NUMBER", help="write an export of the past again, as it was")
    shop.add_argument("--json", action="store_true", help="print the result as JSON")


def _run(arguments: Namespace) -> int:
    if arguments.model is not None:
        if arguments.profile:
            raise UsageError("model_or_profile")
        if (arguments.out is None) == (arguments.onnx is None):
            raise UsageError("model_export_needs_one_file")
        return models.run_export(arguments)
    if arguments.history:
        return _history(arguments)
    if arguments.repeat is not None:
        return _repeat(arguments)
    if not arguments.profile:
        raise UsageError("export_of_what", profiles=profile.SHIPPED)
    chosen = _profile(arguments)
    if arguments.save_profile:
        outputs.check_target("--save-profile", arguments.save_profile, "profile.json")
        profile.save_profile(chosen, arguments.save_profile)
        terminal.echo(f"The profile is saved in {printable(str(arguments.save_profile))}.")
        return DONE
    if arguments.out is None and not arguments.check_only:
        raise UsageError("export_needs_out")
    if arguments.out is not None and not arguments.check_only:
        outputs.check_target("--out", arguments.out, f"products{chosen.suffix}", [arguments.like])
    return _export(arguments, chosen)


def _profile(arguments: Namespace) -> Profile:
    found = profile.find_profile(arguments.profile)
    changes: dict[str, Any] = {"constants": {**found.constants, **dict(arguments.set)}}
    if arguments.language:
        changes["language"] = arguments.language
    if arguments.thumbnails:
        changes["thumbnails"] = True
    if arguments.image_url is not None:
        read_template(arguments.image_url)
        changes["image_url"] = arguments.image_url
    return msgspec.structs.replace(found, **changes)


def _export(arguments: Namespace, chosen: Profile) -> int:
    control = WorkControl()
    header = read_table(arguments.like).columns if arguments.like else ()
    writes = not arguments.check_only
    with (
        _open(arguments) as catalogue,
        terminal.stop_on_interrupt(control),
    ):
        query = replace(query_of(arguments, below=arguments.below), sort="name")
        products = product_rows(catalogue, query, arguments.sku)
        chosen = profile.with_own_attributes(chosen, list(own_columns(catalogue).values()))
        if arguments.reviewed:
            products = [product for product in products if not product.needs_review]
        if not products:
            raise UsageError("nothing_to_export", file=printable(str(catalogue.file)))
        images = _images(arguments, chosen, catalogue, products, control)
        plan = plan_export(
            catalogue,
            chosen,
            products,
            arguments.out or Path(f"products{chosen.suffix}"),
            mode="update" if arguments.update else "new",
            only_changed=arguments.new,
            header=header,
            file_names=images.file_names,
        )
        written = [_write(catalogue, part) for part in plan.parts] if writes else []
    problems = [*(problem for part in plan.parts for problem in part.problems), *images.problems]
    if arguments.json:
        _print_json(plan, written, images, len(products))
    else:
        _print(arguments, plan, written, images)
    return SOME_FAILED if any(problem.severity == Severity.ERROR for problem in problems) else DONE


def _open(arguments: Namespace) -> Catalogue:
    """The catalogue; for reading alone while another program writes it, where that does not matter."""
    try:
        return open_catalogue(arguments, write=not arguments.check_only)
    except CatalogueError as error:
        if error.code != "catalogue_in_use" or arguments.new or arguments.check_only:
            raise
        terminal.warn("The catalogue is open elsewhere, so this export is not remembered: --new will not know of it.")
        return read_catalogue(arguments)


def _images(
    arguments: Namespace,
    chosen: Profile,
    catalogue: Catalogue,
    products: Sequence[ProductRow],
    control: WorkControl,
) -> ImageCopies:
    names = names_of(catalogue, chosen.language)
    if arguments.images and not arguments.check_only:
        copying = write_copies(
            products,
            chosen,
            names,
            arguments.images,
            format="WebP" if arguments.image_format == "webp" else "JPEG",
            replace=arguments.replace_images,
            control=control,
        )
        return terminal.run_with_progress(copying)
    if arguments.images or arguments.check_images:
        return ImageCopies(problems=terminal.run_with_progress(check_images(products, chosen.platform, names, control)))
    return ImageCopies()


def _write(catalogue: Catalogue, part: ExportPart) -> Path:
    file, problem = terminal.run_with_progress(write_part(catalogue, part))
    if problem is not None:
        raise problem
    return file


def _print(arguments: Namespace, plan: ExportPlan, written: Sequence[Path], images: ImageCopies) -> None:
    for number, part in enumerate(plan.parts):
        _print_problems(part.problems, f"{part.target.name}: ")
        what = " to update" if part.mode == "update" else ""
        rows = len(part.written.rows)
        count = f"{_products(len(part.written.products))}{what} in {rows:,} {'row' if rows == 1 else 'rows'}"
        if number < len(written):
            terminal.echo(f"{count} saved in {printable(str(written[number]))}.")
        else:
            terminal.echo(f"{count} checked; nothing was written.")
    if not plan.parts:
        terminal.echo("Nothing is new or has changed since the last export; no file was written.")
    elif plan.unchanged:
        terminal.echo(f"{plan.unchanged:,} are as in the last export and were left out.")
    if plan.not_there_yet:
        terminal.echo(f"{plan.not_there_yet:,} were never exported. Without --update they get a file of their own.")
    _print_problems(images.problems, "")
    if arguments.images and not arguments.check_only:
        kept = f"; {photos(images.kept)} there already" if images.kept else ""
        terminal.echo(f"{photos(images.written)} written into {printable(str(arguments.images))}{kept}.")


def _print_problems(problems: Iterable[Problem], where: str) -> None:
    """One line for each rule and column, with the rows."""
    groups: dict[tuple[Severity, str, str], list[Problem]] = {}
    empty: dict[str, None] = {}
    for problem in problems:
        if problem.code == "unknown_fact":
            empty[problem.column] = None
            continue
        column = problem.column if problem.row else ""
        groups.setdefault((problem.severity, problem.code, column), []).append(problem)
    for (severity, code, column), found in sorted(groups.items(), key=lambda item: item[0][0] != Severity.ERROR):
        texts = {messages.rule_text(code, problem.parameters): None for problem in found}
        text = next(iter(texts)) + (" and the like" if len(texts) > 1 else "")
        if found[0].row:
            rows = ", ".join(str(problem.row) for problem in found[:_MOST_ROWS_NAMED])
        else:
            rows = ", ".join(problem.column for problem in found[:_MOST_ROWS_NAMED])
        more = f" and {len(found) - _MOST_ROWS_NAMED:,} more" if len(found) > _MOST_ROWS_NAMED else ""
        kind = ("row" if len(found) == 1 else "rows") if found[0].row else "image"
        text += f". {_HINTS[code]}" if code in _HINTS else ""
        verdict = "refused" if severity == Severity.ERROR else "note"
        terminal.echo(printable(f"{where}{verdict}: {f'{column} ' if column else ''}{text} ({kind} {rows}{more})"))
    if empty:
        terminal.echo(
            printable(
                f"{where}note: nothing is known for the columns {', '.join(empty)}, which stay empty. Join a table "
                "that has them, or give them with --set"
            )
        )


def _print_json(plan: ExportPlan, written: Sequence[Path], images: ImageCopies, products: int) -> None:
    files = [
        {
            "file": printable(str(written[number])) if number < len(written) else None,
            "mode": part.mode,
            "products": len(part.written.products),
            "rows": len(part.written.rows),
            "problems": [_problem_json(problem) for problem in part.problems],
        }
        for number, part in enumerate(plan.parts)
    ]
    of_images = [_problem_json(problem) for problem in images.problems]
    terminal.echo_json(
        {
            "products": products,
            "unchanged": plan.unchanged,
            "not_there_yet": plan.not_there_yet,
            "files": files,
            "images": {"written": images.written, "kept": images.kept, "problems": of_images},
        }
    )


def _problem_json(problem: Problem) -> dict[str, Any]:
    return {
        "rule": problem.code,
        "severity": problem.severity.value,
        "row": problem.row,
        "column": printable(problem.column),
        "sku": printable(problem.sku),
        "message": printable(messages.rule_text(problem.code, problem.parameters)),
    }


def _history(arguments: Namespace) -> int:
    with read_catalogue(arguments) as catalogue:
        found = history.exports(catalogue)
    if arguments.json:
        terminal.echo_json([{name: getattr(each, name) for name in each.__slots__} for each in found])
        return DONE
    for each in found:
        when = each.when[:16].replace("T", " ")
        terminal.echo(
            printable(f"{each.id:5}  {when}  {each.profile}, {each.mode}: {_products(each.products)}, {each.file}")
        )
    if not found:
        terminal.echo("Nothing has been exported yet.")
    return DONE


def _repeat(arguments: Namespace) -> int:
    if arguments.out is None:
        raise UsageError("export_needs_out")
    with read_catalogue(arguments) as catalogue:
        table, _ = history.repeated(catalogue, arguments.repeat)
        exported = next(each.products for each in history.exports(catalogue) if each.id == arguments.repeat)
    outputs.check_target("--out", arguments.out, f"products{table.profile.suffix}")
    file, problem = terminal.run_with_progress(write_table(table, arguments.out))
    if problem is not None:
        raise problem
    if arguments.json:
        terminal.echo_json({"file": printable(str(file)), "products": len(table.products), "rows": len(table.rows)})
    else:
        count = _products(len(table.products))
        terminal.echo(f"Export {arguments.repeat} is written again to {printable(str(file))}: {count}.")
        if left := exported - len(table.products):
            terminal.warn(f"Left out, since the history has none that the shop would refuse: {_products(left)}.")
    return DONE


def _products(count: int) -> str:
    return f"{count:,} {'product' if count == 1 else 'products'}"


def _constant(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise argparse.ArgumentTypeError(f"“{text}” is not of the form NAME=VALUE, such as vendor=ACME")
    return name.strip(), value
