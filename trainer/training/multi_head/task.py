"""Learning category and attributes at once from studio and phone photos."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn
from torch.nn import functional as F

from trainer import devices
from trainer.control import batches
from trainer.data.device_cache import on_device
from trainer.data.products import PRODUCT_INPUT, ProductData, ProductLabels
from trainer.networks import registry
from trainer.networks.product import ProductNetwork
from trainer.recipe import FitRecipe
from trainer.taxonomy import ATTRIBUTES
from trainer.training.fit.rng import rand
from trainer.training.multi_head import augmentation
from trainer.training.multi_head.distillation import Teachers

DETAIL_SHARE = 0.5
"""How often a photo that has detail is shown with it."""

_PHONE_ROUNDS = 3  # phone photos are a tenth of the studio's: an epoch shows each three times, changed each time
_PHONE_TURN = 2.0  # a phone is held less straight than a studio's camera
_NEGATIVE_SHARE = 0.04  # of an epoch: pictures of no product at all, whose category is Other
_FULL_SIZE = (PRODUCT_INPUT.height, PRODUCT_INPUT.width)
_SMALL_SIZE = (80, 60)  # rows and columns in the epochs of FitRecipe.progressive_resize_epochs
# What a known value weighs against a known category; pattern and fabric are known of few photos.
_WEIGHTS = {"colour": 1.0, "pattern": 0.8, "fabric": 0.8, "occasion": 0.5, "season": 0.5, "audience": 0.5}
_VALIDATION_BATCH = 256


class ProductTask:
    """See :class:`trainer.training.fit.task.Task`.

    A phone photo's class may be one of several categories: its loss is the negative logarithm of their summed
    probability. Missing labels take no part. An example's number says what it is: first the studio photos, then the
    phone photos (:data:`_PHONE_ROUNDS` times), then pictures of nothing.

    Args:
        data: What to learn. It is taken to the network's device once.
        teachers: Networks that have learnt the same, whose answers count beside the labels (:class:`Teachers`).

    Attributes:
        data: Those data.
        negatives_count: How many pictures of nothing an epoch has.
    """

    def __init__(self, data: ProductData, teachers: Sequence[nn.Module] = ()) -> None:
        self.data = data
        self._teachers = Teachers(teachers, _WEIGHTS) if teachers else None
        self._studio = len(data.studio.small_NCHW)
        self._phone = _PHONE_ROUNDS * len(data.phone.images_NCHW)
        self.negatives_count = round(_NEGATIVE_SHARE * self._studio)
        self._other = data.taxonomy.names("category").index("Other")
        self._detail_N = data.studio.detail_N.cpu()
        self._size = _FULL_SIZE

    def __len__(self) -> int:
        return self._studio + self._phone + self.negatives_count

    def fingerprint(self) -> str:
        """See :class:`Task`."""
        taught_by = f"-{self._teachers.fingerprint()}" if self._teachers else ""
        return self.data.fingerprint() + taught_by

    def build(self, recipe: FitRecipe) -> nn.Module:
        """See :class:`Task`."""
        names = self.data.taxonomy.names
        heads = {name: len(names(name)) for name in ATTRIBUTES}
        return registry.build(recipe.network, PRODUCT_INPUT, len(names("category")), heads)

    def loss(
        self, network: nn.Module, indices_N: torch.Tensor, epoch: int, recipe: FitRecipe, generator: torch.Generator
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """See :class:`Task`."""
        assert isinstance(network, ProductNetwork)
        self._bring(devices.device_of(network))
        self._size = _SMALL_SIZE if epoch < recipe.progressive_resize_epochs else _FULL_SIZE
        images_NCHW, labels = self._batch(indices_N, self._size, recipe, generator)
        inputs = PRODUCT_INPUT.normalise(images_NCHW).contiguous(memory_format=torch.channels_last)
        embeddings_ND = network.dropout(network.embed(inputs))
        logits_NK, attributes = network.head(embeddings_ND), network.logits(embeddings_ND)
        loss = partial_label_loss(logits_NK, labels.candidates_NK, recipe.label_smoothing)
        for name, attribute_NK in attributes.items():
            # Divided by all, not by those known: an attribute that is rarely known must not shout when it is.
            known = F.cross_entropy(
                attribute_NK,
                labels.attributes[name],
                ignore_index=-1,
                reduction="sum",
                label_smoothing=recipe.label_smoothing,
            )
            loss = loss + _WEIGHTS[name] * known / len(indices_N)
        if self._teachers is not None:
            loss = self._teachers.joined(loss, inputs, logits_NK, attributes)
        return loss, labels.candidates_NK.gather(1, logits_NK.argmax(dim=1, keepdim=True)).sum()

    @torch.inference_mode()
    def validate(self, network: nn.Module) -> tuple[float, float]:
        """See :class:`Task`; loss and accuracy of the category, studio and phone photos together.

        Photos have the size that was trained with last: a network that knows one size alone is lost in another.
        """
        network.eval()
        self._bring(devices.device_of(network))
        check = self.data.validation
        device = check.images_NCHW.device
        loss, right = torch.zeros((), device=device), torch.zeros((), dtype=torch.int64, device=device)
        for rows in batches(len(check.images_NCHW), _VALIDATION_BATCH):
            inputs = PRODUCT_INPUT.normalise(check.images_NCHW[rows])
            if self._size != _FULL_SIZE:
                inputs = F.interpolate(inputs, size=self._size, mode="bilinear", antialias=True)
            logits_NK = network(inputs.contiguous(memory_format=torch.channels_last))
            candidates_NK = check.labels.candidates_NK[rows]
            loss += partial_label_loss(logits_NK, candidates_NK, 0.0) * len(candidates_NK)
            right += candidates_NK.gather(1, logits_NK.argmax(dim=1, keepdim=True)).sum()
        count = len(check.images_NCHW)
        return loss.item() / count, right.item() / count

    def negatives(self, count: int, size: tuple[int, int], generator: torch.Generator) -> torch.Tensor:
        """Bare backgrounds, blank pages and shuffled products; float32 N×3×H×W, [0, 255]."""
        bare = augmentation.random_backgrounds(count, size, self.data.phone.backgrounds_MCHW, generator)
        device = bare.device
        chosen = torch.randint(0, self._studio, (count,), generator=generator).to(device)
        whole = F.interpolate(self.data.studio.small_NCHW[chosen].float(), size=size, mode="bilinear")
        which = rand(count, 1, 1, 1, generator=generator, device=device)
        blank = (255 * rand(count, 1, 1, 1, generator=generator, device=device) ** 0.3).expand_as(bare)
        images = torch.where(which < 0.4, augmentation.tile_shuffle(whole, generator), bare)
        return torch.where(which > 0.85, blank, images)

    def negative_labels(self, count: int) -> ProductLabels:
        """What is known of such pictures."""
        other_NK = torch.zeros_like(self.data.studio.labels.candidates_NK[:1]).repeat(count, 1)
        other_NK[:, self._other] = True
        return ProductLabels.of_category(other_NK)

    def _bring(self, device: torch.device) -> None:
        if self.data.studio.small_NCHW.device != device:
            self.data = on_device(self.data, device)

    def _batch(
        self, indices_N: torch.Tensor, size: tuple[int, int], recipe: FitRecipe, generator: torch.Generator
    ) -> tuple[torch.Tensor, ProductLabels]:
        """float32 N×3×H×W, [0, 255], and labels; in another order than ``indices_N``.

        Which photos are taken is found out on the processor: a card would have to be waited for.
        """
        studio_M = indices_N[indices_N < self._studio]
        phone_M = indices_N[(indices_N >= self._studio) & (indices_N < self._studio + self._phone)]
        phone_M = (phone_M - self._studio) % len(self.data.phone.images_NCHW)
        nothing = len(indices_N) - len(studio_M) - len(phone_M)
        images = [self._studio_images(studio_M, size, recipe, generator)]
        if len(phone_M):
            photos = self._picked(self.data.phone.images_NCHW, phone_M)
            images.append(augmentation.random_affine(photos, size, recipe.augmentation, generator, _PHONE_TURN))
        if nothing:
            images.append(self.negatives(nothing, size, generator))
        images_NCHW = augmentation.color_jitter(torch.cat(images), recipe.augmentation.color_jitter, generator)
        images_NCHW = augmentation.random_erasing(images_NCHW, recipe.augmentation.random_erasing, generator)
        return images_NCHW, self._labels(studio_M, phone_M, nothing)

    def _studio_images(
        self, indices_M: torch.Tensor, size: tuple[int, int], recipe: FitRecipe, generator: torch.Generator
    ) -> torch.Tensor:
        studio, what = self.data.studio, recipe.augmentation
        device = studio.small_NCHW.device
        compressed_M, in_detail_M, elsewhere_M = torch.rand(3, len(indices_M), generator=generator)
        small_M3HW, jpeg_M3HW = self._picked(studio.small_NCHW, indices_M), self._picked(studio.jpeg_NCHW, indices_M)
        source = torch.where((compressed_M < 0.5).to(device).view(-1, 1, 1, 1), jpeg_M3HW, small_M3HW).float()
        background_M1HW = self._picked(studio.background_NHW, indices_M).unsqueeze(1).float() * 255
        detail_M = self._detail_N[indices_M]
        detailed = ((detail_M >= 0) & (in_detail_M < DETAIL_SHARE)).nonzero().flatten()
        if len(detailed):
            rows = tuple(studio.detail_MCHW.shape[2:])
            source = F.interpolate(source, size=rows, mode="bilinear", align_corners=False)
            source[detailed.to(device)] = self._picked(studio.detail_MCHW, detail_M[detailed]).float()
            background_M1HW = F.interpolate(background_M1HW, size=rows, mode="bilinear", align_corners=False)
        both = augmentation.random_affine(torch.cat([source, background_M1HW], dim=1), size, what, generator)
        images_M3HW, elsewhere = both[:, :3], (elsewhere_M < what.replace_background).nonzero().flatten()
        new = augmentation.random_backgrounds(len(elsewhere), size, self.data.phone.backgrounds_MCHW, generator)
        there = elsewhere.to(device)
        images_M3HW[there] = augmentation.replace_background(images_M3HW[there], both[there, 3:] / 255, new)
        return images_M3HW

    def _picked(self, all_NCHW: torch.Tensor, indices_M: torch.Tensor) -> torch.Tensor:
        return all_NCHW[indices_M.to(all_NCHW.device)]

    def _labels(self, studio_M: torch.Tensor, phone_M: torch.Tensor, nothing: int) -> ProductLabels:
        studio, phone = self.data.studio.labels, self.data.phone.labels
        device = studio.candidates_NK.device
        known = [studio.of(studio_M.to(device)), phone.of(phone_M.to(device)), self.negative_labels(nothing)]
        return ProductLabels.joined(known)


def partial_label_loss(logits_NK: torch.Tensor, candidates_NK: torch.Tensor, smoothing: float) -> torch.Tensor:
    """Mean negative log of the probability that is on any meant category (partial labels; Jin and Ghahramani 2002).

    Args:
        logits_NK: float32.
        candidates_NK: bool, at least one true in each row.
        smoothing: Weight of all categories alike, [0, 1).
    """
    log_probabilities_NK = logits_NK.log_softmax(dim=1)
    meant_N = log_probabilities_NK.masked_fill(~candidates_NK, -torch.inf).logsumexp(dim=1)
    return -((1 - smoothing) * meant_N + smoothing * log_probabilities_NK.mean(dim=1)).mean()
