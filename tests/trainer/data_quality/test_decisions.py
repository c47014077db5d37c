"""Decisions about label issues are saved in a file and applied on reading; photo files do not change."""

from __future__ import annotations

import os
import re
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from fashionlens_gui import messages
from fashionlens_gui.messages.data import sheet_reason
from tests.trainer import synthetic
from tests.trainer.data.test_fashion_mnist_and_folders import finish
from trainer.control import WorkControl
from trainer.data import folders
from trainer.data.decisions import Decisions
from trainer.data_quality.decisions_file import read_decisions, write_decisions, write_sheet
from trainer.data_quality.label_issues import LabelIssue
from trainer.errors import DataError
from trainer.preprocessing.input_spec import FASHION_MNIST_INPUT


def test_decisions_are_applied_and_no_photo_file_changes(tmp_path: Path) -> None:
    shop = synthetic.folder_tree(tmp_path / "shop", per_class=3)
    before = sorted(shop.rglob("*"))
    decided = Decisions().move(shop / "left" / "left 0.png", "top").leave_out(shop / "right" / "right 1.png")
    decided = decided.keep(shop / "top" / "top 2.png").move(shop / "left" / "left 1.png", "gone")
    file = tmp_path / "decisions.json"
    write_decisions(file, decided)
    images = finish(folders.load(shop, FASHION_MNIST_INPUT, WorkControl(), read_decisions(file)))
    assert images.labels_N.bincount().tolist() == [2, 2, 4]
    assert not any(name.endswith("right 1.png") for name in images.files)
    assert sorted(shop.rglob("*")) == before


def test_the_last_decision_on_a_photo_counts(tmp_path: Path) -> None:
    photo = tmp_path / "a.png"
    decided = Decisions().move(photo, "top").keep(photo)
    assert (decided.moved, decided.is_decided(photo)) == ({}, True)
    assert not decided.clear(photo).is_decided(photo)
    assert decided.leave_out(photo) == Decisions(left_out=frozenset({str(photo)}))


def test_a_filled_in_decisions_file_is_read_and_invalid_rows_are_reported(tmp_path: Path) -> None:
    file, photo = tmp_path / "decisions.json", tmp_path / "été.png"
    undecodable = tmp_path / os.fsdecode(b"caf\xe9.png") if sys.platform == "linux" else tmp_path / "café.png"
    asked = (LabelIssue(photo, "Röcke", "Hosen & Jeans", 0.93), LabelIssue(undecodable, "Röcke", ""))
    write_sheet(file, asked, ("Hosen & Jeans", "Hüte", "Röcke"), Decisions().leave_out(undecodable), sheet_reason)
    text = file.read_text(encoding="utf-8")
    assert "Hüte" in text and "looks like Hosen & Jeans (93" in text
    assert read_decisions(file) == Decisions().leave_out(undecodable)
    empty = '"decision": ""'
    for answer, decided in {
        "move": Decisions().move(photo, "Hosen & Jeans"),
        "hüte": Decisions().move(photo, "Hüte"),
        "Röcke": Decisions().keep(photo),
        "Keep": Decisions().keep(photo),
    }.items():
        file.write_text(text.replace(empty, f'"decision": "{answer}"'), encoding="utf-8")
        assert read_decisions(file) == replace(decided, left_out=frozenset({str(undecodable)})), answer
    file.write_text(text.replace(empty, '"decision": "Huete"'), encoding="utf-8")
    with pytest.raises(DataError) as unknown:
        read_decisions(file)
    assert unknown.value.code == "unknown_decision"
    sentence = messages.sentence(unknown.value)
    assert re.search(r"“Huete” for .*été\.png is no decision.*“Hosen & Jeans”, “Hüte”, “Röcke”", sentence)
    file.write_text(text.replace(empty, '"decision": keep'), encoding="utf-8")
    line = next(number for number, each in enumerate(text.splitlines(), 1) if empty in each)
    with pytest.raises(DataError) as damaged:
        read_decisions(file)
    assert (damaged.value.code, damaged.value.parameters["line"]) == ("decisions_not_json", line)


def test_no_file_means_no_decisions_and_an_invalid_file_is_reported(tmp_path: Path) -> None:
    file = tmp_path / "decisions.json"
    assert read_decisions(file) == Decisions()
    for spoilt in (
        "{",
        "[]",
        '{"moved": [], "left_out": [], "kept": []}',
        '{"moved": {"a": 1}, "left_out": [], "kept": []}',
    ):
        file.write_text(spoilt)
        with pytest.raises(DataError) as error:
            read_decisions(file)
        assert "does not hold decisions" in messages.sentence(error.value)
