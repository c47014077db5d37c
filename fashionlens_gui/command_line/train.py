"""``fashionlens train``: trains a model."""

from __future__ import annotations

import contextlib
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fashionlens_gui import paths
from fashionlens_gui.command_line import outputs, terminal, training_job
from fashionlens_gui.command_line.arguments import (
    Commands,
    UsageError,
    above_zero,
    add_data_folder,
    add_device,
    add_encoding,
    file_path,
    new_command,
    some_text,
    whole_number,
)
from fashionlens_gui.command_line.terminal import DONE, INTERRUPTED
from fashionlens_gui.messages.runs import holdout_sentence, unreadable_photos
from fashionlens_gui.messages.training import CLASS_BALANCING, rollback_sentence
from trainer import devices
from trainer.control import ProgressEvent, WorkControl
from trainer.errors import Cancelled, CheckpointError, DataError, TrainingDiverged
from trainer.model_files.library import SPLIT_SUFFIX, SUFFIX
from trainer.model_files.names import validate_name
from trainer.networks import names
from trainer.recipe import DEFAULTS, MIN_PHOTOS_TO_FINE_TUNE
from trainer.training.fit.events import BatchDone, Ended, EpochDone, Rollback, Started

if TYPE_CHECKING:
    from trainer.training.runs.run import ModelSaved


def add_to(commands: Commands) -> None:
    """Add the command to the parser."""
    command = new_command(
        commands,
        "train",
        run,
        help="train a model on Fashion-MNIST or on your own photos",
        description="Trains a model and saves it as one file. With a folder, each folder in it is a category and holds "
        "photos of that category; a CSV lists files and their categories. Training starts from the model “products”, "
        "unless you choose another start. Ctrl-C stops and keeps a checkpoint; --resume continues, also after a crash, "
        "and --save-now saves the best epoch so far.",
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
        help="the training data (not needed with --resume or --save-now)",
    )
    command.add_argument(
        "--model",
        choices=tuple(DEFAULTS),
        help="train this network from scratch: cnn: small and quick; resnet-mini: better, slower; wide-resnet: better "
        "still, for a GPU; product, product-wide, efficientnet-lite0: for --data products, the second for a GPU, the "
        "third from ImageNet weights",
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
        metavar="NAME|FILE|" + "|".join(names.PRETRAINED),
        help="start from this model, or from a network pretrained on ImageNet (default with a folder: "
        f"{training_job.DEFAULT_START}; else none)",
    )
    command.add_argument(
        "--mode",
        choices=("probe", "finetune"),
        help="with a folder, or with products: probe: train the last layer only, seconds (default below "
        f"{MIN_PHOTOS_TO_FINE_TUNE} photos per category); finetune: train all layers, minutes to hours",
    )
    command.add_argument(
        "--teacher",
        dest="teachers",
        action="append",
        default=[],
        type=some_text,
        metavar="NAME|FILE",
        help="with --data products: distil this model’s predictions too (may be given more than once)",
    )
    command.add_argument("--epochs", type=whole_number(1), metavar="N", help="how many times to train on all photos")
    command.add_argument("--batch-size", type=whole_number(1), metavar="N", help="photos in each optimizer step")
    command.add_argument("--learning-rate", type=above_zero, metavar="X", help="size of the optimizer steps")
    command.add_argument("--find-rate", action="store_true", help="do not train: try learning rates and suggest one")
    command.add_argument(
        "--patience", type=whole_number(0), metavar="N", help="stop after N epochs without improvement (0: never)"
    )
    command.add_argument(
        "--balance",
        choices=tuple(CLASS_BALANCING),
        help=f"photos of rare categories: {', '.join(f'{words} ({name})' for name, words in CLASS_BALANCING.items())} "
        "(default: none)",
    )
    command.add_argument(
        "--seed", type=whole_number(0), metavar="N", help="random seed; the same data then gives the same model"
    )
    command.add_argument(
        "--decisions",
        type=file_path,
        metavar="FILE.json",
        help="your decisions on doubtful photos, which to move to another category and which to leave out; check-data "
        "--decisions writes such a file",
    )
    again = command.add_mutually_exclusive_group()
    again.add_argument("--resume", action="store_true", help="continue a training that was stopped or crashed")
    again.add_argument("--restart", action="store_true", help="delete an unfinished training and begin again")
    again.add_argument(
        "--save-now", action="store_true", help="end an unfinished training and save its best epoch as the model"
    )
    command.add_argument("--threads", type=whole_number(1), metavar="N", help="processor cores to use (default: all)")
    command.add_argument(
        "--tensorboard", type=file_path, metavar="FOLDER", help="also write the curves for TensorBoard to this folder"
    )
    add_device(command)
    add_encoding(command)
    add_data_folder(command)


