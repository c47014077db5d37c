"""Key presses and clicks until 98 % of the labels are right: photos reviewed one by one, and in groups.

    python -m tests.benchmarks.review_actions [--half even|odd]

The bundled model tags the validation photos of ``FASHIONLENS_DATA``: studio photos (60×80 pixels) and phone photos.
Then a simulated person, who knows the labels, reviews them in a catalogue with the functions that the window uses, and
stops as soon as 98 % are right. Every key press and every click counts as one, a search with its letters and Enter. The
person makes no mistakes. What is not counted is how long one looks: a grid takes longer than a photo.

One by one: in the order of a review, photos that need review first. Enter confirms, a number key chooses one of the
first nine, letters and Enter any other. A colour that is right costs → alone; another one Tab, Enter, its number and →.

In groups: a click marks a photo, Ctrl+A all. The person marks wrong ones that one of the group's nine answers fits and
presses its number, then marks the other wrong ones and confirms the rest with Enter. Photos that were marked in two
groups are named by letters. When no group is left, the remaining photos are reviewed one by one.

A right answer is one that the label allows: a phone class stands for several categories, a Google category is that of
several, and all other labels stand for themselves. ``--half`` takes every other photo, from the first (even) or second.
"""

from __future__ import annotations

import argparse
import csv
import math
import os
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np

from fashionlens_gui import paths
from fashionlens_gui.catalogue import operations, photos
from fashionlens_gui.catalogue.catalogue import Catalogue
from fashionlens_gui.catalogue.model_identity import ModelIdentity
from fashionlens_gui.catalogue.query import Query, embeddings_of
from fashionlens_gui.model_choice import find_model, open_predictor
from fashionlens_gui.review.group_review import ANSWERS, GroupReview, find_groups, open_review
from fashionlens_gui.review.labelling_order import review_order
from fashionlens_gui.tagging.attributes import AttributeTag
from fashionlens_gui.tagging.job import Tagged, tag_photos
from fashionlens_gui.tagging.tag import Tag
from fashionlens_gui.window.photos.choice_picker import Choice, matching
from trainer.control import WorkControl
from trainer.inference.active_learning import select_for_labelling
from trainer.taxonomy import CATEGORY, Taxonomy, load

DATA = Path(os.environ.get("FASHIONLENS_DATA", Path(__file__).parents[2].parent / "shared" / "data"))
COLOUR = "colour"
ENOUGH = 0.98
_PATIENCE = 2  # groups in which a photo is marked before the person names it


