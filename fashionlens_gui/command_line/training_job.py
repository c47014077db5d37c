"""The training job that the options of ``fashionlens train`` describe."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import replace
from pathlib import Path

import msgspec

from fashionlens_gui import paths
from fashionlens_gui.command_line import terminal
from fashionlens_gui.command_line.arguments import UsageError
from fashionlens_gui.messages.data import parts_sentence
from trainer.data.data_paths import FASHION_MNIST, PRODUCTS
from trainer.data.labelled_photos import find, parts_of
from trainer.errors import CheckpointError
from trainer.model_files.library import ModelLibrary, read_metadata
from trainer.networks import names
from trainer.recipe import DEFAULTS, ProbeRecipe, Recipe, fine_tuning, suggested_mode
from trainer.training.runs.job import TrainingJob, read_job

DEFAULT_START = "products"
_NAMED_DATA = (FASHION_MNIST, PRODUCTS)
# Option -> field of the recipe.
_SETTINGS = {
    "epochs": "epochs",
    "batch_size": "batch_size",
    "learning_rate": "learning_rate",
    "patience": "patience",
    "balance": "class_balancing",
    "seed": "seed",
}


def new_job(arguments: Namespace, checkpoint: Path) -> TrainingJob:
    """The job of a new training.

    Raises:
        UsageError: Options do not go together.
        DataError, ModelFileError: The data or a model cannot be read.
    """
    _check_options(arguments)
    own_photos = arguments.data not in _NAMED_DATA
    source = str(Path(arguments.data).absolute()) if own_photos else arguments.data
    if own_photos and (parts := parts_of(Path(source))):
        terminal.echo(parts_sentence(parts))
    job = TrainingJob(
        arguments.out.stem, DEFAULTS["cnn"], source, arguments.out, checkpoint, decisions=arguments.decisions
    )
    if not own_photos or arguments.model:
        network = arguments.model or ("product" if arguments.data == PRODUCTS else "cnn")
        if (network in names.WITH_ATTRIBUTES) != (arguments.data == PRODUCTS):
            raise UsageError("product_networks", networks=tuple(names.WITH_ATTRIBUTES))
        start = _library().find(arguments.start) if arguments.start else None
        if start is not None and arguments.model is None and arguments.data == PRODUCTS:
            known = read_metadata(start).network
            network = known if known in names.WITH_ATTRIBUTES else network  # opening it raises for others
        recipe = ProbeRecipe(network) if arguments.mode == "probe" else DEFAULTS[network]
        teachers = tuple(_library().find(teacher) for teacher in arguments.teachers)
        return replace(job, recipe=_with_options(recipe, arguments), start=start, teachers=teachers)
    name = arguments.start or DEFAULT_START
    start = None if name in names.PRETRAINED else _library().find(name)
    network = name if start is None else read_metadata(start).network
    mode = arguments.mode or suggested_mode(_photos_of_each(Path(source)))
    recipe = ProbeRecipe(network) if mode == "probe" else fine_tuning(network)
    return replace(job, recipe=_with_options(recipe, arguments), start=start, pretrained="" if start else name)


def interrupted_job(arguments: Namespace, checkpoint: Path) -> TrainingJob:
    """The job of an interrupted training, for ``--resume`` and ``--save-now``.

    Raises:
        CheckpointError: There is none, it was begun with other options, or has no finished epoch to save.
    """
    job = replace(read_job(checkpoint), output=arguments.out)
    other = [
        f"--{option.replace('_', '-')} {before}"
        for option, field in {**_SETTINGS, "model": "network"}.items()
        if getattr(arguments, option) not in (None, before := getattr(job.recipe, field))
    ]
    if arguments.data is not None and arguments.data not in _NAMED_DATA:
        arguments.data = str(Path(arguments.data).absolute())
    if arguments.data is not None and arguments.data != job.source:
        other.append(f"--data {job.source}")
    begun_with = (job.pretrained, str(job.start), job.start.stem if job.start else "")
    if arguments.start is not None and arguments.start not in begun_with:
        other.append(f"--from {job.pretrained or job.start}" if job.pretrained or job.start else "no --from")
    if arguments.decisions is not None and arguments.decisions.absolute() != job.decisions:
        other.append(f"--decisions {job.decisions}" if job.decisions else "no --decisions")
    if arguments.mode == "probe":
        other.append("--mode finetune")
    if other:
        option = "--save-now" if arguments.save_now else "--resume"
        raise CheckpointError(
            "unfinished_training_has_other_options", out=str(arguments.out), options=tuple(other), with_option=option
        )
    if arguments.save_now:
        return _ending_now(job)
    if not job.resume:
        terminal.note("It was stopped before its first checkpoint, so it begins again.")
    return job


def _check_options(arguments: Namespace) -> None:
    own_photos = arguments.data not in _NAMED_DATA
    from_nothing = arguments.model is not None or (not own_photos and arguments.start is None)
    pretrained = arguments.start in names.PRETRAINED
    if arguments.balance and arguments.data == PRODUCTS:
        raise UsageError("balance_with_products")
    if from_nothing and arguments.mode:
        raise UsageError("mode_without_start")
    if arguments.data == FASHION_MNIST and arguments.mode:
        raise UsageError("mode_with_fashion_mnist")
    if arguments.teachers and (arguments.data != PRODUCTS or arguments.mode == "probe"):
        raise UsageError("teacher_without_products")
    if arguments.model and pretrained:
        raise UsageError("model_with_pretrained", start=arguments.start)
    if not own_photos and pretrained:
        raise UsageError("pretrained_without_photos", start=arguments.start)
    if arguments.decisions and not own_photos:
        raise UsageError("decisions_without_photos", data=arguments.data)
    if arguments.decisions and not arguments.decisions.is_file():
        raise UsageError("decisions_missing", file=str(arguments.decisions))


def _with_options(recipe: Recipe, arguments: Namespace) -> Recipe:
    """The recipe with the settings that were given; those that a probe does not have are ignored."""
    given = {field: value for option, field in _SETTINGS.items() if (value := getattr(arguments, option)) is not None}
    fields = {field: value for field, value in given.items() if field in recipe.__struct_fields__}
    return msgspec.structs.replace(recipe, **fields)


def _photos_of_each(source: Path) -> list[int]:
    photos = find(source)
    return [photos.labels.count(label) for label in range(len(photos.classes))]


def _library() -> ModelLibrary:
    return ModelLibrary(paths.model_folders())


def _ending_now(job: TrainingJob) -> TrainingJob:
    """The same job with as many epochs as are finished: what remains is to check, calibrate and save."""
    from trainer.training.fit import checkpoint

    done = checkpoint.load(job.checkpoint).progress.epoch
    if not done:
        raise CheckpointError("no_epoch_finished", out=str(job.output))
    return job.ending_after(done)
