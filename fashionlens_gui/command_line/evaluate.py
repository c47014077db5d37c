"""``fashionlens evaluate``: how good a model is on photos whose categories are known."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from fashionlens_gui import paths
from fashionlens_gui.command_line import terminal
from fashionlens_gui.command_line.exit_codes import DONE, INTERRUPTED, SOME_FAILED
from fashionlens_gui.first_choice import first_choice
from trainer.control import WorkControl
from trainer.errors import Cancelled
from trainer.model_files.library import ModelLibrary

if TYPE_CHECKING:
    from trainer.evaluation.evaluation import Evaluation


def run(arguments: Namespace) -> int:
    """Evaluate and print the figures.

    Raises:
        ModelFileError, DataError: As their sentences say.
    """
    library = ModelLibrary(paths.model_folders())
    model = library.find(arguments.model) if arguments.model else first_choice(library)
    from trainer.data.sources import DataPlaces, open_test
    from trainer.evaluation.evaluate import evaluate
    from trainer.inference.predictor import Predictor

    predictor = Predictor.load(model)
    places = DataPlaces(paths.dataset_places(arguments.data_folder), paths.datasets_dir())
    control = WorkControl()
    with terminal.stopping_on_interrupt(control):
        try:
            images = terminal.watched(open_test(arguments.data, places, predictor.metadata, control))
            evaluation = terminal.watched(evaluate(predictor, images, control))
        except Cancelled:
            terminal.warn("Stopped before there was a result.")
            return INTERRUPTED
    if arguments.json:
        terminal.say_json(evaluation.to_json())
    else:
        _print(evaluation)
    for photo in evaluation.unreadable:
        terminal.warn(photo.reason)
    return SOME_FAILED if evaluation.unreadable else DONE


def _print(evaluation: Evaluation) -> None:
    terminal.say(f"Model “{evaluation.model_name}” on {evaluation.data_name}")
    terminal.say(f"Accuracy {evaluation.accuracy:.2%} of {evaluation.n:,} photos")
    terminal.say("")
    width = max(len("category"), *(len(name) for name in evaluation.classes))
    terminal.say(f"{'category':{width}}  precision  recall     f1  photos")
    for figures in evaluation.per_class():
        shares = f"{figures.precision:9.1%}  {figures.recall:6.1%}  {figures.f1:5.3f}"
        terminal.say(f"{figures.name:{width}}  {shares}  {figures.support:6,}")
