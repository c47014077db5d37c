"""Linear probes on embeddings, and their out-of-fold predictions."""

from __future__ import annotations

import pytest
import torch

from trainer.control import WorkControl
from trainer.errors import Cancelled
from trainer.networks.linear_probe import Fit, best_weight_decay, fit_lda, fit_linear_probe, out_of_fold


def clusters(per_class: int, spread: float, seed: int = 0, scale: float = 1.0) -> tuple[torch.Tensor, torch.Tensor]:
    """Three clouds of points in eight dimensions, far from the origin."""
    generator = torch.Generator().manual_seed(seed)
    centres_KD = torch.randn(3, 8, generator=torch.Generator().manual_seed(99)) + 5
    labels_N = torch.arange(3).repeat_interleave(per_class)
    points_ND = centres_KD[labels_N] + spread * torch.randn(len(labels_N), 8, generator=generator)
    return scale * points_ND, labels_N


def accuracy(logits_NK: torch.Tensor, labels_N: torch.Tensor) -> float:
    return (logits_NK.argmax(dim=1) == labels_N).float().mean().item()


@pytest.mark.parametrize("fit", [fit_linear_probe, fit_lda])
def test_it_learns_a_linearly_separable_problem_and_generalizes(fit: Fit) -> None:
    probe = fit(*clusters(10, 0.3), 3)
    assert accuracy(probe.logits(clusters(100, 0.3, seed=1)[0]), clusters(100, 0.3, seed=1)[1]) > 0.98


@pytest.mark.parametrize("fit", [fit_linear_probe, fit_lda])
def test_the_scale_of_the_embeddings_changes_nothing(fit: Fit) -> None:
    small, large = clusters(10, 0.8, scale=0.01), clusters(10, 0.8, scale=100.0)
    logits = fit(*small, 3).logits(small[0]), fit(*large, 3).logits(large[0])
    torch.testing.assert_close(logits[0], logits[1], atol=2e-3, rtol=1e-3)


@pytest.mark.parametrize("fit", [fit_linear_probe, fit_lda])
def test_a_class_without_examples_is_never_likely(fit: Fit) -> None:
    points_ND, labels_N = clusters(10, 0.3)
    assert bool((fit(points_ND, labels_N, 4).logits(points_ND).softmax(dim=1)[:, 3] < 0.05).all())


def test_lda_gives_less_weight_to_directions_in_which_the_classes_vary_within() -> None:
    labels_N = torch.arange(400) % 2
    noise_ND = torch.randn(400, 2, generator=torch.Generator().manual_seed(4)) * torch.tensor([0.3, 10.0])
    points_ND = noise_ND + labels_N[:, None]
    means_KD = torch.stack([points_ND[labels_N == label].mean(dim=0) for label in (0, 1)])
    quiet, noisy = fit_lda(points_ND, labels_N, 2).weight_KD.diff(dim=0)[0] / means_KD.diff(dim=0)[0]
    assert quiet > 1.5 * noisy > 0
    equal_ND, labels_N = torch.ones(6, 4), torch.arange(6) % 2
    assert bool(fit_lda(equal_ND, labels_N, 2).logits(equal_ND).isfinite().all())


def test_out_of_fold_predictions_do_not_memorize_labels() -> None:
    generator = torch.Generator().manual_seed(3)
    noise_ND, labels_N = torch.randn(120, 200, generator=generator), torch.arange(120) % 2
    assert accuracy(fit_linear_probe(noise_ND, labels_N, 2).logits(noise_ND), labels_N) == 1.0
    assert accuracy(out_of_fold(noise_ND, labels_N, 2), labels_N) < 0.7


def test_duplicates_are_scored_without_each_other() -> None:
    generator = torch.Generator().manual_seed(3)
    noise_ND = torch.randn(60, 200, generator=generator).repeat(2, 1)
    labels_N = (torch.arange(60) % 2).repeat(2)
    groups_N = torch.arange(60).repeat(2) * 7
    assert accuracy(out_of_fold(noise_ND, labels_N, 2), labels_N) > 0.7  # the copy leaks the label
    assert accuracy(out_of_fold(noise_ND, labels_N, 2, groups_N=groups_N), labels_N) < 0.65


def test_every_example_gets_an_answer_and_the_same_seed_the_same() -> None:
    points_ND, labels_N = clusters(7, 1.0)
    first, again = (out_of_fold(points_ND, labels_N, 3, seed=4) for _ in range(2))
    assert bool(first.isfinite().all())
    assert torch.equal(first, again)
    assert not torch.equal(first, out_of_fold(points_ND, labels_N, 3, seed=5))


def test_noisy_examples_get_more_weight_decay() -> None:
    generator = torch.Generator().manual_seed(1)
    points_ND, labels_N = clusters(15, 0.2)
    clear, _ = best_weight_decay(points_ND, labels_N, 3)
    noisy, said_NK = best_weight_decay(
        torch.cat(
            [
                points_ND + 2 * torch.randn(points_ND.shape, generator=generator),
                2 * torch.randn(45, 100, generator=generator),
            ],
            1,
        ),
        labels_N,
        3,
    )
    assert clear < noisy
    assert said_NK.shape == (45, 3)


def test_stopping_takes_effect_while_a_probe_is_fitted() -> None:
    class StopsSoon(WorkControl):
        looks = 0

        @property
        def stopped(self) -> bool:
            self.looks += 1
            return self.looks > 5

    control = StopsSoon()
    with pytest.raises(Cancelled):
        best_weight_decay(*clusters(10, 0.3), 3, control=control)
    assert control.looks == 6
