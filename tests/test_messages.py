"""Every error code has exactly one sentence and is snake_case."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from fashionlens_gui import messages
from trainer import errors
from trainer.data.data_paths import DatasetInfo

ROOT = Path(__file__).resolve().parents[1]
_FAMILY = {name for name, each in vars(errors).items() if isinstance(each, type) and issubclass(each, Exception)} | {
    "SessionError",
    "CatalogueError",
    "KeywordError",
    "UsageError",
    "OutputLost",
}


def codes_raised() -> Iterator[tuple[str, str]]:
    """Where an error of the family is made, and with which code; only codes that are written out."""
    for package in ("trainer", "fashionlens_gui"):
        for file in sorted((ROOT / package).rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _FAMILY):
                    continue
                place = f"{file.relative_to(ROOT)}:{node.lineno}"
                for first in node.args[:1]:
                    if isinstance(first, ast.Constant) and isinstance(first.value, str):
                        yield place, first.value
                    elif isinstance(first, ast.JoinedStr):
                        yield place, ast.unparse(first)


def test_each_code_is_in_one_table() -> None:
    counts = Counter(code for table in messages._TABLES for code in table)
    assert [code for code, count in counts.items() if count > 1] == []


def test_each_error_has_a_sentence() -> None:
    known = {code for table in messages._TABLES for code in table}
    assert [(place, code) for place, code in codes_raised() if code not in known] == []


def test_codes_are_short_snake_case() -> None:
    known = [code for table in messages._TABLES for code in table]
    assert [code for code in known if not re.fullmatch("[a-z][a-z0-9_]*", code)] == []


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (DatasetInfo("fashion-mnist"), "Fashion-MNIST"),
        (DatasetInfo("fashion-mnist", part="train"), "Fashion-MNIST training images"),
        (DatasetInfo("fashion-mnist", part="validation"), "Fashion-MNIST validation images"),
        (DatasetInfo("fashion-mnist", part="test"), "Fashion-MNIST test images"),
        (DatasetInfo(name="shop", part="test"), "shop, held-out photos"),
        (DatasetInfo(name="shop", part="train"), "shop, training photos"),
        (DatasetInfo(name="shop", corrected_photos=1), "shop, and 1 corrected photo"),
        (DatasetInfo(name="shop", corrected_photos=1234), "shop, and 1,234 corrected photos"),
        (DatasetInfo("products", teachers=("a", "b")), "Product and phone photos, distilled from a and b"),
    ],
)
def test_data_in_words(data: DatasetInfo, text: str) -> None:
    assert messages.data_text(data) == text
    error = errors.DataError("photos_of_another_model", data=data, model="m")
    assert messages.sentence(error) == f"The photos of “{text}” were not prepared for the model “m”."
