from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from tests.refused import refused
from tests.trainer.scripted_predictor import photo, taxonomy
from trainer.data.photo_store import open_store
from trainer.data.product_rows import PhotosById, RowLabel, count_rows, read_rows
from trainer.errors import PhotoError

HEADER = "id,split,gender,masterCategory,subCategory,articleType,baseColour,season,usage,productDisplayName"
ROW = "7,val,Men,Apparel,Topwear,Tshirts,Navy Blue,Fall,Casual,Nike Striped T-shirt"


def listed(path: Path, *lines: str, encoding: str = "utf-8") -> Path:
    path.write_bytes("\r\n".join(lines).encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_rows_are_read_with_quotes_commas_and_extra_columns(tmp_path: Path, encoding: str) -> None:
    path = listed(
        tmp_path / "l.csv",
        f"{HEADER},price",
        '7,val,Men,Apparel,Topwear,Tshirts,Navy Blue,Fall,Casual,"Crêpe ""Best"", red, round",10',
        "",
        " 8 ,train,Women,,,Heels,,,,",
        encoding=encoding,
    )
    rows = list(read_rows(path))
    assert [(row.id, row.split) for row in rows] == [("7", "val"), ("8", "train")]
    assert rows[0].name == 'Crêpe "Best", red, round'
    assert (rows[0].gender, rows[0].article_type, rows[0].base_colour) == ("Men", "Tshirts", "Navy Blue")
    assert (rows[1].base_colour, rows[1].name) == ("", "")


def test_columns_can_be_in_any_order_and_split_is_optional(tmp_path: Path) -> None:
    path = listed(
        tmp_path / "l.csv",
        "usage,productDisplayName,id,season,baseColour,articleType,gender",
        "Casual,A,5,Fall,Red,Tops,Women",
    )
    row = next(read_rows(path))
    assert (row.id, row.split, row.usage, row.name, row.gender) == ("5", "", "Casual", "A", "Women")
    with refused("product_columns_missing", "lacks the column split.", missing=("split",)):
        list(read_rows(path, "val"))


@pytest.mark.parametrize(
    ("separator", "encoding"), [(";", "cp1252"), ("\t", "utf-16"), (",", "utf-8-sig"), (";", "utf-8")]
)
def test_a_list_saved_by_a_spreadsheet_is_read(tmp_path: Path, separator: str, encoding: str) -> None:
    lines = ["", HEADER.upper().replace("BASECOLOUR", "Base Colour"), ROW.replace("Nike", "Zoë")]
    path = listed(tmp_path / "l.csv", *(line.replace(",", separator) for line in lines), encoding=encoding)
    (row,) = read_rows(path, "val")
    assert (row.id, row.article_type, row.base_colour) == ("7", "Tshirts", "Navy Blue")
    assert row.name == "Zoë Striped T-shirt"


def test_a_name_with_unquoted_commas_is_joined(tmp_path: Path) -> None:
    path = listed(tmp_path / "l.csv", HEADER, ROW + ", blue, large")
    assert next(read_rows(path)).name == "Nike Striped T-shirt, blue, large"


def test_only_the_part_asked_for_is_given_and_counted(tmp_path: Path) -> None:
    path = listed(tmp_path / "l.csv", HEADER, ROW, ROW.replace("val", "train"), ROW)
    assert (count_rows(path), count_rows(path, "val")) == (3, 2)
    with refused("no_product_rows", "no rows whose split is “test”"):
        count_rows(path, "test")


@pytest.mark.parametrize(
    ("content", "code", "says"),
    [
        (
            b"",
            "product_columns_missing",
            "lacks the columns id, gender, articleType, baseColour, season, usage, productDisplayName",
        ),
        (
            b"id,gender,articleType,usage,productDisplayName\n1",
            "product_columns_missing",
            "lacks the columns baseColour, season",
        ),
        (HEADER.encode() + b"\n7,\x00", "not_csv", "is no CSV file"),
        (HEADER.encode() + b'\n7,"' + b"x" * 200_000, "csv_malformed", "cannot be read as CSV"),
    ],
)
def test_an_invalid_list_is_refused_in_a_sentence(tmp_path: Path, content: bytes, code: str, says: str) -> None:
    path = tmp_path / "l.csv"
    path.write_bytes(content)
    with refused(code, says):
        list(read_rows(path))


def test_labels_are_names_of_the_taxonomy_or_missing_or_unknown(tmp_path: Path) -> None:
    path = listed(tmp_path / "l.csv", HEADER, ROW, "8,val,Men,,,Space Suits,NA,,Moon,Plain", "9,val,,,,Other,Red,,,A")
    known, unknown, other = (row.labels(taxonomy()) for row in read_rows(path))
    assert known["category"] == RowLabel("T-shirt", True)
    assert known["colour"] == RowLabel("Navy blue", True)
    assert known["pattern"].name == taxonomy().weak_pattern("Nike Striped T-shirt", "Tshirts") is not None
    assert unknown["category"] == RowLabel(None, True)
    assert unknown["colour"] == unknown["season"] == unknown["pattern"] == RowLabel(None, False)
    assert unknown["occasion"] == RowLabel(None, True)
    assert other["category"].name is None


@pytest.mark.parametrize("zipped", [False, True])
def test_the_photo_of_a_row_is_found_in_any_folder_with_any_suffix(tmp_path: Path, zipped: bool) -> None:
    folder = tmp_path / "photos"
    photo(folder / "a" / "b" / "7.PNG", 1)
    photo(folder / "8.webp", 2)
    (folder / "9.txt").write_text("no photo")
    photo(folder / ".hidden" / "10.png", 3)
    photo(folder / "__MACOSX" / "11.png", 3)
    photo(folder / "._12.png", 3)
    path = folder
    if zipped:
        path = tmp_path / "photos.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for file in sorted(folder.rglob("*")):
                archive.write(file, f"outer/{file.relative_to(folder)}")
    rows = [
        next(read_rows(listed(tmp_path / "l.csv", HEADER, ROW.replace("7,", f"{number},", 1))))
        for number in (7, 8, 9, 10, 11, 12, 7.5)
    ]
    with open_store(path) as store:
        found = [PhotosById(store).find(row) for row in rows]
        assert [name is not None for name in found] == [True, True, False, False, False, False, False]
        assert found[0] is not None and found[0].endswith("a/b/7.PNG")
        assert store.load(found[0]).pixels_HWC.shape == (40, 30, 3)


def test_damaged_and_encrypted_members_of_a_zip_are_photo_errors(tmp_path: Path) -> None:
    path = tmp_path / "photos.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(photo(tmp_path / "1.png", 1), "1.png")
        archive.write(photo(tmp_path / "2.png", 1), "2.png")
        archive.writestr("3.jpg", b"no picture")
    data = bytearray(path.read_bytes())
    data[data.index(b"1.png") + 60] ^= 0xFF  # the checksum is wrong now
    central = data.index(b"PK\x01\x02", data.index(b"PK\x01\x02") + 4)
    data[central + 8] |= 1  # encrypted
    data[data.index(b"2.png") - 30 + 6] |= 1
    path.write_bytes(data)
    with open_store(path) as store:
        for name in store.names():
            with pytest.raises(PhotoError, match=name):
                store.load(name)


def test_an_encrypted_zip_is_reported_as_such(tmp_path: Path) -> None:
    path = tmp_path / "photos.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(photo(tmp_path / "1.png", 1), "dress/1.png")
    data = bytearray(path.read_bytes())
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    with refused("zip_locked", "locked with a password", path=str(path)):
        open_store(path)


def test_a_file_that_is_neither_folder_nor_zip_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(b"PK no zip")
    for path, code in ((tmp_path / "x.zip", "not_a_photo_store"), (tmp_path / "no", "photo_store_missing")):
        with refused(code, str(path)):
            open_store(path)
    (tmp_path / "empty").mkdir()
    with open_store(tmp_path / "empty") as store, refused("no_photos", source=str(tmp_path / "empty")):
        PhotosById(store)


def test_ids_that_lost_their_zeros_find_their_photos(tmp_path: Path) -> None:
    for name in ("0012.png", "007.png", "07.png", "12x.png", "5.png", "05.png"):
        photo(tmp_path / "photos" / name, 1)
    rows = [
        next(read_rows(listed(tmp_path / "l.csv", HEADER, ROW.replace("7,", f"{number},", 1))))
        for number in ("12", "7", "5", "0012", "13")
    ]
    with open_store(tmp_path / "photos") as store:
        photos = PhotosById(store)
        assert [photos.find(row) for row in rows] == ["0012.png", None, "5.png", "0012.png", None]
    assert photos.without_zeros == ["12"]


@pytest.mark.parametrize("rounded", ["1.23457E+11", '"1,23457E+11"'])
def test_ids_that_a_spreadsheet_rounded_are_named_with_their_lines(tmp_path: Path, rounded: str) -> None:
    path = listed(tmp_path / "l.csv", HEADER, ROW, ROW.replace("7,", f"{rounded},", 1), ROW.replace("7,", "8E4,", 1))
    with refused("product_ids_rounded", "the id in line 3 ("):
        count_rows(path)
