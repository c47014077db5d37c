from __future__ import annotations

import csv
import io
import locale
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fashionlens_gui import messages
from fashionlens_gui.tagging.csv_export import (
    COLUMNS,
    CONFIDENCE_COLUMNS,
    EVERYTHING,
    Layout,
    Options,
    Written,
    csv_text,
    excel_layout,
    record,
    write_csv,
)
from fashionlens_gui.tagging.sku import (
    BEFORE_FIRST_SIGN,
    BEFORE_LAST_SIGN,
    FOLDER,
    WHOLE_NAME,
    check_pattern,
    sku_of,
)
from fashionlens_gui.tagging.tag import Status, Tag, low_confidence, predicted
from tests.tagging.list_rows import with_values
from trainer.data.csv_table import lines_of
from trainer.data.labelled_photos import find
from trainer.errors import SaveError
from trainer.inference.prediction import Prediction, Ranking, Swatch
from trainer.preprocessing.photo import PhotoNote
from trainer.taxonomy import ATTRIBUTES

ROOT = Path(__file__).resolve().parents[2]
unix = pytest.mark.skipif(sys.platform == "win32", reason="limits and signals of Unix")


def tag(file: str = "a.jpg", **values: object) -> Tag:
    fields = {"category": "Dress", "confidence": 0.87654, "second_category": "Coat", "second_confidence": 0.1} | values
    return Tag(Path("/photos") / "a.jpg", file, **fields)  # type: ignore[arg-type]


def noted(text: str) -> tuple[PhotoNote, ...]:
    return (PhotoNote("text", {"text": text}),)


def read(file: Path) -> list[list[str]]:
    return list(csv.reader(io.StringIO(file.read_bytes().decode("utf-8"), newline=""), strict=True))


def original(cell: str) -> str:
    """What an importer does to undo the protection against formulas."""
    return cell[1:] if re.match("'+[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]", cell) else cell


def test_csv_bytes_are_exact(tmp_path: Path) -> None:
    broken = Tag(
        Path("/photos/b.jpg"),
        'für, "b".jpg',
        status=Status.ERROR,
        notes=(PhotoNote("photo_truncated", {"name": "b.jpg"}),),
    )
    target = tmp_path / "tags.csv"
    assert write_csv([tag(), broken], target) == Written(2, target, None)
    assert (tmp_path / "tags.csv").read_bytes() == (
        "file,category,confidence,second_category,second_confidence,status,message,"
        "colour,colours,pattern,fabric,occasion,season,audience,group,google_product_category,"
        "sure_of,google_confidence,group_confidence,colour_sure_of,colour_family,colour_family_confidence\r\n"
        "a.jpg,Dress,0.8765,Coat,0.1000,ok,,,,,,,,,Dresses and sets,2271,,,,,,\r\n"
        '"für, ""b"".jpg",,,,,error,b.jpg is cut short: part of it is missing. Copy or download it again.'
        ",,,,,,,,,,,,,,,\r\n"
    ).encode()


def test_a_correction_replaces_the_prediction_and_its_confidence(tmp_path: Path) -> None:
    write_csv(
        [tag(status=Status.NEEDS_REVIEW, notes=(low_confidence("Coat"),)).with_user_category("Skirt")],
        tmp_path / "tags.csv",
    )
    row = dict(zip(COLUMNS, read(tmp_path / "tags.csv")[1], strict=True))
    assert row == {
        "file": "a.jpg",
        "category": "Skirt",
        "confidence": "",
        "second_category": "",
        "second_confidence": "",
        "status": "ok",
        "message": "Set by hand; the model predicted Dress.",
        **dict.fromkeys(("colour", "colours", "pattern", "fabric", "occasion", "season", "audience"), ""),
        "group": "Bottoms",  # of a skirt, not of a dress
        "google_product_category": "1581",
        "sure_of": "category",
        **dict.fromkeys(("google_confidence", "group_confidence"), ""),
        **dict.fromkeys(("colour_sure_of", "colour_family", "colour_family_confidence"), ""),
    }


