"""Exports a model as one ONNX file, whose outputs are compared with FashionLens's own on photos before it is saved.

The graph has everything between a prepared photo and calibrated probabilities: normalisation, test-time augmentation,
temperatures (Guo et al. 2017, arXiv:1706.04599). Photo preparation is not in it; class names are in its metadata.
"""

from __future__ import annotations

import contextlib
import io
import json
import logging
import warnings
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from msgspec import to_builtins
from torch import nn
from torch.nn import functional as F

from trainer.atomic_write import atomic_write
from trainer.control import ProgressEvent
from trainer.errors import ModelFileError, PhotoError
from trainer.inference.onnx_runtime import Session
from trainer.inference.predictor import Predictor
from trainer.model_files.metadata import ModelMetadata
from trainer.networks.network import Network
from trainer.preprocessing.photo import load_photo

if TYPE_CHECKING:
    from onnx import ModelProto

    from trainer.inference.prediction import Prediction

INPUT = "photos"
CATEGORY = "category"
EMBEDDING = "embedding"
TOLERANCE = 1e-3
"""Largest accepted difference of a probability or an embedding's component; rounding causes a hundredth of it."""


@dataclass(frozen=True, slots=True)
class OnnxReport:
    """The exported graph and how well its outputs agree.

    Attributes:
        input: The input in words: name, kind, shape.
        outputs: Each output in words.
        photos: How many photos it was compared on, 1 or more.
        batches: Sizes of the batches in which they were given.
        largest_difference: Of any probability ([0, 1]) or any of an embedding's numbers ([-1, 1]).
    """

    input: str
    outputs: tuple[str, ...]
    photos: int
    batches: tuple[int, ...]
    largest_difference: float


def export(path: Path, target: Path, photos: Sequence[Path]) -> Generator[ProgressEvent, None, OnnxReport]:
    """Write the model file at ``path`` as ONNX to ``target`` and compare both on the photos.

    Args:
        target: The file to write; one that is there is replaced once the new one has proved itself.
        photos: At least one that can be read; the others are left out.

    Raises:
        ModelFileError: The model is damaged, or the ONNX file's answers differ; ``target`` is as it was.
        SaveError: ``target`` could not be written.
    """
    yield ProgressEvent("reading_model", 0, 4)
    predictor = Predictor.load(path)
    yield ProgressEvent("preparing_photos", 1, 4)
    prepared: list[np.ndarray] = []
    for photo in photos:
        with contextlib.suppress(PhotoError):
            prepared.append(predictor.prepare(load_photo(photo)))
    if not prepared:
        raise ModelFileError("onnx_no_readable_photos")
    images_NCHW = np.stack(prepared)
    with atomic_write(target) as temporary:
        yield ProgressEvent("writing_onnx", 2, 4)
        outputs = _write(predictor, images_NCHW, temporary)
        yield ProgressEvent("checking_onnx", 3, 4)
        batches = tuple(size for size in (1, len(prepared) - 1) if size)
        difference = _largest_difference(predictor, images_NCHW, batches, temporary)
        if not difference <= TOLERANCE:
            raise ModelFileError("onnx_answers_differ", str(path), difference=difference)
    spec = predictor.metadata.input
    return OnnxReport(
        f"{INPUT}, uint8, N×{spec.channels}×{spec.height}×{spec.width} (any N; prepared photos, 0 to 255)",
        tuple(_in_words(name, predictor.metadata) for name in outputs),
        len(prepared),
        batches,
        difference,
    )


