"""Tables as spreadsheets save them: encodings, separators, line ends, normal forms, and what guards formulas."""

from __future__ import annotations

import csv
import io
import os
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest

from fashionlens_gui import cli, messages
from fashionlens_gui.messages.data import ENCODINGS
from tests.refused import refused
from trainer.data.csv_encoding import CODE_PAGES, choose_encoding
from trainer.data.csv_table import guarded, lines_of, unguarded
from trainer.data.labelled_photos import count, find
from trainer.data.split_file import has_test_photos, read_split, write_split
from trainer.errors import DataError
from trainer.training.improve.corrections_csv import read_csv

NFC, NFD = (unicodedata.normalize(form, "Größe é") for form in ("NFC", "NFD"))


@pytest.fixture(autouse=True)
def no_choice() -> Iterator[None]:
    yield
    choose_encoding("")


def shop(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"")
    return folder / "photos.csv"


def written(source: Path, text: str, encoding: str = "utf-8") -> Path:
    source.write_bytes(text.encode(encoding))
    return source


# Encodings


@pytest.mark.parametrize(
    ("encoding", "category", "other"),
    [
        ("cp1250", "Płaszcz żółty", "Spódnica"),
        ("cp1251", "Платье", "Рубашка"),
        ("cp1252", "Vêtement", "Chaussures d’été"),
        ("cp1253", "Φόρεμα", "Παπούτσια"),
        ("cp1254", "Gömlek şık", "Ayakkabı"),
        ("cp932", "ワンピース", "靴"),
        ("gb18030", "连衣裙", "鞋"),
        ("mac_roman", "Mützen", "Jäckchen"),
        ("cp850", "Mützen", "Jäckchen"),
    ],
)
def test_the_code_page_under_which_the_photos_exist_is_right(
    tmp_path: Path, encoding: str, category: str, other: str
) -> None:
    source = shop(tmp_path, f"{category} 1.jpg", f"{other} 1.jpg", "plain.jpg")
    text = f"file;category\r\n{category} 1.jpg;{category}\r\n{other} 1.jpg;{other}\r\nplain.jpg;{other}\r\n"
    found = find(written(source, text, encoding))
    assert set(found.classes) == {category, other}
    assert all(path.exists() for path in found.files)


@pytest.mark.parametrize(
    ("encoding", "category"), [("cp1250", "Płaszcz"), ("cp1251", "Платье"), ("cp1252", "Vêtement"), ("cp932", "靴")]
)
def test_without_a_proof_nothing_is_guessed_in_silence(
    tmp_path: Path, encoding: str, category: str, capsys: pytest.CaptureFixture[str]
) -> None:
    text = f"file,category\na.jpg,{category}\nb.jpg,Hat\n"
    source = written(shop(tmp_path, "a.jpg", "b.jpg"), text, encoding)
    with pytest.raises(DataError) as caught:
        find(source)
    guesses = dict(zip(*(caught.value.parameters[name] for name in ("encodings", "names")), strict=True))  # type: ignore[call-overload]
    assert guesses[encoding] == category
    assert f"--encoding {next(iter(guesses))}" in messages.sentence(caught.value)
    choose_encoding(encoding, source)
    assert category in find(source).classes
    choose_encoding("", source)
    assert cli.main(["check-data", str(source)]) == 2
    assert "may be in one of several encodings" in capsys.readouterr().err


def test_the_encoding_can_be_said_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = written(shop(tmp_path, "a.jpg", "b.jpg"), "file,category\na.jpg,Płaszcz\nb.jpg,Płaszcz\n", "cp1250")
    assert cli.main(["check-data", str(source), "--encoding", "windows-1250"]) == 2
    assert "It has only “Płaszcz”" in capsys.readouterr().err
    assert cli.main(["check-data", str(source), "--encoding", "ascii"]) == 2
    assert "not in the encoding ascii" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        cli.main(["check-data", str(source), "--encoding", "no such"])
    assert "is no encoding" in capsys.readouterr().err


def test_a_line_that_names_the_separator_stands_above_any_encoding(tmp_path: Path) -> None:
    source = shop(tmp_path, "Płaszcz.jpg", "Bluza.jpg")
    text = '"sep=;"\r\n"file";"category"\r\n"Płaszcz.jpg";"Płaszcz, zimowy"\r\n"Bluza.jpg";"Bluza"\r\n'
    assert find(written(source, text, "cp1250")).classes == ("Bluza", "Płaszcz, zimowy")


