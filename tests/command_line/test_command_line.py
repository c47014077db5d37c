"""The command line: rows, exit codes, help, pipes and interruptions."""

from __future__ import annotations

import argparse
import contextlib
import errno
import json
import locale
import os
import re
import shlex
import signal
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
import torch
from PIL import Image

from fashionlens_gui.cli import main
from fashionlens_gui.command_line import arguments, outputs, terminal
from tests.held_files import held_files
from tests.processes import ROOT, linux, rows, unix
from tests.tiny_model import tiny_model
from trainer.model_files import model_file
from trainer.model_files.metadata import LevelReview
from trainer.taxonomy import ATTRIBUTES, Level

HEADER = (
    "file,category,confidence,second_category,second_confidence,status,message,"
    "colour,colours,pattern,fabric,occasion,season,audience,group,google_product_category,"
    "sure_of,google_confidence,group_confidence,colour_sure_of,colour_family,colour_family_confidence"
)


Run = Callable[..., "subprocess.CompletedProcess[bytes]"]


@pytest.fixture
def model(own_home: Path) -> Path:
    """The user's only model, so that tests do not depend on the bundled weights."""
    (own_home / "models").mkdir()
    return tiny_model(own_home / "models" / "mine.safetensors")


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = tmp_path / "my shop"
    (folder / "sub").mkdir(parents=True)
    for name, shade in (("1.png", 40), ("2.png", 90), ("sub/10.jpg", 140)):
        picture = Image.new("RGB", (60, 80), "white")
        picture.paste((shade, 0, shade), (15, 10, 45, 70))
        picture.save(folder / name)
    return folder


@pytest.fixture
def run(own_home: Path) -> Run:
    """Run the program in a process, with its output in a pipe."""

    def start(*words: object, **options: object) -> subprocess.CompletedProcess[bytes]:
        command = [sys.executable, "-m", "fashionlens_gui", *map(str, words)]
        return subprocess.run(command, cwd=ROOT, capture_output=True, timeout=180, **options)  # type: ignore[call-overload, no-any-return]

    return start


# Tagging


def test_a_folder_becomes_a_csv_and_a_pipe_stays_quiet(run: Run, model: Path, shop: Path, tmp_path: Path) -> None:
    out = tmp_path / "tags.csv"
    done = run("tag", shop, "--out", out, "--model", "mine")
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode().splitlines() == [f"3 photos: 0 ok, 3 to review. Saved in {out}."]
    assert out.read_bytes().startswith(HEADER.encode() + b"\r\n")
    table = rows(out.read_bytes())
    assert [row["file"] for row in table] == ["1.png", "2.png", "sub/10.jpg"]
    for row in table:
        assert row["status"] == "needs review"
        assert 0 < float(row["second_confidence"]) <= float(row["confidence"]) < 1
        assert row["message"] == f"Unsure: could also be {row['second_category']}."


