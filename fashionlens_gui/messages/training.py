"""Sentences and words about training."""

from __future__ import annotations

from collections.abc import Sequence

from fashionlens_gui.messages.message import Table
from trainer.recipe import ClassBalancing
from trainer.training.fit.events import Rollback

CLASS_BALANCING: dict[ClassBalancing, str] = {
    "none": "as they are",
    "weights": "count for more",
    "sampling": "seen more often",
}
"""What happens to photos of rare categories (:attr:`trainer.recipe.FitRecipe.class_balancing`)."""


def _training_diverged(epoch: int, best_epoch: int, learning_rate: float) -> str:
    kept = (
        f"The weights after epoch {best_epoch} are kept and can be saved as a model; or start"
        if best_epoch
        else "Start"
    )
    return (
        f"Training stopped in epoch {epoch}: it diverged again, also with a lower learning rate. {kept} again with a "
        "much smaller learning rate, for example a tenth."
    )


def _training_diverged_with_options(can_save: bool, learning_rate: float, **parameters: int) -> str:
    options = f"{'--save-now, or --restart ' if can_save else ''}--learning-rate {learning_rate / 10:g}"
    return f"{_training_diverged(learning_rate=learning_rate, **parameters)} Here that is {options}."


def _device_missing(device: str, available: Sequence[str]) -> str:
    needs = {
        "cuda": "an NVIDIA GPU with its driver and a PyTorch for CUDA",
        "mps": "an Apple GPU",
    }.get(device, "another device")
    return (
        f"This computer cannot compute with --device {device}: that needs {needs}. Leave --device out, or use "
        f"{' or '.join(available)}."
    )


def _unknown_network(network: str, known: Sequence[str]) -> str:
    return (
        f"This version of FashionLens has no network called “{network}”; it has {', '.join(known)}. A newer version "
        "may be needed to open this model."
    )


SENTENCES: Table = {
    "cancelled": "Stopped before it was done.",
    "checkpoint_damaged": "{file} is damaged or is not a FashionLens checkpoint. Start the training again.",
    "checkpoint_missing": "There is no interrupted training at {path}. Start a new one.",
    "checkpoint_of_other_photos": "The training photos, or your decisions about them, have changed since the training "
    "was interrupted. Undo the changes to resume it, or start again. The interrupted training is unchanged.",
    "checkpoint_of_other_settings": "The interrupted training had other settings. Use the same ones, or start again.",
    "checkpoint_of_other_version": "{file} was written by another version of FashionLens. Start the training again.",
    "device_missing": _device_missing,
    "different_validation_photos": "The training and the validation photos have different categories or sizes.",
    "job_unreadable": "The interrupted training {file} cannot be read.",
    "no_checkpoint_file": "There is no checkpoint file to resume from.",
    "no_start_for_head_only": "Only the last layer of an existing model can be trained on {data}. Name the model to "
    "start from.",
    "no_taxonomy_for_products": "The product photos need the taxonomy, which says what their labels mean.",
    "no_backbone_weights": "“{network}” starts from ImageNet weights, whose folder was not given.",
    "no_training_photos": "There are no photos to train or to validate with. Choose a folder that has some.",
    "pretrained_damaged": "{path} is damaged: its checksum is not the published one. Remove it and get it again.",
    "pretrained_missing": "The weights of {network} are not on this computer and could not be downloaded. Without a "
    "network, download {url} on another computer and copy the file into {folder}. Or start from “products”, which is "
    "part of FashionLens.",
    "pretrained_of_other_network": "{path} does not hold the weights of {network}. Remove it and get it again.",
    "probe_has_no_learning_rate": "When only the last layer is trained, there is no learning rate to choose.",
    "run_not_deleted": "The run “{name}” could not be deleted from {folder}: {reason}.",
    "tensorboard_not_installed": "TensorBoard is not installed, so its files cannot be written. Install it with: pip "
    'install "fashionlens[tensorboard]", or leave --tensorboard out.',
    "tensorboard_not_written": "TensorBoard's files cannot be written into {folder}: {reason}.",
    "training_diverged": _training_diverged,
    "training_diverged_with_options": _training_diverged_with_options,
    "training_running": "A training for {output} is already running. Wait until it ends, or stop it first.",
    "unexpected": "An unexpected error occurred: {problem}",
    "unknown_network": _unknown_network,
    "unsuitable_start": "The training cannot start from {file}: that is a “{network}” for {categories} categories of "
    "{data}. It has to be a “{wanted_network}” for the same {wanted_categories} categories as the photos.",
    "unsuitable_teacher": "{file} cannot be a teacher: it has other categories or attributes than the product photos, "
    "or another image size. A teacher is a model that was trained on the same product photos.",
}

DEVICES = {"auto": "the first available", "cuda": "an NVIDIA GPU", "mps": "an Apple GPU", "cpu": "the processor"}
"""The devices of :data:`trainer.devices.NAMES`, for people who do not know these names."""

_DIVERGED = {
    "loss": "the loss was not a number",
    "gradient": "the gradient was not a number",
    "explosion": "the gradient exploded",
}


def rollback_sentence(event: Rollback) -> str:
    """What happened, and what is done about it."""
    weights = f"those after epoch {event.best_epoch}" if event.best_epoch else "the initial ones"
    return (
        f"Training diverged in epoch {event.epoch}: {_DIVERGED[event.reason]}. The weights were set back to {weights}, "
        f"and training continues with 1/{round(1 / event.lr_factor)} of your learning rate."
    )
