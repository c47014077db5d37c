"""Model files round-trip, and malicious or damaged ones are refused with a reason."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from msgspec.structs import replace
from safetensors.torch import save_file

from fashionlens_gui import messages
from tests.processes import ROOT, unix
from trainer.data.data_paths import DatasetInfo
from trainer.errors import ModelFileError
from trainer.model_files import model_file
from trainer.model_files.library import ModelLibrary, read_metadata
from trainer.model_files.metadata import HEADER, EpochMetrics, ModelMetadata
from trainer.networks import names, registry
from trainer.preprocessing.input_spec import COLOUR_INPUT, FASHION_MNIST_INPUT
from trainer.recipe import DEFAULTS

METADATA = ModelMetadata(
    name="Shop model",
    network="cnn",
    classes=("Shirt", "Hose", "Mütze"),
    input=FASHION_MNIST_INPUT,
    recipe=DEFAULTS["cnn"],
    data=DatasetInfo(name="blocks"),
    temperature=1.3,
    review_below=0.8,
    figures={"validation_accuracy": 0.9},
    history=(EpochMetrics(1, 1.0, 0.5, 0.9, 0.6, 2.0),),
)


def write(path: Path, metadata: ModelMetadata = METADATA) -> torch.nn.Module:
    network = registry.build(metadata.network, metadata.input, len(metadata.classes)).eval()
    model_file.save(path, network, metadata)
    return network


@pytest.mark.parametrize(
    ("network", "spec"),
    [
        (network, spec)
        for network in registry.NAMES
        for spec in (FASHION_MNIST_INPUT, COLOUR_INPUT)
        if network not in (*names.IMAGENET, *names.BUNDLED_BACKBONES)
        or (network in ("mobilenet_v3_large", *names.BUNDLED_BACKBONES) and spec is COLOUR_INPUT)
    ],
)
def test_a_saved_model_round_trips(tmp_path: Path, network: str, spec: object) -> None:
    metadata = replace(METADATA, network=network, input=spec)
    saved = write(tmp_path / "m.safetensors", metadata)
    loaded = model_file.load(tmp_path / "m.safetensors")
    assert loaded.metadata == metadata
    images = torch.randn(2, metadata.input.channels, metadata.input.height, metadata.input.width)
    assert torch.equal(saved(images), loaded.network(images))


def _tampered(path: Path, change: dict[str, object]) -> None:
    header = {**METADATA.to_json(), **change}
    save_file({"x": torch.zeros(1)}, str(path), metadata={HEADER: json.dumps(header)})


HOSTILE = {
    "empty": lambda path: path.write_bytes(b""),
    "text": lambda path: path.write_text("not a model at all, only words"),
    "pickle": lambda path: path.write_bytes(pickle.dumps({"weights": [1, 2, 3]})),
    "huge header": lambda path: path.write_bytes((2**40).to_bytes(8, "little") + b"{}"),
    "header of another kind": lambda path: path.write_bytes((4).to_bytes(8, "little") + b"[1] "),
    "foreign safetensors": lambda path: save_file({"x": torch.zeros(1)}, str(path)),
    "newer format": lambda path: _tampered(path, {"format": 99}),
    "unknown field": lambda path: _tampered(path, {"evil": "x"}),
    "one class": lambda path: _tampered(path, {"classes": ["a"]}),
    "same class twice": lambda path: _tampered(path, {"classes": ["a", "a"]}),
    "temperature 0": lambda path: _tampered(path, {"temperature": 0}),
    "gigantic input": lambda path: _tampered(path, {"input": {**METADATA.to_json()["input"], "height": 10**9}}),
    "unknown network": lambda path: _tampered(path, {"network": "resnet-9000"}),
    "gigantic network": lambda path: _tampered(
        path, {"input": {**METADATA.to_json()["input"], "height": 1000, "width": 1000}}
    ),
    "missing weights": lambda path: _tampered(path, {}),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_files_are_refused_in_plain_words(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "hostile.safetensors"
    HOSTILE[kind](path)
    with pytest.raises(ModelFileError) as caught:
        model_file.load(path)
    assert "hostile" in messages.sentence(caught.value) or "resnet-9000" in messages.sentence(caught.value)
    assert "Error" not in messages.sentence(caught.value)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_nan_weights_are_refused(tmp_path: Path, value: float) -> None:
    network = registry.build("cnn", METADATA.input, len(METADATA.classes))
    with torch.no_grad():
        network.head.bias[1] = value
    model_file.save(tmp_path / "m.safetensors", network, METADATA)
    with pytest.raises(ModelFileError, match="model_weights_not_finite"):
        model_file.load(tmp_path / "m.safetensors")


@unix
@pytest.mark.parametrize("kind", ["model", "checkpoint", "replay"])
def test_a_full_disk_is_reported_and_the_old_file_stays(tmp_path: Path, kind: str) -> None:
    """The system lets a process write files up to a size only; beyond it writing fails as on a full disk."""
    code = f"""
