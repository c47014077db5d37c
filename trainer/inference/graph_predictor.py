"""Prediction without torch: ONNX Runtime computes the embeddings, numpy the heads on them.

The graph of a backbone is a file named by the backbone's fingerprint, so models that differ in their heads alone share
it: probes, refitted heads and improved models need no graph of their own.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from msgspec import to_builtins
from safetensors import SafetensorError, safe_open

from trainer.errors import ModelFileError
from trainer.inference import calibrated
from trainer.inference.onnx_runtime import Session
from trainer.inference.prediction import Prediction
from trainer.model_files.checks import check_numbers, check_studio_score
from trainer.model_files.metadata import ModelMetadata, parse_metadata, read_header
from trainer.model_files.open_set import OpenSet, expected_shapes
from trainer.networks.names import ATTRIBUTE_HEADS, CATEGORY_HEAD, OPEN_SET, is_of_head
from trainer.preprocessing import network_input
from trainer.preprocessing.input_spec import InputSpec
from trainer.preprocessing.photo import Photo
from trainer.taxonomy import CATEGORY

Precision = Literal["float32", "int8"]
FLOAT32: Precision = "float32"
INT8: Precision = "int8"

EMBEDDING = "embedding"
"""The output of a graph."""
INPUT_KEY = "fashionlens-input"
"""Key of the graph's metadata that holds its input as JSON."""


@dataclass(frozen=True)
class Head:
    """A linear layer: float32, K×D and K."""

    weight_KD: np.ndarray
    bias_K: np.ndarray

    def log_probabilities(self, embeddings_ND: np.ndarray) -> np.ndarray:
        """float32 N×K."""
        return calibrated.log_softmax(embeddings_ND @ self.weight_KD.T + self.bias_K)


class GraphPredictor:
    """A :class:`trainer.inference.prediction.PhotoPredictor` on ONNX Runtime.

    Args:
        metadata: Of the model file.
        heads: By attribute or ``category``.
        session: Computes embeddings.
        precision: Of the session's graph.
        open_set: Finds photos of other things.
    """

    runtime = "onnx"

    def __init__(
        self,
        metadata: ModelMetadata,
        heads: Mapping[str, Head],
        session: Session,
        precision: Precision,
        open_set: OpenSet,
    ) -> None:
        self.metadata = metadata
        self._open_set = open_set
        self.precision: str = precision
        self._heads = heads
        self._session = session

    @property
    def decode_short_side(self) -> int:
        return self.metadata.input.decode_short_side

    def leaving_one_core(self) -> AbstractContextManager[None]:
        """See :class:`trainer.inference.prediction.PhotoPredictor`; the session has its threads from the start."""
        return contextlib.nullcontext()

    def prepare(self, photo: Photo) -> np.ndarray:
        """As :meth:`trainer.inference.predictor.Predictor.prepare`."""
        return network_input.prepare(photo.pixels_HWC, self.metadata.input)

    def predict(self, images: Sequence[np.ndarray]) -> list[Prediction]:
        """The predictions for a batch of photos from :meth:`prepare`, in their order."""
        if not images:
            return []
        embeddings_MD = self._embeddings(images)
        logits = {name: self._averaged(head.log_probabilities(embeddings_MD)) for name, head in self._heads.items()}
        return calibrated.predictions(
            self.metadata, logits.pop(CATEGORY), logits, self._averaged(embeddings_MD), self._open_set
        )

    def embeddings(self, images: Sequence[np.ndarray]) -> np.ndarray:
        """Embeddings for a batch of photos from :meth:`prepare`, float32 N×D, not normalised."""
        return self._averaged(self._embeddings(images))

    def _embeddings(self, images: Sequence[np.ndarray]) -> np.ndarray:
        """float32 N×D, or 2·N×D with those of the mirror images in the second half."""
        images_NCHW = np.stack(images)
        if self.metadata.tta_hflip:
            images_NCHW = np.concatenate([images_NCHW, images_NCHW[..., ::-1]])
        return self._session.run(images_NCHW)[EMBEDDING]

    def _averaged(self, values_MK: np.ndarray) -> np.ndarray:
        n = len(values_MK) // 2
        return (values_MK[:n] + values_MK[n:]) / 2 if self.metadata.tta_hflip else values_MK


