"""The taxonomy's files: valid, missing and damaged."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.refused import refused
from tests.trainer.bundled_taxonomy import FOLDER
from trainer import taxonomy


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
    with refused("taxonomy_missing", f"“{file}” is missing", file=file, folder=str(copied)):
        taxonomy.load(copied)


@pytest.mark.parametrize("file", sorted(path.name for path in FOLDER.glob("*.json")))
@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe\x00", b"{}", b"[" * 100_000])
def test_a_nonsense_file_is_named_in_the_error(copied: Path, file: str, content: bytes) -> None:
    (copied / file).write_bytes(content)
    with refused("taxonomy_damaged", file, file=file):
        taxonomy.load(copied)


@pytest.mark.parametrize(
    ("file", "change", "code", "sentence_part"),
    [
        (
            "categories.json",
            lambda c: c["categories"].append(dict(c["categories"][0])),
            "taxonomy_duplicate",
            "“T-shirt” is there twice",
        ),
        (
            "categories.json",
            lambda c: category(c, "Top")["labels"].append("tshirts"),
            "taxonomy_ambiguous",
            "“tshirts” means both",
        ),
        (
            "categories.json",
            lambda c: category(c, "Top")["aliases"].append("jumper"),
            "taxonomy_ambiguous",
            "“jumper” means both",
        ),
        (
            "categories.json",
            lambda c: category(c, "Top").update(group="Hats"),
            "taxonomy_unlisted",
            "“Top” refers to “Hats”",
        ),
        (
            "categories.json",
            lambda c: category(c, "Top").update(google_product_category="212"),
            "taxonomy_damaged",
            "google_product_category",
        ),
        (
            "categories.json",
            lambda c: category(c, "Top").update(google_product_category=True),
            "taxonomy_damaged",
            "google_product_category",
        ),
        ("categories.json", lambda c: category(c, "Top").update(garment="yes"), "taxonomy_damaged", "garment"),
        ("categories.json", lambda c: category(c, "Top").pop("aliases"), "taxonomy_damaged", "aliases"),
        ("categories.json", lambda c: category(c, "Top").update(labels="Tops"), "taxonomy_damaged", "labels"),
        (
            "categories.json",
            lambda c: c["categories"].pop(),
            "taxonomy_without_other",
            "the last category must be “Other”",
        ),
        (
            "colours.json",
            lambda c: c["colours"][0].update(family="Dark"),
            "taxonomy_unlisted",
            "“Dark”, which is not listed",
        ),
        ("colours.json", lambda c: c["colours"][0].update(srgb=[0, 0, 256]), "taxonomy_damaged", "srgb"),
        ("colours.json", lambda c: c["colours"][0].update(srgb=[0, 0]), "taxonomy_damaged", "srgb"),
        ("fabrics.json", lambda c: c["fabrics"].clear(), "taxonomy_damaged", "fabrics"),
        ("seasons.json", lambda c: c["seasons"][0].update(name=" "), "taxonomy_damaged", "name"),
        (
            "collections.json",
            lambda c: c["collections"][0]["categories"].append("Gown"),
            "taxonomy_unlisted",
            "“Gown”, which is not listed",
        ),
        (
            "collections.json",
            lambda c: c["collections"][0].update(usual="Sweater"),
            "taxonomy_unlisted",
            "“Sweater”, which is not listed",
        ),
        ("collections.json", lambda c: c["collections"][0]["categories"].clear(), "taxonomy_damaged", "categories"),
        (
            "weak_labels.json",
            lambda c: c["pattern"]["rules"][0].update(words="(check"),
            "weak_label_pattern_malformed",
            "not a regular expression",
        ),
        ("weak_labels.json", lambda c: c["pattern"]["rules"][0].update(words=""), "taxonomy_damaged", "words"),
        (
            "weak_labels.json",
            lambda c: c["pattern"]["rules"][0].update(value="Tartan"),
            "taxonomy_unlisted",
            "“Tartan”, which is not listed",
        ),
        (
            "weak_labels.json",
            lambda c: c["fabric"]["rules"][0].update(only=[]),
            "weak_label_rule_empty",
            "neither words nor kinds of product",
        ),
    ],
)
def test_a_damaged_file_is_named_with_what_is_wrong(
    copied: Path, file: str, change: Callable[[Any], object], code: str, sentence_part: str
) -> None:
    edit(copied / file, change)
    with refused(code, sentence_part, file=file):
        taxonomy.load(copied)
