"""``fashionlens evaluate`` with a model of product photos."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from fashionlens_gui.cli import main
from tests.tiny_model import tiny_model, tiny_product_model
from tests.trainer.scripted_predictor import photo

FIGURES = ["n", "top1", "top2", "top3", "macro_f1", "ece", "selective"]
HEADER = "id,split,gender,masterCategory,subCategory,articleType,baseColour,season,usage,productDisplayName"


@pytest.fixture
def products(own_home: Path) -> str:
    """A model called “products” with the taxonomy's categories and random weights."""
    tiny_product_model(own_home / "models" / "products.safetensors")
    return "products"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A list of six rows, photos of four of them as a folder and as a zip; one photo is broken."""
    lines = [
        HEADER,
        "1,train,Men,Apparel,Topwear,Shirts,Navy Blue,Fall,Casual,Checked Shirt",
        '2,val,Women,Apparel,Bottomwear,Jeans,Blue,Summer,Casual,"Slim, faded jeans"',
        "3,val,Women,Footwear,Shoes,Space Boots,,,,Boots",
        "4,val,Men,Apparel,Topwear,Tshirts,Red,Fall,Sports,Broken",
        "5,val,Men,Apparel,Topwear,Tshirts,Red,Fall,Sports,Nowhere",
        "6,val,Women,Personal Care,Fragrance,Perfume and Body Mist,Blue,Spring,,Perfume",
    ]
    (tmp_path / "labels.csv").write_bytes("\r\n".join(lines).encode("utf-8-sig"))
    for number in (1, 2, 3, 6):
        photo(tmp_path / "photos" / "deep" / f"{number}.png", number)
    (tmp_path / "photos" / "4.jpg").write_bytes(b"broken")
    with zipfile.ZipFile(tmp_path / "photos.zip", "w") as archive:
        for file in sorted((tmp_path / "photos").rglob("*.*")):
            archive.write(file, file.name)
    return tmp_path


def asked(capfd: pytest.CaptureFixture[str], *words: object, code: int = 0) -> tuple[Any, str]:
    """The JSON output of the command, and its standard error."""
    capfd.readouterr()
    assert main(["evaluate", *map(str, words), "--json"]) == code
    captured = capfd.readouterr()
    return json.loads(captured.out), captured.err


@pytest.mark.parametrize("images", ["photos", "photos.zip"])
def test_a_product_list_gives_an_object_with_a_key_per_attribute(
    products: str, shop: Path, images: str, capfd: pytest.CaptureFixture[str]
) -> None:
    words = ["--model", products, "--data", shop / "labels.csv", "--images", shop / images]
    figures, errors = asked(capfd, *words, code=1)
    for name in ("category", "colour", "pattern", "fabric", "occasion", "audience", "season"):
        assert list(figures[name])[:7] == FIGURES
        assert figures[name]["n"] + figures[name]["skipped"] == 4
    assert {name: figures[name]["n"] for name in ("category", "colour", "occasion", "audience", "season")} == {
        "category": 3,
        "colour": 3,
        "occasion": 2,
        "audience": 4,
        "season": 3,
    }
    assert figures["colour"]["skipped_because"] == {"no label": 1}
    assert figures["category"]["skipped_because"] == {"not in the taxonomy": 1}
    assert (figures["pattern"]["n"], figures["fabric"]["n"]) == (1, 1)
    assert figures["category"]["selective"]["coverage"] == 1  # the model's threshold is 0
    assert figures["colour_family"]["n"] == 3
    assert list(figures["levels"]) == ["category", "google", "group"]
    assert [level["n"] for level in figures["levels"].values()] == [3, 3, 3]
    assert [level["selective"]["coverage"] for level in figures["levels"].values()] == [1, 1, 1]
    assert (figures["rows"], figures["n"], figures["skipped"]) == (6, 4, 2)
    assert figures["skipped_because"] == {"no photo": 1, "unreadable photo": 1}
    assert errors.startswith("fashionlens: 4.jpg is not a picture")

    part, _ = asked(capfd, *words, "--split", "train")
    assert (part["rows"], part["n"], part["data"]) == (1, 1, "labels.csv (train)")


def test_without_json_it_is_a_table(products: str, shop: Path, capfd: pytest.CaptureFixture[str]) -> None:
    words = ["evaluate", "--model", products, "--data", str(shop / "labels.csv"), "--images", str(shop / "photos.zip")]
    assert main([*words, "--aspect", "3:4"]) == 1
    lines = capfd.readouterr().out.splitlines()
    assert lines[0] == "Model “products” on labels.csv: 4 photos"
    assert [line.split()[0] for line in lines[3:10]] == [
        "category", "colour", "pattern", "fabric", "occasion", "season", "audience"
    ]  # fmt: skip
    assert lines[3].split()[1] == "3"
    assert "Left out: 1 no photo, 1 unreadable photo" in lines
    assert [line.split("  ")[0] for line in lines[11:16]] == [
        "level", "category", "Google product category", "group", "colour family"
    ]  # fmt: skip


def test_class_folders_in_a_folder_or_a_zip(products: str, shop: Path, capfd: pytest.CaptureFixture[str]) -> None:
    photo(shop / "tree" / "pants" / "1.png", 1)
    photo(shop / "tree" / "hat" / "2.png", 2)
    photo(shop / "tree" / "odds" / "3.png", 3)
    photo(shop / "tree" / "4.png", 4)
    (shop / "mapping.csv").write_text("folder,category\nodds,Jeans;Shirt\n")
    figures, errors = asked(capfd, "--model", products, "--data", shop / "tree")
    assert list(figures)[2:5] == ["n", "top1", "top3"]
    assert (figures["n"], figures["unknown_folders"]) == (2, {"odds": 1, "": 1})
    assert list(figures["per_class"]) == ["hat", "pants"]
    assert "Left out: 1 photo in “odds”, which is no category and in no mapping." in errors
    assert "Left out: 1 photo in no folder." in errors
    (shop / "tree" / "4.png").unlink()
    with zipfile.ZipFile(shop / "tree.zip", "w") as archive:
        for file in sorted((shop / "tree").rglob("*.png")):
            archive.write(file, file.relative_to(shop / "tree"))
    words = ["--model", products, "--data", shop / "tree.zip", "--mapping", shop / "mapping.csv"]
    figures, errors = asked(capfd, *words)
    assert (figures["n"], figures["per_class"]["odds"]["stands_for"], errors) == (3, ["Jeans", "Shirt"], "")
    assert main(["evaluate", *map(str, words)]) == 0
    table = capfd.readouterr().out
    assert [line.split()[0] for line in table.splitlines()[4:8]] == ["level", "category", "Google", "group"]
    assert [line.split()[0] for line in table.splitlines()[9:12]] == ["folder", "hat", "odds"]


def test_photos_without_apparel_are_evaluated(products: str, shop: Path, capfd: pytest.CaptureFixture[str]) -> None:
    photo(shop / "cats" / "1.png", 1)
    photo(shop / "cats" / "more" / "2.png", 2)
    figures, _ = asked(capfd, "--model", products, "--data", shop / "cats", "--not-apparel")
    assert figures["n"] == 2
    assert figures["kept_out"] == 1 - sum(figures["passed_off_as"].values()) / 2
    assert main(["evaluate", "--model", products, "--data", str(shop / "cats"), "--not-apparel"]) == 0
    assert "Not passed off as a garment" in capfd.readouterr().out
    words = ["--model", products, "--data", shop / "labels.csv", "--images", shop / "photos", "--not-apparel"]
    assert asked(capfd, *words)[0]["n"] == 1  # only rows known to be no apparel: the perfume


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--data", "LIST"], "Say with --images where the photos"),
        (["--data", "TREE", "--images", "TREE"], "is no CSV file"),
        (["--data", "BAD", "--images", "TREE"], "lacks the columns season, usage, productDisplayName"),
        (["--data", "absent.csv", "--images", "TREE"], "absent.csv cannot be opened"),
        (["--data", "LIST", "--images", "nowhere"], "There is no folder or zip file nowhere"),
        (["--data", "LIST", "--images", "TREE", "--split", "test"], "no rows whose split is “test”"),
        (["--data", "LIST", "--images", "TREE", "--mapping", "BAD"], "leave it out here"),
        (["--data", "TREE", "--mapping", "nowhere.json"], "nowhere.json cannot be opened"),
        (["--data", "LIST", "--images", "TREE", "--split", "train", "--not-apparel"], "has no photos without apparel"),
        (["--data", "BAD.txt"], "There is no folder or zip file"),
        ([], "product list"),
    ],
)
def test_impossible_requests_end_with_a_sentence_and_code_2(
    words: list[str], says: str, products: str, shop: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (shop / "bad.csv").write_text("id,gender,articleType,baseColour\n1,Men,Shirts,Red\n")
    places = {"LIST": str(shop / "labels.csv"), "TREE": str(shop / "photos"), "BAD": str(shop / "bad.csv")}
    assert main(["evaluate", "--model", products, *(places.get(word, word) for word in words)]) == 2
    captured = capfd.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("fashionlens: ")
    assert says in captured.err
    assert "Traceback" not in captured.err


@pytest.mark.parametrize("word", ["3", "0:4", "a:b", "3:-4"])
def test_an_invalid_aspect_is_refused(word: str, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["evaluate", "--aspect", word])
    assert end.value.code == 2
    assert "is not an aspect such as 3:4" in capfd.readouterr().err


def test_a_model_without_attributes_refuses_product_lists(
    own_home: Path, shop: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    model = tiny_model(own_home / "mine.safetensors")
    for words in (["--data", str(shop / "labels.csv")], ["--data", str(shop / "photos"), "--not-apparel"]):
        assert main(["evaluate", "--model", str(model), *words]) == 2
        assert "knows categories alone" in capfd.readouterr().err


def test_a_report_of_a_list_and_of_folders(products: str, shop: Path, capfd: pytest.CaptureFixture[str]) -> None:
    words = ["--model", products, "--data", shop / "labels.csv", "--images", shop / "photos.zip"]
    figures, _ = asked(capfd, *words, "--report", shop / "list.html", code=1)
    page = (shop / "list.html").read_text(encoding="utf-8")
    assert "<h2>Figures per attribute</h2>" in page and "labels.csv" in page
    assert f"of {figures['category']['n']} test photos" in page
    photo(shop / "tree" / "pants" / "1.png", 1)
    photo(shop / "tree" / "hat" / "2.png", 2)
    words = ["evaluate", "--model", products, "--data", str(shop / "tree"), "--report", str(shop / "tree.html")]
    assert main(words) == 0
    assert f"The report is saved in {shop / 'tree.html'}." in capfd.readouterr().out
    assert "<h2>Figures per folder</h2>" in (shop / "tree.html").read_text(encoding="utf-8")


def test_a_report_of_a_model_of_categories_alone(
    own_home: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    model = tiny_model(own_home / "mine.safetensors", name="mine & yours", classes=("hat", "bag"))
    for name in ("hat/1", "hat/2", "bag/3"):
        photo(tmp_path / "tree" / f"{name}.png", 4)
    words = ["--model", model, "--data", tmp_path / "tree", "--report", tmp_path / "r.html"]
    assert asked(capfd, *words)[0]["n"] == 3  # and only JSON is printed
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert "mine &amp; yours" in page and "<h2>Settings</h2>" in page


@pytest.mark.parametrize(
    ("words", "says"),
    [(["--report", "FOLDER"], "is a folder. Give --report"), (["--report", "x.html", "--not-apparel"], "leave it out")],
)
def test_an_unwritable_report_is_refused_at_once(
    words: list[str], says: str, products: str, shop: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    given = [str(shop) if word == "FOLDER" else word for word in words]
    assert main(["evaluate", "--model", products, "--data", str(shop / "photos"), *given]) == 2
    captured = capfd.readouterr()
    assert (captured.out, says in captured.err) == ("", True)


def _folders(root: Path, names: Sequence[str]) -> Path:
    """One photo in the first, two in the second, and so on."""
    for number, name in enumerate(names, 1):
        for place in range(number):
            photo(root / name / f"{place}.png", 4 * number + place)
    return root


@pytest.mark.parametrize(
    "classes",
    [
        ("C", "C++", "C#"),
        ("Tops", "Tops+"),
        ("\u0915\u093f", "\u0915\u0941"),  # Hindi: two vowels of one letter
        ("\u0e01\u0e34", "\u0e01\u0e38"),  # Thai
        ("Café", "Cafe"),
    ],
)
def test_categories_that_differ_in_signs_only_are_distinct(
    classes: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = tiny_model(tmp_path / "own.safetensors", classes=classes)
    data = _folders(tmp_path / "photos", classes)
    assert main(["evaluate", "--model", str(model), "--data", str(data), "--json"]) == 0
    outcome = json.loads(capsys.readouterr().out)
    assert {name: each["support"] for name, each in outcome["per_class"].items()} == {
        name: number for number, name in enumerate(classes, 1)
    }


@pytest.mark.parametrize(
    ("classes", "folders", "sentence"),
    [
        (("C", "C++"), ("C-", "C++"), "“C-” in {} may be “C” or “C++”"),
        (("Tops", "Bags"), ("Tops", "Tops+"), "“Tops” and “Tops+” in {} are both the category “Tops”"),
        (("กิ", "กุ"), ("กิ", "กา"), "does not have the categories “กา”"),
    ],
)
def test_a_folder_that_may_be_several_categories_is_refused(
    classes: tuple[str, ...],
    folders: tuple[str, ...],
    sentence: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    model = tiny_model(tmp_path / "own.safetensors", classes=classes)
    data = _folders(tmp_path / "photos", folders)
    assert main(["evaluate", "--model", str(model), "--data", str(data)]) == 2
    assert sentence.format(data) in capsys.readouterr().err
