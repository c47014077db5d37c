"""Attributes that people define: what the catalogue knows of them, training, and what is said about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fashionlens_gui.catalogue import own_attributes
from fashionlens_gui.catalogue.catalogue import Catalogue, Changes
from fashionlens_gui.catalogue.own_attributes import FEWEST_PHOTOS
from fashionlens_gui.catalogue.own_columns import OwnAttribute
from fashionlens_gui.catalogue.own_columns import own_attributes as attributes_of
from fashionlens_gui.catalogue.query import Query, counts
from fashionlens_gui.window.shell import responsive_import
from trainer.control import WorkControl
from trainer.number_format import photos, whole_percent


@dataclass(frozen=True, slots=True)
class AttributeFacts:
    """An attribute, the number of photos with each of its values, and of all photos."""

    attribute: OwnAttribute
    values: dict[str, int]
    photos: int

    @property
    def missing(self) -> dict[str, int]:
        """How many labelled photos values lack, until two values have enough to be trained; empty for none."""
        lacking = {value: FEWEST_PHOTOS - self.attribute.labelled.get(value, 0) for value in self.attribute.values}
        least = sorted(lacking.items(), key=lambda pair: pair[1])[:2]
        return {value: count for value, count in least if count > 0}

    @property
    def trainable(self) -> bool:
        return not self.missing


def read_attributes(catalogue: Catalogue) -> list[AttributeFacts]:
    """All attributes that people defined."""
    with responsive_import.frequent_switches():
        with catalogue.database.read() as database:
            found = attributes_of(database)
            (total,) = database.execute("SELECT count(*) FROM photos WHERE hidden_by IS NULL").fetchone()
        return [AttributeFacts(each, counts(catalogue, Query(), each.code), total) for each in found]


def train(catalogue: Catalogue, code: str, control: WorkControl) -> Changes:
    """Train an attribute, and predict all photos; see :func:`fashionlens_gui.catalogue.own_attributes.train`."""
    with responsive_import.frequent_switches():
        changes, _ = own_attributes.train(catalogue, code, control)
        return changes


def labelled_text(facts: AttributeFacts) -> str:
    """How many photos people labelled with each value."""
    labelled = facts.attribute.labelled
    if not labelled:
        return "No photo is labelled yet."
    return ", ".join(f"{value or 'none'}: {count:,}" for value, count in labelled.items())


def result_text(facts: AttributeFacts) -> str:
    """What training needs, or what it found and what is promised."""
    head = facts.attribute.head
    if head is None:
        if not facts.missing:
            return "Not trained yet. Train it, and all other photos get a value where it is sure."
        return f"Training needs {FEWEST_PHOTOS} labelled photos of each of two values. {_missing(facts.missing)}"
    lines = [f"Trained on {photos(head.photos)}; {whole_percent(head.accuracy)} of them are correct when held out."]
    if head.promised is None:
        lines.append(
            "That is too little to promise anything, so no photo gets a value from it. "
            + _advice(head.photos, len(head.labels))
        )
    else:
        sure = sum(count for value, count in facts.values.items() if value)
        lines.append(
            f"At least {whole_percent(head.promised)} of the sure values are correct, for photos like the labelled "
            f"ones. {sure:,} of {photos(facts.photos)} have a value; of the others it is not sure."
        )
    left_out = [value for value in facts.attribute.values if value not in head.labels]
    if left_out:
        lines.append(f"Not trained, for lack of labelled photos: {', '.join(left_out)}.")
    return "\n".join(lines)


_A_START, _BETTER = 10, 50  # labelled photos of a value, measured in tests/benchmarks


def _advice(labelled: int, values: int) -> str:
    """How many more photos to label; a promise needs some photos of each value that are correct when held out."""
    for each, text in ((_A_START, "a start"), (_BETTER, "better")):
        if labelled < each * values:
            more = each * values - labelled
            return f"Label some {more:,} more, different ones: {each} photos of each value are {text}."
    return "Label more and different photos of each value; it may be hard to see on photos."


def _missing(missing: dict[str, int]) -> str:
    return " ".join(f"“{value}” needs {count} more." for value, count in missing.items())


def values_of(text: str) -> Sequence[str]:
    """The values of a text, one a line or separated by commas."""
    return [value.strip() for line in text.splitlines() for value in line.split(",") if value.strip()]
