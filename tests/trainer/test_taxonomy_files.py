"""The taxonomy's files: whole, missing, damaged; what is said of them."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.trainer.bundled_taxonomy import FOLDER
from trainer import taxonomy
from trainer.errors import DataError


def category(content: Any, name: str) -> dict[str, Any]:
    (found,) = (entry for entry in content["categories"] if entry["name"] == name)
    return found


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """A copy of the bundled taxonomy that a test may damage."""
    folder = tmp_path / "taxonomy"
    shutil.copytree(FOLDER, folder)
    return folder


def edit(file: Path, change: Callable[[Any], object]) -> None:
    content = json.loads(file.read_text(encoding="utf-8"))
    change(content)
    file.write_text(json.dumps(content), encoding="utf-8")


def test_an_untouched_copy_loads(copied: Path) -> None:
    assert taxonomy.load(copied).names("category") == taxonomy.load(FOLDER).names("category")


@pytest.mark.parametrize("file", sorted(path.name for path in FOLDER.glob("*.json")))
def test_a_missing_file_is_named(copied: Path, file: str) -> None:
    (copied / file).unlink()
    with pytest.raises(DataError, match=f"{re.escape(file)}” is missing"):
        taxonomy.load(copied)


@pytest.mark.parametrize("file", sorted(path.name for path in FOLDER.glob("*.json")))
@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe\x00", b"{}", b"[" * 100_000])
def test_a_file_of_nonsense_is_named(copied: Path, file: str, content: bytes) -> None:
    (copied / file).write_bytes(content)
    with pytest.raises(DataError, match=re.escape(file)):
        taxonomy.load(copied)


@pytest.mark.parametrize(
    ("file", "change", "said"),
    [
        ("categories.json", lambda c: c["categories"].append(dict(c["categories"][0])), "“T-shirt” is there twice"),
        ("categories.json", lambda c: category(c, "Top")["labels"].append("tshirts"), "“tshirts” means both"),
        ("categories.json", lambda c: category(c, "Top")["aliases"].append("jumper"), "“jumper” means both"),
        ("categories.json", lambda c: category(c, "Top").update(group="Hats"), "a group that is not listed"),
        (
            "categories.json",
            lambda c: category(c, "Top").update(google_product_category="212"),
            "neither a whole number",
        ),
        (
            "categories.json",
            lambda c: category(c, "Top").update(google_product_category=True),
            "neither a whole number",
        ),
        ("categories.json", lambda c: category(c, "Top").update(garment="yes"), "neither true nor false"),
        ("categories.json", lambda c: category(c, "Top").pop("aliases"), "does not have the fields"),
        ("categories.json", lambda c: category(c, "Top").update(labels="Tops"), "not a list of words"),
        ("categories.json", lambda c: c["categories"].pop(), "the last category must be “Other”"),
        ("colours.json", lambda c: c["colours"][0].update(family="Dark"), "a family that is not listed"),
        ("colours.json", lambda c: c["colours"][0].update(srgb=[0, 0, 256]), "not three whole numbers"),
        ("colours.json", lambda c: c["colours"][0].update(srgb=[0, 0]), "not three whole numbers"),
        ("fabrics.json", lambda c: c["fabrics"].clear(), "not a list with something in it"),
        ("seasons.json", lambda c: c["seasons"][0].update(name=" "), "not a list of words"),
        (
            "collections.json",
            lambda c: c["collections"][0]["categories"].append("Gown"),
            "“Gown”, which is no category",
        ),
        ("collections.json", lambda c: c["collections"][0]["categories"].clear(), "stands for nothing"),
        ("weak_labels.json", lambda c: c["pattern"]["rules"][0].update(words="(check"), "not a regular expression"),
        ("weak_labels.json", lambda c: c["pattern"]["rules"][0].update(words=""), "not a list of words"),
        (
            "weak_labels.json",
            lambda c: c["pattern"]["rules"][0].update(value="Tartan"),
            "“Tartan”, which is not a pattern",
        ),
        ("weak_labels.json", lambda c: c["fabric"]["rules"][0].update(only=[]), "neither words nor kinds of product"),
    ],
)
def test_a_damaged_file_is_named_with_what_is_wrong(
    copied: Path, file: str, change: Callable[[Any], object], said: str
) -> None:
    edit(copied / file, change)
    with pytest.raises(DataError) as caught:
        taxonomy.load(copied)
    assert file in caught.value.sentence
    assert said in caught.value.sentence
