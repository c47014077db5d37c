"""``fashionlens improve``: trains the heads of a model on corrections and compares the result with the old model."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fashionlens_gui import messages, paths
from fashionlens_gui.catalogue.corrections import corrected_labels
from fashionlens_gui.command_line import compare, outputs, terminal
from fashionlens_gui.command_line.arguments import (
    Commands,
    add_changes_as_json,
    add_data_folder,
    add_device,
    add_encoding,
    file_path,
    new_command,
    some_text,
)
from fashionlens_gui.command_line.remembering import add_catalogue, catalogue_with_corrections
from fashionlens_gui.command_line.terminal import DONE, INTERRUPTED, SOME_FAILED
from fashionlens_gui.messages import improve as sentences
from fashionlens_gui.model_choice import find_model
from fashionlens_gui.tagging.tag import printable
from trainer import devices
from trainer.control import ProgressEvent, WorkControl
from trainer.errors import Cancelled
from trainer.model_files.library import SUFFIX
from trainer.model_files.names import validate_name
from trainer.number_format import photos
from trainer.taxonomy import CATEGORY
from trainer.training.improve.corrections_csv import read_csv

if TYPE_CHECKING:
    from trainer.evaluation.comparison import Comparison
    from trainer.inference.predictor import Predictor
    from trainer.model_files.replay_file import Replay
    from trainer.training.improve.corrections import CorrectedLabel
    from trainer.training.improve.improve import HeadOutcome, Improvement


def add_to(commands: Commands) -> None:
    """Add the command to the parser."""
    command = new_command(
        commands,
        "improve",
        run,
        help="train a model on your corrections",
        description="Trains a model on what you corrected and confirmed: categories as well as colours, patterns and "
        "so on. A sample of its earlier training photos keeps it from forgetting. Then it is compared with the old "
        "model on photos that it was not trained on. The category and each attribute are trained independently, on 10 "
        "photos or more. The old model stays as it is.",
        examples="""
  fashionlens improve --out my-shop.safetensors
  fashionlens improve --model products --corrections corrected.csv --out better.safetensors --json""",
    )
    command.add_argument(
        "--model", type=some_text, metavar="NAME|FILE", help="the model to improve (default: the best one)"
    )
    command.add_argument("--out", type=file_path, metavar="FILE.safetensors", required=True, help="the new model file")
    command.add_argument(
        "--corrections",
        type=file_path,
        metavar="CSV",
        help="a table with the columns file,category and, if wanted, colour, pattern, fabric, occasion, season, "
        "audience (default: all corrections and confirmations in the catalogue)",
    )
    add_catalogue(command)
    command.add_argument(
        "--training-data",
        type=some_text,
        metavar="FOLDER|CSV|fashion-mnist",
        help="the photos that the model was trained on, to keep it from forgetting (default: the sample beside the "
        "model, else the photos that it was trained on, if they are on this computer)",
    )
    add_device(command)
    add_encoding(command)
    add_changes_as_json(command)
    add_data_folder(command)


def run(arguments: Namespace) -> int:
    """Improve, save, print what came out.

    Raises:
        ModelFileError, DataError, DeviceMissing: A model, the corrections or the device cannot be used.
        SaveError: The model cannot be saved.
    """
    model = find_model(arguments.model)
    target: Path = arguments.out
    outputs.check_target("--out", target, f"my-shop{SUFFIX}", [model])
    validate_name(target.stem)
    csv: Path | None = arguments.corrections
    corrections = read_csv(csv) if csv else _stored_labels(arguments)
    control = WorkControl()
    with terminal.stop_on_interrupt(control):
        try:
            improvement = terminal.run_with_progress(_improve(arguments, model, corrections, control))
        except Cancelled:
            terminal.warn("Stopped before there was a result; nothing was saved.")
            return INTERRUPTED
    from trainer.training.improve.improve import save

    save(target, improvement)
    if arguments.json:
        terminal.echo_json(_to_json(improvement, model, target))
    else:
        _print(improvement, model, target)
    for outcome in improvement.outcomes:
        for value, count in outcome.unknown_values.items():
            which = "of" if outcome.attribute == CATEGORY else f"of the {outcome.attribute}"
            terminal.warn(f"Left out: {photos(count)} {which} “{printable(value)}”, which the model does not know.")
    for photo in improvement.unreadable:
        terminal.warn(messages.sentence(photo.error))
    if improvement.replaced:
        terminal.warn(printable(sentences.replaced_files(improvement)))
    if improvement.replay is None:
        terminal.warn(sentences.NO_REPLAY_SAMPLE)
    return SOME_FAILED if improvement.unreadable else DONE


def _stored_labels(arguments: Namespace) -> list[CorrectedLabel]:
    catalogue = catalogue_with_corrections(arguments)
    if catalogue is None:
        return []
    with catalogue:
        return corrected_labels(catalogue)


def _improve(
    arguments: Namespace, model: Path, corrections: list[CorrectedLabel], control: WorkControl
) -> Generator[ProgressEvent, None, Improvement]:
    from trainer.training.improve.improve import improve
    from trainer.training.runs import replay_source

    def open_replay(predictor: Predictor) -> Generator[ProgressEvent, None, Replay | None]:
        if source:
            return replay_source.sample_source(predictor, source, data_paths, control)
        return replay_source.open_replay(model, predictor, paths.run_history_dir(), data_paths, control)

    source: str = arguments.training_data or ""
    data_paths = paths.data_paths(arguments.data_folder)
    device = devices.choose(arguments.device)
    name = arguments.out.stem
    return (yield from improve(model, corrections, control, name=name, open_replay=open_replay, device=device))


def _to_json(improvement: Improvement, model: Path, target: Path) -> dict[str, Any]:
    heads = {outcome.attribute: _outcome_to_json(outcome) for outcome in improvement.outcomes}
    category = heads.pop(CATEGORY, {})
    compared = next((each.comparisons for each in improvement.outcomes if each.attribute == CATEGORY), None)
    return {
        "old_file": str(model),
        "new_file": str(target),
        "learnt_from": improvement.trained_on,
        "rehearsed": improvement.replay is not None,
        "temperature": improvement.metadata.temperature,
        "review_below": improvement.metadata.review_below,
        "comparison": None if compared is None else _comparison_to_json(compared.all),
        "on_corrections": category.get("on_corrections"),
        "on_known": category.get("on_known"),
        "unknown_categories": category.get("unknown", {}),
        "attributes": heads,
        "unreadable": outputs.unreadable(improvement.unreadable),
        "replaced": [printable(file) for file in improvement.replaced],
    }


def _outcome_to_json(outcome: HeadOutcome) -> dict[str, Any]:
    compared = outcome.comparisons
    return {
        "photos": outcome.photos,
        "learnt": outcome.updated,
        "why_not": sentences.kept_because(outcome),
        "learnt_from": outcome.trained_on,
        "on_corrections": None if compared is None else _comparison_to_json(compared.corrections),
        "on_known": None if compared is None or compared.replay is None else _comparison_to_json(compared.replay),
        "unknown": dict(outcome.unknown_values),
    }


def _comparison_to_json(comparison: Comparison) -> dict[str, Any]:
    return {**compare.to_json(comparison), "data": sentences.DATA_NAMES[comparison.data_name]}


def _print(improvement: Improvement, model: Path, target: Path) -> None:
    terminal.echo(f"Trained on {photos(improvement.trained_on)} that you corrected or confirmed.")
    for outcome in improvement.outcomes:
        terminal.echo("")
        name = outcome.attribute.capitalize()
        if outcome.updated:
            terminal.echo(f"{name}: trained on {photos(outcome.trained_on)}.")
        else:
            terminal.echo(f"{name}: stays as it was. {sentences.kept_because(outcome)}")
        if outcome.comparisons is not None:
            for comparison in (outcome.comparisons.corrections, outcome.comparisons.replay):
                _print_accuracy(comparison)
    terminal.echo("")
    if improvement.main.attribute != CATEGORY:
        terminal.echo(f"The {improvement.main.attribute}:")
    all_photos = improvement.main_comparisons.all
    compare.print_comparison(all_photos, [model, target], sentences.DATA_NAMES[all_photos.data_name])
    terminal.echo(f"\nThe new model is saved in {printable(str(target))}.")


def _print_accuracy(comparison: Comparison | None) -> None:
    if comparison is not None and comparison.n:
        shares = f"{comparison.old_accuracy:.1%} correct before, {comparison.new_accuracy:.1%} now"
        terminal.echo(f"  On {photos(comparison.n)}, {sentences.DATA_NAMES[comparison.data_name]}: {shares}.")