def backbone_fingerprint(path: Path) -> str:
    """As :func:`trainer.model_files.replay_file.fingerprint` of the network in a model file, without torch.

    Raises:
        ModelFileError: The file cannot be read.
    """
    read_header(path, path.name)  # says more about a file of another kind
    digest = hashlib.sha256()
    try:
        with safe_open(str(path), framework="numpy") as file:
            for name in sorted(file.keys()):
                if not is_of_head(name):
                    digest.update(name.encode())
                    digest.update(file.get_tensor(name).tobytes())
    except (SafetensorError, OSError, ValueError) as error:
        raise ModelFileError("model_weights_unreadable", repr(error), name=path.name) from error
    return digest.hexdigest()[:32]


def graph_file(folder: Path, fingerprint: str, precision: Precision) -> Path:
    """Where the graph of a backbone is."""
    return folder / f"{fingerprint}.{'int8.' if precision == INT8 else ''}onnx"


def find_graphs(path: Path, folders: Iterable[Path]) -> dict[Precision, Path]:
    """The graphs of a model's backbone in any of the folders, by precision; mostly none.

    Raises:
        ModelFileError: The model file cannot be read.
    """
    fingerprint = backbone_fingerprint(path)
    found: dict[Precision, Path] = {}
    for folder in folders:
        for precision in (FLOAT32, INT8):
            file = graph_file(folder, fingerprint, precision)
            if precision not in found and file.is_file():
                found[precision] = file
    return found


def load(path: Path, graph: Path, precision: Precision, threads: int = 1) -> GraphPredictor:
    """Open a model file with the graph of its backbone.

    Raises:
        ModelFileError: The model or the graph cannot be used, or they do not fit each other.
    """
    header, _ = read_header(path, path.name)
    metadata = parse_metadata(header, path.name)
    session = Session(graph, threads)
    if session.metadata.get(INPUT_KEY) != input_text(metadata.input):
        raise ModelFileError("graph_of_another_input", name=graph.name)
    heads = _heads(path, metadata)
    open_set = _open_set(path, len(metadata.classes), heads[CATEGORY].weight_KD.shape[1])
    return GraphPredictor(metadata, heads, session, precision, open_set)


def input_text(spec: InputSpec) -> str:
    """What the graph's metadata say about its input."""
    return json.dumps(to_builtins(spec), sort_keys=True)


def _heads(path: Path, metadata: ModelMetadata) -> dict[str, Head]:
    classes = {CATEGORY: metadata.classes} | {name: head.classes for name, head in metadata.attributes.items()}
    check_numbers(path, path.name)
    heads = {}
    try:
        with safe_open(str(path), framework="numpy") as file:
            for name, values in classes.items():
                prefix = CATEGORY_HEAD if name == CATEGORY else f"{ATTRIBUTE_HEADS}.{name}"
                heads[name] = Head(file.get_tensor(f"{prefix}.weight"), file.get_tensor(f"{prefix}.bias"))
                if heads[name].bias_K.shape != (len(values),) or len(heads[name].weight_KD) != len(values):
                    raise ModelFileError(
                        "model_weights_of_another_shape",
                        prefix,
                        name=path.name,
                        network=metadata.network,
                        categories=len(metadata.classes),
                    )
    except (SafetensorError, OSError, ValueError) as error:
        raise ModelFileError("model_weights_unreadable", repr(error), name=path.name) from error
    check_studio_score(metadata, heads[CATEGORY].weight_KD.shape[1], path.name)
    return heads


def _open_set(path: Path, classes: int, width: int) -> OpenSet:
    try:
        with safe_open(str(path), framework="numpy") as file:
            names = [name for name in file.keys() if name.split(".")[0] == OPEN_SET]  # noqa: SIM118 - no dict
            found = {name: file.get_tensor(name) for name in names}
    except (SafetensorError, OSError, ValueError) as error:
        raise ModelFileError("model_weights_unreadable", repr(error), name=path.name) from error
    shapes = {name: list(values.shape) for name, values in found.items()}
    if shapes != expected_shapes(shapes, classes, width):
        raise ModelFileError("model_weights_unreadable", f"{OPEN_SET}: {shapes}", name=path.name)
    return OpenSet.of_tensors(found)