def run(arguments: Namespace) -> int:
    """Train and save the model file.

    Raises:
        UsageError: Options are missing or do not go together.
        DataError, ModelFileError, DeviceMissing: The data, a model or the device cannot be used.
        CheckpointError: The unfinished training cannot be continued, or the options do not say what to do with it.
        TrainingDiverged, SaveError: The last checkpoint stays.
    """
    if arguments.find_rate:
        return _find_rate(arguments)
    if arguments.out is None:
        raise UsageError("out_needed")
    outputs.check_target("--out", arguments.out, f"my-shop{SUFFIX}")
    outputs.check_target("--out", arguments.out.with_suffix(SPLIT_SUFFIX), f"my-shop{SPLIT_SUFFIX}", [arguments.data])
    validate_name(arguments.out.stem)
    checkpoint = arguments.out.with_name(f"{arguments.out.name}.checkpoint")
    continues = arguments.resume or arguments.save_now
    if checkpoint.exists() and not (continues or arguments.restart):
        raise CheckpointError("unfinished_training", out=str(arguments.out))
    if not continues and arguments.data is None:
        raise UsageError("data_needed")
    import torch

    from trainer.training.runs.run import train

    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    job = (training_job.interrupted_job if continues else training_job.new_job)(arguments, checkpoint)
    data_paths = paths.data_paths(arguments.data_folder)
    device = devices.choose(arguments.device)
    if not job.resume:
        outputs.check_target("--out", job.output, f"my-shop{SUFFIX}", [job.start])  # a name stands for a file, too
    control = WorkControl()
    events = train(job, data_paths, control, paths.run_history_dir(), device)
    if arguments.tensorboard is not None:
        from trainer.training.fit import tensorboard

        events = tensorboard.logged(events, arguments.tensorboard)
    progress = _Progress()
    with terminal.stop_on_interrupt(control), contextlib.closing(progress):
        try:
            for event in events:
                progress.show(event)
        except TrainingDiverged as error:
            raise TrainingDiverged(
                "training_diverged_with_options", error.detail, can_save=checkpoint.exists(), **error.parameters
            ) from error
        except Cancelled:
            pass  # stopped while reading the data: there is no checkpoint yet
    if control.stopped and progress.saved is None:
        # With --restart, a checkpoint from before is of another training until this one writes its own.
        kept = checkpoint.exists() and (arguments.resume or progress.begun)
        resume = "The same command with --resume continues it."
        terminal.warn(f"Stopped. {resume if kept else 'There is nothing to go on from yet; begin again.'}")
        return INTERRUPTED
    if progress.saved is not None:
        if progress.saved.unreadable:
            terminal.warn(unreadable_photos(progress.saved))
        terminal.echo(f"Saved in {progress.saved.path}. {_how_good(progress.saved)}")
    return DONE


class _Progress:
    """Draws the run: a bar for each epoch and a line for its result.

    Attributes:
        saved: The :class:`trainer.training.runs.run.ModelSaved` that came last; None before.
        begun: Whether the first epoch began.
    """

    def __init__(self) -> None:
        self.saved: Any = None  # the module of ModelSaved imports torch
        self.begun = False
        self._loading = terminal.Bars()
        self._bar: Any = None
        self._epochs = self._batches = 0

    def show(self, event: object) -> None:
        if isinstance(event, ProgressEvent):
            self._loading.show(event)
        elif isinstance(event, Started):
            self._loading.close()
            self.begun = True
            self._epochs, self._batches = event.epochs, event.batches
        elif isinstance(event, BatchDone):
            if self._bar is None:
                what = f"Epoch {event.epoch}/{self._epochs}"
                self._bar = terminal.bar(what, self._batches, "batches", done=event.batch - 1)
            self._bar.set_postfix_str(f"loss {event.loss:.3f}, {event.images_per_second:,.0f} images/s", refresh=False)
            self._bar.update(event.batch - self._bar.n)
        elif isinstance(event, Rollback):
            self._close_bar()
            terminal.warn(rollback_sentence(event))
        elif isinstance(event, EpochDone):
            self._close_bar()
            metrics = event.metrics
            terminal.note(
                f"Epoch {metrics.epoch}/{self._epochs}: accuracy {metrics.training_accuracy:.2%} in training, "
                f"{metrics.validation_accuracy:.2%} in validation{', the best so far' if event.best else ''}"
            )
        elif isinstance(event, Ended):
            self._close_bar()
            if event.reason == "early":
                terminal.note("Stopped early: it has not become better for a while.")
        else:
            self.saved = event

    def close(self) -> None:
        self._loading.close()
        self._close_bar()

    def _close_bar(self) -> None:
        if self._bar is not None:
            self._bar.close()
        self._bar = None


def _how_good(saved: ModelSaved) -> str:
    """The accuracy on held-out photos, else on the validation photos that chose the saved epoch."""
    sentence = holdout_sentence(saved.metadata.figures)
    if sentence:
        return sentence
    accuracy = saved.metadata.figures.get("validation_accuracy", 0.0)
    return f"Accuracy on the validation photos, which also chose what was saved: {accuracy:.2%}."


def _find_rate(arguments: Namespace) -> int:
    """``--find-rate``: try learning rates and say which is good."""
    if arguments.data is None or arguments.resume:
        raise UsageError("data_needed_to_find_rate")
    import torch

    from trainer.training.fit.lr_finder import LearningRateSuggested, LearningRateTried
    from trainer.training.runs.run import find_learning_rate

    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    out = arguments.out = arguments.out or Path("model.safetensors")  # names the job; nothing is written
    job = training_job.new_job(arguments, out.with_name(f"{out.name}.checkpoint"))
    device = devices.choose(arguments.device)
    data_paths = paths.data_paths(arguments.data_folder)
    control, bars, tried, found = WorkControl(), terminal.Bars(), 0.0, None
    with terminal.stop_on_interrupt(control), contextlib.closing(bars):
        for event in find_learning_rate(job, data_paths, control, device):
            if isinstance(event, ProgressEvent):
                bars.show(event)
            elif isinstance(event, LearningRateTried):
                tried = event.learning_rate
                bars.show(ProgressEvent("finding_learning_rate", event.step, event.steps))
            elif isinstance(event, LearningRateSuggested):
                found = event.suggestion
    if found is None:
        raise DataError("no_good_rate", tried=tried)
    terminal.echo(f"A good learning rate: {found:g} (tried up to {tried:.2g}). Use it with --learning-rate {found:g}")
    return DONE
