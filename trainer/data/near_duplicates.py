"""Exact and near duplicates: the same file, or the same photo cropped, relit, scaled, mirrored or saved again.

Photos that look alike when very small are candidates; registering one to the other decides (see
:mod:`trainer.data.alignment`). Two photos of one garment are not the same photo.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Sequence

import numpy as np
import torch
from PIL import Image

from trainer.control import ProgressEvent, WorkControl, batches
from trainer.data.alignment import SIDE, same_photo

# Of 200 copies of studio photos among 3,000 like them, cropped by 5 %, relit and saved again at once, 98 % had the
# original among the three most alike, with a likeness above 0.9 for 95 %; of phone photos all had, as first.
_GRID = 8  # cells of the sides that photos are first compared by
_MIN_CORRELATION = 0.88  # of candidates
_CANDIDATES = 3  # of each photo
_MIRRORED_CANDIDATES = 1  # these are seldom cropped, too
_ROWS_AT_ONCE = 1024  # of the correlation matrix: 40 MB with 10,000 photos
_PAIRS_AT_ONCE = 256
_STEP = "finding_duplicates"


def thumbnail(pixels_HWC: np.ndarray) -> np.ndarray:
    """What photos are compared by: uint8 RGB, 64×64×3 (12 KB). ``pixels_HWC``: uint8 RGB, larger is better."""
    return np.asarray(Image.fromarray(pixels_HWC).resize((SIDE, SIDE), Image.Resampling.BILINEAR))


def thumbnails(images_NCHW: torch.Tensor) -> np.ndarray:
    """The same for images that were prepared for a network, uint8 with 1 or 3 channels: uint8 N×64×64×3."""
    images = [image.expand(3, -1, -1).permute(1, 2, 0).contiguous().numpy() for image in images_NCHW]
    return np.stack([thumbnail(image) for image in images]) if images else np.zeros((0, SIDE, SIDE, 3), np.uint8)


def groups(
    thumbnails_NHWC: np.ndarray, digests: Sequence[str], control: WorkControl
) -> Generator[ProgressEvent, None, np.ndarray]:
    """Group duplicates: int64 N, the same number for the same photo, perhaps by way of others.

    Needs 12 KB of memory for each photo and some 100 MB for the work.

    Args:
        thumbnails_NHWC: uint8, from :func:`thumbnail`.
        digests: Of N files: same digest, same file.
    """
    first_with: dict[str, int] = {}
    pairs: list[tuple[int, int]] = []
    for index, digest in enumerate(digests):
        first = first_with.setdefault(digest, index)
        if first != index:
            pairs.append((first, index))
    # Photos of a single colour correlate with each other for no reason.
    unlike = [index for index in first_with.values() if thumbnails_NHWC[index].std() >= 1]
    compared = np.array(unlike, np.int64)
    candidates = [
        (mirrored, found)
        for mirrored in (False, True)
        for found in [np.array(sorted(_candidates(thumbnails_NHWC[compared], mirrored, control)), np.int64)]
        if len(found)
    ]
    total, done = sum(len(found) for _, found in candidates), 0
    for mirrored, found in candidates:
        for rows in batches(len(found), _PAIRS_AT_ONCE, control):
            firsts, seconds = compared[found[rows]].T
            others = thumbnails_NHWC[seconds]
            same = same_photo(thumbnails_NHWC[firsts], others[:, :, ::-1] if mirrored else others)
            pairs.extend(zip(firsts[same].tolist(), seconds[same].tolist(), strict=True))
            done += len(same)
            yield ProgressEvent(_STEP, done, total)
    return _group_numbers(len(digests), pairs)


def multiple(group_N: np.ndarray) -> list[list[int]]:
    """The indices of the photos of each group of two or more, in order."""
    members: dict[int, list[int]] = {}
    for index, group in enumerate(group_N.tolist()):
        members.setdefault(group, []).append(index)
    return [indices for indices in members.values() if len(indices) > 1]


def _candidates(thumbnails_NHWC: np.ndarray, mirrored: bool, control: WorkControl) -> Iterator[tuple[int, int]]:
    """Pairs that look alike when very small; the second of each turned round, if ``mirrored``."""
    count = len(thumbnails_NHWC)
    most = min(_MIRRORED_CANDIDATES if mirrored else _CANDIDATES, count - 1)
    if most < 1:
        return
    descriptors_ND = _descriptors(thumbnails_NHWC)
    others_ND = _descriptors(thumbnails_NHWC[:, :, ::-1]) if mirrored else descriptors_ND
    given = set()
    for batch in batches(count, _ROWS_AT_ONCE, control):
        correlation_MN = descriptors_ND[batch] @ others_ND.T
        rows = np.arange(len(correlation_MN))
        correlation_MN[rows, batch.start + rows] = -1
        nearest_MP = np.argpartition(-correlation_MN, most - 1, axis=1)[:, :most]
        for row, column in zip(
            *np.nonzero(np.take_along_axis(correlation_MN, nearest_MP, 1) > _MIN_CORRELATION), strict=True
        ):
            here, there = batch.start + int(row), int(nearest_MP[row, column])
            pair = (min(here, there), max(here, there))
            if pair not in given:
                given.add(pair)
                yield pair


def _descriptors(thumbnails_NHWC: np.ndarray) -> np.ndarray:
    """Colours on a grid, less their mean, of length 1: light and contrast do not count. float32 N×D."""
    by = SIDE // _GRID
    parts = [
        part.astype(np.float32).reshape(-1, _GRID, by, _GRID, by, 3).mean(axis=(2, 4)).reshape(len(part), -1)
        for part in np.array_split(thumbnails_NHWC, len(thumbnails_NHWC) // _ROWS_AT_ONCE + 1)
    ]
    descriptors_ND = np.concatenate(parts)
    descriptors_ND -= descriptors_ND.mean(axis=1, keepdims=True)
    descriptors_ND /= np.linalg.norm(descriptors_ND, axis=1, keepdims=True) + 1e-6
    return descriptors_ND


def _group_numbers(count: int, pairs: Iterable[tuple[int, int]]) -> np.ndarray:
    """Union-find: each photo's group, numbered by the first photo of it."""
    parent = list(range(count))

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    for pair in pairs:
        first, second = sorted(map(root, pair))
        parent[second] = first
    return np.array([root(index) for index in range(count)], np.int64)