def full(category: str = "T-shirt", unsure: frozenset[str] = frozenset()) -> Tag:
    """A photo of which the model knows everything."""
    attributes = {
        "audience": Ranking(("Women", "Men"), (0.9375, 0.0625)),
        "colour": Ranking(("Navy blue", "Black"), (0.75, 0.25)),
        "fabric": Ranking(("Cotton", "Wool"), (0.5, 0.5)),
        "occasion": Ranking(("Casual", "Formal"), (0.875, 0.125)),
        "pattern": Ranking(("Striped", "Solid"), (0.625, 0.375)),
        "season": Ranking(("Summer", "Winter"), (0.6875, 0.3125)),
    }
    colours = (Swatch("Navy blue", (0, 0, 90), 0.7125), Swatch("White", (250, 250, 250), 0.1815))
    ranking = Ranking((category, "Coat"), (0.75, 0.25))
    prediction = Prediction(ranking, False, np.zeros(1, np.float32), attributes, colours, unsure)
    return predicted(Path("/photos/a.jpg"), "a.jpg", prediction)


def cells(tmp_path: Path, tag: Tag, options: Options = EVERYTHING) -> dict[str, str]:
    write_csv([tag], tmp_path / "tags.csv", options)
    header, row = read(tmp_path / "tags.csv")
    return dict(zip(header, row, strict=True))


def test_attributes_follow_in_columns_of_their_own(tmp_path: Path) -> None:
    write_csv([full()], tmp_path / "tags.csv")
    header, row = read(tmp_path / "tags.csv")
    assert header[7:] == [
        *("colour", "colours", "pattern", "fabric", "occasion", "season", "audience"),
        *("group", "google_product_category", "sure_of", "google_confidence", "group_confidence"),
        *("colour_sure_of", "colour_family", "colour_family_confidence"),
    ]
    assert row[7:] == [
        *("Navy blue", "navy blue 71 %, white 18 %", "Striped", "Cotton", "Casual", "Summer", "Women"),
        *("Tops", "212", "category", "0.7500", "0.7500"),
        *("colour", "Blue", "0.7500"),
    ]
    assert row[6] == ""


def test_confidences_come_last_and_only_when_asked_for(tmp_path: Path) -> None:
    corrected = with_values(full(), season="Winter")
    write_csv(
        [corrected, Tag(Path("/b"), "b", status=Status.ERROR)], tmp_path / "tags.csv", Options(with_confidence=True)
    )
    header, row, empty = read(tmp_path / "tags.csv")
    assert header == [*COLUMNS, *(f"{name}_confidence" for name in ATTRIBUTES)]
    assert row[len(COLUMNS) :] == ["0.7500", "0.6250", "0.5000", "0.8750", "", "0.9375"]  # a person gives none
    assert empty[len(COLUMNS) :] == [""] * 6


def test_stable_keys_follow_when_asked_for(tmp_path: Path) -> None:
    photo = Tag(Path("/shop/summer/A-12_front.jpg"), "A-12_front.jpg", "Dress", 0.5)
    row = cells(tmp_path, photo, Options(with_path=True, sku=BEFORE_LAST_SIGN, with_confidence=True))
    assert list(row) == [*COLUMNS, "path", "name", "sku", *CONFIDENCE_COLUMNS]
    assert (row["path"], row["name"], row["sku"]) == (str(photo.path), "A-12_front.jpg", "A-12")


@pytest.mark.parametrize(
    ("pattern", "sku"),
    [(BEFORE_FIRST_SIGN, "A"), (BEFORE_LAST_SIGN, "A-12"), (WHOLE_NAME, "A-12_front"), (FOLDER, "summer"),
     (r"\d+", "12"), ("x", ""), ("(x)?", "")],
)  # fmt: skip
def test_skus_are_found_in_names(pattern: str, sku: str) -> None:
    assert sku_of(Path("/shop/summer/A-12_front.jpg"), check_pattern(pattern)) == sku


