"""Which parts of a photo spoke for a category: a class activation map, fine enough to lay over the photo.

What is shown is HiResCAM (Draelos and Carin 2020, arXiv:2011.08891): each cell of the last feature maps times the
gradient there, summed over the maps. Where a network ends in a global mean and a linear layer, as those for colour
photos do, this is the original class activation map (Zhou et al. 2016, arXiv:1512.04150): an exact account, the cells
add up to the logit. Grad-CAM (Selvaraju et al. 2017, arXiv:1610.02391) is the same there, but where a network flattens
its maps instead, Grad-CAM's averaged gradients may show places that the logit does not depend on.

Two things are done to make it say more:

- A logit alone has no meaning, since the softmax does not see what all classes have in common. So the score explained
  is the class's logit less the mean logit of all classes.
- The last maps are coarse, 4×3 cells for the product network, and enlarging them would only blur. So the photo is
  shown to the network several times, each time moved by a fraction of a cell; the maps are interleaved.
  This stays the exact account of the very layer, where methods that look at earlier layers (LayerCAM, Jiang et al.
  2021) weigh those by local gradients, which add up to nothing.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch.nn import functional as F

from trainer.devices import device_of
from trainer.inference.predictor import Predictor
from trainer.networks.network import Network
from trainer.preprocessing import network_input
from trainer.preprocessing.garment_mask import cut_out
from trainer.preprocessing.input_spec import InputSpec
from trainer.preprocessing.photo import Photo

_STEPS = 4  # places that the photo is moved to in each direction


def class_activation(predictor: Predictor, pixels_HWC: np.ndarray, category: str) -> np.ndarray:
    """How much each part of a photo spoke for a category, in comparison with the other parts.

    The product network looks at the photo 16 times, 32 with mirror images: 0.5 to 1 s of one processor core. Safe to
    call while another thread predicts.

    Args:
        pixels_HWC: The photo, uint8 RGB, H×W×3.
        category: One of the model's classes, whether or not it is what the model answers.

    Returns:
        float32, H×W as the photo, [0, 1]: 1 where most spoke for it, 0 where nothing did or something spoke against
        it. All 0 where nothing at all spoke for it.

    Raises:
        ValueError: The model has no such class.
    """
    metadata = predictor.metadata
    index = metadata.classes.index(category)
    height, width = pixels_HWC.shape[:2]
    prepared_CHW = predictor.prepare(Photo(Path(), "", pixels_HWC, (width, height)))
    image_1CHW = metadata.input.normalize(torch.from_numpy(prepared_CHW)[None].to(device_of(predictor.network)))
    network = predictor.network
    lattice_HW, stride = _lattice(network, image_1CHW, index)
    rows, columns = _seen_at(pixels_HWC, metadata.input)
    map_HW = _sampled(lattice_HW, network.cell_offset, stride, rows, columns)
    if metadata.tta_hflip:  # what the model answers is the mean of both, so its reasons are too
        mirrored_HW, _ = _lattice(network, image_1CHW.flip(3), index)
        flipped = image_1CHW.shape[3] - 1 - columns
        map_HW = (map_HW + _sampled(mirrored_HW, network.cell_offset, stride, rows, flipped)) / 2
    map_HW = np.maximum(map_HW, 0)
    peak = float(map_HW.max())
    return (map_HW / peak if peak > 0 else map_HW).astype(np.float32)


def _lattice(network: Network, image_1CHW: torch.Tensor, index: int) -> tuple[np.ndarray, int]:
    """What spoke for a class, signed, at points ``stride / _STEPS`` pixels apart; and the stride in pixels."""
    height, width = image_1CHW.shape[2:]
    with torch.no_grad():
        cells = network.feature_maps(image_1CHW).shape[2]
    stride = 2 ** round(np.log2(height / cells))
    moves = [-stride // 2 + step * stride // _STEPS for step in range(_STEPS)]
    around = F.pad(image_1CHW, [stride // 2] * 4, mode="replicate")
    moved_NCHW = torch.cat(
        [
            around[:, :, stride // 2 + down :, stride // 2 + right :][:, :, :height, :width]
            for down in moves
            for right in moves
        ]
    )
    with torch.no_grad():
        maps_NDhw = network.feature_maps(moved_NCHW)
    with torch.enable_grad():  # the gradient of the last layers alone: the maps are where it ends
        maps_NDhw = maps_NDhw.detach().requires_grad_()
        logits_NK = network.head(network.embed_maps(maps_NDhw))
        score = (logits_NK[:, index] - logits_NK.mean(dim=1)).sum()
        (gradients_NDhw,) = torch.autograd.grad(score, maps_NDhw)
    spoke_Nhw = (maps_NDhw.detach() * gradients_NDhw).sum(dim=1).cpu().numpy()
    h, w = spoke_Nhw.shape[1:]
    # Cell i of the photo moved by the step k is row i × _STEPS + k of the lattice.
    woven = spoke_Nhw.reshape(_STEPS, _STEPS, h, w).transpose(2, 0, 3, 1)
    return woven.reshape(h * _STEPS, w * _STEPS), stride


def _sampled(
    lattice_HW: np.ndarray, first: float, stride: int, rows_H: np.ndarray, columns_W: np.ndarray
) -> np.ndarray:
    """The lattice at rows and columns of the input, interpolated; 0 where these are not numbers."""
    start, step = first - stride / 2, stride / _STEPS
    across = [np.interp(columns_W, start + step * np.arange(lattice_HW.shape[1]), row) for row in lattice_HW]
    down = [np.interp(rows_H, start + step * np.arange(lattice_HW.shape[0]), column) for column in np.stack(across, 1)]
    return np.nan_to_num(np.stack(down, 1))


def _seen_at(pixels_HWC: np.ndarray, spec: InputSpec) -> tuple[np.ndarray, np.ndarray]:
    """Positions of the photo's rows and columns in the network's input; NaN where they are cropped."""
    height, width = pixels_HWC.shape[:2]
    left, top, right, bottom = 0.0, 0.0, 1.0, 1.0
    scale = min(spec.height / height, spec.width / width)
    if spec.preparation == "fashion-mnist":
        image = Image.fromarray(pixels_HWC)
        side = min(spec.height, spec.width)
        if network_input.has_black_border(np.asarray(image.convert("L"))) and max(height, width) <= side:
            scale = 1.0
        else:
            left, top, right, bottom = cut_out(image).box
            scale = side / max((right - left) * width, (bottom - top) * height)
    return (_placed(height, top, bottom, scale, spec.height), _placed(width, left, right, scale, spec.width))


def _placed(count: int, start: float, end: float, scale: float, room: int) -> np.ndarray:
    """Input positions of ``count`` rows; those from ``start`` to ``end`` (fractions) are scaled and centred."""
    middles = np.arange(count) + 0.5
    used = max(1, round((end - start) * count * scale))
    placed = (middles / count - start) / (end - start) * used + (room - used) // 2 - 0.5
    placed[(middles < start * count) | (middles > end * count)] = np.nan
    return placed
