"""Settings survive damage, newer versions and folders that cannot be written to."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fashionlens_gui import messages, paths
from fashionlens_gui.messages import sentence
from fashionlens_gui.settings import Settings
from trainer.errors import DataError, SaveError


def test_saved_settings_are_read(own_home: Path) -> None:
    settings = Settings(theme="dark", model="naïve “model”", last_folder="/tmp/Fotos ä")
    settings.with_confidence, settings.review_below = True, 0.85
    settings.with_path, settings.sku_pattern = True, r"^(\w+)-"
    settings.switch_attribute("fabric", False)
    settings.save()
    assert Settings.load() == settings
    assert paths.settings_file().parent == own_home


def test_the_first_start_has_defaults_and_writes_nothing(own_home: Path) -> None:
    settings = Settings.load()
    assert settings == Settings()
    assert settings.notice is None
    assert list(own_home.iterdir()) == []


@pytest.mark.parametrize(
    "damage", [b"", b"{", b'{"theme": "dark"', b"[1, 2]", b"null", b"\xff\xfe\x00", b"\x00" * 100, b"[" * 100_000]
)
def test_a_damaged_file_is_renamed_and_reported(damage: bytes) -> None:
    file = paths.settings_file()
    file.write_bytes(damage)
    settings = Settings.load()
    assert settings == Settings()
    bad = file.with_name("settings.json.bad")
    assert bad.read_bytes() == damage
    assert settings.notice is not None and str(bad) in sentence(settings.notice)
    settings.save()
    assert Settings.load().notice is None


def test_invalid_and_unknown_entries_are_ignored() -> None:
    paths.settings_file().write_text(
        json.dumps({"theme": "pink", "model": 7, "last_folder": "/here", "from_the_future": {"a": 1}}), encoding="utf-8"
    )
    assert Settings.load() == Settings(last_folder="/here")


def test_attributes_are_switched_off_one_by_one_and_all_are_on_at_first() -> None:
    settings = Settings()
    assert list(settings.attributes) == ["colour", "pattern", "fabric", "occasion", "season", "audience"]
    settings.switch_attribute("season", False)
    settings.switch_attribute("colour", False)
    settings.switch_attribute("colour", False)
    assert list(settings.attributes) == ["pattern", "fabric", "occasion", "audience"]
    settings.switch_attribute("season", True)
    assert settings.attributes_off == ("colour",)
    with pytest.raises(ValueError, match="no attribute"):
        settings.switch_attribute("category", False)


def test_settings_from_before_attributes_have_all_of_them_on() -> None:
    paths.settings_file().write_text(json.dumps({"theme": "dark", "model": "", "window_geometry": ""}))
    settings = Settings.load()
    assert (settings.theme, len(settings.attributes), settings.with_confidence) == ("dark", 6, False)
    assert settings.review_below is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("attributes_off", "colour"),
        ("attributes_off", [3]),
        ("with_confidence", 1),
        ("review_below", "0.5"),
        ("review_below", 1.5),
        ("review_below", float("nan")),
        ("review_below", True),
    ],
)
def test_only_the_invalid_setting_is_ignored(name: str, value: object) -> None:
    paths.settings_file().write_text(json.dumps({name: value, "last_folder": "/here"}))
    assert Settings.load() == Settings(last_folder="/here")


def test_an_attribute_of_a_newer_version_is_ignored() -> None:
    paths.settings_file().write_text(json.dumps({"attributes_off": ["neckline", "season"]}))
    assert Settings.load().attributes_off == ("season",)


def test_the_notice_is_not_a_setting() -> None:
    Settings(notice=DataError("settings_moved", file="x")).save()
    assert "notice" not in json.loads(paths.settings_file().read_text(encoding="utf-8"))


def test_saving_without_permission_is_a_plain_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(SaveError) as caught:
        Settings().save(tmp_path / "file" / "settings.json")
    assert "settings.json" in messages.sentence(caught.value)
