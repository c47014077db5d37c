"""``fashionlens evaluate``: how good a model is on photos of known categories."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING

from fashionlens_gui import messages, paths
from fashionlens_gui.command_line import outputs, terminal
from fashionlens_gui.command_line.arguments import (
    Commands,
    UsageError,
    add_data_folder,
    add_encoding,
    add_model,
    add_runtime,
    aspect_ratio,
    file_path,
    new_command,
    some_text,
)
from fashionlens_gui.command_line.terminal import DONE, SOME_FAILED
from fashionlens_gui.model_choice import find_model, open_predictor
from trainer import devices
from trainer.control import WorkControl
from trainer.data.data_paths import FASHION_MNIST
from trainer.errors import DataError
from trainer.model_files.library import SPLIT_SUFFIX, read_metadata

if TYPE_CHECKING:
    from trainer.control import ProgressEvent
    from trainer.data.image_set import ImageSet
    from trainer.evaluation.evaluation import Evaluation
    from trainer.inference.predictor import Predictor
    from trainer.model_files.metadata import ModelMetadata


def add_to(commands: Commands) -> None:
    """Add the command to the parser."""
    command = new_command(
        commands,
        "evaluate",
        run,
        help="evaluate a model on photos of known categories",
        description="Tags photos of known categories and counts how often the model is correct: on the 10,000 test "
        "images of Fashion-MNIST, or on a folder with one folder for each category. A model of product photos can be "
        "evaluated on a product list (CSV) with photos named by its ids, attribute by attribute, and on folders or a "
        "zip file of folders whose names stand for one or several of its categories. “ok” and, with --json, "
        "“selective” are about the photos whose category needs no review; for each attribute, “sure” or “confident” "
        "are about those where the model is sure of that attribute.",
        examples="""
  fashionlens evaluate --model fashion-mnist-cnn
  fashionlens evaluate --model my-shop.safetensors --data test-photos --json
  fashionlens evaluate --model my-shop.safetensors --data test-photos --report my-shop.html
  fashionlens evaluate --model my-shop.safetensors --data my-photos --split test
  fashionlens evaluate --model products --data labels.csv --images photos.zip --json
  fashionlens evaluate --model products --data perfume-and-cats --not-apparel""",
    )
    add_model(command)
    add_encoding(command)
    command.add_argument(
        "--data",
        metavar="fashion-mnist|FOLDER|ZIP|CSV",
        type=some_text,
        default=FASHION_MNIST,
        help="default: fashion-mnist; the last two with models of product photos only",
    )
    command.add_argument(
        "--images",
        type=file_path,
        metavar="FOLDER|ZIP",
        help="the photos of a product list, named by the ids of its rows, in any folder and format",
    )
    command.add_argument(
        "--split",
        type=some_text,
        metavar="NAME",
        help="only rows whose column split has this name, or folders below it (default: test, where photos come in the "
        "folders train, valid and test); with a model of your own photos: test, its held-out photos (test), which it "
        "was not trained on (also validation, train)",
    )
    command.add_argument(
        "--aspect",
        type=aspect_ratio,
        metavar="W:H",
        help="the aspect of photos that were squeezed into squares, such as 3:4: restore it first",
    )
    command.add_argument(
        "--mapping",
        type=file_path,
        metavar="FILE",
        help="the category of folders that have another name: JSON, or CSV with the columns folder,category",
    )
    command.add_argument(
        "--not-apparel", action="store_true", help="the photos show no apparel: count how many are rejected"
    )
    add_runtime(command)
    command.add_argument("--json", action="store_true", help="print all figures as JSON")
    command.add_argument(
        "--report",
        type=file_path,
        metavar="FILE.html",
        help="also save a page to share: figures, confusion matrix, worst mistakes, how the model was trained",
    )
    command.add_argument(
        "--data-check",
        type=file_path,
        metavar="FILE.json",
        help="with --report: the findings of “check-data --out” in the training data, to show on the page",
    )
    add_data_folder(command)


def run(arguments: Namespace) -> int:
    """Evaluate and print the figures.

    Raises:
        UsageError, ModelFileError, DataError: An option, the model or the photos cannot be used.
        SaveError: The report cannot be written.
    """
    if arguments.report is not None:
        inputs = [arguments.data, arguments.model, arguments.images, arguments.mapping, arguments.data_check]
        outputs.check_target("--report", arguments.report, "report.html", inputs)  # now, not when all is done
    elif arguments.data_check is not None:
        raise UsageError("data_check_without_report")
    arguments.findings = outputs.findings_of(arguments.data_check)
    model = find_model(arguments.model)
    control = WorkControl()
    with terminal.stop_on_interrupt(control):
        # A product model answers with the taxonomy's names, and a folder's name may stand for several of them.
        # Other models have class names of their own, which folders must have too.
        if read_metadata(model).uses_taxonomy:
            from fashionlens_gui.command_line import evaluate_products

            predictor = open_predictor(model, arguments.device, arguments.runtime)
            return evaluate_products.run(arguments, predictor, control)
        from trainer.inference.predictor import Predictor

        return _classes(arguments, Predictor.load(model, devices.choose(arguments.device)), model, control)


def _classes(arguments: Namespace, predictor: Predictor, model: Path, control: WorkControl) -> int:
    """A model of categories alone, on photos whose classes are just its own."""
    _refuse_product_options(arguments, predictor.metadata.name)
    from trainer.evaluation.evaluate import evaluate, load_test_set

    if arguments.split:
        work = _part(arguments, predictor.metadata, model, control)
    else:
        data_paths = paths.data_paths(arguments.data_folder)
        work = load_test_set(arguments.data, data_paths, predictor.metadata, control)
    images = terminal.run_with_progress(work)
    evaluation = terminal.run_with_progress(evaluate(predictor, images, control))
    data = messages.data_text(evaluation.data)
    if arguments.json:
        terminal.echo_json(
            {**evaluation.to_json(), "data": data, "unreadable": outputs.unreadable(evaluation.unreadable)}
        )
    else:
        _print(evaluation, data)
    if arguments.report is not None:
        from trainer.evaluation.report.sources import of_evaluation

        content = of_evaluation(evaluation, messages, findings=arguments.findings)
        outputs.save_report(arguments.report, content, arguments.json)
    for photo in evaluation.unreadable:
        terminal.warn(messages.sentence(photo.error))
    return SOME_FAILED if evaluation.unreadable else DONE


def _part(
    arguments: Namespace, metadata: ModelMetadata, model: Path, control: WorkControl
) -> Generator[ProgressEvent, None, ImageSet]:
    """Photos of one part: of a data set that comes split, of a split that is named, or of that beside the model."""
    from trainer.data.labelled_photos import parts_of
    from trainer.data.part_folders import part_named
    from trainer.evaluation.evaluate import load_split_part, load_test_set

    data = Path(arguments.data)
    if data.is_dir() and parts_of(data):
        data_paths, part = paths.data_paths(arguments.data_folder), part_named(arguments.split)
        if not part:
            raise DataError("split_part_unknown", part=arguments.split)
        return load_test_set(arguments.data, data_paths, metadata, control, part)
    if _is_list(arguments):
        return load_split_part(data, arguments.split, metadata, control)
    split = model.with_suffix(SPLIT_SUFFIX)
    if not split.is_file():
        raise UsageError("no_split_of_model", model=metadata.name, file=split.name)
    return load_split_part(split, arguments.split, metadata, control, data if arguments.data != FASHION_MNIST else None)


def _is_list(arguments: Namespace) -> bool:
    return Path(arguments.data).suffix.lower() == ".csv"


def _refuse_product_options(arguments: Namespace, name: str) -> None:
    given = [word for word in ("images", "aspect", "mapping", "not_apparel") if getattr(arguments, word)]
    if given or (_is_list(arguments) and not arguments.split):
        options = tuple(f"--{option.replace('_', '-')}" for option in given)
        raise UsageError("not_with_a_model_of_categories", model=name, options=options)


def _print(evaluation: Evaluation, data: str) -> None:
    terminal.echo(f"Model “{evaluation.model_name}” on {data}")
    terminal.echo(f"Accuracy {evaluation.accuracy:.2%} of {evaluation.n:,} photos")
    terminal.echo("")
    width = max(len("category"), *(len(name) for name in evaluation.classes))
    terminal.echo(f"{'category':{width}}  precision  recall     f1  photos")
    for figures in evaluation.per_class():
        shares = f"{figures.precision:9.1%}  {figures.recall:6.1%}  {figures.f1:5.3f}"
        terminal.echo(f"{figures.name:{width}}  {shares}  {figures.support:6,}")