class _ExportedModel(nn.Module):
    """Prepared photos, uint8 N×C×H×W, to probabilities of the category, of each attribute, and the embedding."""

    def __init__(self, network: Network, metadata: ModelMetadata) -> None:
        super().__init__()
        self._network = network
        self._mirror = metadata.tta_hflip
        self._temperatures = (metadata.temperature, *(head.temperature for head in metadata.attributes.values()))
        self._attributes = tuple(metadata.attributes)
        self._spec = metadata.input

    def forward(self, photos: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """See the class; the order is category, attributes, embedding."""
        inputs = self._spec.normalize(photos)
        if self._mirror:  # in one go: a second pass would double the graph
            inputs = torch.cat((inputs, inputs.flip(3)))
        embedding = self._network.embed(inputs)
        attributes = self._network.logits(embedding)
        logits = [self._network.head(embedding), *(attributes[name] for name in self._attributes)]
        logs = [self._averaged(each.log_softmax(dim=1)) for each in logits]
        answers = [(log / t).softmax(dim=1) for log, t in zip(logs, self._temperatures, strict=True)]
        return (*answers, F.normalize(self._averaged(embedding), dim=1))

    def _averaged(self, values: torch.Tensor) -> torch.Tensor:
        """Mean over each image and its horizontal flip, with test-time augmentation."""
        return values.unflatten(0, (2, -1)).mean(dim=0) if self._mirror else values


def _write(predictor: Predictor, images_NCHW: np.ndarray, file: Path) -> tuple[str, ...]:
    """Write the file and return the names of its outputs in order."""
    metadata = predictor.metadata
    names = (CATEGORY, *metadata.attributes, EMBEDDING)
    network = predictor.network.to(memory_format=torch.contiguous_format)  # type: ignore[call-overload]  # missing in torch's stubs
    about = {
        "classes": list(metadata.classes),
        "attributes": {name: list(head.classes) for name, head in metadata.attributes.items()},
        "input": to_builtins(metadata.input),
        "review_below": metadata.review_below,
    }
    write_onnx(
        _ExportedModel(network, metadata).eval(),
        images_NCHW[:2],
        names,
        {"fashionlens": json.dumps(about, ensure_ascii=False)},
        file,
        f"“{metadata.name}” of FashionLens {metadata.version}, as it answers prepared photos",
    )
    return names


def write_onnx(
    module: nn.Module,
    example_NCHW: np.ndarray,
    outputs: Sequence[str],
    metadata: Mapping[str, str],
    file: Path,
    description: str = "",
) -> None:
    """Write a module as an ONNX file whose input ``photos`` has any number of images.

    Args:
        module: In evaluation mode, of one argument ``photos``.
        example_NCHW: uint8, two images.
        outputs: Their names, in order.
        metadata: Texts to store in the file.
    """
    import onnx
    import onnxscript  # noqa: F401 - torch.onnx imports it by name, which PyInstaller does not see

    with silenced():
        program = torch.onnx.export(
            module,
            (torch.from_numpy(example_NCHW),),
            input_names=[INPUT],
            output_names=list(outputs),
            dynamic_shapes={"photos": {0: torch.export.Dim("N", min=1)}},
            dynamo=True,
            verbose=False,
        )
    assert program is not None
    model = program.model_proto
    _remove_sources(model)
    model.doc_string = description
    onnx.helper.set_model_props(model, dict(metadata))
    onnx.checker.check_model(model)
    file.write_bytes(model.SerializeToString())


def _remove_sources(model: ModelProto) -> None:
    """Remove the stack trace that torch notes at each node: it has paths of this computer."""
    graph = model.graph
    nodes = (*graph.node, *(node for function in model.functions for node in function.node))
    for part in (*nodes, *graph.value_info, *graph.input, *graph.output, *graph.initializer, graph, *model.functions):
        part.ClearField("metadata_props")
        part.ClearField("doc_string")


@contextlib.contextmanager
def silenced() -> Iterator[None]:
    """Silence the exporter's output on the terminal and in the log."""
    level = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(level)


def _largest_difference(predictor: Predictor, images_NCHW: np.ndarray, batches: tuple[int, ...], file: Path) -> float:
    """Between what ONNX Runtime makes of the file and what FashionLens tags with, over all outputs."""
    session = Session(file)
    heads = {CATEGORY: predictor.metadata.classes} | {
        name: head.classes for name, head in predictor.metadata.attributes.items()
    }
    worst, start = 0.0, 0
    for size in batches:
        batch = images_NCHW[start : start + size]
        start += size
        answers = session.run(batch)
        for index, prediction in enumerate(predictor.predict(list(batch))):
            for name, answer_NK in answers.items():
                ours = prediction.embedding if name == EMBEDDING else _in_order(prediction, name, heads[name])
                difference = np.abs(np.asarray(answer_NK[index]) - ours).max()
                worst = max(worst, float(difference) if np.isfinite(difference) else float("inf"))
    return worst


def _in_order(prediction: Prediction, name: str, classes: tuple[str, ...]) -> np.ndarray:
    """Probabilities of one output in logit order, float64 K."""
    ranking = prediction.category if name == CATEGORY else prediction.attributes[name]
    probability = dict(zip(ranking.labels, ranking.probabilities, strict=True))
    return np.array([probability[label] for label in classes])


def _in_words(name: str, metadata: ModelMetadata) -> str:
    if name == EMBEDDING:
        return f"{name} (length 1)"
    classes = metadata.classes if name == CATEGORY else metadata.attributes[name].classes
    return f"{name} ({len(classes)} probabilities)"
