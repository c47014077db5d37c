"""Prediction on ONNX Runtime: the same answers as torch, without torch and without a network."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from msgspec.structs import replace

from fashionlens_gui import paths
from fashionlens_gui.model_choice import open_predictor
from tests.tiny_model import tiny_product_model
from trainer.errors import ModelFileError
from trainer.inference import graph_export, graph_predictor
from trainer.inference.graph_predictor import FLOAT32, INT8, GraphPredictor
from trainer.inference.predictor import Predictor
from trainer.model_files import model_file, replay_file
from trainer.model_files.heads import with_heads
from trainer.networks.linear_probe import LinearProbe
from trainer.preprocessing.photo import load_photo

ROOT = Path(__file__).resolve().parents[3]
SAMPLES = sorted(paths.samples_dir().glob("*.jpg"))[:6]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network of product photos with random weights, test-time augmentation and temperatures."""
    path = tiny_product_model(tmp_path_factory.mktemp("model") / "products.safetensors")
    plain = model_file.load(path)
    heads = {name: replace(head, temperature=0.5) for name, head in plain.metadata.attributes.items()}
    metadata = replace(plain.metadata, tta_hflip=True, temperature=0.3, attributes=heads, name=path.stem)
    model_file.save(path, plain.network, metadata)
    return path


@pytest.fixture(scope="module")
def photos(model: Path) -> np.ndarray:
    predictor = Predictor.load(model)
    return np.stack([predictor.prepare(load_photo(sample)) for sample in SAMPLES])


