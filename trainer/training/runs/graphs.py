"""Graphs of newly trained backbones, so that the models tag on ONNX Runtime."""

from __future__ import annotations

import logging
import multiprocessing
from collections.abc import Callable, Generator, Sequence
from pathlib import Path

import torch

from trainer.control import ProgressEvent, WorkControl
from trainer.inference import graph_export, graph_predictor

_log = logging.getLogger(__name__)

_PHOTOS = 256
_POLL_SECONDS = 0.2


def save_graphs(
    model: Path, photos: Callable[[int], torch.Tensor], folders: Sequence[Path], control: WorkControl
) -> Generator[ProgressEvent, None, None]:
    """Write the graphs of a model file's backbone, unless they are there; a probe has those of the model it began with.

    A process of its own does it: torch's exporter would hold the GIL, and so the window, for seconds. When it fails or
    is stopped, the model tags with torch; the log says why.

    Args:
        model: The model file.
        photos: Gives so many training photos, uint8 N×C×H×W, for calibration and comparison.
        folders: Of graphs; new ones are written to the first.
        control: Stops the writing.
    """
    if not folders or graph_predictor.find_graphs(model, folders):
        return
    yield ProgressEvent("writing_graph", 0, 0)
    process = multiprocessing.get_context("spawn").Process(
        target=graph_export.write_graphs, args=(model, folders[0], photos(_PHOTOS).numpy()), daemon=True
    )
    process.start()
    while process.is_alive():
        process.join(_POLL_SECONDS)
        if control.stopped:
            process.terminate()
        yield ProgressEvent("writing_graph", 0, 0)
    if process.exitcode:
        _log.warning("%s: the graph could not be written (exit code %s)", model.name, process.exitcode)
