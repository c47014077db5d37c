"""Batches of product photos for training: random pixels and their labels."""

from __future__ import annotations

import torch
from torch.nn import functional as F

from trainer.data.products import ProductData, ProductLabels
from trainer.devices import move_to_device
from trainer.recipe import Augmentation
from trainer.taxonomy import CATEGORY, OTHER
from trainer.training.fit.augmentation import rand
from trainer.training.multi_head import augmentation

DETAIL_SHARE = 0.5
"""Probability that a photo with a detailed version is shown in detail."""

_PHONE_ROUNDS = 3  # phone photos are a tenth of the studio photos: an epoch shows each three times, changed each time
_PHONE_ROTATE_FACTOR = 2.0  # phones are held less level than studio cameras
_NEGATIVE_SHARE = 0.04  # of the number of studio photos


class ProductBatches:
    """The examples of an epoch by number: studio photos, phone photos (three times), then negatives.

    Negatives are pictures without a product; their category is Other.

    Args:
        data: Photos and labels.

    Attributes:
        data: The same, on the device of the last :meth:`to_device`.
        negatives_count: Number of negatives in an epoch.
    """

    def __init__(self, data: ProductData) -> None:
        self.data = data
        self._studio = len(data.studio.small_NCHW)
        self._phone = _PHONE_ROUNDS * len(data.phone.images_NCHW)
        self.negatives_count = round(_NEGATIVE_SHARE * self._studio)
        self._other = data.taxonomy.names(CATEGORY).index(OTHER)
        self._detail_N = data.studio.detail_N.cpu()

    def __len__(self) -> int:
        return self._studio + self._phone + self.negatives_count

    def to_device(self, device: torch.device) -> None:
        """Copy all data to ``device``, unless they are there."""
        if self.data.studio.small_NCHW.device != device:
            self.data = move_to_device(self.data, device)

    def batch(
        self, indices_N: torch.Tensor, size: tuple[int, int], what: Augmentation, generator: torch.Generator
    ) -> tuple[torch.Tensor, ProductLabels]:
        """Augmented images, float32 N×3×H×W, [0, 255], and their labels, both in another order than ``indices_N``.

        Args:
            indices_N: int64, [0, len), on the CPU: a GPU would have to be waited for.
            size: (H, W).
            what: Strength of the augmentation.
            generator: Every random number comes from here.
        """
        studio_M = indices_N[indices_N < self._studio]
        phone_M = indices_N[(indices_N >= self._studio) & (indices_N < self._studio + self._phone)]
        phone_M = (phone_M - self._studio) % len(self.data.phone.images_NCHW)
        negatives = len(indices_N) - len(studio_M) - len(phone_M)
        images = [self._studio_images(studio_M, size, what, generator)]
        if len(phone_M):
            photos_M3HW = _at(self.data.phone.images_NCHW, phone_M)
            images.append(augmentation.random_affine(photos_M3HW, size, what, generator, _PHONE_ROTATE_FACTOR))
        if negatives:
            images.append(self.negatives(negatives, size, generator))
        images_NCHW = augmentation.color_jitter(torch.cat(images), what.color_jitter, generator)
        images_NCHW = augmentation.random_erasing(images_NCHW, what.random_erasing, generator)
        labels = [
            self.data.studio.labels.of(studio_M.to(images_NCHW.device)),
            self.data.phone.labels.of(phone_M.to(images_NCHW.device)),
            self.negative_labels(negatives),
        ]
        return images_NCHW, ProductLabels.joined(labels)

    def negatives(self, count: int, size: tuple[int, int], generator: torch.Generator) -> torch.Tensor:
        """Backgrounds, blank images and shuffled products; float32 N×3×H×W, [0, 255]."""
        backgrounds = augmentation.random_backgrounds(count, size, self.data.phone.backgrounds_MCHW, generator)
        device = backgrounds.device
        chosen = torch.randint(0, self._studio, (count,), generator=generator).to(device)
        products = F.interpolate(self.data.studio.small_NCHW[chosen].float(), size=size, mode="bilinear")
        which = rand(count, 1, 1, 1, generator=generator, device=device)
        blank = (255 * rand(count, 1, 1, 1, generator=generator, device=device) ** 0.3).expand_as(backgrounds)
        images = torch.where(which < 0.4, augmentation.tile_shuffle(products, generator), backgrounds)
        return torch.where(which > 0.85, blank, images)

    def negative_labels(self, count: int) -> ProductLabels:
        """Labels of negatives: Other, no attributes."""
        other_NK = torch.zeros_like(self.data.studio.labels.candidates_NK[:1]).repeat(count, 1)
        other_NK[:, self._other] = True
        return ProductLabels.of_category(other_NK)

    def _studio_images(
        self, indices_M: torch.Tensor, size: tuple[int, int], what: Augmentation, generator: torch.Generator
    ) -> torch.Tensor:
        studio = self.data.studio
        device = studio.small_NCHW.device
        use_jpeg_M, use_detail_M, new_background_M = torch.rand(3, len(indices_M), generator=generator)
        small_M3HW, jpeg_M3HW = _at(studio.small_NCHW, indices_M), _at(studio.jpeg_NCHW, indices_M)
        source = torch.where((use_jpeg_M < 0.5).to(device).view(-1, 1, 1, 1), jpeg_M3HW, small_M3HW).float()
        background_M1HW = _at(studio.background_NHW, indices_M).unsqueeze(1).float() * 255
        detail_M = self._detail_N[indices_M]
        detailed = ((detail_M >= 0) & (use_detail_M < DETAIL_SHARE)).nonzero().flatten()
        if len(detailed):
            full = tuple(studio.detail_MCHW.shape[2:])
            source = F.interpolate(source, size=full, mode="bilinear", align_corners=False)
            source[detailed.to(device)] = _at(studio.detail_MCHW, detail_M[detailed]).float()
            background_M1HW = F.interpolate(background_M1HW, size=full, mode="bilinear", align_corners=False)
        both = augmentation.random_affine(torch.cat([source, background_M1HW], dim=1), size, what, generator)
        images_M3HW = both[:, :3]
        replaced = (new_background_M < what.replace_background).nonzero().flatten()
        new = augmentation.random_backgrounds(len(replaced), size, self.data.phone.backgrounds_MCHW, generator)
        replaced = replaced.to(device)
        images_M3HW[replaced] = augmentation.replace_background(images_M3HW[replaced], both[replaced, 3:] / 255, new)
        return images_M3HW


def _at(all_NCHW: torch.Tensor, indices_M: torch.Tensor) -> torch.Tensor:
    return all_NCHW[indices_M.to(all_NCHW.device)]
