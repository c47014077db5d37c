"""Runs evaluations and caches them. No widgets; torch is imported in the worker thread only."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fashionlens_gui import paths
from fashionlens_gui.past_evaluations import HOLDOUT
from fashionlens_gui.window.shell import responsive_import
from trainer.data.data_paths import FASHION_MNIST
from trainer.data.split_file import PARTS
from trainer.data_quality.decisions_file import read_decisions
from trainer.model_files.library import SPLIT_SUFFIX, ModelEntry
from trainer.training.runs import holdout

if TYPE_CHECKING:
    from trainer.control import ProgressEvent, WorkControl
    from trainer.evaluation.comparison import Comparison
    from trainer.evaluation.evaluation import Evaluation


@dataclass(frozen=True, slots=True)
class EvaluationSpec:
    """A model file and a test set.

    Attributes:
        model: The model file.
        changed: Modification time of the file, ns: a new file of the same name is another spec.
        source: :data:`FASHION_MNIST`, :data:`HOLDOUT` or a folder.
    """

    model: Path
    changed: int
    source: str

    @classmethod
    def of(cls, model: ModelEntry, source: str) -> EvaluationSpec:
        return cls(model.path, model.changed, source)


def holdout_size(entry: ModelEntry) -> int:
    """How many photos were held out of the training of a model; 0 also when their files are gone."""
    count = int(entry.metadata.figures.get(holdout.PHOTOS, 0))
    return count if entry.has_test_photos else 0


def decisions_of(source: str) -> Path | None:
    """The file with the decisions on photos of a test set; None for one that is no folder."""
    return None if source in (HOLDOUT, FASHION_MNIST) else paths.decisions_file(Path(source))


def run_evaluation(
    spec: EvaluationSpec, data_folder: str, control: WorkControl
) -> Generator[ProgressEvent, None, Evaluation]:
    """Load the model, open the test set and evaluate; for a worker thread.

    Args:
        spec: What to evaluate.
        data_folder: Where the user keeps data sets, or empty.
        control: Stops it.

    Raises:
        FashionLensError: The model or the data cannot be used; the sentence says why.
    """
    # These imports take seconds; results_view is needed as soon as this function returns.
    responsive_import.import_torch()
    with responsive_import.frequent_switches():
        import fashionlens_gui.window.results.results_view  # noqa: F401
        from trainer import devices, taxonomy
        from trainer.data.folder_categories import FolderCategories
        from trainer.evaluation.evaluate import (
            evaluate,
            evaluate_folder_images,
            load_class_folders,
            load_split_part,
            load_test_set,
        )
        from trainer.evaluation.folder_classes import folder_classes_for
        from trainer.inference.predictor import Predictor

    predictor = Predictor.load(spec.model, devices.choose("auto"))
    evaluation: Any
    if spec.source not in (HOLDOUT, FASHION_MNIST):
        folder_classes = folder_classes_for(predictor.metadata, FolderCategories(taxonomy.load(paths.taxonomy_dir())))
        tested = yield from load_class_folders(Path(spec.source), folder_classes, predictor.metadata, control)
        evaluation = yield from evaluate_folder_images(predictor, tested, control)
        return _figured(evaluation, spec)
    if spec.source == HOLDOUT:
        images = yield from load_split_part(
            spec.model.with_suffix(SPLIT_SUFFIX), PARTS[-1], predictor.metadata, control
        )
    else:
        data_paths = paths.data_paths(data_folder)
        images = yield from load_test_set(spec.source, data_paths, predictor.metadata, control)
    evaluation = yield from evaluate(predictor, images, control)
    return _figured(evaluation, spec)


def compare(old: Evaluation, new: Evaluation, _control: WorkControl) -> Comparison:
    """Two models on the photos that both were tested on; images from an archive are the same if they are as many."""
    import fashionlens_gui.window.comparison.dialog  # noqa: F401 - where it bothers nobody
    from trainer.evaluation.comparison import Comparison, ModelAnswer

    old, new = old.as_decided(), new.as_decided()
    comparison = Comparison(old.model_name, new.model_name, old.data.name)
    old_rows, new_rows = _rows(old), _rows(new)

    def answer(evaluation: Evaluation, row: int) -> tuple[str, ModelAnswer]:
        actual, predicted = (
            evaluation.classes[labels_N[row]] for labels_N in (evaluation.labels_N, evaluation.predictions_N)
        )
        return actual, ModelAnswer(predicted, float(evaluation.confidences_N[row]), actual == predicted)

    for file in [file for file in old_rows if file in new_rows]:
        actual, was = answer(old, old_rows[file])
        actual_of_new, now = answer(new, new_rows[file])
        comparison.add_class(actual, frozenset({actual}), frozenset({actual_of_new}))
        comparison.add(file, actual, was, now)
    comparison.classes.sort(key=str.casefold)
    return comparison


def _rows(evaluation: Evaluation) -> dict[str, int]:
    files = evaluation.images.files if evaluation.images is not None else ()
    return {file: row for row, file in enumerate(files or map(str, range(evaluation.n)))}


def _figured(evaluation: Evaluation, spec: EvaluationSpec) -> Evaluation:
    """With what occurs first and the decisions on the folder, and the cached properties filled in this thread."""
    evaluation = evaluation.by_occurrence()
    if (file := decisions_of(spec.source)) is not None:
        evaluation = replace(evaluation, decisions=read_decisions(file))
    _ = evaluation.occurring_RC, evaluation.confusion_KK, evaluation.confidences_N, evaluation.accuracy
    return evaluation