@pytest.fixture(scope="module")
def graphs(model: Path, photos: np.ndarray, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the graphs of the model's backbone."""
    folder = tmp_path_factory.mktemp("home") / "graphs"
    graph_export.write_graphs(model, folder, photos)
    return folder


@pytest.fixture
def home(own_home: Path, graphs: Path) -> Path:
    """A FashionLens folder with the graphs."""
    shutil.copytree(graphs, own_home / "graphs")
    return own_home


def test_the_graph_is_named_by_the_fingerprint_of_the_backbone(model: Path) -> None:
    assert graph_predictor.backbone_fingerprint(model) == replay_file.fingerprint(model_file.load(model).network)


def test_predictions_are_those_of_torch(model: Path, photos: np.ndarray, graphs: Path) -> None:
    found = graph_predictor.find_graphs(model, [graphs])
    assert set(found) == {FLOAT32, INT8}
    expected = Predictor.load(model).predict(list(photos))
    for precision, tolerance in ((FLOAT32, 1e-4), (INT8, 0.05)):
        predictor = graph_predictor.load(model, found[precision], precision)
        for ours, theirs in zip(predictor.predict(list(photos)), expected, strict=True):
            pairs = [
                (ours.category, theirs.category),
                *((ours.attributes[n], theirs.attributes[n]) for n in ours.attributes),
            ]
            for mine, other in pairs:
                by_label = dict(zip(other.labels, other.probabilities, strict=True))
                for label, probability in zip(mine.labels, mine.probabilities, strict=True):
                    assert probability == pytest.approx(by_label[label], abs=tolerance)
            assert ours.embedding == pytest.approx(theirs.embedding, abs=10 * tolerance)
            assert ours.unsure == theirs.unsure or precision == INT8
    assert predictor.predict([]) == []


def test_a_model_with_other_heads_shares_the_graph(model: Path, graphs: Path, tmp_path: Path) -> None:
    loaded = model_file.load(model)
    size = loaded.network.head.weight.shape[1]  # type: ignore[union-attr,index]
    network = with_heads(loaded.network, {"category": LinearProbe(torch.ones(2, size), torch.tensor([0.0, 9.0]))})
    own = tmp_path / "own.safetensors"
    model_file.save(own, network, replace(loaded.metadata, classes=("Left", "Right"), own_categories=True))
    graph = graph_predictor.find_graphs(own, [graphs])[FLOAT32]
    predictor = graph_predictor.load(own, graph, FLOAT32)
    (prediction,) = predictor.predict([predictor.prepare(load_photo(SAMPLES[0]))])
    assert prediction.category.label == "Right"


def test_the_faster_precision_is_chosen_once(model: Path, home: Path) -> None:
    predictor = open_predictor(model)
    assert isinstance(predictor, GraphPredictor)
    ((key, chosen),) = json.loads(paths.precision_choices_file().read_bytes()).items()
    assert chosen == predictor.precision
    other = INT8 if chosen == FLOAT32 else FLOAT32
    paths.precision_choices_file().write_text(json.dumps({key: other}))
    again = open_predictor(model)
    assert isinstance(again, GraphPredictor) and again.precision == other


def test_torch_predicts_where_there_is_no_graph_or_it_is_damaged(model: Path, own_home: Path, graphs: Path) -> None:
    assert isinstance(open_predictor(model), Predictor)
    with pytest.raises(ModelFileError, match="no_graph"):
        open_predictor(model, runtime="onnx")
    (own_home / "graphs").mkdir()
    for file in graph_predictor.find_graphs(model, [graphs]).values():
        (own_home / "graphs" / file.name).write_bytes(file.read_bytes()[:5000])
    assert isinstance(open_predictor(model), Predictor)
    with pytest.raises(ModelFileError, match="graph_unusable"):
        open_predictor(model, runtime="onnx")


def test_torch_predicts_when_asked_to(model: Path, home: Path) -> None:
    assert isinstance(open_predictor(model, runtime="torch"), Predictor)


def test_a_graph_for_another_input_is_refused(model: Path, graphs: Path, tmp_path: Path) -> None:
    loaded = model_file.load(model)
    spec = replace(loaded.metadata.input, mean=(0.4, 0.4, 0.4))
    own = tmp_path / "own.safetensors"
    model_file.save(own, loaded.network, replace(loaded.metadata, input=spec))
    with pytest.raises(ModelFileError, match="graph_of_another_input"):
        graph_predictor.load(own, graph_predictor.find_graphs(own, [graphs])[FLOAT32], FLOAT32)


_TAG = """
import os, sys
sys.modules["torch"] = sys.modules["torchvision"] = None
written = []
def watch(event, arguments):
    if event.startswith("socket.") and event != "socket.__new__":
        print("SOCKET", event, arguments)
    if event == "open" and isinstance(arguments[0], str) and (arguments[2] or 0) & (os.O_WRONLY | os.O_RDWR):
        print("WRITES", arguments[0])
sys.addaudithook(watch)
from fashionlens_gui.cli import main
code = main(sys.argv[1:])
links = []
for number in os.listdir("/proc/self/fd") if os.path.isdir("/proc/self/fd") else []:
    try:
        links.append(os.readlink(f"/proc/self/fd/{number}"))
    except OSError:
        pass  # of the listing itself
print("OPEN SOCKETS", sum(link.startswith("socket:") for link in links))
sys.exit(code)
"""


def test_tagging_needs_no_torch_opens_no_socket_and_writes_nothing_elsewhere(
    model: Path, home: Path, tmp_path: Path
) -> None:
    user, out = tmp_path / "user", tmp_path / "tags.csv"
    user.mkdir()
    environment = {
        **os.environ,
        "HOME": str(user),
        "XDG_CACHE_HOME": str(user / "cache"),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    command = [sys.executable, "-c", _TAG, "tag", *map(str, SAMPLES), "--model", str(model), "--out", str(out)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert len(out.read_text("utf-8").splitlines()) == 1 + len(SAMPLES)
    assert "SOCKET socket" not in done.stdout and "OPEN SOCKETS 0" in done.stdout
    places = [line.removeprefix("WRITES ") for line in done.stdout.splitlines() if line.startswith("WRITES")]
    assert places and all(place.startswith((str(tmp_path), str(home), os.devnull)) for place in places)
    assert not list(user.rglob("*")), "nothing in the user's other folders"


def test_the_largest_difference_is_measured_before_a_graph_is_written(
    model: Path, photos: np.ndarray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Wrong(graph_export.Session):
        def run(self, batch: np.ndarray) -> dict[str, np.ndarray]:
            return {name: values + 1 for name, values in super().run(batch).items()}

    monkeypatch.setattr(graph_export, "Session", Wrong)
    with pytest.raises(ModelFileError, match="onnx_answers_differ"):
        graph_export.export_graph(model_file.load(model), tmp_path, photos)
    assert not list(tmp_path.iterdir())
