"""Refits the heads of the product network on photos without augmentation.

The backbone needs augmentation, but the photos to classify are not augmented. So the heads are refitted on the trained
backbone's embeddings of unchanged photos (after Kang et al. 2020, arXiv:1910.09217, who retrain the classifier on
frozen features). A phone photo has several candidate categories; each counts as much as the old head finds it likely
(expectation maximisation; Jin and Ghahramani 2002).

Labels are often wrong, so the targets include the old heads' probabilities (bootstrapping; Reed et al. 2015,
arXiv:1412.6596). Photos of rare categories are weighted up, sublinearly.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

import numpy as np
import torch
from msgspec.structs import replace
from torch.nn import functional as F

from trainer.control import ProgressEvent, WorkControl, batches
from trainer.data.products import ProductData, ProductLabels
from trainer.inference.predictor import Predictor
from trainer.model_files.heads import head_of, with_heads
from trainer.model_files.metadata import AttributeHead, ModelMetadata
from trainer.model_files.model_file import Model
from trainer.networks.linear_probe import fit_l2_sp_head
from trainer.networks.network import Network
from trainer.preprocessing import network_input
from trainer.taxonomy import ATTRIBUTES, CATEGORY
from trainer.training.multi_head.batches import DETAIL_SHARE, ProductBatches

# All chosen on validation photos, for `product`: the decays from 0.0003 to 0.03, the others from 0 to 0.5.
_CATEGORY_DECAY, _ATTRIBUTE_DECAY = 1e-3, 3e-3
_BOOTSTRAP = 0.3  # share of the old head's probabilities in the targets; the rest are labels
_BALANCE_POWER = 0.4  # a photo's weight is the number of photos of its category to the power of minus this
_MIN_PHOTOS = 20  # rarer categories are weighted as if they had so many photos
_BATCH = 256


@dataclass(frozen=True)
class _Part:
    """Photos of one kind, uint8, with labels and loss weights, float32."""

    images_NCHW: torch.Tensor
    labels: ProductLabels
    weights_N: torch.Tensor


def refit_heads(
    network: Network, plain: ModelMetadata, data: ProductData, control: WorkControl
) -> Generator[ProgressEvent, None, Network]:
    """A copy of the network with refitted heads; yields progress.

    Args:
        network: With heads of attributes.
        plain: Its metadata; temperatures are ignored. The seed of its recipe draws the negatives.
        data: Its training photos are used.
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
        yield ProgressEvent("training_head", number, 1 + len(ATTRIBUTES))
        head = head_of(network, plain, name)
        known_N = labels.attributes[name] >= 0 if name != CATEGORY else torch.ones(len(weights_N), dtype=torch.bool)
        if not bool(known_N.any()):
            continue
        known_MD, weights_M = embeddings_ND[known_N], weights_N[known_N]
        decay = _CATEGORY_DECAY if name == CATEGORY else _ATTRIBUTE_DECAY
        logits_MK = head.logits(known_MD)
        if name == CATEGORY:
            labels_MK = _candidate_probabilities(logits_MK, labels.candidates_NK)
            weights_M = _balanced(weights_M, labels_MK)
        else:
            labels_MK = F.one_hot(labels.attributes[name][known_N], len(head.bias_K)).float()
        targets_MK = (1 - _BOOTSTRAP) * labels_MK + _BOOTSTRAP * logits_MK.softmax(dim=1)
        heads[name] = fit_l2_sp_head(head, known_MD, targets_MK, weights_M, control, decay=decay)
    return with_heads(network, heads)


def _balanced(weights_N: torch.Tensor, categories_NK: torch.Tensor) -> torch.Tensor:
    """Weights that are higher for rare categories, with the same mean.

    Args:
        weights_N: float32.
        categories_NK: Probabilities of the categories of each photo.
    """
    photos_K = (categories_NK * weights_N[:, None]).sum(dim=0).clamp_min(_MIN_PHOTOS)
    balanced_N = weights_N * (categories_NK @ photos_K**-_BALANCE_POWER)
    return balanced_N * weights_N.mean() / balanced_N.mean()


def _candidate_probabilities(logits_NK: torch.Tensor, candidates_NK: torch.Tensor) -> torch.Tensor:
    """Probabilities among the candidates, each row summing to 1."""
    return logits_NK.masked_fill(~candidates_NK, -torch.inf).softmax(dim=1)


def _parts(data: ProductData, seed: int) -> list[_Part]:
    """Studio photos, those with detail again in detail, phone photos, and negatives.

    Phone photos count once: the backbone saw each so often that it knows them better than other phone photos.
    """
    studio, phone, examples = data.studio, data.phone, ProductBatches(data)
    detailed_N = studio.detail_N >= 0
    order_M = torch.empty(len(studio.detail_MCHW), dtype=torch.int64)
    order_M[studio.detail_N[detailed_N]] = detailed_N.nonzero().flatten()
    size = data.input.height, data.input.width
    negatives = examples.negatives(examples.negatives_count, size, torch.Generator().manual_seed(seed))
    return [
        _Part(studio.small_NCHW, studio.labels, torch.where(detailed_N, 1 - DETAIL_SHARE, 1.0)),
        _Part(studio.detail_MCHW, studio.labels.of(order_M), torch.full((len(order_M),), DETAIL_SHARE)),
        _Part(phone.images_NCHW, phone.labels, torch.ones(len(phone.images_NCHW))),
        _Part(
            negatives.round().to(torch.uint8),
            examples.negative_labels(len(negatives)),
            torch.ones(len(negatives)),
        ),
    ]


def _embedded(
    predictor: Predictor, parts: list[_Part], control: WorkControl
) -> Generator[ProgressEvent, None, torch.Tensor]:
    """float32 N×D, as :meth:`Predictor.outputs` gives them."""
    found: list[torch.Tensor] = []
    spec = predictor.metadata.input
    done, total = 0, sum(len(part.images_NCHW) for part in parts)
    for part in parts:
        for rows in batches(len(part.images_NCHW), _BATCH, control):
            batch_NCHW = part.images_NCHW[rows].numpy()
            prepared = [network_input.prepare(image_CHW.transpose(1, 2, 0), spec) for image_CHW in batch_NCHW]
            found.append(predictor.outputs(torch.from_numpy(np.stack(prepared))).embeddings_ND)
            done += len(batch_NCHW)
            yield ProgressEvent("computing_embeddings", done, total)
    return torch.cat(found).clone()  # tensors of inference mode cannot be trained on
