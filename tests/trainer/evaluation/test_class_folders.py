from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import pytest

from fashionlens_gui import messages
from tests.refused import refused
from tests.trainer.evaluation.test_product_list import result
from tests.trainer.scripted_predictor import ScriptedPredictor, answer, photo, taxonomy
from trainer.control import WorkControl
from trainer.data.folder_categories import FolderCategories, read_mapping
from trainer.data.photo_store import open_store
from trainer.errors import DataError
from trainer.evaluation.class_folders import (
    FolderFigures,
    OutOfDistributionFigures,
    evaluate_folders,
    evaluate_not_apparel,
)


def evaluated(
    path: Path, predictor: ScriptedPredictor, mapping: dict[str, list[str]] | None = None, **options: Any
) -> FolderFigures:
    with open_store(path) as store:
        meanings = FolderCategories(taxonomy(), mapping)
        return result(evaluate_folders(predictor, meanings, store, WorkControl(), data_name="tree", **options))


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    root = tmp_path / "tree"
    for name, number in (("pants/0", 0), ("pants/1", 1), ("t-shirt/blue/2", 2), ("T Shirt/3", 3), ("Odds/4", 0)):
        photo(root / f"{name}.png", number)
    return root


@pytest.fixture
def predictor() -> ScriptedPredictor:
    return ScriptedPredictor(
        [
            answer("Jeans", "Trousers"),  # one of the categories of “pants”
            answer("Skirt", "Shorts", "Leggings", needs_review=True),  # the third one would be
            answer("Shirt", "Jacket", "Dress", "T-shirt"),
            answer("T-shirt"),
        ]
    )


def test_a_photo_is_correct_when_its_category_belongs_to_its_class(tree: Path, predictor: ScriptedPredictor) -> None:
    figures = evaluated(tree, predictor).to_json()
    assert (figures["n"], figures["top1"], figures["top3"]) == (4, 2 / 4, 3 / 4)
    assert figures["selective"] == {"coverage": 3 / 4, "accuracy": 2 / 3}
    pants = figures["per_class"]["pants"]
    assert (pants["n"], pants["top1"], pants["top3"]) == (2, 1 / 2, 1)
    assert pants["called_instead"] == [["Skirt", 1]]
    assert {"Jeans", "Trousers", "Leggings"} <= set(pants["stands_for"])
    assert figures["per_class"]["t-shirt"]["top3"] == 0
    assert figures["per_class"]["T Shirt"]["top1"] == 1
    assert (figures["skipped"], figures["unknown_folders"]) == (1, {"Odds": 1})


@pytest.mark.parametrize("name", ["m.json", "m.csv"])
def test_a_mapping_assigns_folders_to_categories_and_has_priority(
    tree: Path, predictor: ScriptedPredictor, name: str, tmp_path: Path
) -> None:
    path = tmp_path / name
    if name == "m.json":
        path.write_text('{"odds": ["Jeans", "Shorts"], "PANTS": "Skirt"}')
    else:
        path.write_text("folder,category\nodds,Jeans; Shorts\nPANTS,Skirt\n", "utf-8-sig")
    mapping = read_mapping(path)
    figures = evaluated(tree, predictor, mapping).to_json()
    assert (figures["n"], figures["skipped"]) == (5, 0)
    assert figures["per_class"]["Odds"] == {
        "n": 1,
        "top1": 1,
        "top3": 1,
        "stands_for": ["Jeans", "Shorts"],
        "called_instead": [],
    }
    assert figures["per_class"]["pants"]["called_instead"] == [["Jeans", 1]]


def test_folders_of_a_mapping_may_differ_in_signs_alone() -> None:
    meanings = FolderCategories(taxonomy(), {"C": ["Shirt"], "C++": ["Jeans"], "कि": ["Belt"], "कु": ["Skirt"]})
    categories = {folder: meanings.categories_of(folder) for folder in ("C", "c", "C++", "C-", "कि", "कु")}
    assert categories == {
        "C": {"Shirt"}, "c": {"Shirt"}, "C++": {"Jeans"}, "C-": set(), "कि": {"Belt"}, "कु": {"Skirt"}
    }  # fmt: skip