class Person:
    """Knows the labels, counts actions and corrects the catalogue.

    Args:
        catalogue: The photos.
        name: ``category`` or an attribute.
        right: The values that are right, by id of the photo.
        values: All values, as the list to search in has them.
    """

    def __init__(
        self, catalogue: Catalogue, name: str, right: dict[int, frozenset[str]], values: Iterable[str]
    ) -> None:
        self.catalogue, self.name, self.right = catalogue, name, right
        self.actions = self.groups = 0
        self._choices = [Choice(value) for value in values]
        self._labels = {id_: self._label(tag) for id_, tag in catalogue.tags(list(right)).items()}
        self._now = {id_: _value(label) for id_, label in self._labels.items()}
        self._set: set[int] = set()
        self._wrong = sum(self._now[id_] not in right[id_] for id_ in right)

    @property
    def done(self) -> bool:
        return self._wrong <= len(self.right) - math.ceil(ENOUGH * len(self.right))

    @property
    def share_right(self) -> float:
        """Of the values in the catalogue."""
        tags = self.catalogue.tags(list(self.right))
        return float(np.mean([_value(self._label(tags[id_])) in right for id_, right in self.right.items()]))

    def _label(self, tag: Tag) -> Tag | AttributeTag:
        """What holds the ranking of the value."""
        return tag if self.name == CATEGORY else next(each for each in tag.attributes if each.name == self.name)

    def set(self, ids_of: dict[str, list[int]]) -> None:
        operations.correct_each(self.catalogue, self.name, ids_of)
        for value, ids in ids_of.items():
            for id_ in ids:
                self._wrong += (self._now[id_] in self.right[id_]) - (value in self.right[id_])
                self._now[id_] = value
                self._set.add(id_)

    def search(self, right: frozenset[str]) -> tuple[int, str]:
        """The fewest keys, letters and Enter, with which the search finds one of these values, and that value."""
        for length in range(1, max(map(len, right)) + 1):
            for value in sorted(right):
                found = matching(self._choices, value[:length])
                if found and found[0].label == value:
                    return length + 1, value
        raise AssertionError(f"{right} cannot be found")

    def one_by_one(self) -> None:
        for id_ in self._order():
            if self.done:
                return
            if id_ in self._set:
                continue
            if self._now[id_] in self.right[id_]:
                self.actions += 1
                self.set({self._now[id_]: [id_]})
                continue
            ranking = self._labels[id_].ranking
            assert ranking is not None
            numbered = [value for value in ranking.labels[:ANSWERS] if value in self.right[id_]]
            keys, value = (1, numbered[0]) if numbered else self.search(self.right[id_])
            self.actions += keys if self.name == CATEGORY else keys + 3
            self.set({value: [id_]})

    def _order(self) -> list[int]:
        if self.name == CATEGORY:
            return [int(id_) for id_ in review_order(self.catalogue, Query()) if int(id_) in self.right]
        ids_N, embeddings_ND = embeddings_of(self.catalogue, np.array(list(self.right), np.int64))
        margins_N, unsure_N = np.zeros(len(ids_N)), np.zeros(len(ids_N), bool)
        for place, id_ in enumerate(ids_N.tolist()):
            label = self._labels[id_]
            assert isinstance(label, AttributeTag) and label.ranking is not None
            margins_N[place] = label.ranking.confidence - label.ranking.second_confidence
            unsure_N[place] = label.unsure
        embeddings_ND = embeddings_ND.astype(np.float32)
        order_N = select_for_labelling(margins_N, embeddings_ND, embeddings_ND[:0])
        order_N = np.concatenate([order_N[unsure_N[order_N]], order_N[~unsure_N[order_N]]])
        return [int(id_) for id_ in ids_N[order_N]]

    def in_groups(self) -> None:
        review = open_review(self.catalogue, Query(), self.name)
        marked_before = dict.fromkeys(self.right, 0)
        while not self.done and len(review.group):
            self.groups += 1
            self._review_group(review, marked_before)
            review.follow(find_groups(*review.rest()))

    def _review_group(self, review: GroupReview, marked_before: dict[int, int]) -> None:
        """Answer for the group that is shown, until the next one is."""
        shown: list[int] = review.group.tolist()
        numbered = [label for label, _ in review.answers()]
        while True:
            wrong = [photo for photo in shown if review.value(photo) not in self._right_of(review, photo)]
            fits = {
                label: some
                for label in numbered
                if (some := [photo for photo in wrong if label in self._right_of(review, photo)])
            }
            named = [photo for photo in wrong if marked_before[review.id_of(photo)] >= _PATIENCE]
            if fits:
                label = max(fits, key=lambda each: len(fits[each]))
                these, keys = fits[label], 1
            elif named:
                keys, label = self.search(self._right_of(review, named[0]))
                these = [photo for photo in named if label in self._right_of(review, photo)]
            else:
                break
            self.actions += self._marking(len(these), len(shown), all_is_none=True) + keys
            self.set({label: review.answer(these)})
            shown = [photo for photo in shown if photo not in these]
            if not shown:
                return
        self.actions += self._marking(len(wrong), len(shown)) + 1
        for photo in wrong:
            marked_before[review.id_of(photo)] += 1
        self.set(review.confirm(wrong))

    def _right_of(self, review: GroupReview, photo: int) -> frozenset[str]:
        return self.right[review.id_of(photo)]

    @staticmethod
    def _marking(marked: int, shown: int, all_is_none: bool = False) -> int:
        """Actions to mark some of the photos: clicks, or Ctrl+A and clicks on the others.

        ``all_is_none``: what follows is done to all photos when none is marked.
        """
        return 0 if all_is_none and marked == shown else min(marked, 1 + shown - marked)