def test_without_out_the_csv_goes_to_standard_output(
    model: Path, shop: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert main(["tag", str(shop / "1.png"), "--model", str(model)]) == 0
    captured = capfdbinary.readouterr()
    assert captured.err == b""
    assert captured.out.startswith(HEADER.encode() + b"\r\n1.png,")
    assert captured.out.endswith(b"\r\n")


def test_without_photos_not_even_a_header_goes_to_standard_output(
    model: Path, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    (tmp_path / "empty").mkdir()
    assert main(["tag", str(tmp_path / "empty"), "--model", str(model)]) == 2
    captured = capfdbinary.readouterr()
    assert captured.out == b""
    assert b"No photos were found in" in captured.err


@pytest.mark.skipif(not os.path.exists("/proc/self/fd/1"), reason="only Linux has this name")
def test_standard_output_by_name_gets_the_rows_and_nothing_else(run: Run, model: Path, shop: Path) -> None:
    done = run("tag", shop, "--out", "/proc/self/fd/1", "--model", "mine")
    assert (done.returncode, done.stderr) == (0, b"")
    assert [row["file"] for row in rows(done.stdout)] == ["1.png", "2.png", "sub/10.jpg"]


def test_broken_files_give_rows_and_exit_code_1(
    model: Path, shop: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (shop / "3.jpg").write_text("no picture")
    (shop / "4.jpg").write_bytes(b"")
    out = tmp_path / "tags.csv"
    assert main(["tag", str(shop), str(shop / "absent.jpg"), "--out", str(out), "--model", "mine"]) == 1
    table = rows(out.read_bytes())
    assert {row["file"]: row["status"] for row in table} == {
        "my shop/1.png": "needs review",
        "my shop/2.png": "needs review",
        "my shop/3.jpg": "error",
        "my shop/4.jpg": "error",
        "my shop/sub/10.jpg": "needs review",
        "my shop/absent.jpg": "error",
    }
    for row in table:
        assert (row["category"] == row["confidence"] == "") == (row["status"] == "error")
        assert row["message"]
    assert capfd.readouterr().err == "fashionlens: 3 of 6 could not be read; their rows say why.\n"


@pytest.mark.parametrize("winerror", [5, 32, 33])
@pytest.mark.parametrize("as_json", [False, True])
def test_rows_for_a_csv_that_is_open_in_excel_are_saved_beside_it(
    model: Path,
    shop: Path,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    winerror: int,
    as_json: bool,
) -> None:
    out = tmp_path / "tags.csv"
    out.write_text("old")
    words = ["tag", str(shop), "--out", str(out), "--model", "mine", *(["--json"] if as_json else [])]
    calls = held_files(monkeypatch, winerror, "tags.csv")
    assert main(words) == 2  # before any work
    assert (len(calls), sorted(os.listdir(tmp_path))) == (1, ["my shop", "tags.csv"])
    assert "Excel" in capfd.readouterr().err
    monkeypatch.setattr(outputs, "check_replaceable", lambda _: None)
    assert main(words) == 2
    captured = capfd.readouterr()
    assert "Excel" in captured.err and "tags (2).csv" in captured.err
    assert len(rows((tmp_path / "tags (2).csv").read_bytes())) == 3
    assert out.read_text() == "old"
    if as_json:
        assert json.loads(captured.out)["out"] == str(tmp_path / "tags (2).csv")


def test_rows_that_no_disk_has_room_for_are_printed(
    model: Path, shop: Path, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert main(["tag", str(shop), "--out", str(tmp_path / "tags.csv"), "--model", "mine"]) == 2
    captured = capfdbinary.readouterr()
    assert [row["file"] for row in rows(captured.out)] == ["1.png", "2.png", "sub/10.jpg"]
    assert b"they follow here" in captured.err and b"the disk is full" in captured.err
    assert not (tmp_path / "tags.csv").exists()


def test_json_has_the_same_rows_and_counts(
    model: Path, shop: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (shop / "3.jpg").write_bytes(b"")
    out = tmp_path / "tags.csv"
    assert main(["tag", str(shop), "--json", "--model", "mine", "--out", str(out)]) == 1
    answer = json.loads(capfd.readouterr().out)
    assert answer["model"] == "tiny"
    assert (answer["runtime"], answer["precision"]) == ("torch", "float32")  # this model has no graph
    assert answer["counts"] == {"found": 4, "ok": 0, "needs_review": 3, "errors": 1, "skipped": 0}
    table = rows(out.read_bytes())
    assert [list(record) for record in answer["files"]] == [HEADER.split(",")] * 4
    for record, row in zip(answer["files"], table, strict=True):
        assert (record["file"], record["category"], record["message"]) == (row["file"], row["category"], row["message"])
        assert record["confidence"] == (float(row["confidence"]) if row["confidence"] else None)


def test_every_file_is_a_row_or_skipped_and_said_in_one_line(
    model: Path, shop: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (shop / "1.png").rename(shop / "no ending")
    (shop / "notes.txt").write_text("Ask Ana about the red one.")
    (shop / "Thumbs.db").write_bytes(b"x")
    (shop / "sub" / "price list.pdf").write_bytes(b"%PDF-1.7")
    assert main(["tag", str(shop), "--json", "--model", "mine"]) == 0
    captured = capfd.readouterr()
    answer = json.loads(captured.out)
    assert [record["file"] for record in answer["files"]] == ["2.png", "no ending", "sub/10.jpg"]
    assert answer["skipped"] == [
        {"file": "notes.txt", "kind": "document"},
        {"file": "Thumbs.db", "kind": "system"},
        {"file": "sub/price list.pdf", "kind": "document"},
    ]
    assert answer["counts"] == {"found": 6, "ok": 0, "needs_review": 3, "errors": 0, "skipped": 3}
    summary = "3 files skipped: 2 documents, 1 system file."
    assert captured.err == f"fashionlens: {summary}\n"
    assert main(["tag", str(shop), "--out", str(tmp_path / "tags.csv"), "--model", "mine"]) == 0
    assert capfd.readouterr().err == f"fashionlens: {summary}\n"


def test_a_folder_without_photos_says_what_is_in_it(
    model: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "videos").mkdir()
    (tmp_path / "videos" / "1.mp4").write_bytes(b"\x00\x00\x00\x18ftypmp42")
    assert main(["tag", str(tmp_path / "videos"), "--model", "mine"]) == 2
    assert "1 file skipped: 1 video." in capfd.readouterr().err


def test_json_is_utf_8_whatever_the_console(run: Run, model: Path, shop: Path) -> None:
    names = ["Größe é.png", "👗 ワンピース.png"]
    for name in names:
        (shop / name).write_bytes((shop / "1.png").read_bytes())
    environment = {**os.environ, "PYTHONIOENCODING": "cp1252", "PYTHONUTF8": "0"}
    done = run("tag", *(shop / name for name in names), "--json", "--model", "mine", env=environment)
    assert [row["file"] for row in json.loads(done.stdout.decode("utf-8"))["files"]] == names


def test_a_table_for_excel(
    model: Path, shop: Path, capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locale, "localeconv", lambda: {"decimal_point": ","})
    assert main(["tag", str(shop / "1.png"), "--model", "mine", "--excel"]) == 0
    header, line, _ = capfdbinary.readouterr().out.decode("utf-8").split("\r\n")
    assert header.startswith("\ufefffile;category;")
    assert re.fullmatch(r"0,\d{4}", line.split(";")[2])


def test_confidences_and_another_threshold_when_asked_for(
    model: Path, shop: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "tags.csv"
    words = ["tag", str(shop), "--model", "mine", "--with-confidence", "--out", str(out), "--json"]
    words += ["--with-path", "--sku", "."]
    for threshold, counts in (("0", (3, 0)), ("1", (0, 3))):
        assert main([*words, "--review-below", threshold]) == 0
        answer = json.loads(capfd.readouterr().out)
        assert (answer["counts"]["ok"], answer["counts"]["needs_review"]) == counts
        table = rows(out.read_bytes())
        assert {row["status"] for row in table} == {"ok" if threshold == "0" else "needs review"}
        columns = [*HEADER.split(","), "path", "name", "sku", *(f"{name}_confidence" for name in ATTRIBUTES)]
        assert [row["sku"] for row in table] == [Path(row["file"]).stem[:1] for row in table]
        assert {Path(row["path"]).parent for row in table} <= {shop, *shop.rglob("*")}
        assert [list(row) for row in table] == [list(record) for record in answer["files"]] == [columns] * 3


def test_the_group_may_be_enough(model: Path, shop: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    loaded = model_file.load(model)
    classes = ("Heels", "Flats", "Sandals", "Formal shoes", *loaded.metadata.classes[4:])
    levels = {Level.GROUP: LevelReview(0.05)}
    metadata = msgspec.structs.replace(loaded.metadata, classes=classes, review_below=1.0, levels=levels)
    model_file.save(model, loaded.network, metadata)
    statuses = {}
    for level in Level:
        assert main(["tag", str(shop), "--model", "mine", "--json", "--sure-of", level]) == 0
        files = json.loads(capfd.readouterr().out)["files"]
        statuses[level] = {row["status"] for row in files}
        assert {row["sure_of"] for row in files} == {"group"}
        assert all(row["confidence"] <= row["group_confidence"] <= 1 for row in files)
    assert statuses == {"category": {"needs review"}, "google": {"needs review"}, "group": {"ok"}}


def test_nan_outputs_need_review(model: Path, shop: Path, capfd: pytest.CaptureFixture[str]) -> None:
    loaded = model_file.load(model)
    with torch.no_grad():
        loaded.network.head.weight.fill_(3e38)  # all finite, but their sum is not
    model_file.save(model, loaded.network, loaded.metadata)
    assert main(["tag", str(shop), "--json", "--model", "mine"]) == 0
    answer = json.loads(capfd.readouterr().out, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    assert {(row["status"], row["confidence"]) for row in answer["files"]} == {("needs review", 0.0)}


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["tag", "SHOP", "--sku", "("], "“(” is no regular expression"),
        (["tag", "no such folder"], "There is no file or folder “no such folder”"),
        (["tag", "EMPTY", "--out", "OUT"], "No photos were found in"),
        (["tag", "SHOP", "--model", "nobody"], "There is no model “nobody”. Models on this computer: mine"),
        (["tag", "SHOP", "--out", "SHOP"], "is a folder"),
        (["tag", "SHOP/1.png", "--out", "SHOP/2.png"], "writes a .csv file, and "),
        (["tag", "SHOP", "--out", "LINK"], "writes a .csv file, and "),
        (["tag", "OUT", "--out", "OUT"], "is read from and stays as it is. Give --out another name"),
        (["tag", "SHOP", "--out", "OUT/tags.csv"], "cannot be written"),
        (["tag", "SHOP", "--model", "SHOP/1.png"], "is not a safetensors file"),
        (["train", "--out", "new.safetensors"], "Say what to train on"),
        (["train", "--data", "no such folder", "--out", "new.safetensors"], "no such folder"),
        (["train", "--data", "SHOP", "--out", "OUT"], "writes a .safetensors file, and "),
        (["train", "--data", "SHOP", "--from", "mine", "--mode", "probe", "--out", "MODEL"], "is read from and stays"),
        (["train", "--resume", "--out", "new.safetensors"], "cannot be read"),
        (["check-data", "OUT", "--out", "OUT"], "writes a .json file, and "),
        (["check-data", "SHOP", "--out", "new.json", "--decisions", "OUT"], "writes a .json file, and "),
        (["evaluate", "--data", "SHOP", "--report", "OUT"], "writes a .html file, and "),
        (["evaluate", "--data", "SHOP", "--report", "OUT/report.html"], "cannot be written"),
        (["corrections", "--csv", "SHOP/1.png"], "writes a .csv file, and "),
        (["evaluate", "--model", "mine", "--data", "no such folder"], "no such folder"),
    ],
)
def test_impossible_requests_end_with_a_sentence_and_code_2(
    words: list[str], says: str, model: Path, shop: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").mkdir()
    out, link = tmp_path / "out.csv", tmp_path / "link.csv"
    out.write_text("old")
    if sys.platform != "win32":
        link.symlink_to(shop / "2.png")
    elif any(word.startswith("LINK") for word in words):
        pytest.skip("links need rights on Windows")
    before = {file: file.read_bytes() for file in (*shop.rglob("*.*"), model)}
    places = {"EMPTY": tmp_path / "empty", "SHOP": shop, "OUT": out, "LINK": link, "MODEL": model}
    folders = (places.get(word.partition("/")[0], word.partition("/")[0]) for word in words)
    words = [f"{folder}{word[len(word.partition('/')[0]) :]}" for folder, word in zip(folders, words, strict=True)]
    assert main(words) == 2
    captured = capfd.readouterr()
    assert captured.out == ""
    assert says in captured.err
    assert captured.err.startswith("fashionlens: ")
    assert "Traceback" not in captured.err
    assert out.read_text() == "old"
    assert {file: file.read_bytes() for file in (*shop.rglob("*.*"), model)} == before


@pytest.mark.parametrize(
    "words",
    [
        ["tag"],
        ["tag", ""],
        ["tag", ".", "--review-below", "80"],
        ["tag", ".", "--review-below", "high"],
        ["tag", ".", "--sure-of", "department"],
        ["paint"],
        ["train", "--out", "x", "--data", "y", "--epochs", "0"],
        ["train", "--out", "x", "--data", "y", "--learning-rate", "-1"],
        ["train", "--out", "x", "--data", "y", "--model", "transformer"],
        ["--size", "10x10"],
        ["--screenshot", "x.png", "--size", "big"],
    ],
)
def test_bad_arguments_are_refused_with_code_2(words: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(words)
    assert end.value.code == 2
    assert "usage: fashionlens" in capfd.readouterr().err


def test_help_has_examples_and_version_a_number(run: Run) -> None:
    for command in ("tag", "train", "evaluate", "models"):
        text = run(command, "--help").stdout.decode()
        assert f"examples:\n  fashionlens {command}" in text
    assert run("--version").stdout.decode().startswith("FashionLens ")


def test_help_prints_on_an_ascii_terminal(run: Run) -> None:
    done = run("--help", env={**os.environ, "PYTHONIOENCODING": "ascii"})
    assert done.returncode == 0, done.stderr


def test_models_lists_name_and_figures(model: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["models"]) == 0
    line = next(line for line in capfd.readouterr().out.splitlines() if "mine" in line)
    assert "validation accuracy 10.00%" in line
    assert str(model) in line
    assert main(["models", "--json"]) == 0
    mine = next(entry for entry in json.loads(capfd.readouterr().out) if entry["name"] == "mine")
    assert (mine["path"], mine["network"], len(mine["classes"])) == (str(model), "cnn", 10)


@linux
def test_non_unicode_names_are_exported(model: Path, shop: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (shop / "1.png").rename(shop / os.fsdecode(b"caf\xe9.png"))
    out = shop.parent / os.fsdecode(b"t\xe9.csv")
    assert main(["tag", str(shop), "--out", str(out), "--model", "mine"]) == 0
    assert "caf\\xe9.png" in [row["file"] for row in rows(out.read_bytes())]
    assert "t\\xe9.csv" in capfd.readouterr().out


@unix
def test_ctrl_c_stops_cleanly_with_code_130(model: Path, shop: Path, tmp_path: Path) -> None:
    source = (shop / "1.png").read_bytes()
    for number in range(3000):
        (shop / f"copy {number}.png").write_bytes(source)
    out = tmp_path / "tags.csv"
    out.write_text("old")
    command = [sys.executable, "-m", "fashionlens_gui", "tag", str(shop), "--out", str(out), "--model", "mine"]
    import fcntl
    import termios

    master, terminal = os.openpty()  # the progress bar says when the work has begun
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("4H", 24, 80, 0, 0))
    said = b""
    with subprocess.Popen(command, cwd=ROOT, stderr=terminal) as process:
        os.close(terminal)
        with contextlib.suppress(OSError):  # the end
            while part := os.read(master, 1000):
                before, said = said, said + part
                if b"Tagging" in said and b"Tagging" not in before:
                    process.send_signal(signal.SIGINT)
    os.close(master)
    assert (process.returncode, out.read_text()) == (130, "old")
    assert b"Stopped before all photos were tagged. Nothing was written" in said
    assert sorted(os.listdir(tmp_path)) == ["my shop", "tags.csv"]


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (arguments.above_zero, "0.001", 1e-3),
        (arguments.above_zero, "0,001", 1e-3),
        (arguments.above_zero, "1e-4", 1e-4),
        (arguments.above_zero, "1,000.5", None),
        (arguments.above_zero, "inf", None),
        (arguments.above_zero, "0", None),
        (arguments.probability, "0,8", 0.8),
        (arguments.probability, "٠٫٨", 0.8),
        (arguments.probability, "1,5", None),
        (arguments.whole_number(1), "1.000", 1000),
        (arguments.whole_number(1), "1,5", None),
        (arguments.whole_number(1), "-3", None),
    ],
)
def test_options_take_numbers_as_people_of_all_countries_type_them(
    kind: Callable[[str], float], text: str, value: float | None
) -> None:
    if value is not None:
        assert kind(text) == value
        return
    with pytest.raises(argparse.ArgumentTypeError, match=re.escape(text)):
        kind(text)


def test_the_microsoft_runtime_that_torch_needs_is_loaded_before_torch() -> None:
    code = "import sys; from fashionlens_gui import cli; cli.prepare_torch({!r}); print('shiboken6' in sys.modules)"
    for platform, loaded in (("win32", "True"), ("linux", "False"), ("darwin", "False")):
        command = [sys.executable, "-c", code.format(platform)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
        assert done.stdout.split() == [loaded], done.stderr


@pytest.mark.parametrize("number", [126, 1114, None])
def test_a_library_that_windows_cannot_load_is_a_plain_error(
    number: int | None, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    error: Exception = ImportError("DLL load failed while importing _C: The specified module could not be found.")
    if number is not None:
        error = OSError(22, 'A DLL failed. Error loading "c10.dll".')
        error.winerror = number  # type: ignore[attr-defined]  # on Windows it has one

    def fail(_: object) -> int:
        raise error

    monkeypatch.setattr("fashionlens_gui.command_line.runs.run", fail)
    assert main(["runs"]) == 2
    output = capfd.readouterr()
    assert "Microsoft Visual C++ Redistributable" in output.err and "Traceback" not in output.err
    assert output.out == ""


@pytest.mark.parametrize(
    ("number", "system", "closed"),
    [
        (errno.EPIPE, "posix", True),
        (errno.EPIPE, "nt", True),
        (errno.EINVAL, "nt", True),
        (errno.EINVAL, "posix", False),
    ],
)
def test_windows_says_of_a_closed_pipe_that_it_is_invalid(number: int, system: str, closed: bool) -> None:
    assert terminal.is_closed_pipe(OSError(number, "no"), system) == closed


@unix
def test_a_closed_pipe_is_no_error(model: Path, shop: Path) -> None:
    source = (shop / "1.png").read_bytes()
    for number in range(300):
        (shop / f"copy {number}.png").write_bytes(source)
    command = f"'{sys.executable}' -m fashionlens_gui tag '{shop}' --model mine | head -n 2"
    done = subprocess.run(["sh", "-c", command], cwd=ROOT, capture_output=True, timeout=120)
    assert done.stdout.count(b"\r\n") == 2
    assert done.stderr == b""


@unix
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is always full")
@pytest.mark.parametrize("words", ["models", "tag SHOP --model mine", "tag SHOP --model mine --json", "tag --help"])
def test_standard_output_without_room_is_a_plain_error(words: str, model: Path, shop: Path) -> None:
    command = f"'{sys.executable}' -m fashionlens_gui {words.replace('SHOP', shlex.quote(str(shop)))} >/dev/full"
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    done = subprocess.run(["sh", "-c", command], cwd=ROOT, capture_output=True, timeout=120, env=environment)
    assert done.returncode == 2
    message = "fashionlens: The result could not be written to standard output: the disk is full. Make room on it.\n"
    assert done.stderr.decode() == message


@unix
def test_with_standard_output_closed_the_file_is_saved_all_the_same(model: Path, shop: Path, tmp_path: Path) -> None:
    out = tmp_path / "tags.csv"
    command = f"'{sys.executable}' -m fashionlens_gui tag '{shop}' --model mine --out '{out}' <&- >&-"
    done = subprocess.run(["sh", "-c", command], cwd=ROOT, stderr=subprocess.PIPE, timeout=120)
    assert done.returncode == 2
    assert done.stderr.decode() == (
        "fashionlens: The result could not be written to standard output: Bad file descriptor.\n"
    )
    assert len(rows(out.read_bytes())) == 3


@unix
def test_a_name_cannot_steer_the_terminal(model: Path, capfd: pytest.CaptureFixture[str]) -> None:
    model.rename(model.with_name("\x1b[31mred\x9b.safetensors"))
    assert main(["models"]) == 0
    output = capfd.readouterr().out
    assert "\\x1b[31mred\\x9b" in output
    assert output.replace("\n", "").isprintable()


@pytest.mark.parametrize(
    "words",
    [
        ["tag", "LONG"],
        ["tag", "SHOP", "--model", "LONG"],
        ["tag", "SHOP", "--out", "LONG"],
        ["tag", "SHOP", "--out", "LONG.csv"],
        ["train", "--data", "LONG", "--out", "new.safetensors"],
        ["train", "--data", "SHOP", "--out", "LONG.safetensors"],
        ["evaluate", "--data", "LONG", "--model", "mine"],
        ["evaluate", "--data", "SHOP", "--model", "mine", "--report", "LONG.html"],
        ["check-data", "LONG"],
        ["import", "LONG"],
        ["export", "mine", "--out", "LONG.zip"],
        ["improve", "--model", "mine", "--corrections", "LONG", "--out", "new.safetensors"],
    ],
)
def test_a_too_long_name_is_refused_in_a_sentence(
    words: list[str], model: Path, shop: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main([word.replace("LONG", "x" * 400).replace("SHOP", str(shop)) for word in words]) == 2
    output = capfd.readouterr()
    assert output.out == ""
    assert re.fullmatch(r"fashionlens: .*xxx.*\.\n", output.err)


# Terminal output and imports


@unix
def test_a_terminal_shows_how_far_it_is(model: Path, shop: Path, tmp_path: Path) -> None:
    import pty
    import termios

    mine, theirs = pty.openpty()
    termios.tcsetwinsize(mine, (30, 100))
    command = [sys.executable, "-m", "fashionlens_gui", "tag", str(shop), "--out", str(tmp_path / "tags.csv")]
    done = subprocess.run([*command, "--model", "mine"], cwd=ROOT, stdout=subprocess.PIPE, stderr=theirs, timeout=120)
    os.close(theirs)
    shown = os.read(mine, 100_000).decode()
    os.close(mine)
    assert done.returncode == 0
    assert "Loading the model" in shown
    assert re.search(r"\| \d/3 \[", shown)  # the first count depends on the speed of the machine
    assert "photos" in shown


def test_a_programming_error_is_not_reported_as_bad_files(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    from fashionlens_gui.command_line import models

    monkeypatch.setattr(models, "run", lambda given: 1 / 0)
    assert main(["models"]) == 2
    assert "ZeroDivisionError" in capfd.readouterr().err


def test_no_qt_and_no_torch_more_than_needed(model: Path, shop: Path) -> None:
    code = """
import sys
from fashionlens_gui.__main__ import main
assert main(["models"]) == 0
assert not {"torch", "tqdm"} & set(sys.modules), "listing models needs no torch"
assert main(["tag", sys.argv[1], "--model", "mine"]) == 0
assert "torch" in sys.modules
assert not [name for name in sys.modules if name.startswith(("PySide6", "pyqtgraph", "torchvision"))]
"""
    done = subprocess.run([sys.executable, "-c", code, str(shop)], cwd=ROOT, capture_output=True, timeout=120)
    assert done.returncode == 0, done.stderr


def test_photo_arguments_or_none_open_the_window(monkeypatch: pytest.MonkeyPatch, shop: Path) -> None:
    from fashionlens_gui.window import app

    opened: list[list[str]] = []
    monkeypatch.setattr(app, "main", lambda photos: opened.append(list(photos)) or 7)
    assert main([]) == 7
    assert main([str(shop), str(shop / "1.png")]) == 7
    assert opened == [[], [str(shop), str(shop / "1.png")]]
