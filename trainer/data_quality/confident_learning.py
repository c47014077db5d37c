"""Photos that are probably in the wrong category, by confident learning (Northcutt, Jiang and Chuang 2021,
arXiv:1911.00068) on out-of-sample probabilities of a linear probe.

A photo counts as another category when the probe's probability of that category reaches the mean of photos labelled so.
The number of such photos estimates the number of wrong labels; the normalised margin ranks them (section 3.3 there,
“prune by noise rate”, for all categories together): how much more probable another category is than the label. The
margin is a ratio of probabilities, since differences do not rank photos that the probe is sure of. Photos
with a label error in a first round are not trained on in the second.

Measured on 600 phone photos with 5 % of the labels planted wrong, three seeds: the first 5 % of the ranking hold 84 %
of them (with differences, in one round: 71 %), the first 10 % nearly all.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from trainer.control import WorkControl
from trainer.networks.linear_probe import fit_linear_probe, out_of_fold

# More than fits the labels best, so that wrong labels are memorised less. Measured as above with 0.03, 0.1, 0.3.
_WEIGHT_DECAY = 0.1
_MIN_PHOTOS = 5  # different ones of a category in which label errors are searched


@dataclass(frozen=True, slots=True)
class LabelScore:
    """How well the label of a photo fits it.

    Attributes:
        probability: Of ``predicted``, (0, 1].
        margin: Logarithm of the label's probability by that of ``predicted``; below 0, the worse the lower.
    """

    index: int
    label: int
    predicted: int
    probability: float
    margin: float


def out_of_sample_log_probabilities(
    embeddings_ND: torch.Tensor,
    labels_N: torch.Tensor,
    groups_N: torch.Tensor,
    classes: int,
    *,
    seed: int = 0,
    control: WorkControl | None = None,
) -> torch.Tensor:
    """Log-probabilities of probes that were not trained on the photo, nor on photos with a label error. float32 N×K.

    Args:
        embeddings_ND: float32.
        labels_N: int64 in [0, classes).
        groups_N: int64; copies of one photo have the same number, so that they are in one fold.
        classes: K.

    Raises:
        ValueError: All photos are copies of one.
    """
    first_NK = out_of_fold(
        embeddings_ND, labels_N, classes, weight_decay=_WEIGHT_DECAY, seed=seed, groups_N=groups_N, control=control
    )
    error_indices = [error.index for error in find_label_errors(first_NK, labels_N, groups_N)]
    wrong_N = torch.isin(groups_N, groups_N[error_indices])
    trusted_N = ~wrong_N
    if not error_indices or len(groups_N[trusted_N].unique()) < 2:
        return first_NK
    result_NK = torch.empty_like(first_NK)
    result_NK[trusted_N] = out_of_fold(
        embeddings_ND[trusted_N],
        labels_N[trusted_N],
        classes,
        weight_decay=_WEIGHT_DECAY,
        seed=seed,
        groups_N=groups_N[trusted_N],
        control=control,
    )
    probe = fit_linear_probe(
        embeddings_ND[trusted_N], labels_N[trusted_N], classes, weight_decay=_WEIGHT_DECAY, control=control
    )
    result_NK[wrong_N] = probe.logits(embeddings_ND[wrong_N]).log_softmax(dim=1)
    return result_NK


def find_label_errors(
    log_probabilities_NK: torch.Tensor, labels_N: torch.Tensor, groups_N: torch.Tensor
) -> list[LabelScore]:
    """Photos that probably have a wrong label, the lowest margin first.

    Args:
        log_probabilities_NK: Of probes that were not trained on the photo.
        labels_N: int64.
        groups_N: int64; see :func:`out_of_sample_log_probabilities`.
    """
    classes = log_probabilities_NK.shape[1]
    known_K = [len(groups_N[labels_N == label].unique()) >= _MIN_PHOTOS for label in range(classes)]
    ranked = [
        each for each in rank_labels(log_probabilities_NK, labels_N) if known_K[each.label] and known_K[each.predicted]
    ]
    return [each for each in ranked if each.margin < 0][: _count_label_errors(log_probabilities_NK, labels_N, known_K)]


def rank_labels(log_probabilities_NK: torch.Tensor, labels_N: torch.Tensor) -> list[LabelScore]:
    """All photos, the lowest margin first; ``predicted`` is the most probable of the other categories."""
    own_N = log_probabilities_NK.gather(1, labels_N[:, None])[:, 0]
    others_NK = log_probabilities_NK.scatter(1, labels_N[:, None], -torch.inf)
    best_N, predicted_N = others_NK.max(dim=1)
    margins_N = own_N - best_N
    return [
        LabelScore(i, int(labels_N[i]), int(predicted_N[i]), float(best_N[i].exp()), float(margins_N[i]))
        for i in margins_N.argsort(stable=True).tolist()
    ]


def _count_label_errors(log_probabilities_NK: torch.Tensor, labels_N: torch.Tensor, known_K: list[bool]) -> int:
    """Number of wrong labels: the off-diagonal sum of the confident joint."""
    probabilities_NK = log_probabilities_NK.exp()
    thresholds_K = torch.tensor(
        [
            float(probabilities_NK[labels_N == label, label].mean()) if known else torch.inf
            for label, known in enumerate(known_K)
        ]
    )
    confident_NK = probabilities_NK.where(probabilities_NK >= thresholds_K, 0)
    most_N, taken_N = confident_NK.max(dim=1)
    known_N = torch.tensor(known_K)[labels_N]
    return int(((most_N > 0) & (taken_N != labels_N) & known_N).sum())