def report(
    title: str, tagged: list[Tagged], name: str, right_of: Callable[[Path], frozenset[str]], values: Iterable[str]
) -> None:
    """Print both reviews of the photos whose label is known."""
    known = [item for item in tagged if right_of(item.tag.path)]
    values = list(values)
    for way in ("one by one", "in groups"):
        with (
            tempfile.TemporaryDirectory() as folder,
            Catalogue(Path(folder, "catalogue.sqlite"), write=True) as catalogue,
        ):
            batch = operations.begin_import(catalogue, [])
            _, rows = photos.store(catalogue, batch, known, ModelIdentity("products"))
            right = {row.photo: right_of(row.tag.path) for row in rows if row.photo is not None}
            person = Person(catalogue, name, right, values)
            before, parts = person.share_right, []
            if way == "in groups":
                person.in_groups()
                parts.append(f"{person.groups} groups")
                if not person.done:
                    parts.append(f"{person.share_right:.1%} right after the last with {person.actions} actions")
            person.one_by_one()
            per_hundred = 100 * person.actions / len(known)
            parts.insert(0, f"{person.actions} actions, {per_hundred:.1f} per hundred photos")
            print(
                f"{title}, {way}: {before:.1%} of {len(known)} right at first, {person.share_right:.1%} after "
                f"{'; '.join(parts)}",
                flush=True,
            )


def _value(label: Tag | AttributeTag) -> str:
    return label.category if isinstance(label, Tag) else label.value


def tag(folder: Path) -> list[Tagged]:
    """The rows of a folder's photos, in the order of their names."""
    events = tag_photos([folder], open_predictor(find_model("products")), WorkControl())
    rows = [event for event in events if isinstance(event, Tagged)]
    return sorted(rows, key=lambda item: item.tag.file)


def studio_labels() -> dict[str, dict[str, str]]:
    with (DATA / "products" / "labels.csv").open(encoding="utf-8-sig", newline="") as table:
        return {row["id"]: row for row in csv.DictReader(table) if row["split"] == "val"}


def unpack(archive: Path, folder: Path, wanted: Callable[[str], bool]) -> Path:
    with zipfile.ZipFile(archive) as photos:
        photos.extractall(folder, [name for name in photos.namelist() if wanted(name)])
    return folder


def main() -> int:
    """Tag the photos and report."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--half", choices=("even", "odd"))
    half = parser.parse_args().half
    if not (DATA / "phone" / "images.zip").is_file():
        print(f"skipped: there is no phone/images.zip in {DATA} (FASHIONLENS_DATA)")
        return 0
    part = slice({None: 0, "even": 0, "odd": 1}[half], None, 1 if half is None else 2)
    taxonomy: Taxonomy = load(paths.resources_dir() / "taxonomy")
    categories, colours = taxonomy.names(CATEGORY), taxonomy.names(COLOUR)
    google_of = {each.name: each.google_product_category for each in taxonomy.categories}
    labels = studio_labels()

    def category_of(file: Path) -> frozenset[str]:
        category = taxonomy.of_label(CATEGORY, labels[file.stem]["articleType"])
        return frozenset() if category is None else frozenset({category})

    def same_google_category(file: Path) -> frozenset[str]:
        ids = {google_of[category] for category in category_of(file)} - {None}
        return frozenset(category for category in categories if google_of[category] in ids)

    def colour_of(file: Path) -> frozenset[str]:
        colour = taxonomy.of_label(COLOUR, labels[file.stem]["baseColour"])
        return frozenset() if colour is None else frozenset({colour})

    def of_class(file: Path) -> frozenset[str]:
        return taxonomy.categories_of_class(file.parent.name)

    with tempfile.TemporaryDirectory() as temporary:
        phone, studio = Path(temporary, "phone"), Path(temporary, "studio")
        unpack(DATA / "phone" / "images.zip", phone, lambda name: name.startswith("validation/"))
        tagged = tag(phone)[part]
        report("phone, ten classes", tagged, CATEGORY, of_class, categories)
        archive = DATA / "products" / "images-60x80.zip"
        tagged = tag(unpack(archive, studio, lambda name: Path(name).stem in labels))[part]
        report("studio, Google categories", tagged, CATEGORY, same_google_category, categories)
        report("studio, categories", tagged, CATEGORY, category_of, categories)
        report("studio, colours", tagged, COLOUR, colour_of, colours)
    return 0


if __name__ == "__main__":
    sys.exit(main())
