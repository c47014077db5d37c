"""Settings survive damage, newer versions and folders that cannot be written to."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fashionlens_gui import paths
from fashionlens_gui.settings import Settings
from trainer.errors import SaveError


def test_what_is_saved_is_read_again(own_home: Path) -> None:
    settings = Settings(theme="dark", model="naïve “model”", last_folder="/tmp/Fotos ä")
    settings.save()
    assert Settings.load() == settings
    assert paths.settings_file().parent == own_home


def test_the_first_start_has_defaults_and_writes_nothing(own_home: Path) -> None:
    settings = Settings.load()
    assert settings == Settings()
    assert settings.notice == ""
    assert list(own_home.iterdir()) == []


@pytest.mark.parametrize(
    "damage", [b"", b"{", b'{"theme": "dark"', b"[1, 2]", b"null", b"\xff\xfe\x00", b"\x00" * 100, b"[" * 100_000]
)
def test_a_damaged_file_is_kept_aside_and_said(damage: bytes) -> None:
    file = paths.settings_file()
    file.write_bytes(damage)
    settings = Settings.load()
    assert settings == Settings()
    bad = file.with_name("settings.json.bad")
    assert bad.read_bytes() == damage
    assert str(bad) in settings.notice
    settings.save()
    assert Settings.load().notice == ""


def test_senseless_and_unknown_entries_are_passed_over() -> None:
    paths.settings_file().write_text(
        json.dumps({"theme": "pink", "model": 7, "last_folder": "/here", "from_the_future": {"a": 1}}), encoding="utf-8"
    )
    assert Settings.load() == Settings(last_folder="/here")


def test_the_notice_is_not_a_setting() -> None:
    Settings(notice="something").save()
    assert "notice" not in json.loads(paths.settings_file().read_text(encoding="utf-8"))


def test_saving_where_one_may_not_is_said_plainly(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(SaveError) as caught:
        Settings().save(tmp_path / "file" / "settings.json")
    assert "settings.json" in caught.value.sentence
