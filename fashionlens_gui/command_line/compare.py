"""``fashionlens compare``: two models on the same photos, what got better and what got worse."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fashionlens_gui import messages, paths
from fashionlens_gui.command_line import outputs, terminal
from fashionlens_gui.command_line.arguments import (
    Commands,
    UsageError,
    add_changes_as_json,
    add_data_folder,
    add_encoding,
    file_path,
    new_command,
    some_text,
)
from fashionlens_gui.messages.evaluation import difference
from fashionlens_gui.tagging.tag import printable
from trainer import number_format
from trainer.control import WorkControl
from trainer.data.data_paths import FASHION_MNIST
from trainer.model_files.library import ModelLibrary

if TYPE_CHECKING:
    from trainer.evaluation.comparison import Changed, Comparison
    from trainer.inference.predictor import Predictor

_FILES_SHOWN = 20
_CELLS_SHOWN = 8


def add_to(commands: Commands) -> None:
    """Add the command to the parser."""
    command = new_command(
        commands,
        "compare",
        run,
        help="compare two models on the same photos",
        description="Evaluates two models on the same photos of known categories: which is correct more often, for "
        "which categories, on which photos they differ, and whether that may be chance. The models may have different "
        "categories: only photos in a folder that both know are compared.",
        examples="""
  fashionlens compare my-shop-old my-shop-new --data test-photos
  fashionlens compare products my-shop.safetensors --data photos.zip --split validation --json
  fashionlens compare fashion-mnist-cnn fashion-mnist-resnet --data fashion-mnist""",
    )
    command.add_argument("old", metavar="A", type=some_text, help="the old model: a name or a model file")
    command.add_argument("new", metavar="B", type=some_text, help="the new model: a name or a model file")
    command.add_argument(
        "--data",
        metavar="FOLDER|ZIP|fashion-mnist",
        type=some_text,
        required=True,
        help="photos in one folder for each category, or the test images of Fashion-MNIST",
    )
    command.add_argument("--split", type=some_text, metavar="NAME", help="only folders below one of this name")
    command.add_argument(
        "--mapping",
        type=file_path,
        metavar="FILE",
        help="for a product model, the category of each folder: JSON, or CSV with the columns folder,category",
    )
    add_changes_as_json(command)
    add_encoding(command)
    add_data_folder(command)


def run(arguments: Namespace) -> int:
    """Compare the models and print the result.

    Raises:
        UsageError, ModelFileError, DataError: An option, a model or the photos cannot be used.
    """
    library = ModelLibrary(paths.model_folders())
    files = [library.find(name) for name in (arguments.old, arguments.new)]
    from trainer.inference.predictor import Predictor

    old, new = (Predictor.load(file) for file in files)
    control = WorkControl()
    with terminal.stop_on_interrupt(control):
        comparison = _compared(arguments, old, new, control)
    if arguments.json:
        terminal.echo_json({**to_json(comparison), "old_file": str(files[0]), "new_file": str(files[1])})
    else:
        print_comparison(comparison, files, comparison.data_name)
    return _end(comparison)


def _compared(arguments: Namespace, old: Predictor, new: Predictor, control: WorkControl) -> Comparison:
    from trainer.evaluation.compare import compare_folders, compare_images

    if arguments.data == FASHION_MNIST:
        if arguments.split or arguments.mapping:
            raise UsageError("folder_options_with_fashion_mnist")
        from trainer.evaluation.evaluate import load_test_set

        data_paths = paths.data_paths(arguments.data_folder)
        images = terminal.run_with_progress(load_test_set(arguments.data, data_paths, old.metadata, control))
        return terminal.run_with_progress(compare_images(old, new, images, control, messages.data_text(images.data)))

    from trainer import taxonomy
    from trainer.data.folder_categories import FolderCategories, read_mapping
    from trainer.data.photo_store import open_store
    from trainer.evaluation.folder_classes import folder_classes_for

    if arguments.mapping and not (old.metadata.uses_taxonomy or new.metadata.uses_taxonomy):
        raise UsageError("mapping_without_product_model")
    mapping = read_mapping(arguments.mapping) if arguments.mapping else None
    names = FolderCategories(taxonomy.load(paths.taxonomy_dir()), mapping)
    split = arguments.split or ""
    with open_store(Path(arguments.data)) as store:
        work = compare_folders(
            old,
            new,
            folder_classes_for(old.metadata, names),
            folder_classes_for(new.metadata, names),
            store,
            control,
            data_name=outputs.data_name(store.path, split),
            part=split,
        )
        return terminal.run_with_progress(work)


def to_json(comparison: Comparison) -> dict[str, Any]:
    """Everything of a comparison as plain values."""
    values = comparison.to_json()
    values["mcnemar"]["sentence"] = difference(comparison.test(), comparison.n)
    return {**values, "unreadable": list(map(messages.sentence, comparison.skipped.errors))}


def print_comparison(comparison: Comparison, files: Sequence[Path], data_name: str) -> None:
    """Print everything of a comparison. ``files`` are those of the two models; ``data_name`` names the photos."""
    terminal.echo(f"Old model: “{comparison.old_name}” ({printable(str(files[0]))})")
    terminal.echo(f"New model: “{comparison.new_name}” ({printable(str(files[1]))})")
    terminal.echo(f"Compared on {number_format.photos(comparison.n)} of {data_name}")
    terminal.echo("")
    points = _signed(100 * (comparison.new_accuracy - comparison.old_accuracy), ".2f")
    terminal.echo(f"Correct: old {comparison.old_accuracy:.2%}, new {comparison.new_accuracy:.2%} ({points} points)")
    terminal.echo(difference(comparison.test(), comparison.n))
    terminal.echo("")
    _print_classes(comparison)
    _print_cells(comparison)
    _print_changed("Got better", comparison.better)
    _print_changed("Got worse", comparison.worse)
    if comparison.skipped.n:
        terminal.echo("")
        reasons = "; ".join(
            f"{count:,} ({messages.skip_reason(reason)})" for reason, count in comparison.skipped.reasons.items()
        )
        terminal.echo(f"Left out: {reasons}")


def _print_classes(comparison: Comparison) -> None:
    rows = [each for each in comparison.per_class() if each.support]
    width = max(len(name) for name in ("category", *(printable(each.name) for each in rows)))
    terminal.echo(f"{'category':{width}}  photos  recall: old     new  change  F1: old     new  change")
    for each in rows:
        recall = [
            terminal.share(each.old_recall),
            terminal.share(each.new_recall),
            _change(each.old_recall, each.new_recall),
        ]
        f1 = [terminal.share(each.old_f1), terminal.share(each.new_f1), _change(each.old_f1, each.new_f1)]
        figures = f"{recall[0]:>11}  {recall[1]:>6}  {recall[2]:>6}  {f1[0]:>7}  {f1[1]:>6}  {f1[2]:>6}"
        terminal.echo(f"{printable(each.name):{width}}  {each.support:6,}  {figures}")


def _print_cells(comparison: Comparison) -> None:
    """The confusions whose number changed most."""
    changes = comparison.most_confused(_CELLS_SHOWN)
    if changes:
        terminal.echo("\nConfusions that became more (+) or fewer (−):")
        for actual, predicted, change in changes:
            terminal.echo(f"  {_signed(change, ',')}  {printable(actual)} predicted as {printable(predicted)}")


def _print_changed(what: str, photos: Sequence[Changed]) -> None:
    if not photos:
        return
    terminal.echo(f"\n{what}: {number_format.photos(len(photos))}")
    for photo in photos[:_FILES_SHOWN]:
        terminal.echo(
            f"  {printable(photo.file)}: {printable(photo.actual)}; old: {photo.old.label} "
            f"({photo.old.confidence:.0%}), new: {photo.new.label} ({photo.new.confidence:.0%})"
        )
    if len(photos) > _FILES_SHOWN:
        terminal.echo(f"  and {len(photos) - _FILES_SHOWN:,} more; --json lists all of them")


def _end(comparison: Comparison) -> int:
    """Say which photos were left out and why; the exit code."""
    for (folder, reason), count in comparison.unknown.items():
        where = f"in “{printable(folder)}”" if folder else "in no folder"
        terminal.warn(f"Left out: {number_format.photos(count)} {where}: {messages.skip_reason(reason)}.")
    return outputs.report_unreadable(comparison.skipped)


def _change(old: float | None, new: float | None) -> str:
    return "–" if old is None or new is None else _signed(100 * (new - old), ".1f")


def _signed(value: float, form: str) -> str:
    """With a sign of its own width; nothing has none."""
    text = format(abs(value), form)
    return text if not any(digit in text for digit in "123456789") else f"{'−' if value < 0 else '+'}{text}"
