"""Setting images aside, the same ones each time."""

from __future__ import annotations

import torch

from trainer.errors import DataError


def stratified_split(labels_N: torch.Tensor, held_out: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Split indices so that the held-out part has the class proportions of the whole.

    Args:
        labels_N: int64 class indices.
        held_out: About how many to hold out; each class gives its share, rounded, but at least one and never all.
        seed: Same seed, same split.

    Returns:
        (kept, held out) int64 indices, each ascending; every index is in exactly one of them.

    Raises:
        DataError: A class has fewer than two images, so that it cannot be on both sides.
    """
    generator = torch.Generator().manual_seed(seed)
    share = held_out / max(len(labels_N), 1)
    kept, out = [], []
    for label in labels_N.unique(sorted=True):
        members = (labels_N == label).nonzero().flatten()
        if len(members) < 2:
            raise DataError(
                "One of the categories has a single photo. Training needs at least two of each: one to learn from and "
                "one to check with. Add photos to it or remove it."
            )
        shuffled = members[torch.randperm(len(members), generator=generator)]
        count = min(max(round(len(members) * share), 1), len(members) - 1)
        out.append(shuffled[:count])
        kept.append(shuffled[count:])
    return torch.cat(kept).sort().values, torch.cat(out).sort().values
