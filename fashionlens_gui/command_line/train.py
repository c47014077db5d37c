"""``fashionlens train``: a model of one's own."""

from __future__ import annotations

import contextlib
from argparse import Namespace
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from fashionlens_gui import paths
from fashionlens_gui.command_line import outputs, rate_search, terminal
from fashionlens_gui.command_line.arguments import (
    Commands,
    above_zero,
    add_data_folder,
    add_device,
    file_path,
    new_command,
    some_text,
    whole_number,
)
from fashionlens_gui.command_line.terminal import DONE, INTERRUPTED
from fashionlens_gui.command_line.training_progress import TrainingProgress
from fashionlens_gui.messages.training import CLASS_BALANCING
from trainer import devices
from trainer.control import WorkControl
from trainer.errors import Cancelled, CheckpointError, DataError, SaveError, TrainingDiverged
from trainer.model_files.library import SPLIT_SUFFIX, SUFFIX, ModelLibrary, read_metadata
from trainer.model_files.names import validate_name
from trainer.networks import names
from trainer.recipe import DEFAULTS, ENOUGH_TO_FINE_TUNE, ProbeRecipe, Recipe, fine_tuning, usual_mode

if TYPE_CHECKING:
    from trainer.training.runs.job import TrainingJob
    from trainer.training.runs.run import ModelSaved

FASHION_MNIST = "fashion-mnist"
PRODUCTS = "products"
USUAL_START = "products"
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


def add_to(commands: Commands) -> None:
    """Add the command to the parser."""
    command = new_command(
        commands,
        "train",
        help="teach a model, from Fashion-MNIST or from your own folders",
        description="Trains a model and saves it as one file. With a folder, each folder in it is a category and holds "
        "photos of that category; a CSV names files and their categories. It begins with what “products” has learnt to "
        "see, unless told otherwise. Ctrl-C stops and keeps where it was; --resume goes on, also after a crash, "
        "and --save-now takes what there is.",
        examples="""
  fashionlens train --data my-photos --out my-shop.safetensors
  fashionlens train --data my-photos --from products --mode finetune --out my-shop.safetensors
  fashionlens train --data fashion-mnist --model resnet-mini --epochs 30 --out best.safetensors
  fashionlens train --resume --out best.safetensors""",
    )
    command.add_argument(
        "--data",
        metavar="fashion-mnist|products|FOLDER|CSV",
        type=some_text,
        help="what to learn from (not needed with --resume or --save-now)",
    )
    command.add_argument(
        "--model",
        choices=tuple(DEFAULTS),
        help="begin with nothing learnt, with this network: cnn: small and quick; resnet-mini: better, slower; "
        "wide-resnet: better still, for a graphics card; product, product-wide: for --data products, the second for a "
        "graphics card",
    )
    command.add_argument(
        "--out",
        type=file_path,
        metavar="FILE.safetensors",
        help="the model file, such as my.safetensors (always needed to train)",
    )
    command.add_argument(
        "--from",
        dest="start",
        type=some_text,
        metavar="NAME|FILE|" + "|".join(names.IMAGENET),
        help="begin with what this model has learnt, or a network that has learnt ImageNet (default with a folder: "
        f"{USUAL_START}; else nothing)",
    )
    command.add_argument(
        "--mode",
        choices=("probe", "finetune"),
        help="with a folder, or with products: probe: only the last layer learns, seconds (default below "
        f"{ENOUGH_TO_FINE_TUNE} photos per category); finetune: all layers do, minutes to hours",
    )
    command.add_argument(
        "--teacher",
        dest="teachers",
        action="append",
        default=[],
        type=some_text,
        metavar="NAME|FILE",
        help="with --data products: learn also what this model says of the photos (may be given more than once)",
    )
    command.add_argument("--epochs", type=whole_number(1), metavar="N", help="how many times to go through all photos")
    command.add_argument("--batch-size", type=whole_number(1), metavar="N", help="photos for each small step")
    command.add_argument("--learning-rate", type=above_zero, metavar="X", help="how large the steps are")
    command.add_argument(
        "--find-rate", action="store_true", help="do not train: try learning rates, say which is good and end"
    )
    command.add_argument(
        "--patience", type=whole_number(0), metavar="N", help="stop when N epochs in a row were no better (0: never)"
    )
    command.add_argument(
        "--balance",
        choices=tuple(CLASS_BALANCING),
        help=f"photos of rare categories: {', '.join(f'{words} ({name})' for name, words in CLASS_BALANCING.items())} "
        "(default: none)",
    )
    command.add_argument("--seed", type=whole_number(0), metavar="N", help="same number, same data: same model")
    command.add_argument(
        "--decisions",
        type=file_path,
        metavar="FILE.json",
        help="what was decided of doubtful photos, which belong elsewhere and which are left out; check-data "
        "--decisions writes such a file",
    )
    again = command.add_mutually_exclusive_group()
    again.add_argument("--resume", action="store_true", help="go on with a training that was stopped or crashed")
    again.add_argument("--restart", action="store_true", help="throw an unfinished training away and begin again")
    again.add_argument(
        "--save-now", action="store_true", help="end an unfinished training: its best state so far becomes the model"
    )
    command.add_argument("--threads", type=whole_number(1), metavar="N", help="processor cores to use (default: all)")
    command.add_argument(
        "--tensorboard", type=file_path, metavar="FOLDER", help="write the curves for TensorBoard into this folder too"
    )
    add_device(command)
    add_data_folder(command)
    command.set_defaults(run=run)


