"""The work of “Improve the model…” in a worker thread: counting corrections, training and saving.

Only it imports torch.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING

from fashionlens_gui import paths
from fashionlens_gui.catalogue.catalogue import Catalogue
from fashionlens_gui.catalogue.corrections import category_corrections, corrected_labels, corrections
from fashionlens_gui.messages import listed
from fashionlens_gui.messages.improve import NO_REPLAY_SAMPLE
from fashionlens_gui.window.shell import responsive_import
from trainer import devices
from trainer.control import ProgressEvent, WorkControl
from trainer.model_files import names
from trainer.model_files.library import SUFFIX, ModelEntry, ModelLibrary
from trainer.number_format import number, photos
from trainer.taxonomy import CATEGORY
from trainer.training.improve.corrections import MIN_PHOTOS, class_index, trainable_values

if TYPE_CHECKING:
    from pathlib import Path

    from trainer.evaluation.comparison import Comparison
    from trainer.inference.predictor import Predictor
    from trainer.model_files.replay_file import Replay
    from trainer.training.improve.improve import Improvement


def improve_model(
    entry: ModelEntry, library: ModelLibrary, catalogue: Catalogue, control: WorkControl
) -> Generator[ProgressEvent, None, Improvement]:
    """Train the model on all corrections; nothing is saved."""
    yield ProgressEvent("starting", 0, 0)
    responsive_import.import_torch()
    with responsive_import.frequent_switches():
        import fashionlens_gui.window.improve.result_page  # noqa: F401 - pyqtgraph takes a second
        from trainer.training.improve import improve
        from trainer.training.runs import replay_source

    name = names.free_name(f"{entry.path.stem} improved".replace(" improved improved", " improved"), library.folders)
    data_paths = paths.data_paths()
    history = paths.run_history_dir()

    def open_replay(predictor: Predictor) -> Generator[ProgressEvent, None, Replay | None]:
        return replay_source.open_replay(entry.path, predictor, history, data_paths, control)

    labels, device = corrected_labels(catalogue), devices.choose("auto")
    return (yield from improve.improve(entry.path, labels, control, name=name, open_replay=open_replay, device=device))


def save_model(improvement: Improvement, _: WorkControl) -> str:
    """Save the new model in the library; returns its name."""
    from trainer.training.improve import improve

    target = paths.models_dir() / f"{improvement.metadata.name}{SUFFIX}"
    improve.save(target, improvement)
    return target.stem


def compare_on_folder(
    entry: ModelEntry, improvement: Improvement, folder: Path, control: WorkControl
) -> Generator[ProgressEvent, None, Comparison]:
    """Compare the old and the new model on a folder with one folder per category.
    Raises :class:`FashionLensError`: it has no photos for them.
    """
    import fashionlens_gui.window.comparison.dialog  # noqa: F401 - where it bothers nobody
    from trainer import taxonomy
    from trainer.data.folder_categories import FolderCategories
    from trainer.data.photo_store import open_store
    from trainer.evaluation.compare import compare_folders
    from trainer.evaluation.folder_classes import folder_classes_for
    from trainer.inference.predictor import Predictor
    from trainer.model_files.model_file import Model

    old, new = Predictor.load(entry.path), Predictor(Model(improvement.metadata, improvement.network))
    classes = folder_classes_for(old.metadata, FolderCategories(taxonomy.load(paths.taxonomy_dir())))
    with open_store(folder) as store:
        return (yield from compare_folders(old, new, classes, classes, store, control, data_name=folder.name))


def library_key(entry: ModelEntry, listed: Sequence[ModelEntry]) -> str:
    """What :meth:`ModelLibrary.find` finds a model by: its name, or its path if it is not listed."""
    return entry.path.stem if entry.path in [each.path for each in listed] else str(entry.path.absolute())


@dataclass(frozen=True, slots=True)
class CorrectionSummary:
    """How many photos a model can be trained on.

    Attributes:
        corrected: Photos whose predicted category was changed.
        confirmed: Photos whose predicted category was confirmed.
        unknown: Those of them with a category that the model does not have.
        attributes: Photos with a value set by hand that the model has, by attribute, most first.
        has_replay: There is a replay sample, or the photos that the model was trained on.
        previous: The model that this one was improved from, if it is still there; else None.
        most_corrected: The category that most of the photos have, and how many.
    """

    corrected: int
    confirmed: int
    unknown: int
    attributes: tuple[tuple[str, int], ...]
    has_replay: bool
    previous: str | None
    most_corrected: tuple[str, int] = ("", 0)

    @property
    def usable(self) -> int:
        """Photos with a category that the model has. Whether they can be read is not known yet."""
        return self.corrected + self.confirmed - self.unknown

    @property
    def enough(self) -> bool:
        """Whether the category or an attribute has enough photos."""
        return max(self.usable, *(count for _, count in self.attributes), 0) >= MIN_PHOTOS


def summarize(entry: ModelEntry, library: ModelLibrary, catalogue: Catalogue, _: WorkControl) -> CorrectionSummary:
    """Count the corrections made so far; for a worker thread."""
    found = corrections(catalogue)
    of_category = category_corrections(found)
    confirmed = sum(each.confirms for each in of_category)
    classes = trainable_values(entry.metadata)
    known = Counter[str]()
    values = Counter((each.attribute, each.value) for each in found if each.value)
    for (attribute, value), count in values.items():
        if class_index(value, classes.get(attribute, ())) is not None:
            known[attribute] += count
    usable = known.pop(CATEGORY, 0)
    has_replay = entry.path.with_name(f"{entry.path.stem}.replay{SUFFIX}").is_file()
    if not has_replay:
        responsive_import.import_torch()
        from trainer.training.runs import replay_source

        has_replay = replay_source.has_training_photos(entry.path, paths.run_history_dir())
    origin = entry.metadata.origin.name
    there = any(other.path.stem == origin for other in library.entries())
    return CorrectionSummary(
        len(of_category) - confirmed,
        confirmed,
        len(of_category) - usable,
        tuple(known.most_common()),
        has_replay,
        origin if there and "corrections_learnt" in entry.metadata.figures else None,
        max(Counter(each.value for each in of_category).items(), key=itemgetter(1), default=("", 0)),
    )


def too_few(summary: CorrectionSummary) -> str:
    """Why the model cannot be improved yet; empty when it can."""
    if summary.enough:
        return ""
    count = summary.corrected + summary.confirmed
    if not count and not summary.attributes:
        have = "You have not corrected or confirmed any photo yet."
    else:
        have = f"So far you corrected or confirmed {photos(count)}"
        have += f", {number(summary.unknown)} of categories that this model does not have." if summary.unknown else "."
        if summary.attributes:
            have += f" You set {_listed(summary.attributes)} by hand."
    return (
        f"{have} The model needs {MIN_PHOTOS} photos or more with a category, and as many with a colour, a pattern and "
        "so on.\n\nReview photos in the Tag tab: number keys and typing correct, Enter confirms. Your corrections are "
        "kept until you forget the photos."
    )


def one_sided(summary: CorrectionSummary) -> str:
    """A warning when most photos are of one category; else empty."""
    (category, count), total = summary.most_corrected, summary.corrected + summary.confirmed
    if 2 * count < total or not count:
        return ""
    which = f"All of your {number(total)}" if count == total else f"{number(count)} of your {number(total)}"
    return (
        f"{which} corrections are “{category}”. The model learns little about the other categories from them. Correct "
        "photos of several categories: Review in the Tag tab begins with those that help most."
    )


def plan(summary: CorrectionSummary) -> str:
    """What an improvement will do."""
    parts = []
    if summary.usable >= MIN_PHOTOS:
        parts.append(
            f"You corrected {photos(summary.corrected)} and confirmed {number(summary.confirmed)}. The model is "
            "trained on four fifths of them and tested on the rest."
        )
        parts += filter(None, [one_sided(summary)])
    trained = [(name, count) for name, count in summary.attributes if count >= MIN_PHOTOS]
    if trained:
        how = "in the same way" if parts else "on four fifths of them, and tested on the rest"
        parts.append(f"It is {'also ' if parts else ''}trained on the {_listed(trained)}, {how}.")
    few = [(name, count) for name, count in summary.attributes if count < MIN_PHOTOS]
    if summary.usable < MIN_PHOTOS and summary.corrected + summary.confirmed:
        few.insert(0, (CATEGORY, summary.usable))
    if few:
        parts.append(f"Not trained yet: {', '.join(f'{name} ({count} of {MIN_PHOTOS})' for name, count in few)}.")
    if summary.unknown:
        parts.append(
            f"{photos(summary.unknown)} of categories that this model does not have are left out. Train a model of "
            "your own for those in the Train tab."
        )
    if summary.has_replay:
        parts.append("A sample of its earlier training photos keeps it from forgetting.")
    else:
        parts.append(NO_REPLAY_SAMPLE)
    parts.append("This takes about a minute. Then you compare both models and choose; until then nothing changes.")
    return "\n\n".join(parts)


def _listed(counts: Sequence[tuple[str, int]]) -> str:
    """``colour of 50 photos and pattern of 12``."""
    texts = [f"{name} of {number(count)}" for name, count in counts]
    texts[0] = f"{counts[0][0]} of {photos(counts[0][1])}"
    return listed(texts)
