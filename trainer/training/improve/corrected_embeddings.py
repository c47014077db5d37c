"""Corrected photos as a network sees them: each looked at once, with all that was said of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch

from trainer.control import ProgressEvent, WorkControl
from trainer.data import near_duplicates
from trainer.data.photo_files import Unreadable
from trainer.errors import DataError
from trainer.inference.embedding import embed_photos
from trainer.inference.predictor import Predictor
from trainer.model_files.heads import head_of
from trainer.preprocessing.photo import load_photo
from trainer.taxonomy import CATEGORY
from trainer.training.improve.corrected_photos import FEWEST, CorrectedLabel, class_of, teachable


@dataclass(frozen=True)
class SeenCorrections:
    """P photos, each content once, in the order in which they were first spoken of.

    Attributes:
        embeddings_PD: float32.
        digests: Of the files' bytes, P.
        group_P: Numbers, the same for copies of one photo.
        files: P names.
        categories: What each shows, by a person's word where enough was said of categories, else by the model's; P.
        labels: By attribute, ``category`` among them: int64 P, indices into the model's values; -1 where nothing was
            said. Attributes with fewer than :data:`FEWEST` photos are left out.
        photos: Of each attribute of which anything was said, how many photos have a value that the model knows.
        unknown: Values that the model does not know, by attribute, and how often each was said.
        unreadable: Photos that could not be read.
        replaced: Files that hold another photo than the one that something was said of, which was left out therefore.
    """

    embeddings_PD: torch.Tensor
    digests: list[str]
    group_P: np.ndarray
    files: tuple[str, ...]
    categories: tuple[str, ...]
    labels: Mapping[str, torch.Tensor]
    photos: Mapping[str, int]
    unknown: Mapping[str, Counter[str]]
    unreadable: tuple[Unreadable, ...]
    replaced: tuple[str, ...]


def look_at(
    predictor: Predictor, corrections: Sequence[CorrectedLabel], control: WorkControl
) -> Generator[ProgressEvent, None, SeenCorrections]:
    """Look at the photos of attributes of which enough was said; yields progress.

    Args:
        predictor: The model.
        corrections: What people said; of a photo and its copies the later word counts.
        control: Stops it.

    Raises:
        DataError: There is no attribute of which enough was said and can be learnt.
        Cancelled: ``control`` was stopped.
    """
    known, unknown = _sorted(corrections, teachable(predictor.metadata))
    paths_of: dict[str, set[Path]] = {}
    for each, _ in known:
        paths_of.setdefault(each.attribute, set()).add(each.path)
    photos = {attribute: len(paths) for attribute, paths in paths_of.items()}
    known = [(each, label) for each, label in known if photos[each.attribute] >= FEWEST]
    paths = list(dict.fromkeys(each.path for each, _ in known))
    found = yield from embed_photos(
        predictor,
        paths,
        partial(load_photo, shortest_side=predictor.decode_short_side),
        control,
        "Looking at your corrected photos",
        lambda photo: near_duplicates.picture_of(photo.pixels_HWC),
    )
    place_of = {digest: place for place, digest in enumerate(found.digests)}  # copies: the last speaks for all
    digest_of = {paths[index]: digest for index, digest in zip(found.indices, found.digests, strict=True)}
    said: dict[str, dict[str, int]] = {}
    replaced: dict[Path, None] = {}  # in order, each once
    for each, label in known:
        digest = digest_of.get(each.path)
        if digest is not None and each.digest not in ("", digest):
            replaced[each.path] = None
        elif digest is not None:
            said.setdefault(each.attribute, {})[digest] = label
    photos |= {each.attribute: len(said.get(each.attribute, ())) for each, _ in known}
    said = {attribute: labels for attribute, labels in said.items() if len(labels) >= FEWEST}
    if not said:
        lost = len(found.unreadable), len(replaced)
        raise DataError(_too_few(predictor.metadata.name, corrections, photos, unknown, *lost))
    digests = [digest for digest in place_of if any(digest in labels for labels in said.values())]
    places = [place_of[digest] for digest in digests]
    # Several photos of one garment may differ; copies of one photo on both sides would judge what was learnt by heart.
    groups = yield from near_duplicates.groups(np.stack([found.pictures[p] for p in places]), digests, control)
    embeddings_PD = found.embeddings_ND[places]
    labels_of = {
        attribute: torch.tensor([labels.get(digest, -1) for digest in digests]) for attribute, labels in said.items()
    }
    shown_P = head_of(predictor.network, predictor.metadata, CATEGORY).logits(embeddings_PD).argmax(dim=1)
    said_P = labels_of.get(CATEGORY, torch.full_like(shown_P, -1))
    return SeenCorrections(
        embeddings_PD,
        digests,
        groups.group_N,
        tuple(str(paths[found.indices[place]]) for place in places),
        tuple(predictor.metadata.classes[label] for label in torch.where(said_P >= 0, said_P, shown_P).tolist()),
        labels_of,
        {attribute: photos.get(attribute, 0) for attribute in dict.fromkeys(each.attribute for each in corrections)},
        unknown,
        tuple(Unreadable(str(paths[place]), why) for place, why in found.unreadable.items()),
        tuple(map(str, replaced)),
    )


def _sorted(
    corrections: Sequence[CorrectedLabel], classes: Mapping[str, tuple[str, ...]]
) -> tuple[list[tuple[CorrectedLabel, int]], dict[str, Counter[str]]]:
    """What the model knows, each with its class; and how often something else was said, by attribute."""
    known: list[tuple[CorrectedLabel, int]] = []
    unknown: dict[str, Counter[str]] = {}
    for each in corrections:
        label = class_of(each.value, classes.get(each.attribute, ()))
        if label is not None:
            known.append((each, label))
        else:
            unknown.setdefault(each.attribute, Counter())[each.value] += 1
    return known, unknown


def _too_few(
    model: str,
    corrections: Sequence[CorrectedLabel],
    photos: Mapping[str, int],
    unknown: Mapping[str, Counter[str]],
    unreadable: int,
    replaced: int,
) -> str:
    """Of what there are most, and why there are not more."""
    asked = Counter(each.attribute for each in corrections)
    most = max(asked, key=lambda name: (photos.get(name, 0), asked[name]), default=CATEGORY)
    usable, strange = photos.get(most, 0), unknown.get(most, Counter())
    reasons = []
    if strange:
        names = ", ".join(f"“{name}”" for name, _ in strange.most_common(3))
        more = " and others" if len(strange) > 3 else ""
        what = "are of categories" if most == CATEGORY else f"have a {most}"
        reasons.append(f"{strange.total():,} {what} that it does not know ({names}{more})")
    if unreadable:
        reasons.append(f"{unreadable:,} cannot be read any more")
    if replaced:
        reasons.append(f"{replaced:,} {'was' if replaced == 1 else 'were'} replaced by another photo since")
    why = f" Of {asked[most]:,}, {' and '.join(reasons)}." if reasons else ""
    whose = "corrected or confirmed " if most == CATEGORY else ""
    by_hand = "" if most == CATEGORY else f" with a {most} set by hand"
    noun = "photo" if usable == 1 else "photos"
    return (
        f"There {'is' if usable == 1 else 'are'} {usable:,} {whose}{noun}{by_hand} that “{model}” can learn from; it "
        f"takes at least {FEWEST}.{why} Correct or confirm more photos, then try again."
    )
