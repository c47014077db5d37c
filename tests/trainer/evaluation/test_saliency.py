from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from trainer.data.data_paths import DatasetInfo
from trainer.evaluation.saliency import class_activation
from trainer.inference.predictor import Predictor
from trainer.model_files.metadata import ModelMetadata
from trainer.model_files.model_file import Model
from trainer.networks import registry
from trainer.networks.network import Network
from trainer.preprocessing.input_spec import FASHION_MNIST_INPUT, InputSpec
from trainer.recipe import DEFAULTS

CLASSES = ("red", "blue", "green")
SPEC = InputSpec("colour", 3, 112, 84, (0.5, 0.5, 0.5), (0.5, 0.5, 0.5))


def predictor(network: nn.Module, spec: InputSpec = SPEC, tta_hflip: bool = False) -> Predictor:
    metadata = ModelMetadata("m", "product", CLASSES, spec, DEFAULTS["cnn"], DatasetInfo(), tta_hflip=tta_hflip)
    return Predictor(Model(metadata, network.eval()))


class ColourMeter(Network):
    """Its feature maps are the red, blue and green of each 32×32 cell; the head is the identity.

    Cells are aligned as in strided convolutions: the centre of the first one is the first pixel.
    """

    def __init__(self) -> None:
        super().__init__()
        self.attribute_heads = nn.ModuleDict()
        self.head = nn.Linear(3, 3, bias=False)
        self.head.weight.data = torch.eye(3)

    def feature_maps(self, x_NCHW: torch.Tensor) -> torch.Tensor:
        red, green, blue = ((x_NCHW + 1) / 2).unbind(1)
        purity = torch.stack([red - green - blue, blue - red - green, green - red - blue], dim=1).clamp(min=0)
        around = nn.functional.pad(purity, (16, 32, 16, 32))
        return nn.functional.avg_pool2d(around, 32)[:, :, : -(-x_NCHW.shape[2] // 32), : -(-x_NCHW.shape[3] // 32)]


def with_block(height: int, width: int, rows: slice, columns: slice, colour: tuple[int, int, int]) -> np.ndarray:
    pixels_HWC = np.full((height, width, 3), 255, np.uint8)
    pixels_HWC[rows, columns] = colour
    return pixels_HWC


@pytest.mark.parametrize("tta_hflip", [False, True])
@pytest.mark.parametrize(
    ("shape", "rows", "columns"),
    [
        ((224, 168), slice(60, 120), slice(20, 80)),  # as the network's input
        ((224, 168), slice(150, 210), slice(100, 160)),
        ((200, 400), slice(40, 140), slice(280, 380)),  # wide: white above and below in the input
        ((400, 150), slice(20, 120), slice(40, 140)),  # high: white left and right
    ],
)
def test_the_map_highlights_the_class(shape: tuple[int, int], rows: slice, columns: slice, tta_hflip: bool) -> None:
    photo_HWC = with_block(*shape, rows, columns, (255, 0, 0))
    photo_HWC[:20, -20:] = (0, 0, 255)
    map_HW = class_activation(predictor(ColourMeter(), tta_hflip=tta_hflip), photo_HWC, "red")
    assert map_HW.shape == shape
    assert map_HW.dtype == np.float32
    assert (map_HW.min(), map_HW.max()) == (0, 1)
    weight = map_HW.sum()
    middle = (map_HW.sum(1) @ np.arange(shape[0]) / weight, map_HW.sum(0) @ np.arange(shape[1]) / weight)
    wanted = ((rows.start + rows.stop - 1) / 2, (columns.start + columns.stop - 1) / 2)
    pixel = max(shape[0] / 112, shape[1] / 84)  # of the network's input, in pixels of the photo
    assert middle == pytest.approx(wanted, abs=7 * pixel)  # cells are 32 pixels wide
    outside_HW = np.ones(shape, bool)
    outside_HW[rows, columns] = False
    assert map_HW[rows, columns].mean() > 5 * map_HW[outside_HW].mean()


def test_each_class_has_its_own_map_and_an_absent_class_highlights_neither() -> None:
    photo_HWC = with_block(224, 168, slice(20, 100), slice(20, 150), (255, 0, 0))
    photo_HWC[140:210, 20:150] = (0, 0, 255)
    model = predictor(ColourMeter())
    red_HW, blue_HW = (class_activation(model, photo_HWC, name) for name in ("red", "blue"))
    assert red_HW[20:100].mean() > 5 * red_HW[140:210].mean()
    assert blue_HW[140:210].mean() > 5 * blue_HW[20:100].mean()
    assert not class_activation(model, photo_HWC, "green").any()


def test_cells_add_up_to_the_logit() -> None:
    """Without shifts the map sums exactly to the logit, as in CAM."""
    from trainer.evaluation.saliency import _STEPS, _lattice

    torch.manual_seed(0)
    network = registry.build("product", SPEC, 3, {"colour": 4}).eval()
    x_1CHW = torch.rand(1, 3, 112, 84) * 2 - 1
    lattice_HW, stride = _lattice(network, x_1CHW, 1)
    assert (stride, lattice_HW.shape) == (32, (4 * _STEPS, 3 * _STEPS))
    own_hw = lattice_HW[_STEPS // 2 :: _STEPS, _STEPS // 2 :: _STEPS]
    with torch.no_grad():
        logits_K = network(x_1CHW)[0] - network.head.bias
    assert own_hw.sum() == pytest.approx(float(logits_K[1] - logits_K.mean()), abs=1e-4)


@pytest.mark.parametrize("name", ["cnn", "resnet-mini"])
def test_networks_of_fashion_mnist_have_maps_too_nothing_outside_the_garment(name: str) -> None:
    torch.manual_seed(1)
    spec = FASHION_MNIST_INPUT
    model = predictor(registry.build(name, spec, 3), spec, tta_hflip=True)
    photo_HWC = with_block(120, 100, slice(30, 100), slice(40, 80), (60, 20, 90))
    maps = [class_activation(model, photo_HWC, category) for category in CLASSES]
    assert all(map_HW.shape == (120, 100) for map_HW in maps)
    assert any(map_HW[35:95, 45:75].any() for map_HW in maps)
    for map_HW in maps:
        assert not map_HW[:25].any()
        assert not map_HW[:, :35].any()
        assert map_HW.max() in (0, 1)


def test_a_fashion_mnist_image_is_not_cropped() -> None:
    torch.manual_seed(1)
    model = predictor(registry.build("cnn", FASHION_MNIST_INPUT, 3), FASHION_MNIST_INPUT)
    image_HWC = np.zeros((28, 28, 3), np.uint8)
    image_HWC[6:22, 6:22] = 200
    assert any(class_activation(model, image_HWC, name).any() for name in CLASSES)


def test_an_unknown_class_is_refused() -> None:
    with pytest.raises(ValueError, match="not in tuple"):
        class_activation(predictor(ColourMeter()), np.zeros((9, 9, 3), np.uint8), "mauve")


def test_the_network_is_unchanged_afterwards() -> None:
    network = registry.build("product", SPEC, 3, {"colour": 4})
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    class_activation(predictor(network), np.full((40, 30, 3), 90, np.uint8), "red")
    assert all(torch.equal(before[name], tensor) for name, tensor in network.state_dict().items())
    assert all(parameter.grad is None for parameter in network.parameters())