def test_corrections_override_predicted_attributes(tmp_path: Path) -> None:
    row = cells(tmp_path, with_values(full(), colour="Teal", fabric="").with_user_category("Handbag"))
    assert (row["colour"], row["fabric"], row["pattern"]) == ("Teal", "", "Striped")
    assert row["colours"] == "navy blue 71 %, white 18 %"  # measured, whatever people call it
    assert (row["group"], row["google_product_category"]) == ("Bags", "3032")


def test_unsure_values_are_empty_except_the_colour(tmp_path: Path) -> None:
    tag = full(unsure=frozenset({"colour", "pattern", "fabric", "season"}))
    row = cells(tmp_path, tag, Options(with_confidence=True))
    assert (row["colour"], row["pattern"], row["fabric"], row["season"]) == ("Navy blue", "", "", "")
    assert (row["pattern_confidence"], row["season_confidence"], row["colour_confidence"]) == ("", "", "0.7500")
    assert row["message"] == "Unsure of its colour, pattern, fabric and season."
    tag = full(unsure=frozenset({"pattern", "fabric", "season"}))
    confirmed = with_values(tag, fabric="Cotton", season="Summer")
    row = cells(tmp_path, confirmed)
    assert (row["pattern"], row["fabric"], row["message"]) == ("", "Cotton", "Unsure of its pattern.")


def test_switched_off_attributes_leave_empty_cells_where_they_were(tmp_path: Path) -> None:
    tag = full(unsure=frozenset({"season"}))
    row = cells(tmp_path, tag, Options(("pattern", "audience"), with_confidence=True))
    assert tuple(row) == COLUMNS + CONFIDENCE_COLUMNS
    off = ("colour", "colours", "fabric", "occasion", "season", "colour_confidence", "season_confidence", "message")
    assert [row[name] for name in off] == [""] * len(off)
    assert (row["pattern"], row["audience"], row["audience_confidence"]) == ("Striped", "Women", "0.9375")
    assert row["group"] == "Tops"


@pytest.mark.parametrize(
    ("category", "group", "google"),
    [
        ("T-shirt", "Tops", "212"),
        ("tee SHIRT", "Tops", "212"),  # an alias
        ("Ankle boot", "Shoes", "187"),  # a class of Fashion-MNIST that stands for several kinds of shoe
        ("Bag", "Bags", ""),  # … of bag, which have several numbers
        ("Gizmo of my own", "", ""),
        ("Other", "Other", ""),
    ],
)
def test_known_categories_get_group_and_google_id(tmp_path: Path, category: str, group: str, google: str) -> None:
    row = cells(tmp_path, tag(category=category))
    assert (row["group"], row["google_product_category"]) == (group, google)


def test_attributes_are_made_harmless_too(tmp_path: Path) -> None:
    row = cells(tmp_path, with_values(full(), fabric="=1+1"))
    assert row["fabric"] == "'=1+1"


def test_json_has_what_the_csv_has_and_numbers_stay_numbers(tmp_path: Path) -> None:
    for options in (Options(), Options(("season",), True)):
        fields = record(full(), options)
        assert tuple(fields) == options.columns()
        row = cells(tmp_path, full(), options)
        for name, value in fields.items():
            assert row[name] == ("" if value is None else f"{value:.4f}" if isinstance(value, float) else str(value))
    assert record(full())["google_product_category"] == 212
    assert record(full(), Options(with_confidence=True))["colour_confidence"] == 0.75


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "'=", "''@"])
def test_text_that_a_spreadsheet_would_run_is_made_harmless(tmp_path: Path, start: str) -> None:
    text = f'{start}HYPERLINK("http://x")'
    write_csv([tag(text, category=text, notes=noted(text))], tmp_path / "tags.csv")
    row = read(tmp_path / "tags.csv")[1]
    for cell in (row[0], row[1], row[6]):
        assert cell == f"'{text}"
        assert original(cell) == text