def test_a_mapping_to_an_unknown_category_is_refused() -> None:
    with refused("mapping_to_unknown", "“Jets”", folder="a", unknown=("Jets",)):
        FolderCategories(taxonomy(), {"a": ["Jeans", "Jets"]})


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("m.json", "[1]"),
        ("m.json", '{"a": 3}'),
        ("m.json", '{"a": []}'),
        ("m.json", "{"),
        ("m.json", "[" * 100_000),
        ("m.csv", "a,b\n1,2"),
        ("m.csv", "folder,category\n"),
        ("m.csv", ""),
    ],
)
def test_an_invalid_mapping_is_refused(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(DataError) as error:
        read_mapping(tmp_path / name)
    assert error.value.code.startswith("mapping_")
    assert "mapping file" in messages.sentence(error.value)


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        ("\nFolder;Category\nodds;Jeans\nodds;Shorts\ntée;T-shirt", "utf-8-sig"),
        ("FOLDER;CATEGORY\nodds;Jeans;Shorts\ntée;T-shirt", "utf-8"),
        ("folder\tcategory\nodds\tJeans; Shorts\ntée\tT-shirt", "utf-16"),
    ],
)
def test_a_mapping_saved_by_a_spreadsheet_is_read(tmp_path: Path, content: str, encoding: str) -> None:
    (tmp_path / "m.csv").write_text(content, encoding=encoding)
    assert read_mapping(tmp_path / "m.csv") == {"odds": ["Jeans", "Shorts"], "tée": ["T-shirt"]}


def test_a_zip_with_parts_counts_the_part_asked_for(tree: Path, predictor: ScriptedPredictor, tmp_path: Path) -> None:
    path = tmp_path / "set.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(tree / "pants" / "0.png", "train/pants/0.png")
        archive.write(tree / "pants" / "1.png", "validation/pants/1.png")
        archive.write(tree / "T Shirt" / "3.png", "validation/t-shirt/3.png")
    assert evaluated(path, predictor).to_json()["n"] == 3
    part = evaluated(path, predictor, part="validation").to_json()
    assert (part["n"], part["top1"], set(part["per_class"])) == (2, 1 / 2, {"pants", "t-shirt"})
    with pytest.raises(DataError, match=r"no_photos_in_part.*'part': 'test'"):
        evaluated(path, predictor, part="test")


def test_unreadable_photos_are_left_out_and_reported(tree: Path, predictor: ScriptedPredictor) -> None:
    (tree / "pants" / "9.jpg").write_bytes(b"")
    (tree / "T Shirt" / "deep").mkdir()
    (tree / "T Shirt" / "deep" / "9.jpg").write_bytes(b"")
    figures = evaluated(tree, predictor)
    assert (figures.n, figures.skipped.reasons["unreadable photo"]) == (4, 2)
    assert [(error.code, error.parameters["name"]) for error in figures.skipped.errors] == [
        ("photo_empty", "pants/9.jpg"),
        ("photo_empty", "T Shirt/deep/9.jpg"),
    ]


def test_a_tree_of_unknown_names_is_refused_with_the_names(tmp_path: Path, predictor: ScriptedPredictor) -> None:
    photo(tmp_path / "odds" / "1.png", 1)
    photo(tmp_path / "ends" / "1.png", 1)
    with pytest.raises(DataError, match=r"no_folder_of_a_category.*'odds'"):
        evaluated(tmp_path, predictor)


def test_photos_count_as_rejected_when_no_garment_or_in_review(tmp_path: Path) -> None:
    answers = [answer("Perfume and body mist"), answer("Shirt", needs_review=True), answer("Other"), answer("Shirt")]
    for number in range(4):
        photo(tmp_path / "cats" / f"{number}.png", number)
    photo(tmp_path / "4.png", 3)
    with open_store(tmp_path) as store:
        work = evaluate_not_apparel(
            ScriptedPredictor(answers), taxonomy(), store.names(), store, WorkControl(), data_name="cats"
        )
        figures: OutOfDistributionFigures = result(work)
    assert figures.to_json() == {
        "model": "scripted",
        "data": "cats",
        "n": 5,
        "kept_out": 3 / 5,
        "passed_off_as": {"Shirt": 2},
        "skipped": 0,
        "skipped_because": {},
    }