def test_letters_in_columns_that_are_not_read_do_not_matter(tmp_path: Path) -> None:
    text = "file,category,Größe\na.jpg,Dress,groß\nb.jpg,Hat,größer\n"
    found = find(written(shop(tmp_path, "a.jpg", "b.jpg"), text, "cp1252"))
    assert found.classes == ("Dress", "Hat")


def test_photos_that_several_code_pages_find_are_no_proof_for_the_categories(tmp_path: Path) -> None:
    source = shop(tmp_path, "é.jpg", "b.jpg")
    with refused("csv_encoding_unsure"):
        find(written(source, "file,category\né.jpg,Vêtement\nb.jpg,Hat\n", "cp1252"))
    assert find(written(source, "file,category\né.jpg,Dress\nb.jpg,Hat\n", "cp1252")).files[0].exists()


# Separators and line ends


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("first", ["", "sep={}\n", "\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_any_separator_and_line_end(tmp_path: Path, end: str, separator: str, first: str, encoding: str) -> None:
    lines = ["file,category,confidence", 'a.jpg,Hat,"0,95"', "b.jpg,Größe,1"]
    table = (separator.join(next(csv.reader([line]))) if separator != "," else line for line in lines)
    text = first.format(separator) + "\n".join(table) + "\n"
    source = written(tmp_path / "t.csv", text.replace("\n", end), encoding)
    rows = [cells for _, cells in lines_of(source)]
    assert rows == [["file", "category", "confidence"], ["a.jpg", "Hat", "0,95"], ["b.jpg", "Größe", "1"]]


def test_spaces_before_quotation_marks_are_no_part_of_a_name(tmp_path: Path) -> None:
    source = shop(tmp_path, "a, b.jpg", "c.jpg")
    found = find(written(source, 'file, category\n"a, b.jpg", "Hat, red"\nc.jpg, "Dress"\n'))
    assert found.classes == ("Dress", "Hat, red")


# Unicode normal forms


@pytest.mark.parametrize(("on_disk", "in_list"), [(NFC, NFD), (NFD, NFC), (NFC, NFC)])
def test_a_list_finds_its_photos_in_any_normal_form(tmp_path: Path, on_disk: str, in_list: str) -> None:
    source = shop(tmp_path, f"{on_disk}/{on_disk}.jpg", "b.jpg")
    text = f"file,category\n{in_list}/{in_list}.jpg,{in_list}\nb.jpg,{on_disk}\nb.jpg,Hat\n"
    found = find(written(source, text))
    assert found.classes == (NFC, "Hat")
    assert all(path.exists() for path in found.files)
    (label,) = (each for each in read_csv(source) if each.path.name != "b.jpg")
    assert (label.path.exists(), label.value) == (True, NFC)


def test_categories_in_two_normal_forms_are_one(tmp_path: Path) -> None:
    if (tmp_path / NFC).mkdir() or (tmp_path / NFD).exists():
        pytest.skip("the disk has one normal form")
    shop(tmp_path, f"{NFC}/a.jpg", f"{NFD}/b.jpg", "Hat/c.jpg")
    found = find(tmp_path)
    assert (found.classes, found.labels) == (("Größe é", "Hat"), (0, 0, 1))
    assert count(tmp_path, 10) == {NFC: 2, "Hat": 1}


# What FashionLens wrote


NAMES = ("plain.jpg", "=2.jpg", "-front.jpg", "@home.jpg", "+1.jpg", "'=3.jpg", " lead.jpg", "trail .jpg ", "a, b.jpg")


@pytest.mark.parametrize("separator", [",", ";"])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1252", "utf-8"])
def test_a_split_saved_by_a_spreadsheet_loses_no_photo(tmp_path: Path, separator: str, encoding: str) -> None:
    names = (*NAMES, "Größe.jpg")
    shop(tmp_path, *names)
    source = tmp_path / "m.split.csv"
    write_split(source, {"train": [(str(tmp_path / name), "=Sale" if name[0] == "=" else "Hat") for name in names]})
    rows = list(csv.reader(io.StringIO(source.read_text("utf-8"), newline="")))
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=separator).writerows(rows)  # what is in the cells is what Excel saves
    source.write_bytes(text.getvalue().encode(encoding))
    split = read_split(source)["train"]
    assert [path for path, _ in split] == [tmp_path / name for name in names]
    assert {category for _, category in split} == {"=Sale", "Hat"}
    assert set(find(source).files) == {path for path, _ in split}
    write_split(source, {"test": [(str(tmp_path / "plain.jpg"), "Hat")]})
    source.write_text(source.read_text("utf-8").replace(",", separator), "utf-8")
    assert has_test_photos(source)


def test_the_path_is_used_where_the_table_is_not_beside_its_photos(tmp_path: Path) -> None:
    shop(tmp_path / "shop", "=2.jpg", "b.jpg")
    source = tmp_path / "elsewhere" / "tags.csv"
    source.parent.mkdir()
    rows = [
        f"{guarded(name)},{category},{tmp_path / 'shop' / name}"
        for name, category in (("=2.jpg", "Hat"), ("b.jpg", "Bag"))
    ]
    found = find(written(source, "file,category,path\n" + "\n".join(rows)))
    assert [path.name for path in found.files] == ["=2.jpg", "b.jpg"]
    assert all(path.exists() for path in found.files)


def test_names_that_are_numbers_are_found_or_named(tmp_path: Path) -> None:
    source = shop(tmp_path, "00123", "123456789012", "0045", "045", "b.jpg")
    found = find(written(source, "file,category\n123,Hat\n123456789012,Hat\nb.jpg,Bag\n"))
    assert [path.name for path in found.files] == ["00123", "123456789012", "b.jpg"]
    for lost in ("45", "1.23457E+11", '"1,23457E+11"', "1E+11"):
        with refused("listed_numbers_changed", "(line 3)"):
            find(written(source, f"file,category\n123,Hat\n{lost},Hat\nb.jpg,Bag\n"))


@pytest.mark.parametrize("name", ["👗 ワンピース.jpg", "Größe 衣.jpg", "衣/é裙.jpg"])
def test_letters_that_became_question_marks_are_found_or_named(tmp_path: Path, name: str) -> None:
    source = shop(tmp_path, name, "b.jpg", "é 1.jpg", "c.jpg")
    folder, _, file = name.rpartition("/")
    as_excel = "".join(
        "?" * (len(each.encode("utf-16-le")) // 2) if not each.encode("cp1252", "ignore") else each for each in file
    )
    if folder:
        as_excel = f"{folder}/{as_excel}"
    found = find(written(source, f"file,category\n{as_excel},Hat\nb.jpg,Bag\n"))
    assert [path.relative_to(tmp_path).as_posix() for path in found.files] == [name, "b.jpg"]
    for lost in ("???", "Gr??e", "Ma?e", "?", "\ufffd"):
        with refused("listed_letters_lost", "(line 3)"):
            find(written(source, f"file,category\nb.jpg,Bag\nc.jpg,{lost}\n"))
    assert find(written(source, "file,category\nb.jpg,Bag?\nc.jpg,Hat\n")).classes == ("Bag?", "Hat")


def test_a_photo_that_is_listed_in_two_spellings_counts_once(tmp_path: Path) -> None:
    source = shop(tmp_path, "a.jpg", "b.jpg", "c.jpg")
    if (tmp_path / "A.JPG").exists():
        pytest.skip("the disk ignores capitals")
    os.link(tmp_path / "b.jpg", tmp_path / "B.JPG")  # as a disk that ignores capitals shows it
    (tmp_path / "C.JPG").write_bytes(b"another photo")
    text = "file,category\na.jpg,Hat\nb.jpg,Hat\nB.JPG,Hat\nc.jpg,Bag\nC.JPG,Bag\n"
    assert [path.name for path in find(written(source, text)).files] == ["a.jpg", "b.jpg", "c.jpg", "C.JPG"]


@pytest.mark.parametrize("text", [*NAMES, "''=x", "'", "", "'plain", "\t", "\uff1dx"])
def test_taking_the_guard_off_gives_the_original(text: str) -> None:
    assert unguarded(guarded(text)) == text


def test_code_pages_are_known_to_python_and_to_people() -> None:
    assert set(CODE_PAGES) == set(ENCODINGS)
    for encoding in CODE_PAGES:
        assert "a".encode(encoding) == b"a"
