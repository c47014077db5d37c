"""What “Improve the model…” does beside the window. Torch is imported in the worker's thread only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fashionlens_gui import paths
from fashionlens_gui.corrections import training_labels
from fashionlens_gui.corrections.correction import category_corrections
from fashionlens_gui.corrections.store import read_corrections
from fashionlens_gui.window.shell import responsive_import
from trainer.control import ProgressEvent, WorkControl
from trainer.errors import ModelFileError
from trainer.model_files import names
from trainer.model_files.library import SUFFIX, ModelEntry, ModelLibrary
from trainer.taxonomy import CATEGORY
from trainer.training.improve.corrected_photos import FEWEST, class_of, teachable

if TYPE_CHECKING:
    from trainer.inference.predictor import Predictor
    from trainer.model_files.replay import Replay
    from trainer.training.improve.improvement import Improvement


@dataclass(frozen=True, slots=True)
class Standing:
    """What there is to learn.

    Attributes:
        corrected: Photos whose category was set to another one than the model's.
        confirmed: Photos whose category was confirmed.
        unknown: How many of them have a category that the model does not know.
        attributes: Attributes that the model tells and that were set or confirmed by hand, and of how many photos,
            most first; only values that the model knows count.
        rehearses: Whether there is a sample of what the model knew, or the photos that it was trained with.
        before: The model that this one was improved from, where it is still there; else None.
    """

    corrected: int
    confirmed: int
    unknown: int
    attributes: tuple[tuple[str, int], ...]
    rehearses: bool
    before: str | None

    @property
    def usable(self) -> int:
        """Photos whose category the model can learn, as far as one can know without opening them."""
        return self.corrected + self.confirmed - self.unknown

    @property
    def enough(self) -> bool:
        """Whether there is anything to learn from."""
        return max(self.usable, *(count for _, count in self.attributes), 0) >= FEWEST


def standing(entry: ModelEntry, library: ModelLibrary, _control: WorkControl) -> Standing:
    """Look at what was corrected so far."""
    labels = read_corrections(paths.corrections_file())
    named = category_corrections(labels)
    confirmed = sum(label.confirms for label in named)
    classes = teachable(entry.metadata)
    said = Counter((label.attribute, label.value) for label in labels if label.value)
    known = Counter[str]()
    for (attribute, value), count in said.items():
        if class_of(value, classes.get(attribute, ())) is not None:
            known[attribute] += count
    usable = known.pop(CATEGORY, 0)
    sample = entry.path.with_name(f"{entry.path.stem}.replay{SUFFIX}").is_file()
    if not sample:
        responsive_import.import_torch()
        from trainer.training.runs import replay_source
    origin = entry.metadata.origin.name
    there = any(other.path.stem == origin for other in library.entries())
    return Standing(
        len(named) - confirmed,
        confirmed,
        len(named) - usable,
        tuple(known.most_common()),
        sample or bool(replay_source.training_photos(entry.path, paths.run_history_dir())),
        origin if there and "corrections_learnt" in entry.metadata.figures else None,
    )


def known_as(entry: ModelEntry, library: ModelLibrary) -> str:
    """What the library finds a model by: its name, or its path where it lies elsewhere or another one has its name."""
    try:
        found = library.find(entry.path.stem)
    except ModelFileError:
        found = None
    return entry.path.stem if found == entry.path else str(entry.path.absolute())


def improved(
    entry: ModelEntry, library: ModelLibrary, control: WorkControl
) -> Generator[ProgressEvent, None, Improvement]:
    """Let the model learn; nothing is saved."""
    yield ProgressEvent("Getting ready", 0, 0)
    responsive_import.import_torch()
    with responsive_import.frequent_switches():
        import fashionlens_gui.window.improve.result_page  # noqa: F401 - pyqtgraph takes a second
        from trainer.training.improve import improve
        from trainer.training.runs import replay_source

    name = names.free_name(f"{entry.path.stem} improved".replace(" improved improved", " improved"), library.folders)
    data_paths = paths.data_paths()
    history = paths.run_history_dir()

    def rehearse(predictor: Predictor) -> Generator[ProgressEvent, None, Replay | None]:
        return replay_source.of_model(entry.path, predictor, history, data_paths, control)

    return (
        yield from improve.improve(entry.path, training_labels.stored_labels(), control, name=name, rehearse=rehearse)
    )


def saved(improvement: Improvement, _control: WorkControl) -> Generator[ProgressEvent, None, str]:
    """Put the new model into the library; returns its name."""
    yield ProgressEvent("Saving", 0, 0)
    from trainer.training.improve import improve

    target: Path = paths.models_dir() / f"{improvement.metadata.name}{SUFFIX}"
    improve.save(target, improvement)
    return target.stem
