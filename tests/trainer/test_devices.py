"""Devices: absent ones are reported, and weights and checkpoints do not depend on the device."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from msgspec.structs import replace
from torch import nn

from fashionlens_gui.cli import main
from tests.tiny_model import tiny_model
from tests.trainer.product_photos import product_folder, read_products
from tests.trainer.synthetic import folder_tree, image_set
from tests.trainer.training.transfer.test_transfer import QUICK, shelves
from tests.trainer.training.transfer.test_transfer import job as shelves_job
from trainer import devices
from trainer.control import WorkControl
from trainer.data.data_paths import DataPaths
from trainer.errors import DeviceMissing
from trainer.evaluation.saliency import class_activation
from trainer.inference.predictor import Outputs, Predictor
from trainer.model_files import model_file
from trainer.recipe import DEFAULTS, Augmentation, ProbeRecipe, Recipe
from trainer.training.fit.events import BatchDone
from trainer.training.fit.loop import Fit
from trainer.training.fit.task import ClassificationTask
from trainer.training.multi_head.task import MultiHeadTask
from trainer.training.runs.run import ModelSaved, train

no_card = pytest.mark.skipif(devices.available() != ("cpu",), reason="this computer has a card")
card = pytest.mark.skipif(devices.available() == ("cpu",), reason="this computer has no graphics card")


def test_auto_takes_an_nvidia_gpu_and_never_an_apple_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert devices.choose("auto").type == "cuda"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert devices.available() == ("cpu", "mps")
    assert devices.choose("auto").type == "cpu" and devices.choose("mps").type == "mps"
    with pytest.raises(DeviceMissing, match=r"device_missing.*cuda.*cpu.*mps"):
        devices.choose("cuda")


def test_images_and_weights_are_channels_last_except_on_an_apple_gpu() -> None:
    assert devices.memory_format(torch.device("mps")) == torch.contiguous_format
    assert devices.memory_format(torch.device("cuda")) == torch.channels_last
    images_NCHW = torch.zeros(2, 3, 4, 4)
    assert devices.arranged(images_NCHW).is_contiguous(memory_format=torch.channels_last)


@no_card
@pytest.mark.parametrize("command", ["train", "tag", "evaluate"])
def test_an_absent_device_is_a_plain_error(
    command: str, tmp_path: Path, own_home: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    photos, model = folder_tree(tmp_path / "photos", 2), tiny_model(tmp_path / "m.safetensors")
    words = {
        "train": ["--data", str(photos), "--model", "cnn", "--out", str(tmp_path / "new.safetensors")],
        "tag": [str(photos), "--model", str(model)],
        "evaluate": ["--model", str(model), "--data", str(photos)],
    }[command]
    assert main([command, *words, "--device", "cuda"]) == 2
    output = capfd.readouterr().err
    assert "cannot compute with --device cuda" in output and "NVIDIA" in output and "Traceback" not in output
    assert not (tmp_path / "new.safetensors.checkpoint").exists()


def test_leaving_one_core_restores_the_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    before = torch.get_num_threads()
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    with pytest.raises(ZeroDivisionError), devices.leaving_one_core():
        assert torch.get_num_threads() == 1
        1 / 0  # noqa: B018
    assert torch.get_num_threads() == before
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    assert devices.threads_leaving_one_core() == 1


@pytest.mark.parametrize("able", ["amx_bf16", "avx512_bf16", ""])
def test_bfloat16_only_where_it_is_faster_on_the_cpu(able: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {able: True} if able else {"avx2": True})
    with devices.mixed_precision(torch.device("cpu")):
        product = torch.ones(4, 4) @ torch.ones(4, 4)
    # AVX512-BF16 without AMX supports bfloat16, but its steps are slower than in float32.
    assert product.dtype == (torch.bfloat16 if able == "amx_bf16" else torch.float32)
    assert (torch.ones(4, 4) @ torch.ones(4, 4)).dtype == torch.float32
    assert not devices.prefers_bf16(torch.device("mps"))


def test_training_in_bfloat16_learns_and_keeps_float32_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    recipe = replace(DEFAULTS["cnn"], epochs=1, batch_size=4, learning_rate=2e-3, ema_decay=0.0)

    def run() -> tuple[Fit, list[float]]:
        fit = Fit(recipe, ClassificationTask(image_set(16), image_set(6, seed=1)))
        return fit, [event.loss for event in fit.events() if isinstance(event, BatchDone)]

    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {})
    _, exact = run()
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"amx_bf16": True})
    fit, rounded = run()
    assert rounded != exact and rounded == pytest.approx(exact, abs=0.2)
    assert {tensor.dtype for tensor in fit.best_network.parameters()} == {torch.float32}


def test_all_inputs_of_a_network_are_on_its_device(tmp_path: Path) -> None:
    """Uses the “meta” device, which has shapes but no data, in place of a GPU."""
    predictor = Predictor.load(tiny_model(tmp_path / "m.safetensors"), torch.device("meta"))
    met: list[str] = []
    for module in predictor.network.modules():
        module.register_forward_pre_hook(lambda _, inputs: met.append(inputs[0].device.type))
    spec = predictor.metadata.input
    with pytest.raises(NotImplementedError, match="meta"):  # its outputs cannot be copied to the CPU
        predictor.predict([np.zeros((spec.channels, spec.height, spec.width), np.uint8)])
    assert met and set(met) == {"meta"}

    task = ClassificationTask(image_set(16), image_set(16, seed=1))
    network = task.build(DEFAULTS["cnn"]).to("meta")
    seen: list[str] = []
    network.register_forward_hook(lambda _, __, out: seen.append(out.device.type))
    recipe = replace(
        DEFAULTS["cnn"], augmentation=Augmentation(hflip=True, translate=2, random_erasing=0.5, color_jitter=0.1)
    )
    loss, right = task.loss(network, torch.arange(8), 0, recipe, torch.Generator().manual_seed(1))
    assert (loss.device.type, right.device.type) == ("meta", "meta")
    with pytest.raises((NotImplementedError, RuntimeError), match="meta"):
        task.validate(network)
    assert seen == ["meta", "meta"]
    assert devices.device_of(nn.Linear(2, 2)).type == "cpu"


def test_product_photos_and_teachers_are_moved_to_the_device_without_synchronization(tmp_path: Path) -> None:
    """“meta” tensors have no data: code that mixes devices or reads a value fails here."""
    data = read_products(product_folder(tmp_path / "all"))
    recipe = replace(
        DEFAULTS["product"], augmentation=replace(DEFAULTS["product"].augmentation, replace_background=0.5)
    )
    task = MultiHeadTask(data, [MultiHeadTask(data).build(recipe)])
    network = task.build(recipe).to("meta")
    loss, right = task.loss(network, torch.arange(len(task)), 0, recipe, torch.Generator().manual_seed(1))
    assert (loss.device.type, right.device.type, loss.shape, right.shape) == ("meta", "meta", (), ())


def test_a_predictor_computes_where_its_network_is(tmp_path: Path) -> None:
    """So calibration and test run on the device of the training."""
    model = model_file.load(tiny_model(tmp_path / "m.safetensors"))
    devices.to_device(model.network, torch.device("meta"))
    met: list[str] = []
    for module in model.network.modules():
        module.register_forward_pre_hook(lambda _, inputs: met.append(inputs[0].device.type))
    spec = model.metadata.input
    with pytest.raises(NotImplementedError, match="meta"):
        Predictor(model).outputs(torch.zeros((1, spec.channels, spec.height, spec.width), dtype=torch.uint8))
    assert met and set(met) == {"meta"}


@card
@pytest.mark.parametrize("recipe", [ProbeRecipe("product"), QUICK])
def test_a_whole_training_computes_on_the_gpu(tmp_path: Path, recipe: Recipe, monkeypatch: pytest.MonkeyPatch) -> None:
    """Embedding, training, calibration, test and the replay sample; the saved model is a CPU model."""
    met: set[str] = set()
    outputs = Predictor.outputs

    def spy(self: Predictor, images_NCHW: torch.Tensor) -> Outputs:
        met.add(devices.device_of(self.network).type)
        return outputs(self, images_NCHW)

    monkeypatch.setattr(Predictor, "outputs", spy)
    job = shelves_job(shelves(tmp_path / "shop", per_shelf=9), recipe)
    device = devices.choose("auto")
    *_, saved = train(job, DataPaths((), tmp_path), WorkControl(), device=device)
    assert isinstance(saved, ModelSaved) and met == {device.type}
    assert Predictor.load(saved.path).metadata.figures["validation_accuracy"] > 0.9
    photo_HWC = np.full((60, 40, 3), 200, np.uint8)
    category = saved.metadata.classes[0]
    on_gpu, on_cpu = (
        class_activation(Predictor.load(saved.path, each), photo_HWC, category)
        for each in (device, torch.device("cpu"))
    )
    assert np.abs(on_gpu - on_cpu).max() < 0.1


@card
def test_a_gpu_run_resumes_on_the_cpu_and_back(tmp_path: Path) -> None:
    recipe, path = replace(DEFAULTS["cnn"], epochs=1, batch_size=16), tmp_path / "c"
    task = ClassificationTask(image_set(96), image_set(30, seed=1))
    for epochs, name in enumerate(("auto", "cpu", "auto"), 1):
        device = devices.choose(name)
        fit = Fit(replace(recipe, epochs=epochs), task, checkpoint=path, resume=epochs > 1, device=device)
        list(fit.events())
        assert devices.device_of(fit.best_network).type == "cpu" and len(fit.history) == epochs
    assert fit.history[-1].validation_accuracy > 0.9
