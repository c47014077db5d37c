"""Asserts that an error has a code, parameters and a sentence for the user."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from fashionlens_gui import messages
from trainer.errors import FashionLensError


@contextmanager
def refused(code: str, says: str = "", **parameters: object) -> Iterator[None]:
    """The block raises an error with this code and at least these parameters; its sentence contains ``says``."""
    with pytest.raises(FashionLensError) as caught:
        yield
    error = caught.value
    assert error.code == code
    assert {name: error.parameters.get(name) for name in parameters} == parameters
    sentence = messages.sentence(error)
    assert sentence != code and says in sentence
