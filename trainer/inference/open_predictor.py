"""Opens a model for prediction on the fastest runtime that its graphs and this computer allow.

Importing this module does not import torch; opening a model does where there is no graph of its backbone.
"""

from __future__ import annotations

import logging
import os
import platform
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

import msgspec
import numpy as np

from trainer.atomic_write import atomic_write
from trainer.devices import threads_leaving_one_core
from trainer.errors import ModelFileError, PhotoError, SaveError
from trainer.inference import graph_predictor, onnx_runtime
from trainer.inference.graph_predictor import FLOAT32, INT8, GraphPredictor, Precision
from trainer.inference.prediction import PhotoPredictor
from trainer.preprocessing.photo import load_photo

_log = logging.getLogger(__name__)

Runtime = Literal["auto", "onnx", "torch"]
RUNTIMES: tuple[Runtime, ...] = get_args(Runtime)

_LEAST_COSINE = 0.98  # of the int8 embedding of a photo with its float32 embedding
_ROUNDS, _TIMED = 3, 8  # times that some of the photos are predicted to see what is faster


@dataclass(frozen=True)
class GraphFolders:
    """Where graphs are, and what the choice between their precisions needs.

    Attributes:
        folders: Of graphs.
        samples: A few photos for the self-test.
        choices: A JSON file that keeps the result of the self-test for each graph on this computer.
    """

    folders: Sequence[Path]
    samples: Sequence[Path]
    choices: Path


def open_predictor(
    model: Path,
    graphs: GraphFolders,
    device: str = "auto",
    runtime: Runtime = "auto",
    import_torch: Callable[[], None] | None = None,
) -> PhotoPredictor:
    """Open a model file.

    Args:
        device: A name in :data:`trainer.devices.NAMES`. Only torch runs on a GPU.
        runtime: ``auto`` takes ONNX Runtime where there is a graph and no GPU was asked for, else torch.
        import_torch: Called before torch is imported for the first time.

    Raises:
        ModelFileError: The model cannot be used; ``no_graph``: ONNX Runtime was asked for and there is no graph.
        DeviceMissing: The device is not there.
    """
    if runtime == "onnx" or (runtime == "auto" and device in ("auto", "cpu")):
        found = graph_predictor.find_graphs(model, graphs.folders)
        if found:
            try:
                return _fastest(model, found, graphs)
            except ModelFileError as error:
                if runtime == "onnx" or not error.code.startswith("graph_"):
                    raise
                _log.warning("%s: %s %s", model.name, error.code, error.detail)
        elif runtime == "onnx":
            raise ModelFileError("no_graph", name=model.stem)
    if import_torch is not None:
        import_torch()
    from trainer import devices
    from trainer.inference.predictor import Predictor

    return Predictor.load(model, devices.choose(device))


def _fastest(model: Path, found: Mapping[Precision, Path], graphs: GraphFolders) -> GraphPredictor:
    """With int8 where that is known to be faster here and close enough; the first time, it is tried."""
    threads = threads_leaving_one_core()
    if len(found) == 1:
        ((precision, graph),) = found.items()
        return graph_predictor.load(model, graph, precision, threads)
    choices = _read(graphs.choices)
    key = f"{found[INT8].name} {_computer()}"
    if key in choices:
        return graph_predictor.load(model, found[choices[key]], choices[key], threads)
    both = {precision: graph_predictor.load(model, graph, precision, threads) for precision, graph in found.items()}
    precision = _better(both[FLOAT32], both[INT8], graphs.samples)
    try:
        with atomic_write(graphs.choices) as temporary:
            temporary.write_bytes(msgspec.json.encode({**choices, key: precision}))
    except SaveError as error:
        _log.warning("The choice of precision is not kept: %s", error.detail)
    return both[precision]


def _better(float32: GraphPredictor, int8: GraphPredictor, samples: Sequence[Path]) -> Precision:
    images: list[np.ndarray] = []
    for sample in samples:
        try:
            images.append(float32.prepare(load_photo(sample, short_side=float32.decode_short_side)))
        except PhotoError as error:
            _log.warning("%s: %s", sample, error.code)
    if not images:
        return FLOAT32
    pairs = zip(float32.predict(images), int8.predict(images), strict=True)
    cosine = min(float(exact.embedding @ quantized.embedding) for exact, quantized in pairs)
    few = images[:_TIMED]
    seconds = {each.precision: min(_seconds(each, few) for _ in range(_ROUNDS)) for each in (float32, int8)}
    _log.info("Self-test: cosine %.4f, seconds %s", cosine, seconds)
    return INT8 if cosine >= _LEAST_COSINE and seconds[INT8] < seconds[FLOAT32] else FLOAT32


def _seconds(predictor: GraphPredictor, images: list[np.ndarray]) -> float:
    began = time.perf_counter()
    predictor.predict(images)
    return time.perf_counter() - began


def _computer() -> str:
    """Changes when the processor or the runtime does."""
    return f"{platform.machine()} {platform.processor()} {os.cpu_count()} onnxruntime {onnx_runtime.version()}"


def _read(file: Path) -> dict[str, Precision]:
    try:
        return msgspec.json.decode(file.read_bytes(), type=dict[str, Precision])
    except (OSError, msgspec.DecodeError):
        return {}