def test_numbers_stay_numbers(tmp_path: Path) -> None:
    write_csv([tag(confidence=1.0, second_confidence=3e-9)], tmp_path / "tags.csv")
    row = read(tmp_path / "tags.csv")[1]
    assert (float(row[2]), float(row[4])) == (1.0, 0.0)
    assert record(tag())["confidence"] == 0.8765


def test_any_text_round_trips(tmp_path: Path) -> None:
    rng = random.Random(7)
    alphabet = "=+-@\t\r\n'\",;ab é漢\U0001f457\x00\x1a\u2028" + "\ufeff"
    texts = ["".join(rng.choices(alphabet, k=rng.randrange(8))) for _ in range(4000)]
    write_csv([tag(text, category=text[::-1], notes=noted(text * 2)) for text in texts], tmp_path / "tags.csv")
    rows = read(tmp_path / "tags.csv")
    assert len(rows) == len(texts) + 1
    for text, row in zip(texts, rows[1:], strict=True):
        assert len(row) == len(COLUMNS)
        assert (original(row[0]), original(row[1]), original(row[6])) == (text, text[::-1], text * 2)
        assert row[0][:1] not in tuple("=+-@\t\r\n")


def test_non_unicode_names_are_escaped(tmp_path: Path) -> None:
    write_csv([tag("caf\udce9.jpg", notes=noted("\ud800"))], tmp_path / "tags.csv")
    row = read(tmp_path / "tags.csv")[1]
    assert (row[0], row[6]) == ("caf\\xe9.jpg", "\\ud800")


def test_clipboard_text_has_tabs_and_a_header() -> None:
    assert csv_text([tag("a\tb.jpg"), tag("=1.jpg")]) == (
        "file\tcategory\tconfidence\tsecond_category\tsecond_confidence\tstatus\tmessage\tcolour\tcolours\tpattern\t"
        "fabric\toccasion\tseason\taudience\tgroup\tgoogle_product_category\t"
        "sure_of\tgoogle_confidence\tgroup_confidence\tcolour_sure_of\tcolour_family\tcolour_family_confidence\n"
        '"a\tb.jpg"\tDress\t0.8765\tCoat\t0.1000\tok\t\t\t\t\t\t\t\t\tDresses and sets\t2271\t\t\t\t\t\t\n'
        "'=1.jpg\tDress\t0.8765\tCoat\t0.1000\tok\t\t\t\t\t\t\t\t\tDresses and sets\t2271\t\t\t\t\t\t\n"
    )


def test_an_error_in_the_rows_keeps_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "tags.csv"
    target.write_text("old")

    def rows():
        yield tag()
        raise KeyError("half way")

    with pytest.raises(KeyError):
        write_csv(rows(), target)
    assert target.read_text() == "old"
    assert os.listdir(tmp_path) == ["tags.csv"]


