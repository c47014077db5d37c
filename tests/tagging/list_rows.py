"""Rows of a list, as yielded by a tagging job."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from fashionlens_gui.session.session import Session
from fashionlens_gui.tagging.job import Tagged
from fashionlens_gui.tagging.tag import Tag, predicted
from trainer.inference.prediction import Prediction, Ranking

LABELS = ("Dress", "Coat", "Bag")


def item(
    name: str, probabilities: tuple[float, ...] = (0.75, 0.1875, 0.0625), labels: tuple[str, ...] = LABELS
) -> Tagged:
    prediction = Prediction(Ranking(labels, probabilities), probabilities[0] < 0.5, np.zeros(1, np.float32))
    return Tagged(predicted(Path("/photos") / name, name, prediction), None, f"digest of {name}")


def categories(session: Session) -> list[str]:
    return [tag.category for tag in session.rows]


def with_values(tag: Tag, **values: str) -> Tag:
    """The same row with attributes that a person set."""
    return replace(tag, attributes=tag.attributes.with_user_values(values))
