"""The heads of the product network, learnt once more on photos as they are.

Random changes teach the backbone what matters in a photo; but the photos that it will name come unchanged. So when the
backbone is done the heads learn again, on its embeddings of unchanged photos (after Kang et al. 2020, arXiv:1910.09217,
who learn a classifier anew on features that stay). A phone photo's class stands for several categories; it counts as
each of them as much as the old head thinks it likely (expectation maximisation; Jin and Ghahramani 2002).

Labels are often wrong, so the old heads' own answers are part of what is learnt (bootstrapping; Reed et al. 2015,
arXiv:1412.6596). And a rare category's photos count for more, though for less than those of a common one together.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

import numpy as np
import torch
from msgspec.structs import replace
from torch import nn
from torch.nn import functional as F

from trainer.control import ProgressEvent, WorkControl, batches
from trainer.data.products import PRODUCT_INPUT, ProductData, ProductLabels
from trainer.inference.predictor import Predictor
from trainer.model_files.heads import head_of, with_heads
from trainer.model_files.metadata import AttributeHead, ModelMetadata
from trainer.model_files.model_file import Model
from trainer.preprocessing import garment
from trainer.taxonomy import ATTRIBUTES, CATEGORY
from trainer.training.fit.l2_sp_head import fit_l2_sp_head
from trainer.training.multi_head.task import DETAIL_SHARE, ProductTask

# All chosen on validation photos: the decays among 0.0003 to 0.03, the others among 0 to 0.5.
_DECAYS = {CATEGORY: 1e-3}
_DECAY = 3e-3
_REMEMBERED = 0.3  # of what is learnt, the old head's answers; the rest are labels
_RARE = 0.4  # a photo of a category counts as that category's number of photos to the power of minus this
_FEWEST = 20  # rarer categories count as if they had so many photos
_BATCH = 256
_WHAT = "Looking at the photos as they are"


@dataclass(frozen=True)
class _Part:
    """Photos of one kind. ``weights_N``: how much each counts."""

    images_NCHW: torch.Tensor
    labels: ProductLabels
    weights_N: torch.Tensor


def refit_heads(
    network: nn.Module, plain: ModelMetadata, data: ProductData, control: WorkControl
) -> Generator[ProgressEvent, None, nn.Module]:
    """A copy of the network with heads that learnt once more; yields progress.

    Args:
        network: Of product photos.
        plain: What its model says of itself, without temperatures; its recipe's seed is taken.
        data: Its training photos are learnt from.
        control: Stops it.

    Raises:
        Cancelled: ``control`` was stopped.
    """
    names = data.taxonomy.names
    plain = replace(plain, temperature=1.0, attributes={name: AttributeHead(names(name)) for name in ATTRIBUTES})
    parts = _parts(data, plain.recipe.seed)
    embeddings_ND = yield from _embedded(Predictor(Model(plain, network)), parts, control)
    weights_N = torch.cat([part.weights_N for part in parts])
    labels = ProductLabels.joined([part.labels for part in parts])
    heads = {}
    for number, name in enumerate((CATEGORY, *ATTRIBUTES)):
        yield ProgressEvent("Learning the last layer", number, 1 + len(ATTRIBUTES))
        head = head_of(network, plain, name)
        known_N = labels.attributes[name] >= 0 if name != CATEGORY else torch.ones(len(weights_N), dtype=torch.bool)
        if not bool(known_N.any()):
            continue
        known_MD, weights_M = embeddings_ND[known_N], weights_N[known_N]
        logits_MK = head.logits(known_MD)
        if name == CATEGORY:
            labelled_MK = _meant(logits_MK, labels.candidates_NK)
            weights_M = _with_rare_ones_raised(weights_M, labelled_MK)
        else:
            labelled_MK = F.one_hot(labels.attributes[name][known_N], len(head.bias_K)).float()
        targets_MK = (1 - _REMEMBERED) * labelled_MK + _REMEMBERED * logits_MK.softmax(dim=1)
        heads[name] = fit_l2_sp_head(head, known_MD, targets_MK, weights_M, control, decay=_DECAYS.get(name, _DECAY))
    return with_heads(network, heads)


def _with_rare_ones_raised(weights_N: torch.Tensor, categories_NK: torch.Tensor) -> torch.Tensor:
    """The same on average. ``categories_NK``: of which categories each photo is, each row summing to 1."""
    photos_K = (categories_NK * weights_N[:, None]).sum(dim=0).clamp_min(_FEWEST)
    raised_N = weights_N * (categories_NK @ photos_K**-_RARE)
    return raised_N * weights_N.mean() / raised_N.mean()


def _meant(logits_NK: torch.Tensor, candidates_NK: torch.Tensor) -> torch.Tensor:
    """Probabilities of the categories that are meant, each row summing to 1."""
    return logits_NK.masked_fill(~candidates_NK, -torch.inf).softmax(dim=1)


def _parts(data: ProductData, seed: int) -> list[_Part]:
    """Studio photos, those that have detail once more with it, phone photos, and pictures of no product.

    Phone photos count once: the backbone saw each so often that it knows them better than others of their kind.
    """
    studio, phone, task = data.studio, data.phone, ProductTask(data)
    detailed_N = studio.detail_N >= 0
    order_M = torch.empty(len(studio.detail_MCHW), dtype=torch.int64)
    order_M[studio.detail_N[detailed_N]] = detailed_N.nonzero().flatten()
    size = PRODUCT_INPUT.height, PRODUCT_INPUT.width
    nothing = task.negatives(task.negatives_count, size, torch.Generator().manual_seed(seed)).round().to(torch.uint8)
    return [
        _Part(studio.small_NCHW, studio.labels, torch.where(detailed_N, 1 - DETAIL_SHARE, 1.0)),
        _Part(studio.detail_MCHW, studio.labels.of(order_M), torch.full((len(order_M),), DETAIL_SHARE)),
        _Part(phone.images_NCHW, phone.labels, torch.ones(len(phone.images_NCHW))),
        _Part(nothing, task.negative_labels(len(nothing)), torch.ones(len(nothing))),
    ]


def _embedded(
    predictor: Predictor, parts: list[_Part], control: WorkControl
) -> Generator[ProgressEvent, None, torch.Tensor]:
    """float32 N×D, as :meth:`Predictor.outputs` gives them."""
    found: list[torch.Tensor] = []
    done, total = 0, sum(len(part.images_NCHW) for part in parts)
    for part in parts:
        for rows in batches(len(part.images_NCHW), _BATCH, control):
            batch_NCHW = part.images_NCHW[rows].numpy()
            prepared = [garment.prepare(image_CHW.transpose(1, 2, 0), PRODUCT_INPUT) for image_CHW in batch_NCHW]
            found.append(predictor.outputs(torch.from_numpy(np.stack(prepared))).embeddings_ND)
            done += len(batch_NCHW)
            yield ProgressEvent(_WHAT, done, total)
    return torch.cat(found).clone()  # tensors of inference mode cannot take part in learning
