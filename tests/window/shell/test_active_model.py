"""The active model: choosing, loading, and the message without a model."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from fashionlens_gui import messages, paths
from fashionlens_gui.settings import Settings
from fashionlens_gui.window.shell import active_model
from fashionlens_gui.window.shell.active_model import ActiveModel
from fashionlens_gui.window.shell.workers import busy_slots
from tests.tiny_model import tiny_model
from trainer.model_files.library import ModelEntry


def test_without_any_model_it_explains_what_to_do(
    own_home: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    monkeypatch.setattr(paths, "bundled_models_dir", lambda: own_home / "none")
    model = ActiveModel(Settings())
    assert model.state == "loading"
    with qtbot.waitSignal(model.failed):
        model.begin()
    assert model.state == "failed"
    assert model.error is not None
    assert "Train" in messages.sentence(model.error)


def test_a_model_that_appears_is_loaded(own_home: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot) -> None:
    monkeypatch.setattr(paths, "bundled_models_dir", lambda: own_home / "none")
    model = ActiveModel(Settings())
    model.begin()
    tiny_model(own_home / "models" / "mine.safetensors")
    with qtbot.waitSignals([model.library_changed, model.ready], timeout=60_000):
        model.refresh()
    assert model.name == "mine"


def test_the_newest_choice_wins_and_is_remembered(own_home: Path, model_file: Path, qtbot: QtBot) -> None:
    tiny_model(own_home / "models" / "other.safetensors", name="other")
    settings = Settings()
    model = ActiveModel(settings)
    loaded: list[str] = []
    model.ready.connect(lambda predictor: loaded.append(predictor.metadata.name))
    model.choose("tiny")
    model.choose("other")
    qtbot.waitUntil(lambda: not busy_slots(), timeout=60_000)
    assert loaded == ["other"]
    assert Settings.load().model == "other"
    again = ActiveModel(Settings.load())
    with qtbot.waitSignal(again.ready, timeout=60_000):
        again.begin()
    assert again.name == "other"
    qtbot.waitUntil(lambda: not busy_slots())


def test_a_damaged_model_fails_in_plain_words(model_file: Path, qtbot: QtBot) -> None:
    whole = model_file.read_bytes()
    model_file.write_bytes(whole[: len(whole) // 2])
    model = ActiveModel(Settings())
    with qtbot.waitSignal(model.failed, timeout=60_000) as failed:
        model.choose("tiny")
    assert "tiny" in messages.sentence(failed.args[0])
    assert model.predictor is None
    qtbot.waitUntil(lambda: not busy_slots())


def ready(model: ActiveModel, name: str, qtbot: QtBot) -> None:
    with qtbot.waitSignal(model.ready, timeout=60_000):
        model.choose(name)
    qtbot.waitUntil(lambda: not busy_slots())


def test_choosing_a_missing_model_keeps_the_active_one(model_file: Path, qtbot: QtBot) -> None:
    model = ActiveModel(Settings())
    ready(model, "tiny", qtbot)
    predictor = model.predictor
    with qtbot.waitSignal(model.refused) as refused, qtbot.assertNotEmitted(model.failed):
        model.choose(str(model_file.with_name("renamed away.safetensors")))
    assert (model.state, model.name, model.error) == ("ready", "tiny", None)
    assert model.predictor is predictor and predictor is not None
    assert "renamed away" in messages.sentence(refused.args[0]) and "still tagged by “tiny”" in messages.sentence(
        refused.args[0]
    )
    assert Settings.load().model == "tiny"


def test_choosing_a_model_does_not_wait_for_its_file(
    own_home: Path, model_file: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny_model(own_home / "models" / "other.safetensors", name="other")
    model = ActiveModel(Settings())
    ready(model, "tiny", qtbot)
    release, read = threading.Event(), active_model.read_entry

    def read_slowly(path: Path) -> ModelEntry:
        assert release.wait(5)
        return read(path)

    monkeypatch.setattr(active_model, "read_entry", read_slowly)
    model.choose("other")
    assert (model.state, model.name) == ("ready", "tiny")
    with qtbot.waitSignal(model.ready, timeout=60_000):
        release.set()
    assert model.name == "other"
    qtbot.waitUntil(lambda: not busy_slots())


def test_a_model_that_cannot_be_opened_is_replaced_by_the_previous_one(
    own_home: Path, model_file: Path, qtbot: QtBot
) -> None:
    damaged = tiny_model(own_home / "models" / "damaged.safetensors", name="damaged")
    damaged.write_bytes(damaged.read_bytes()[:-100])
    model = ActiveModel(Settings())
    ready(model, "tiny", qtbot)
    predictor = model.predictor
    with qtbot.waitSignals([model.ready, model.refused], timeout=60_000):
        model.choose("damaged")
    assert (model.state, model.name, model.error) == ("ready", "tiny", None)
    assert model.predictor is predictor and predictor is not None
    assert Settings.load().model == "tiny"
    qtbot.waitUntil(lambda: not busy_slots())
