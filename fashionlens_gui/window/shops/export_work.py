"""What an export reads, checks and writes, for worker threads."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from fashionlens_gui import messages
from fashionlens_gui.catalogue.catalogue import Catalogue, Changes
from fashionlens_gui.catalogue.own_attributes import own_columns
from fashionlens_gui.catalogue.query import Query
from fashionlens_gui.product_groups import table_joins
from fashionlens_gui.shops import history
from fashionlens_gui.shops.catalogue_products import product_rows
from fashionlens_gui.shops.export_job import ExportPart, ExportPlan, plan_export, write_part
from fashionlens_gui.shops.export_table import ExportTable
from fashionlens_gui.shops.image_copies import CopyFormat, ImageCopies, write_copies
from fashionlens_gui.shops.names import Names, names_of
from fashionlens_gui.shops.problem import Problem, Severity
from fashionlens_gui.shops.product_row import FACTS, ProductFacts, ProductRow, fact_name
from fashionlens_gui.shops.profile import SHIPPED, Mode, Profile, find_profile, own_profiles, profile_name
from fashionlens_gui.shops.profile import with_own_attributes as _with_own_attributes
from fashionlens_gui.shops.template import read_template
from fashionlens_gui.shops.writers import texts, write_table
from fashionlens_gui.tagging.tag import printable
from fashionlens_gui.window.shell import responsive_import
from trainer.control import ProgressEvent, WorkControl
from trainer.errors import Cancelled, DataError, FashionLensError, SaveError

PREVIEW_ROWS = 100
VERDICTS = {Severity.ERROR: "Refused", Severity.WARNING: "Note"}


@dataclass(frozen=True, slots=True)
class ProductScope:
    """Some products.

    Attributes:
        text: Says which.
        query: Gives the list of photos.
        photos: Those of the list that count; None for all. A product counts when one of its photos does.
    """

    text: str
    query: Callable[[Catalogue], Query]
    photos: frozenset[int] | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be exported.

    Attributes:
        profile: What is in the file.
        mode: New products, or an update.
        only_changed: Only what is new or has changed since the last export.
        only_reviewed: Without products that need review.
    """

    profile: Profile
    mode: Mode = "new"
    only_changed: bool = False
    only_reviewed: bool = False


@dataclass(frozen=True, slots=True)
class AskedFact:
    """A fact that columns ask for and FashionLens cannot know.

    Attributes:
        name: As in the templates.
        columns: That ask for it.
        joined: How many products have it from joined tables.
    """

    name: str
    columns: tuple[str, ...]
    joined: int


@dataclass(frozen=True, slots=True)
class Preview:
    """The first rows of a file as the shop will see them, each with its number."""

    columns: tuple[str, ...]
    rows: list[list[str]]


@dataclass(frozen=True, slots=True)
class Checked:
    """What an export would write.

    Attributes:
        products: All of the scope.
        profile: With the attributes that people defined.
        plan: What would be written.
        previews: Of each file.
        problems: Errors first, each with its file.
        problem_texts: Cells of each.
        asked: Facts that FashionLens cannot know.
        image_address: Of the first product's main image.
    """

    products: list[ProductRow]
    profile: Profile
    plan: ExportPlan
    previews: list[Preview]
    problems: list[Problem]
    problem_texts: list[list[str]]
    asked: list[AskedFact]
    image_address: str

    @property
    def count(self) -> int:
        """How many products are written."""
        return sum(len(part.written.products) for part in self.plan.parts)

    @property
    def refused(self) -> int:
        return sum(problem.severity == Severity.ERROR for problem in self.problems)


@dataclass(slots=True)
class Copies:
    """Copies of images that an export writes, too."""

    folder: Path
    format: CopyFormat = "JPEG"
    replace: bool = False


@dataclass(slots=True)
class Written:
    """What an export wrote.

    Attributes:
        parts: Each with the file.
        images: Copies; None where none were wanted.
        problem: A file is not where it should be.
        remembered: Whether it is in the history.
    """

    parts: list[tuple[ExportPart, Path]] = field(default_factory=list)
    images: ImageCopies | None = None
    problem: SaveError | None = None
    remembered: bool = True


def profiles(_control: WorkControl) -> tuple[dict[str, Profile], list[FashionLensError]]:
    """All profiles by the names that :func:`find_profile` knows, and why others cannot be used."""
    found: dict[str, Profile] = {}
    errors: list[FashionLensError] = []
    for name in dict.fromkeys((*SHIPPED, *map(profile_name, own_profiles()))):
        try:
            found[name] = find_profile(name)
        except DataError as error:
            errors.append(error)
    return found, errors


def join_table(catalogue: Catalogue, file: Path) -> Changes:
    """Join a table by its column of SKUs. Raises DataError: it cannot be read or has no such column."""
    return table_joins.join(catalogue, file).changes


def read_products(catalogue: Catalogue, scope: ProductScope) -> list[ProductRow]:
    """The products of a scope."""
    with responsive_import.frequent_switches():
        query = scope.query(catalogue)
        found = product_rows(catalogue, query)
        if scope.photos is None:
            return found
        return [each for each in found if any(photo.id in scope.photos for photo in each.photos)]