def run(arguments: Namespace) -> int:
    """Train and save the model file.

    Raises:
        DataError, CheckpointError, TrainingDiverged, SaveError: As their sentences say, which also tell what stays.
    """
    if arguments.find_rate:
        return _find_rate(arguments)
    if arguments.out is None:
        raise SaveError("Say where the model shall be saved: --out with the name of a file, such as my.safetensors.")
    outputs.check_target("--out", arguments.out, f"my-shop{SUFFIX}")
    outputs.check_target("--out", arguments.out.with_suffix(SPLIT_SUFFIX), f"my-shop{SPLIT_SUFFIX}", [arguments.data])
    validate_name(arguments.out.stem)
    checkpoint = arguments.out.with_name(f"{arguments.out.name}.checkpoint")
    takes_up = arguments.resume or arguments.save_now
    if checkpoint.exists() and not (takes_up or arguments.restart):
        raise CheckpointError(
            f"There is an unfinished training for {arguments.out}. Add --resume to go on with it, --save-now to save "
            "the best of it as it is, or --restart to throw it away and begin again."
        )
    if not takes_up and arguments.data is None:
        raise DataError(f"Say what to train on: --data {FASHION_MNIST}, or --data with a folder of photos.")
    import torch

    from trainer.training.runs.run import train

    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    job = _interrupted(arguments, checkpoint) if takes_up else _new(arguments, checkpoint)
    data_paths = paths.data_paths(arguments.data_folder)
    device = devices.choose(arguments.device)
    if not job.resume:
        outputs.check_target("--out", job.output, f"my-shop{SUFFIX}", [job.start])  # a name stands for a file, too
    control = WorkControl()
    events = train(job, data_paths, control, paths.run_history_dir(), device)
    if arguments.tensorboard is not None:
        from trainer.training.fit import tensorboard

        events = tensorboard.logged(events, arguments.tensorboard)
    progress = TrainingProgress()
    with terminal.stopping_on_interrupt(control), contextlib.closing(progress):
        try:
            for event in events:
                progress.show(event)
        except TrainingDiverged as error:
            raise TrainingDiverged(
                "training_diverged_with_options", error.detail, can_save=checkpoint.exists(), **error.parameters
            ) from error
        except Cancelled:
            pass  # stopped while reading the data: there is nothing to keep
    if control.stopped and progress.saved is None:
        # A checkpoint that lay there before --restart is of another training, until this one writes its own.
        kept = checkpoint.exists() and (arguments.resume or progress.begun)
        goes_on = "The same command with --resume goes on where it was."
        terminal.warn(f"Stopped. {goes_on if kept else 'There is nothing to go on from yet; begin again.'}")
        return INTERRUPTED
    if progress.saved is not None:
        if progress.saved.left_out:
            terminal.warn(progress.saved.left_out_words())
        terminal.say(f"Saved in {progress.saved.path}. {_how_good(progress.saved)}")
    return DONE


def _how_good(saved: ModelSaved) -> str:
    """What the photos kept aside say, or else, with a caution, those that chose what was saved."""
    words = saved.kept_aside_words()
    if words:
        return words
    accuracy = saved.metadata.figures.get("validation_accuracy", 0.0)
    return f"Accuracy on the photos that it was checked with while it learnt: {accuracy:.2%}."


