"""Checkpoints: the state of a run, from which it resumes after a stop, a crash or a power cut.

One safetensors file: tensors by name, and JSON in its header. No pickle. Random generators need no state, since each
step has a seed of its own (see :mod:`trainer.training.fit.loop`).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import torch
from safetensors import SafetensorError, safe_open

from trainer.errors import CheckpointError
from trainer.model_files.metadata import EpochMetrics
from trainer.model_files.model_file import save_tensors
from trainer.recipe import FitRecipe, recipe_from_json
from trainer.training.fit.divergence import DivergenceMonitor

FORMAT = 1
_HEADER = "fashionlens-checkpoint"


class Progress(msgspec.Struct, frozen=True, rename={"monitor": "guard"}):
    """Where a run stands. In the file the fields have the names of version 0.1.

    Attributes:
        epoch: Finished epochs.
        batch: Finished batches of the epoch after those.
        loss_sum: Summed loss of the running epoch's images.
        correct: Correctly classified images of the running epoch.
        best_epoch: Epoch of the best validation accuracy, 0 before there is one.
        monitor: Of divergence; the first checkpoints had none.
    """

    epoch: int = 0
    batch: int = 0
    loss_sum: float = 0.0
    correct: int = 0
    history: tuple[EpochMetrics, ...] = ()
    best_epoch: int = 0
    monitor: DivergenceMonitor = DivergenceMonitor()


@dataclass(frozen=True)
class Checkpoint:
    """Everything that determines the rest of the run.

    Tensors: ``network.…``, ``average.…``, ``best.…``, ``optimiser.<parameter>.<name>`` and ``curve.losses`` (float32,
    by batch; not in checkpoints of version 0.1). The fingerprint is that of the training and validation images.
    """

    recipe: FitRecipe
    data_fingerprint: str
    progress: Progress
    tensors: dict[str, torch.Tensor]


def save(path: Path, checkpoint: Checkpoint) -> None:
    """Replace ``path`` as one step. Raises :class:`trainer.errors.SaveError`; the old file then stays."""
    header = {
        "format": FORMAT,
        "recipe": checkpoint.recipe.to_json(),
        "data_fingerprint": checkpoint.data_fingerprint,
        "progress": msgspec.to_builtins(checkpoint.progress),
    }
    tensors = {name: tensor.detach().contiguous() for name, tensor in checkpoint.tensors.items()}
    save_tensors(path, tensors, {_HEADER: json.dumps(header)})


def load(path: Path) -> Checkpoint:
    """Read a checkpoint. Raises :class:`CheckpointError`: absent, damaged, of another kind or of a newer version."""
    if not path.is_file():
        raise CheckpointError("checkpoint_missing", path=str(path))
    try:
        with safe_open(str(path), framework="pt") as file:
            header: dict[str, Any] = json.loads((file.metadata() or {})[_HEADER])
            # Copies, since tensors of the file keep it open, and Windows cannot replace an open file.
            tensors = {name: file.get_tensor(name).clone() for name in file.keys()}  # noqa: SIM118  (not a dict)
        if header["format"] != FORMAT:
            raise CheckpointError("checkpoint_of_other_version", file=path.name)
        recipe = recipe_from_json(header["recipe"]).fit
        if recipe is None:
            raise ValueError("a probe has no checkpoints")
        progress = msgspec.convert(header["progress"], Progress)
        return Checkpoint(recipe, header["data_fingerprint"], progress, tensors)
    except (SafetensorError, OSError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise CheckpointError("checkpoint_damaged", repr(error), file=path.name) from error
