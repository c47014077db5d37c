"""Corrections are stored beyond the list, unless they were undone."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from fashionlens_gui.cli import main
from tests.window.tag.conftest import Stage


def test_corrections_remain_after_the_list_is_cleared(
    stage: Stage,
    photos: Callable[..., Path],
    capsys: pytest.CaptureFixture[str],
) -> None:
    stage.drop(photos("a.png", "b.png", "c.png"))
    stage.wait_until_done(3)
    tags, ids = stage.tags(), stage.ids()
    stage.panel.corrections.set_category(ids[:1], "Bag")
    stage.panel.corrections.confirm(ids[1:2])
    stage.panel.corrections.set_category(ids[2:], "Coat")
    stage.panel.tag_actions.undo.trigger()
    stage.panel.tag_actions.clear.trigger()
    stage.wait_until_written()
    assert stage.panel.model.rowCount() == 0
    stage.access.shutdown()
    capsys.readouterr()
    assert main(["corrections", "--json"]) == 0
    kept = {Path(each["file"]).name: each for each in json.loads(capsys.readouterr().out)}
    assert set(kept) == {"a.png", "b.png"}
    assert (kept["a.png"]["value"], kept["a.png"]["model_value"]) == ("Bag", tags[0].category)
    assert kept["a.png"]["model_confidence"] == pytest.approx(tags[0].confidence)
    assert kept["a.png"]["model"] == "tiny"
    assert len(kept["a.png"]["digest"]) == 32
    assert (kept["b.png"]["value"], kept["b.png"]["confirms"]) == (tags[1].category, True)