def _new(arguments: Namespace, checkpoint: Path) -> TrainingJob:
    from trainer.training.runs.job import TrainingJob

    own_photos = arguments.data not in _NAMED_DATA
    source = str(Path(arguments.data).absolute()) if own_photos else arguments.data
    from_nothing = arguments.model is not None or (not own_photos and arguments.start is None)
    if arguments.balance and arguments.data == PRODUCTS:
        raise DataError(f"--balance is for photos of one category each. Leave it out with --data {PRODUCTS}.")
    if from_nothing and arguments.mode:
        raise DataError("--mode says how to go on from a model. Leave --mode out, or --model and say --from.")
    if arguments.data == FASHION_MNIST and arguments.mode:
        raise DataError(f"--mode is for your own photos. Leave it out with --data {FASHION_MNIST}.")
    if arguments.teachers and (arguments.data != PRODUCTS or arguments.mode == "probe"):
        raise DataError(f"--teacher is for --data {PRODUCTS} with all layers. Leave it out.")
    if arguments.model and arguments.start in names.IMAGENET:
        raise DataError(f"--from {arguments.start} says which network it is. Leave --model out.")
    if not own_photos and arguments.start in names.IMAGENET:
        raise DataError(f"--from {arguments.start} is for your own photos. Leave it out, or name a folder.")
    if arguments.decisions and not (own_photos and arguments.decisions.is_file()):
        raise DataError(
            f"The decisions {arguments.decisions} are not there. Name the file, or leave --decisions out."
            if own_photos
            else f"--decisions is for your own photos. Leave it out with --data {arguments.data}."
        )
    job = TrainingJob(
        arguments.out.stem, DEFAULTS["cnn"], source, arguments.out, checkpoint, decisions=arguments.decisions
    )
    if not own_photos or arguments.model:
        network = arguments.model or ("product" if arguments.data == PRODUCTS else "cnn")
        if (network in names.WITH_ATTRIBUTES) != (arguments.data == PRODUCTS):
            raise DataError(
                f"The networks {' and '.join(f'“{name}”' for name in names.WITH_ATTRIBUTES)} learn --data {PRODUCTS}, "
                "and only they do. Leave --model out, or the data."
            )
        start = _library().find(arguments.start) if arguments.start else None
        if start is not None and arguments.model is None and arguments.data == PRODUCTS:
            known = read_metadata(start).network
            network = known if known in names.WITH_ATTRIBUTES else network  # others are refused when they are opened
        recipe = ProbeRecipe(network) if arguments.mode == "probe" else DEFAULTS[network]
        teachers = tuple(_library().find(teacher) for teacher in arguments.teachers)
        return replace(job, recipe=_with_options(recipe, arguments), start=start, teachers=teachers)
    name = arguments.start or USUAL_START
    start = None if name in names.IMAGENET else _library().find(name)
    network = name if start is None else read_metadata(start).network
    mode = arguments.mode or usual_mode(_photos_of_each(Path(source)))
    recipe = ProbeRecipe(network) if mode == "probe" else fine_tuning(network)
    return replace(job, recipe=_with_options(recipe, arguments), start=start, pretrained="" if start else name)


def _with_options(recipe: Recipe, arguments: Namespace) -> Recipe:
    """The recipe with the settings that were given; those that a probe does not have are ignored."""
    given = {field: value for option, field in _SETTINGS.items() if (value := getattr(arguments, option)) is not None}
    fields = {field: value for field, value in given.items() if field in recipe.__struct_fields__}
    return msgspec.structs.replace(recipe, **fields)


def _find_rate(arguments: Namespace) -> int:
    if arguments.data is None or arguments.resume:
        raise DataError(f"To find a learning rate, say what to learn: --data {FASHION_MNIST}, or a folder of photos.")
    out = arguments.out = arguments.out or Path("model.safetensors")  # names the job; nothing is written
    return rate_search.run(_new(arguments, out.with_name(f"{out.name}.checkpoint")), arguments)


def _photos_of_each(source: Path) -> list[int]:
    from trainer.data.labelled_photos import find

    photos = find(source)
    return [photos.labels.count(label) for label in range(len(photos.classes))]


def _library() -> ModelLibrary:
    return ModelLibrary(paths.model_folders())


def _interrupted(arguments: Namespace, checkpoint: Path) -> TrainingJob:
    """The job of the run that was cut short. Other settings than it began with would make another run: refused."""
    from trainer.training.runs.job import read_job

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
        raise CheckpointError(
            f"The unfinished training for {arguments.out} was begun with {', '.join(other)}. Leave these options out "
            f"with --{'save-now' if arguments.save_now else 'resume'}, or use --restart to begin again with new ones."
        )
    if arguments.save_now:
        return _ending_here(job)
    if not job.resume:
        terminal.note("It was stopped before anything could be kept, so it begins again.")
    return job


def _ending_here(job: TrainingJob) -> TrainingJob:
    """The same job with as many epochs as are done: what is left is to check, calibrate and save."""
    from trainer.training.fit import checkpoint

    done = checkpoint.load(job.checkpoint).progress.epoch
    if not done:
        raise CheckpointError(
            f"The unfinished training for {job.output} has not finished its first epoch, so there is nothing to save "
            "yet. Use --resume to go on, or --restart to begin again."
        )
    return job.ending_after(done)