def check_export(
    catalogue: Catalogue, scope: ProductScope, wanted: Wanted, products: list[ProductRow] | None, _control: WorkControl
) -> Checked:
    """Make and check the rows.

    Args:
        catalogue: Where the products are.
        scope: Which they are.
        wanted: What is to be exported.
        products: Of the scope, where they were read before.

    Raises:
        DataError: A template is wrong.
    """
    with responsive_import.frequent_switches():
        products = read_products(catalogue, scope) if products is None else products
        profile = _with_own_attributes(wanted.profile, list(own_columns(catalogue).values()))
        plan = _plan(catalogue, wanted, profile, products, Path(f"products{profile.suffix}"))
        names = names_of(catalogue, profile.language)
        problems, problem_texts = _problems(plan)
        previews = [preview(part.written) for part in plan.parts]
        address = ProductFacts(products[0], profile, names).of_image(1)("image") if products else ""
        asked = asked_facts(profile, products)
        return Checked(products, profile, plan, previews, problems, problem_texts, asked, address)


def preview(table: ExportTable) -> Preview:
    """The first rows of a table."""
    rows = [[str(number), *texts(table, row)] for number, row in enumerate(table.rows[:PREVIEW_ROWS], 2)]
    return Preview(("Row", *table.columns), rows)


def asked_facts(profile: Profile, products: Sequence[ProductRow]) -> list[AskedFact]:
    """The facts of a profile's columns that neither FashionLens nor an attribute of its users gives."""
    columns: dict[str, dict[str, None]] = {}
    own = {fact_name(name) for product in products for name in product.values}
    given = {*FACTS, *own, *(f"{name}_{what}" for name in own for what in ("en", "label"))}
    for column in profile.columns:
        for template in column.templates:
            for name in sorted(template.facts):
                if fact_name(name) not in given:
                    columns.setdefault(fact_name(name), {})[column.name] = None
    joined = dict.fromkeys(columns, 0)
    for product in products:
        for name in {fact_name(each) for each, text in product.fields.items() if text} & set(joined):
            joined[name] += 1
    return [AskedFact(name, tuple(of), joined[name]) for name, of in columns.items()]


def write_export(
    catalogue: Catalogue,
    wanted: Wanted,
    products: Sequence[ProductRow],
    target: Path,
    copies: Copies | None,
    control: WorkControl,
) -> Generator[ProgressEvent, None, Written]:
    """Write copies of images where wanted, then the files.

    Raises:
        SaveError: A file cannot be written anywhere.
        Cancelled: It was stopped; files that were complete stay.
    """
    profile = _with_own_attributes(wanted.profile, list(own_columns(catalogue).values()))
    written = Written(remembered=catalogue.database.writable)
    if wanted.only_reviewed:
        products = [product for product in products if not product.needs_review]
    if copies is not None:
        names = names_of(catalogue, profile.language)
        written.images = yield from write_copies(
            products, profile, names, copies.folder, format=copies.format, replace=copies.replace, control=control
        )
    file_names = written.images.file_names if written.images is not None else {}
    with responsive_import.frequent_switches():
        plan = _plan(catalogue, wanted, profile, products, target, file_names)
        for part in plan.parts:
            file, problem = yield from _stopped_by(control, write_part(catalogue, part))
            written.parts.append((part, file))
            written.problem = problem or written.problem
    return written


def write_again(
    catalogue: Catalogue, number: int, target: Path, control: WorkControl
) -> Generator[ProgressEvent, None, tuple[Path, SaveError | None]]:
    """Write an export of the history as it was. Raises as :func:`write_export`."""
    table, _ = history.repeated(catalogue, number)
    result: tuple[Path, SaveError | None] = yield from _stopped_by(control, write_table(table, target))
    return result


def result_of_template(text: str, product: ProductRow | None, profile: Profile, names: Names) -> str:
    """What a template gives for a product's main image. Raises DataError (``template_invalid``)."""
    template = read_template(text)
    if product is None:
        return ""
    facts = ProductFacts(product, profile, names).of_image(1)
    return printable(template.fill(facts, names, facts.constants))


def with_constants(profile: Profile, constants: Mapping[str, str]) -> Profile:
    """The profile with other constants, in place of its own of the same name."""
    given = {fact_name(name): text for name, text in constants.items()}
    kept = {fact_name(name): text for name, text in profile.constants.items()}
    return msgspec.structs.replace(profile, constants=kept | given)


def _stopped_by(
    control: WorkControl, steps: Generator[ProgressEvent, None, Any]
) -> Generator[ProgressEvent, None, Any]:
    while True:
        if control.stopped:
            steps.close()
            raise Cancelled
        try:
            event = next(steps)
        except StopIteration as end:
            return end.value
        yield event


def _plan(
    catalogue: Catalogue,
    wanted: Wanted,
    profile: Profile,
    products: Sequence[ProductRow],
    target: Path,
    file_names: dict[int, str] | None = None,
) -> ExportPlan:
    if wanted.only_reviewed:
        products = [product for product in products if not product.needs_review]
    return plan_export(
        catalogue,
        profile,
        products,
        target,
        mode=wanted.mode,
        only_changed=wanted.only_changed,
        file_names=file_names,
    )


def _problems(plan: ExportPlan) -> tuple[list[Problem], list[list[str]]]:
    found = [(problem, part) for part in plan.parts for problem in part.problems]
    found.sort(key=lambda pair: pair[0].severity != Severity.ERROR)
    cells = []
    for problem, part in found:
        row = str(problem.row) if problem.row > 1 else "all"
        if len(plan.parts) > 1:
            row = f"{part.target.name}, {row}"
        text = messages.rule_text(problem.code, problem.parameters)
        cells.append([VERDICTS[problem.severity], row, problem.column, problem.sku, f"{text[:1].upper()}{text[1:]}"])
    return [problem for problem, _ in found], cells
