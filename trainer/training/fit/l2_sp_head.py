"""L2-SP fitting of a head: multinomial logistic regression that starts at a given head and is held near it.

The penalty is on the change of the weights (L2-SP; Li et al. 2018, arXiv:1802.01483). The loss is convex and minimised
by L-BFGS (Liu and Nocedal 1989), so there is neither seed nor learning rate.
"""

from __future__ import annotations

import torch

from trainer.control import WorkControl
from trainer.networks.linear_probe import LinearProbe, minimise

_STEPS = 60


def fit_l2_sp_head(
    head: LinearProbe,
    embeddings_MD: torch.Tensor,
    targets_MK: torch.Tensor,
    weights_M: torch.Tensor,
    control: WorkControl,
    *,
    decay: float,
) -> LinearProbe:
    """The fitted head.

    Args:
        head: The initial head.
        embeddings_MD: float32; M at least 1.
        targets_MK: Target probabilities, float32, each row summing to 1.
        weights_M: Weight of each example, float32, above 0.
        control: Stops it.
        decay: L2 penalty on the change, for embeddings centred and scaled to a root mean square of 1.

    Raises:
        Cancelled: ``control`` was stopped.
    """
    mean_D = embeddings_MD.mean(dim=0)
    scale = (embeddings_MD - mean_D).square().mean().sqrt().clamp_min(1e-6)
    scaled_MD = (embeddings_MD - mean_D) / scale
    initial_MK = head.logits(embeddings_MD)
    weighted_MK = targets_MK * (weights_M / weights_M.sum())[:, None]
    change_KD = torch.zeros_like(head.weight_KD, requires_grad=True)
    change_K = torch.zeros_like(head.bias_K, requires_grad=True)

    def loss() -> torch.Tensor:
        log_probabilities_MK = (initial_MK + scaled_MD @ change_KD.T + change_K).log_softmax(dim=1)
        value = -(weighted_MK * log_probabilities_MK).sum()
        return value + 0.5 * decay * (change_KD.square().sum() + change_K.square().sum())

    minimise([change_KD, change_K], loss, steps=_STEPS, tolerance=1e-6, control=control)
    change_KD = change_KD.detach() / scale
    return LinearProbe(head.weight_KD + change_KD, head.bias_K + change_K.detach() - change_KD @ mean_D)
