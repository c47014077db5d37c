"""Asserts that something is refused with a code, and that people get a sentence for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from fashionlens_gui import messages
from trainer.errors import FashionLensError


@contextmanager
def refused(code: str, says: str = "", **parameters: object) -> Iterator[None]:
    """The block raises an error with this code and, among others, these parameters; its sentence has ``says`` in it."""
    with pytest.raises(FashionLensError) as caught:
        yield
    error = caught.value
    assert error.code == code
    assert {name: error.parameters.get(name) for name in parameters} == parameters
    sentence = messages.sentence(error)
    assert sentence != code and says in sentence