def test_rows_for_an_unwritable_folder_go_to_the_folder_of_the_program(tmp_path: Path, own_home: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    written = write_csv([tag()], tmp_path / "file" / "tags.csv")
    assert (written.rows, written.file) == (1, own_home / "rescued" / "tags (2).csv")
    assert written.problem is not None and str(written.file) in messages.sentence(written.problem)
    shutil.rmtree(own_home)
    own_home.write_text("no folder either")
    with pytest.raises(SaveError, match="file_not_saved"):
        write_csv([tag()], tmp_path / "file" / "tags.csv")


@unix
def test_a_full_disk_leaves_the_old_file(tmp_path: Path) -> None:
    """A file-size limit fails the write half way as a full disk does."""
    target = tmp_path / "tags.csv"
    target.write_text("old")
    code = f"""
import resource, signal
from fashionlens_gui import messages
from pathlib import Path
from fashionlens_gui.tagging.csv_export import write_csv
from fashionlens_gui.tagging.tag import Tag
from trainer.data.csv_table import lines_of
from trainer.data.labelled_photos import find
from trainer.errors import SaveError
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
try:
    write_csv((Tag(Path("/p"), str(n) * 30) for n in range(5000)), Path({str(target)!r}))
except SaveError as error:
    print(messages.sentence(error))
"""
    process = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert "could not be saved" in process.stdout, process.stderr
    assert target.read_text() == "old"
    assert os.listdir(tmp_path) == ["tags.csv"]


@unix
def test_kill_9_during_the_export_leaves_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "tags.csv"
    code = f"""
import sys
from pathlib import Path
from fashionlens_gui.tagging.csv_export import write_csv
from fashionlens_gui.tagging.tag import Tag
def rows():
    for n in range(10**9):
        if n == 20_000:
            print("well under way", flush=True)
        yield Tag(Path("/p"), str(n))
write_csv(rows(), Path({str(target)!r}))
"""
    write_csv([tag()], target)
    before = target.read_bytes()
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline()
        time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    assert target.read_bytes() == before
    write_csv([tag(), tag()], target)  # what the kill left behind is in nobody's way
    assert len(read(target)) == 3


@pytest.mark.parametrize(("decimal", "first"), [(",", "\ufefffile;"), (".", "\ufefffile,")])
def test_a_table_for_excel_has_its_mark_and_the_separators_of_the_region(
    tmp_path: Path, decimal: str, first: str
) -> None:
    target = tmp_path / "tags.csv"
    photo = replace(tag(confidence=0.91), path=Path("/shop/00123_1.jpg"), file="Größe/00123_1.jpg")
    write_csv([photo], target, Options(sku="[^_]+", layout=excel_layout(decimal)))
    text = target.read_bytes().decode("utf-8")
    assert text.startswith(first)
    _, (_, cells) = lines_of(target)
    assert (cells[0], cells[2], cells[-1]) == ("Größe/00123_1.jpg", f"0{decimal}9100", '="00123"')


def test_the_region_is_that_of_the_computer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locale, "localeconv", lambda: {"decimal_point": ","})
    before = locale.setlocale(locale.LC_NUMERIC)
    assert excel_layout() == Layout(";", ",", for_excel=True)
    assert locale.setlocale(locale.LC_NUMERIC) == before


def test_copied_rows_have_the_decimal_comma_of_the_region() -> None:
    text = csv_text([tag(confidence=0.91)], Options(layout=excel_layout(",")))
    assert text.startswith("file\t") and "\t0,9100\t" in text


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_a_table_that_a_spreadsheet_saved_is_read_without_losing_a_photo(
    tmp_path: Path, separator: str, encoding: str
) -> None:
    names = [
        "plain.jpg",
        "=2.jpg",
        "-front.jpg",
        "@home.jpg",
        "'=3.jpg",
        " lead.jpg",
        "a, b.jpg",
        "Größe é.jpg",
        "00123",
    ]
    for name in names:
        (tmp_path / name).write_bytes(b"")
    target = tmp_path / "tags.csv"
    categories = ["Dress" if number % 2 else "-Hat" for number in range(len(names))]
    tags = [
        replace(tag(), path=tmp_path / name, file=name, category=category)
        for name, category in zip(names, categories, strict=True)
    ]
    write_csv(tags, target)
    rows = list(csv.reader(io.StringIO(target.read_text("utf-8"), newline="")))
    rows = [[cell.removeprefix("00") if cell.isdecimal() else cell for cell in row] for row in rows]
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=separator).writerows(rows)
    target.write_bytes(text.getvalue().encode(encoding))
    found = find(target)
    assert [path.name for path in found.files] == names
    assert [found.classes[label] for label in found.labels] == categories