import resource, torch
from fashionlens_gui import messages
from pathlib import Path
from tests.trainer.model_files.test_model_files import METADATA, write
from trainer.errors import SaveError
from trainer.model_files import replay_file
from trainer.model_files.replay_file import Replay
from trainer.training.fit import checkpoint

many = torch.zeros(100_000)
def save(path):
    match {kind!r}:
        case "model":
            write(path)
        case "checkpoint":
            progress = checkpoint.Progress()
            checkpoint.save(path, checkpoint.Checkpoint(METADATA.recipe, "f", progress, {{"many": many}}))
        case _:
            replay_file.save(path, Replay(many[:, None], many.long(), many.bool(), ("a", "b"), "f"))

resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, resource.RLIM_INFINITY))
try:
    save(Path({str(tmp_path / "m.safetensors")!r}))
except SaveError as error:
    print(messages.sentence(error))
"""
    (tmp_path / "m.safetensors").write_text("old")
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"“m.safetensors” could not be saved in {tmp_path}: File too large.")
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("m.safetensors", "old")]


def test_truncated_weights_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "cut.safetensors"
    write(path)
    path.write_bytes(path.read_bytes()[:-64])
    with pytest.raises(ModelFileError, match="model_file_truncated"):
        model_file.load(path)


def test_library_lists_finds_and_explains(tmp_path: Path) -> None:
    own, bundled = tmp_path / "own", tmp_path / "bundled"
    own.mkdir()
    bundled.mkdir()
    write(bundled / "a.safetensors")
    write(bundled / "b.safetensors")
    write(own / "b.safetensors")
    (bundled / "a.md").write_text("# Card")
    (own / "broken.safetensors").write_bytes(b"broken")
    library = ModelLibrary([own, bundled, tmp_path / "absent"])
    assert [entry.path for entry in library.entries()] == [own / "b.safetensors", bundled / "a.safetensors"]
    assert library.entries()[1].card == bundled / "a.md"
    assert library.find("b") == own / "b.safetensors"
    assert library.find(str(bundled / "b.safetensors")) == bundled / "b.safetensors"
    with pytest.raises(ModelFileError, match=r"model_unknown.*'known': \('b', 'a'\)"):
        library.find("c")


def test_listing_models_needs_no_torch(tmp_path: Path) -> None:
    write(tmp_path / "a.safetensors")
    code = (
        "import sys; from pathlib import Path; from trainer.model_files.library import ModelLibrary;"
        f"print(len(ModelLibrary([Path({str(tmp_path)!r})]).entries()), 'torch' in sys.modules)"
    )
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert printed.split() == ["1", "False"]


def test_metadata_alone_can_be_read(tmp_path: Path) -> None:
    write(tmp_path / "a.safetensors")
    assert read_metadata(tmp_path / "a.safetensors") == METADATA
