"""``fashionlens improve``: a model learns from what people corrected, and is compared with the one before."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fashionlens_gui import messages, paths
from fashionlens_gui.command_line import compare, outputs, terminal
from fashionlens_gui.command_line.arguments import (
    add_changes_as_json,
    add_data_folder,
    file_path,
    new_command,
    some_text,
)
from fashionlens_gui.command_line.exit_codes import DONE, INTERRUPTED, SOME_FAILED
from fashionlens_gui.corrections import training_labels
from fashionlens_gui.first_choice import first_choice
from fashionlens_gui.tagging.tag import printable
from trainer import number_format
from trainer.control import ProgressEvent, WorkControl
from trainer.errors import Cancelled
from trainer.model_files.library import SUFFIX, ModelLibrary
from trainer.model_files.names import check as check_name
from trainer.taxonomy import CATEGORY

if TYPE_CHECKING:
    from fashionlens_gui.command_line.arguments import Commands
    from trainer.evaluation.comparison import Comparison
    from trainer.inference.predictor import Predictor
    from trainer.model_files.replay import Replay
    from trainer.training.improve.corrected_photos import CorrectedLabel
    from trainer.training.improve.improvement import Improvement, Outcome


def add_to(commands: Commands) -> None:
    """The command as an argument parser knows it."""
    command = new_command(
        commands,
        "improve",
        help="let a model learn from your corrections",
        description="Teaches a model what you corrected and confirmed, categories as well as colours, patterns and so "
        "on, while it rehearses what it knew, and compares it with the old one on photos that it did not learn from. "
        "Each is learnt by itself, from 10 photos or more. The old model stays as it is.",
        examples="""
  fashionlens improve --out my-shop.safetensors
  fashionlens improve --model products --corrections corrected.csv --out better.safetensors --json""",
    )
    command.add_argument(
        "--model", type=some_text, metavar="NAME|FILE", help="what to improve (default: the best that there is)"
    )
    command.add_argument("--out", type=file_path, metavar="FILE.safetensors", required=True, help="the new model file")
    command.add_argument(
        "--corrections",
        type=file_path,
        metavar="CSV",
        help="a table with the columns file,category and, if wanted, colour, pattern, fabric, occasion, season, "
        "audience (default: everything that was ever corrected or confirmed here)",
    )
    command.add_argument(
        "--training-data",
        type=some_text,
        metavar="FOLDER|CSV|fashion-mnist",
        help="what the model once learnt from, to rehearse (default: the sample beside the model, else the photos that "
        "it was trained with on this computer)",
    )
    add_changes_as_json(command)
    add_data_folder(command)
    command.set_defaults(run=run)


def run(arguments: Namespace) -> int:
    """Improve, save, print what came out.

    Raises:
        ModelFileError, DataError, SaveError: As their sentences say.
    """
    library = ModelLibrary(paths.model_folders())
    model = library.find(arguments.model) if arguments.model else first_choice(library)
    target: Path = arguments.out
    outputs.check("--out", target, f"my-shop{SUFFIX}", [model])
    check_name(target.stem)
    said = training_labels.read_csv(arguments.corrections) if arguments.corrections else training_labels.stored_labels()
    control = WorkControl()
    with terminal.stopping_on_interrupt(control):
        try:
            improvement = terminal.watched(_improved(arguments, model, said, control))
        except Cancelled:
            terminal.warn("Stopped before there was a result; nothing was saved.")
            return INTERRUPTED
    from trainer.training.improve.improve import save

    save(target, improvement)
    if arguments.json:
        terminal.say_json(_described(improvement, model, target))
    else:
        _print(improvement, model, target)
    for outcome in improvement.outcomes:
        for value, count in outcome.unknown.items():
            which = "of" if outcome.attribute == CATEGORY else f"of the {outcome.attribute}"
            terminal.warn(
                f"Left out: {number_format.photos(count)} {which} “{printable(value)}”, which the model does not know."
            )
    for photo in improvement.unreadable:
        terminal.warn(messages.sentence(photo.error))
    if improvement.replaced:
        terminal.warn(printable(improvement.replaced_words))
    if improvement.may_forget:
        terminal.warn(improvement.may_forget)
    return SOME_FAILED if improvement.unreadable else DONE


def _improved(
    arguments: Namespace, model: Path, said: list[CorrectedLabel], control: WorkControl
) -> Generator[ProgressEvent, None, Improvement]:
    from trainer.training.improve.improve import improve
    from trainer.training.runs import replay_source

    def rehearse(predictor: Predictor) -> Generator[ProgressEvent, None, Replay | None]:
        if source:
            return replay_source.sampled(predictor, source, data_paths, control)
        return replay_source.of_model(model, predictor, paths.run_history_dir(), data_paths, control)

    source: str = arguments.training_data or ""
    data_paths = paths.data_paths(arguments.data_folder)
    return (yield from improve(model, said, control, name=arguments.out.stem, rehearse=rehearse))


def _described(improvement: Improvement, model: Path, target: Path) -> dict[str, Any]:
    outcomes = {outcome.attribute: _outcome(outcome) for outcome in improvement.outcomes}
    category = outcomes.pop(CATEGORY, {})
    judged = next((each.judged for each in improvement.outcomes if each.attribute == CATEGORY), None)
    return {
        "old_file": str(model),
        "new_file": str(target),
        "learnt_from": improvement.learnt_from,
        "rehearsed": improvement.replay is not None,
        "temperature": improvement.metadata.temperature,
        "review_below": improvement.metadata.review_below,
        "comparison": None if judged is None else compare.described(judged.all),
        "on_corrections": category.get("on_corrections"),
        "on_known": category.get("on_known"),
        "unknown_categories": category.get("unknown", {}),
        "attributes": outcomes,
        "unreadable": outputs.unreadable(improvement.unreadable),
        "replaced": [printable(file) for file in improvement.replaced],
    }


def _outcome(outcome: Outcome) -> dict[str, Any]:
    judged = outcome.judged
    known = None if judged is None else judged.known
    return {
        "photos": outcome.photos,
        "learnt": outcome.learnt,
        "why_not": outcome.why_not,
        "learnt_from": outcome.learnt_from,
        "on_corrections": None if judged is None else compare.described(judged.corrections),
        "on_known": None if known is None else compare.described(known),
        "unknown": dict(outcome.unknown),
    }


def _print(improvement: Improvement, model: Path, target: Path) -> None:
    terminal.say(f"Learnt from {number_format.photos(improvement.learnt_from)} that you corrected or confirmed.")
    for outcome in improvement.outcomes:
        terminal.say("")
        name = outcome.attribute.capitalize()
        if outcome.learnt:
            terminal.say(f"{name}: learnt from {number_format.photos(outcome.learnt_from)}.")
        else:
            terminal.say(f"{name}: stays as it was. {outcome.why_not}")
        if outcome.judged is not None:
            for comparison in (outcome.judged.corrections, outcome.judged.known):
                _tell(comparison)
    terminal.say("")
    if improvement.main.attribute != CATEGORY:
        terminal.say(f"The {improvement.main.attribute}:")
    compare.tell(improvement.main_judged.all, [model, target])
    terminal.say("")
    terminal.say(f"The new model is saved in {printable(str(target))}.")


def _tell(comparison: Comparison | None) -> None:
    if comparison is not None and comparison.n:
        right = f"right before {comparison.old_accuracy:.1%}, now {comparison.new_accuracy:.1%}"
        terminal.say(f"  On {number_format.photos(comparison.n)}, {comparison.data_name}: {right}.")
