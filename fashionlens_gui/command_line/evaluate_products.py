"""``fashionlens evaluate`` with a model of product photos: product lists, class folders, and what is no apparel."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

from fashionlens_gui import messages, paths
from fashionlens_gui.command_line import outputs, terminal
from fashionlens_gui.command_line.arguments import UsageError
from fashionlens_gui.messages.photos import LEVEL_NAMES
from fashionlens_gui.tagging.tag import printable
from trainer import number_format
from trainer import taxonomy as taxonomies
from trainer.control import WorkControl
from trainer.data.data_paths import FASHION_MNIST
from trainer.data.folder_categories import FolderCategories, read_mapping
from trainer.data.part_folders import is_in_part, part_to_evaluate
from trainer.data.photo_store import PhotoStore, open_store
from trainer.data.product_rows import PhotosById, ProductRow, count_rows, read_rows
from trainer.evaluation.class_folders import (
    FolderFigures,
    OutOfDistributionFigures,
    evaluate_folders,
    evaluate_not_apparel,
)
from trainer.evaluation.level_tallies import LevelTally
from trainer.evaluation.product_list import ProductFigures, evaluate_rows
from trainer.evaluation.report.sources import of_folders, of_products
from trainer.inference.prediction import PhotoPredictor
from trainer.taxonomy import Taxonomy

_IDS_SHOWN = 5

Figures = TypeVar("Figures", ProductFigures, FolderFigures, OutOfDistributionFigures)


def run(arguments: Namespace, predictor: PhotoPredictor, control: WorkControl) -> int:
    """Evaluate and print the figures.

    Raises:
        UsageError, DataError: An option or the photos cannot be used.
        Cancelled: ``control`` was stopped.
    """
    if arguments.data == FASHION_MNIST:
        raise UsageError("data_needed_for_product_model", model=predictor.metadata.name)
    data = Path(arguments.data)
    is_list = data.suffix.lower() == ".csv" and not data.is_dir()
    _check(arguments, is_list)
    taxonomy = taxonomies.load(paths.taxonomy_dir())
    with open_store(arguments.images if is_list else data) as store:
        if arguments.not_apparel:
            return _not_apparel(arguments, predictor, taxonomy, store, control, is_list)
        if is_list:
            return _list(arguments, predictor, taxonomy, store, control)
        return _folders(arguments, predictor, taxonomy, store, control)


def _check(arguments: Namespace, is_list: bool) -> None:
    if is_list and arguments.images is None:
        raise UsageError("images_needed", data=arguments.data)
    if not is_list and arguments.images is not None:
        raise UsageError("images_without_list", data=arguments.data)
    if arguments.mapping is not None and (is_list or arguments.not_apparel):
        raise UsageError("mapping_not_used")
    if arguments.report is not None and arguments.not_apparel:
        raise UsageError("report_of_not_apparel")


def _list(
    arguments: Namespace, predictor: PhotoPredictor, taxonomy: Taxonomy, store: PhotoStore, control: WorkControl
) -> int:
    path = Path(arguments.data)
    split = arguments.split or ""
    rows, total = read_rows(path, split), count_rows(path, split)
    name = outputs.data_name(path, split)
    work = evaluate_rows(predictor, taxonomy, rows, total, store, control, data_name=name, aspect=arguments.aspect)
    figures = terminal.run_with_progress(work)
    _show(figures, _print_attributes, arguments.json)
    if arguments.report is not None:
        content = of_products(figures, predictor.metadata, store, messages, findings=arguments.findings)
        outputs.save_report(arguments.report, content, arguments.json)
    if ids := figures.ids_without_zeros:
        more = f" and {len(ids) - _IDS_SHOWN:,} more" if len(ids) > _IDS_SHOWN else ""
        terminal.warn(
            f"A spreadsheet has removed the zeros before {', '.join(ids[:_IDS_SHOWN])}{more} in "
            f"{printable(path.name)}. Their photos were found; save the ids as text."
        )
    return outputs.report_unreadable(figures.skipped)


def _folders(
    arguments: Namespace, predictor: PhotoPredictor, taxonomy: Taxonomy, store: PhotoStore, control: WorkControl
) -> int:
    folder_categories = FolderCategories(taxonomy, read_mapping(arguments.mapping) if arguments.mapping else None)
    split = arguments.split or part_to_evaluate(store.names())
    name = outputs.data_name(store.path, split)
    work = evaluate_folders(
        predictor, folder_categories, store, control, data_name=name, part=split, aspect=arguments.aspect
    )
    figures = terminal.run_with_progress(work)
    _show(figures, _print_folders, arguments.json)
    if arguments.report is not None:
        content = of_folders(figures, predictor.metadata, store, messages, findings=arguments.findings)
        outputs.save_report(arguments.report, content, arguments.json)
    for folder, count in figures.unknown.items():
        where = f"in “{printable(folder)}”, which is no category and in no mapping" if folder else "in no folder"
        terminal.warn(f"Left out: {number_format.photos(count)} {where}.")
    return outputs.report_unreadable(figures.skipped)


def _not_apparel(
    arguments: Namespace,
    predictor: PhotoPredictor,
    taxonomy: Taxonomy,
    store: PhotoStore,
    control: WorkControl,
    is_list: bool,
) -> int:
    split = arguments.split or ""
    if is_list:
        names = _no_garments(read_rows(Path(arguments.data), split), taxonomy, store)
    else:
        names = (name for name in store.names() if not split or is_in_part(name, split))
    name = outputs.data_name(Path(arguments.data), split)
    work = evaluate_not_apparel(predictor, taxonomy, names, store, control, data_name=name, aspect=arguments.aspect)
    figures = terminal.run_with_progress(work)
    _show(figures, _print_rejected, arguments.json)
    return outputs.report_unreadable(figures.skipped)


def _no_garments(rows: Iterator[ProductRow], taxonomy: Taxonomy, store: PhotoStore) -> Iterator[str]:
    """The photos of those rows of a list that are known to be no garment, such as perfume."""
    photos = PhotosById(store)
    for row in rows:
        category = row.labels(taxonomy)["category"].name
        name = photos.find(row)
        if name is not None and category is not None and not taxonomy.category(category).garment:
            yield name


def _show(figures: Figures, print_figures: Callable[[Figures], None], as_json: bool) -> None:
    if as_json:
        terminal.echo_json({**figures.to_json(), "unreadable": list(map(messages.sentence, figures.skipped.errors))})
    else:
        print_figures(figures)
        skipped = figures.skipped
        if skipped.n:
            reasons = ", ".join(
                f"{count:,} {messages.skip_reason(reason)}" for reason, count in skipped.reasons.items()
            )
            terminal.echo(f"Left out: {reasons}")


def _print_attributes(figures: ProductFigures) -> None:
    terminal.echo(
        f"Model “{figures.model_name}” on {figures.data_name}: {number_format.photos(figures.rows - figures.skipped.n)}"
    )
    terminal.echo(
        "\nattribute  photos   top-1   top-2   top-3  macro-F1    ECE  ok: share correct  sure: share correct  left out"
    )
    for name, tally in figures.attributes.items():
        selective, confident = tally.selective.to_json(), tally.confident.to_json()
        tops = "  ".join(f"{terminal.share(tally.top(k)):>6}" for k in (1, 2, 3))
        f1, error = (terminal.share(each, ".3f") for each in (tally.macro_f1(), tally.calibration_error()))
        ok = f"{terminal.share(selective['coverage']):>9}  {terminal.share(selective['accuracy']):>6}"
        sure = f"{terminal.share(confident['coverage']):>11}  {terminal.share(confident['accuracy']):>6}"
        terminal.echo(f"{name:9}  {tally.n:6,}  {tops}  {f1:>8}  {error:>5}  {ok}  {sure}  {tally.skipped.total():8,}")
    terminal.echo("")
    tallies = {LEVEL_NAMES[level]: tally for level, tally in figures.levels.of.items()}
    _print_levels(tallies | {"colour family": figures.family})
    mistakes = figures.attributes["category"].confused(5)
    if mistakes:
        terminal.echo("Most frequent mistakes of category:")
        for true, predicted, count in mistakes:
            terminal.echo(f"  {true} predicted as {predicted}: {count:,}")


def _print_levels(tallies: Mapping[str, LevelTally]) -> None:
    """How often the answer is correct at each level, and of how many photos the model is sure at it."""
    terminal.echo(f"{'level':23}  photos   top-1  sure: share correct")
    for name, tally in tallies.items():
        selective = tally.selective.to_json()
        sure = f"{terminal.share(selective['coverage']):>11}  {terminal.share(selective['accuracy']):>6}"
        terminal.echo(f"{name:23}  {tally.selective.n:6,}  {terminal.share(tally.top1):>6}  {sure}")
    terminal.echo("")


def _print_folders(figures: FolderFigures) -> None:
    terminal.echo(f"Model “{figures.model_name}” on {figures.data_name}: {number_format.photos(figures.n)}")
    selective = figures.selective.to_json()
    terminal.echo(f"Correct: {terminal.share(figures.top1)}; among the first three: {terminal.share(figures.top3)}")
    terminal.echo(
        f"Marked ok: {terminal.share(selective['coverage'])}, of which correct: {terminal.share(selective['accuracy'])}"
    )
    terminal.echo("")
    _print_levels({LEVEL_NAMES[level]: tally for level, tally in figures.levels.of.items()})
    width = max(len("folder"), *(len(printable(name)) for name in figures.classes))
    terminal.echo(f"{'folder':{width}}  photos   top-1   top-3  predicted instead")
    for name, tally in sorted(figures.classes.items()):
        instead = ", ".join(f"{predicted} {count:,}" for predicted, count in tally.instead.most_common(3))
        shares = f"{tally.top1 / tally.n:6.1%}  {tally.top3 / tally.n:6.1%}"
        terminal.echo(f"{printable(name):{width}}  {tally.n:6,}  {shares}  {instead}".rstrip())


def _print_rejected(figures: OutOfDistributionFigures) -> None:
    terminal.echo(
        f"Model “{figures.model_name}” on {figures.data_name}: {number_format.photos(figures.n)} without apparel"
    )
    terminal.echo(f"Not passed off as a garment: {figures.rejected / figures.n:.1%}")
    for name, count in figures.accepted_as.most_common(10):
        terminal.echo(f"  predicted as {name}: {count:,}")
