"""ImageNet weights: found, downloaded and verified, and the errors when they are unavailable."""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Generator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, TypeVar

import msgspec
import pytest
import torch

from fashionlens_gui import paths
from tests.trainer.synthetic import CLASSES, folder_tree
from trainer.control import ProgressEvent, WorkControl
from trainer.data.data_paths import DataPaths
from trainer.errors import Cancelled, DataError
from trainer.model_files import model_file
from trainer.model_files.metadata import Origin
from trainer.networks import names, registry
from trainer.networks.linear_probe import LinearProbe
from trainer.preprocessing.input_spec import InputSpec
from trainer.recipe import fine_tuning
from trainer.torchvision_guard import torchvision
from trainer.training.runs.job import TrainingJob
from trainer.training.runs.run import ModelSaved, train
from trainer.training.transfer import backbone

T = TypeVar("T")


def finish(work: Generator[ProgressEvent, None, T]) -> T:
    while True:
        try:
            next(work)
        except StopIteration as stop:
            result: T = stop.value
            return result


def whole(name: str) -> Any:
    torchvision()
    from torchvision.models import get_model

    torch.manual_seed(0)
    return get_model(name, weights=None).eval()


@pytest.fixture
def published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A weights file as published by torchvision, with a local download address."""
    draft = tmp_path / "server" / "draft.pth"
    draft.parent.mkdir()
    torch.save(whole("mobilenet_v3_large").state_dict(), draft)
    digest = hashlib.sha256(draft.read_bytes()).hexdigest()
    file = draft.rename(draft.with_name(f"mobilenet_v3_large-{digest[:8]}.pth"))
    monkeypatch.setattr(backbone, "_published", lambda name: SimpleNamespace(url=file.as_uri()))
    monkeypatch.setattr(backbone, "_torch_folder", lambda: tmp_path / "torch")
    return file


def test_it_is_fetched_once_and_embeds_as_torchvision_s_own_network(published: Path, tmp_path: Path) -> None:
    work = backbone.open_pretrained("mobilenet_v3_large", [tmp_path / "mine"], WorkControl())
    steps = []
    with pytest.raises(StopIteration) as stop:
        while True:
            steps.append(next(work))
    model = stop.value.value
    assert steps[0].total == published.stat().st_size
    photos = torch.randn(2, 3, 64, 64, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        expected = whole("mobilenet_v3_large").features(photos).mean(dim=(2, 3))
        torch.testing.assert_close(model.network.embed(photos), expected)
    published.unlink()
    assert finish(
        backbone.open_pretrained("mobilenet_v3_large", [tmp_path / "mine"], WorkControl(), may_download=False)
    )


def test_without_a_network_it_names_the_file_to_copy_and_its_folder(published: Path, tmp_path: Path) -> None:
    published.unlink()
    with pytest.raises(DataError, match=f"pretrained_missing.*{tmp_path / 'mine' / 'weights'}"):
        finish(backbone.open_pretrained("mobilenet_v3_large", [tmp_path / "mine"], WorkControl()))
    assert not list((tmp_path / "mine").rglob("*.pth"))


def test_a_file_copied_by_hand_is_found_and_a_damaged_one_is_refused(published: Path, tmp_path: Path) -> None:
    place = tmp_path / "mine"
    place.mkdir()
    brought = published.rename(place / published.name)
    assert finish(backbone.open_pretrained("mobilenet_v3_large", [place], WorkControl(), may_download=False))
    brought.write_bytes(brought.read_bytes()[:-1000])
    with pytest.raises(DataError, match="pretrained_damaged"):
        finish(backbone.open_pretrained("mobilenet_v3_large", [place], WorkControl(), may_download=False))


@pytest.mark.filterwarnings("ignore:Detected pickle protocol")
def test_a_file_that_would_run_code_runs_nothing(
    published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trap, sprung = tmp_path / "trap", tmp_path / "sprung"

    class Trap:
        def __reduce__(self) -> tuple[Any, ...]:
            return Path.touch, (sprung,)

    trap.write_bytes(pickle.dumps(Trap()))
    file = trap.rename(tmp_path / f"resnet18-{hashlib.sha256(trap.read_bytes()).hexdigest()[:8]}.pth")
    monkeypatch.setattr(backbone, "_published", lambda name: SimpleNamespace(url=file.as_uri()))
    with pytest.raises(DataError, match=r"pretrained_of_other_network.*resnet18"):
        finish(backbone.open_pretrained("resnet18", [tmp_path], WorkControl()))
    assert not sprung.exists()


def test_weights_of_another_network_are_refused(published: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"pretrained_of_other_network.*resnet18"):
        finish(backbone.open_pretrained("resnet18", [tmp_path / "mine"], WorkControl()))


def test_a_download_can_be_stopped_and_leaves_nothing(published: Path, tmp_path: Path) -> None:
    control = WorkControl()
    work = backbone.open_pretrained("mobilenet_v3_large", [tmp_path / "mine"], control)
    next(work)
    control.stop()
    with pytest.raises(Cancelled):
        next(work)
    assert not [path for path in (tmp_path / "mine").rglob("*") if path.is_file()]


def test_the_bundled_weights_are_the_same_each_time_and_all_layers_can_be_trained(tmp_path: Path) -> None:
    first, again = (backbone.open_bundled("efficientnet-lite0", paths.backbones_dir()) for _ in range(2))
    before = first.network.state_dict()
    assert all(torch.equal(tensor, again.network.state_dict()[name]) for name, tensor in before.items())
    projection = before["projection.0.weight"].flatten(1)
    torch.testing.assert_close(projection @ projection.T, torch.eye(384), atol=1e-4, rtol=0)
    recipe = msgspec.structs.replace(fine_tuning("efficientnet-lite0"), epochs=1, batch_size=8)
    job = TrainingJob(
        "mine",
        recipe,
        str(folder_tree(tmp_path / "data", per_class=4)),
        tmp_path / "mine.safetensors",
        tmp_path / "checkpoint",
        pretrained="efficientnet-lite0",
    )
    saved = list(train(job, DataPaths((), tmp_path, backbones=paths.backbones_dir()), WorkControl()))[-1]
    assert isinstance(saved, ModelSaved)
    assert (saved.metadata.origin, saved.metadata.classes) == (Origin("backbone", "efficientnet-lite0"), CLASSES)
    after = model_file.load(saved.path).network.state_dict()
    assert not any(torch.equal(before[name], after[name]) for name in before if before[name].ndim == 4)
    with pytest.raises(DataError, match="no_backbone_weights"):
        backbone.open_bundled("efficientnet-lite0", None)


@pytest.mark.parametrize("name", names.IMAGENET)
def test_every_network_can_be_rebuilt_from_its_name(name: str) -> None:
    spec = InputSpec("colour", 3, 64, 64, (0.5,) * 3, (0.5,) * 3)
    with torch.device("meta"), torch.inference_mode():  # shapes without numbers: VGG's take seconds
        network = registry.build(name, spec, 5).eval()
        photos = torch.zeros(2, 3, 64, 64)
        assert network(photos).shape == (2, 5)
        assert network.embed(photos).shape == (2, network.head.in_features)


def test_it_has_embeddings_but_no_categories(published: Path, tmp_path: Path) -> None:
    found = finish(backbone.open_pretrained("mobilenet_v3_large", [tmp_path / "mine"], WorkControl()))
    assert (found.name, found.classes, dict(found.attributes)) == ("mobilenet_v3_large", (), {})
    outputs = found.outputs(torch.zeros(2, 3, 224, 224, dtype=torch.uint8))
    assert outputs.category_NK.shape == (2, 0) and outputs.embeddings_ND.shape == (2, 960)
    probe = LinearProbe(torch.zeros(5, 960), torch.zeros(5))
    assert found.with_head(probe)(torch.zeros(1, 3, 224, 224)).shape == (1, 5)
