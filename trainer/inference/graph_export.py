"""Writes the graph of a model's backbone for :mod:`trainer.inference.graph_predictor`, in float32 and in int8.

int8 is static quantization (Jacob et al. 2017, arXiv:1712.05877): weights per channel, activations as uint8 in a range
that calibration photos have.
"""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from torch import nn

from trainer.atomic_write import atomic_write
from trainer.errors import ModelFileError
from trainer.inference import graph_predictor
from trainer.inference.graph_predictor import EMBEDDING, FLOAT32, INPUT_KEY, INT8, graph_file, input_text
from trainer.inference.onnx_export import INPUT, silenced, write_onnx
from trainer.inference.onnx_runtime import Session
from trainer.inference.predictor import network_outputs
from trainer.model_files import model_file
from trainer.model_files.model_file import Model
from trainer.model_files.replay_file import fingerprint
from trainer.networks.network import Network
from trainer.preprocessing.input_spec import InputSpec

_log = logging.getLogger(__name__)

_BATCH = 32
_TOLERANCE = 1e-3  # of the embeddings' largest component
_LEAST_AGREEMENT = 0.98  # share of photos with the same category in int8


class _Backbone(nn.Module):
    """Prepared photos, uint8 N×C×H×W, to embeddings, float32 N×D."""

    def __init__(self, network: Network, spec: InputSpec) -> None:
        super().__init__()
        self._network = network
        self.register_buffer("_scale", 1 / (255 * torch.tensor(spec.std)).view(1, -1, 1, 1))
        self.register_buffer("_shift", -(torch.tensor(spec.mean) / torch.tensor(spec.std)).view(1, -1, 1, 1))

    def forward(self, photos: torch.Tensor) -> torch.Tensor:
        return self._network.embed(photos.float() * self._scale + self._shift)  # type: ignore[operator]


def write_graphs(path: Path, folder: Path, photos_NCHW: np.ndarray) -> None:
    """Write the graphs of a model file's backbone, that in int8 only where it predicts as float32 does.

    Args:
        folder: Where to write; it is created.
        photos_NCHW: Prepared photos for calibration and comparison, uint8, 1 or more.

    Raises:
        ModelFileError, SaveError: As :func:`export_graph` does.
    """
    folder.mkdir(parents=True, exist_ok=True)
    graph = export_graph(model_file.load(path), folder, photos_NCHW)
    quantized = quantize_graph(graph, photos_NCHW)
    exact, fast = (
        graph_predictor.load(path, file, precision).predict(list(photos_NCHW))
        for file, precision in ((graph, FLOAT32), (quantized, INT8))
    )
    same = sum(one.category.label == other.category.label for one, other in zip(exact, fast, strict=True))
    if same < _LEAST_AGREEMENT * len(photos_NCHW):
        _log.warning("int8 agrees on %d of %d photos only: not used", same, len(photos_NCHW))
        quantized.unlink()


def export_graph(model: Model, folder: Path, photos_NCHW: np.ndarray) -> Path:
    """Write the backbone in float32 and compare its embeddings with those of the network.

    Args:
        folder: Where :func:`trainer.inference.graph_predictor.find_graphs` looks for it.
        photos_NCHW: Prepared photos to compare on, uint8, 1 or more.

    Raises:
        ModelFileError: The embeddings differ; nothing is written.
        SaveError: It could not be written.
    """
    spec = model.metadata.input
    target = graph_file(folder, fingerprint(model.network), FLOAT32)
    network = model.network.to(memory_format=torch.contiguous_format)  # type: ignore[call-overload]  # missing in torch's stubs
    with atomic_write(target) as temporary:
        module = _Backbone(network, spec).eval()
        write_onnx(module, photos_NCHW[:2], [EMBEDDING], {INPUT_KEY: input_text(spec)}, temporary)
        outputs = network_outputs(network, torch.from_numpy(photos_NCHW), spec, tta_hflip=False, has_categories=False)
        expected_ND = outputs.embeddings_ND.numpy()
        difference = float(np.abs(Session(temporary).run(photos_NCHW)[EMBEDDING] - expected_ND).max())
        if not difference <= _TOLERANCE * float(np.abs(expected_ND).max()):
            raise ModelFileError("onnx_answers_differ", str(target), difference=difference)
    return target


def quantize_graph(graph: Path, photos_NCHW: np.ndarray) -> Path:
    """Write the int8 graph beside the float32 graph.

    Args:
        graph: As :func:`export_graph` returns it.
        photos_NCHW: Prepared training photos, uint8: a few hundred.

    Raises:
        SaveError: It could not be written.
    """
    from onnxruntime import quantization
    from onnxruntime.quantization.shape_inference import quant_pre_process

    class Photos(quantization.CalibrationDataReader):
        def __init__(self) -> None:
            self._batches: Iterator[np.ndarray] = iter(
                photos_NCHW[start : start + _BATCH] for start in range(0, len(photos_NCHW), _BATCH)
            )

        def get_next(self) -> dict[str, np.ndarray] | None:
            batch = next(self._batches, None)
            return None if batch is None else {INPUT: batch}

    target = graph.with_name(f"{graph.stem}.int8.onnx")
    with tempfile.TemporaryDirectory() as folder, atomic_write(target) as temporary, silenced():
        prepared = Path(folder) / "prepared.onnx"
        quant_pre_process(str(graph), str(prepared))
        quantization.quantize_static(
            str(prepared),
            str(temporary),
            Photos(),
            quant_format=quantization.QuantFormat.QDQ,
            per_channel=True,
            activation_type=quantization.QuantType.QUInt8,
            weight_type=quantization.QuantType.QInt8,
        )
    return target
