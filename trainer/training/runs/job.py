"""What a training is to do, and the note of it that lies beside its checkpoint. Without torch."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import msgspec

from trainer.atomic_write import write_text
from trainer.errors import CheckpointError
from trainer.recipe import FitRecipe, Recipe, recipe_from_json

_NOTE_SUFFIX = ".job.json"


@dataclass(frozen=True, slots=True)
class TrainingJob:
    """What to train, on what, and where it goes.

    Attributes:
        name: What the user calls the model.
        recipe: How to train.
        source: ``fashion-mnist``, ``products``, or a folder with a folder per category.
        output: The model file to write.
        checkpoint: Where the unfinished run is kept; a note of this job lies beside it. Both go once the model is
            saved.
        resume: Go on from ``checkpoint``.
        keep_when_stopped: Save the best weights so far also when the user stops the run.
        start: A model file that the run begins with: with its weights where the source has the model's own categories
            (``fashion-mnist``, ``products``), with what it has learnt to see where a folder brings new ones. None
            begins with random weights.
        pretrained: Instead of ``start``, a name of :data:`trainer.networks.names.IMAGENET`, for folders.
        decisions: What a person decided of doubtful photos, see :mod:`trainer.data.decisions`; None for nothing.
        teachers: Model files that have learnt ``products`` already and whose answers count beside the labels, see
            :mod:`trainer.training.multi_head.distillation`.
    """

    name: str
    recipe: Recipe
    source: str
    output: Path
    checkpoint: Path
    resume: bool = False
    keep_when_stopped: bool = False
    start: Path | None = None
    pretrained: str = ""
    decisions: Path | None = None
    teachers: tuple[Path, ...] = ()

    def ending_after(self, epochs: int) -> TrainingJob:
        """The same fit with another number of epochs, such as those that are done already."""
        assert isinstance(self.recipe, FitRecipe)
        return replace(self, recipe=msgspec.structs.replace(self.recipe, epochs=epochs))


def read_job(checkpoint: Path) -> TrainingJob:
    """The job of an interrupted run, set to resume.

    Raises:
        CheckpointError: The note beside the checkpoint is missing or damaged.
    """
    try:
        values = json.loads(_note(checkpoint).read_text(encoding="utf-8"))
        recipe = recipe_from_json(values["recipe"])
        if not isinstance(recipe, FitRecipe):
            raise ValueError("a probe cannot be interrupted")
        return TrainingJob(
            name=values["name"],
            recipe=recipe,
            source=values["source"],
            output=Path(values["output"]),
            checkpoint=checkpoint,
            resume=checkpoint.is_file(),
            keep_when_stopped=bool(values["keep_when_stopped"]),
            start=Path(values["start"]) if values.get("start") else None,
            pretrained=str(values.get("pretrained", "")),
            decisions=Path(values["decisions"]) if values.get("decisions") else None,
            teachers=tuple(Path(teacher) for teacher in values.get("teachers", ())),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise CheckpointError("job_unreadable", repr(error), file=checkpoint.name) from error


def interrupted_runs(folder: Path) -> list[Path]:
    """Checkpoint paths of runs that did not finish, newest first."""
    notes = sorted(folder.glob(f"*{_NOTE_SUFFIX}"), key=lambda note: note.stat().st_mtime, reverse=True)
    return [note.with_name(note.name.removesuffix(_NOTE_SUFFIX)) for note in notes]


def _note(checkpoint: Path) -> Path:
    return checkpoint.with_name(checkpoint.name + _NOTE_SUFFIX)


def write_note(job: TrainingJob) -> None:
    """Keep the job beside its checkpoint. Raises :class:`trainer.errors.SaveError`."""
    values = {
        **asdict(job),
        "recipe": job.recipe.to_json(),
        "output": str(job.output.absolute()),
        "checkpoint": str(job.checkpoint),
        "start": str(job.start.absolute()) if job.start else None,
        "decisions": str(job.decisions.absolute()) if job.decisions else None,
        "teachers": [str(teacher.absolute()) for teacher in job.teachers],
    }
    write_text(_note(job.checkpoint), json.dumps(values, indent=1))


def remove_note(checkpoint: Path) -> None:
    """The job is done."""
    _note(checkpoint).unlink(missing_ok=True)
