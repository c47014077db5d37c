"""``fashionlens evaluate``: how good a model is on photos whose categories are known."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from fashionlens_gui import paths
from fashionlens_gui.command_line import terminal
from fashionlens_gui.command_line.exit_codes import DONE, INTERRUPTED, SOME_FAILED
from fashionlens_gui.first_choice import first_choice
from trainer.control import WorkControl
from trainer.errors import Cancelled, DataError
from trainer.model_files.library import ModelLibrary

if TYPE_CHECKING:
    from trainer.evaluation.evaluation import Evaluation
    from trainer.inference.predictor import Predictor


def run(arguments: Namespace) -> int:
    """Evaluate and print the figures.

    Raises:
        ModelFileError, DataError: As their sentences say.
    """
    library = ModelLibrary(paths.model_folders())
    model = library.find(arguments.model) if arguments.model else first_choice(library)
    from trainer.inference.predictor import Predictor

    predictor = Predictor.load(model)
    control = WorkControl()
    with terminal.stopping_on_interrupt(control):
        try:
            # A product model answers with the taxonomy's names, and a folder's name may stand for several of them.
            # Other models have class names of their own, which folders must have too.
            if predictor.metadata.attributes:
                from fashionlens_gui.command_line import evaluate_products

                return evaluate_products.run(arguments, predictor, control)
            return _classes(arguments, predictor, control)
        except Cancelled:
            terminal.warn("Stopped before there was a result.")
            return INTERRUPTED


def _classes(arguments: Namespace, predictor: Predictor, control: WorkControl) -> int:
    """A model of categories alone, on photos whose classes are just its own."""
    _refuse_product_options(arguments, predictor.metadata.name)
    from trainer.data.sources import DataPlaces, open_test
    from trainer.evaluation.evaluate import evaluate

    places = DataPlaces(paths.dataset_places(arguments.data_folder), paths.datasets_dir(), paths.taxonomy_dir())
    images = terminal.watched(open_test(arguments.data, places, predictor.metadata, control))
    evaluation = terminal.watched(evaluate(predictor, images, control))
    if arguments.json:
        terminal.say_json(evaluation.to_json())
    else:
        _print(evaluation)
    for photo in evaluation.unreadable:
        terminal.warn(photo.reason)
    return SOME_FAILED if evaluation.unreadable else DONE


def _refuse_product_options(arguments: Namespace, name: str) -> None:
    given = [word for word in ("images", "split", "aspect", "mapping", "not_apparel") if getattr(arguments, word)]
    if given or Path(arguments.data).suffix.lower() == ".csv":
        words = ", ".join(f"--{word.replace('_', '-')}" for word in given) or "a product list"
        raise DataError(
            f"The model “{name}” knows categories alone and cannot be tested with {words}. Choose a model of product "
            "photos, or a folder with one folder for each of its categories."
        )


def _print(evaluation: Evaluation) -> None:
    terminal.say(f"Model “{evaluation.model_name}” on {evaluation.data_name}")
    terminal.say(f"Accuracy {evaluation.accuracy:.2%} of {evaluation.n:,} photos")
    terminal.say("")
    width = max(len("category"), *(len(name) for name in evaluation.classes))
    terminal.say(f"{'category':{width}}  precision  recall     f1  photos")
    for figures in evaluation.per_class():
        shares = f"{figures.precision:9.1%}  {figures.recall:6.1%}  {figures.f1:5.3f}"
        terminal.say(f"{figures.name:{width}}  {shares}  {figures.support:6,}")
