"""Stratified splits of images, the same ones for the same seed."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from trainer.errors import DataError

_MIN_TRAINING_GROUPS = 2  # of a class before any is for the test: a single photo trains too little to be worth it


def stratified_split(labels_N: torch.Tensor, held_out: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Split indices so that the held-out part has the class proportions of the whole.

    Args:
        labels_N: int64 class indices.
        held_out: About how many to hold out; each class gives its share, rounded, but at least one and never all.

    Returns:
        (kept, held out) int64 indices, each ascending; every index is in exactly one of them.

    Raises:
        DataError: A class has fewer than two images, so that it cannot be in both parts.
    """
    generator = torch.Generator().manual_seed(seed)
    share = held_out / max(len(labels_N), 1)
    kept, out = [], []
    for label in labels_N.unique(sorted=True):
        members = (labels_N == label).nonzero().flatten()
        if len(members) < 2:
            raise DataError("single_photo_category")
        shuffled = members[torch.randperm(len(members), generator=generator)]
        count = min(max(round(len(members) * share), 1), len(members) - 1)
        out.append(shuffled[:count])
        kept.append(shuffled[count:])
    return torch.cat(kept).sort().values, torch.cat(out).sort().values


def grouped_split(
    labels_N: torch.Tensor, groups_N: torch.Tensor, shares: tuple[float, float, float], seed: int
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Split indices into training, validation and test so that nothing of one group is in two of them.

    Each class gives its shares, rounded, and at least one group where it can: the first goes to training, the second
    to validation, the third stays in training, the fourth goes to the test. A group of several classes counts as that
    of most of its photos. What validation gets does not depend on the test's share, as long as its own is the same.

    Args:
        labels_N: int64 class indices.
        groups_N: int64; photos of one group, such as copies of one photo, have the same number.
        shares: Of training, validation and test, none below 0, the first above 0. A share of 0 gets nothing.

    Returns:
        Three int64 index tensors, each ascending; every index is in exactly one of them.

    Raises:
        ValueError: A share is below 0, or that of training is 0.
    """
    if min(shares) < 0 or shares[0] <= 0:
        raise ValueError(f"shares {shares}")
    _, validation_share, test_share = (share / sum(shares) for share in shares)
    generator = torch.Generator().manual_seed(seed)
    part_N = torch.zeros(len(labels_N), dtype=torch.int64)
    for members in _groups_by_class(labels_N, groups_N):
        photos = sum(len(group) for group in members)
        waiting = [members[int(index)] for index in torch.randperm(len(members), generator=generator)]
        for part, share, staying in ((1, validation_share, 1), (2, test_share, _MIN_TRAINING_GROUPS)):
            if share <= 0 or len(waiting) <= staying:
                continue
            for group in _some(waiting, max(round(photos * share), 1), staying):
                part_N[group] = part
    training, validation, test = ((part_N == part).nonzero().flatten() for part in range(3))
    return training, validation, test


def _groups_by_class(labels_N: torch.Tensor, groups_N: torch.Tensor) -> list[list[torch.Tensor]]:
    classes: dict[int, list[torch.Tensor]] = {}
    order_N = groups_N.argsort(stable=True)
    sizes = groups_N[order_N].unique_consecutive(return_counts=True)[1]
    for group in order_N.split(sizes.tolist()):
        classes.setdefault(int(labels_N[group].mode().values), []).append(group)
    return [classes[label] for label in sorted(classes)]


def _some(waiting: list[torch.Tensor], wanted: int, staying: int) -> Sequence[torch.Tensor]:
    """Take about as many photos as wanted out of ``waiting``, whole groups, at least one; so many always stay."""
    taken = []
    for group in list(waiting):
        if len(group) <= wanted and len(waiting) > staying:
            taken.append(group)
            waiting[:] = [other for other in waiting if other is not group]
            wanted -= len(group)
    if not taken:
        smallest = min(waiting, key=len)
        waiting[:] = [other for other in waiting if other is not smallest]
        taken.append(smallest)
    return taken
