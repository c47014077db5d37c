"""Fixtures of the export and import tests: a model, its package and the errors of refused files."""

from __future__ import annotations

import hashlib
import json
import zipfile
from pathlib import Path

import pytest

from fashionlens_gui import paths
from fashionlens_gui.cli import main
from tests.tiny_model import tiny_model

Captured = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def nothing_bundled(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "bundled_models_dir", lambda: own_home / "bundled")


@pytest.fixture
def model(tmp_path: Path) -> Path:
    made = tiny_model(tmp_path / "elsewhere" / "shop.safetensors", name="shop")
    made.with_suffix(".md").write_text("# Shop\n\nKnows **everything**.\n", encoding="utf-8")
    return made


@pytest.fixture
def packed(model: Path, tmp_path: Path) -> Path:
    out = tmp_path / "shop.zip"
    assert main(["export", str(model), "--out", str(out)]) == 0
    return out


def installed() -> list[str]:
    """Everything in the models folder, hidden leftovers too."""
    folder = paths.models_dir()
    return sorted(file.name for file in folder.iterdir()) if folder.is_dir() else []


def refused(file: Path, capfd: Captured, *more: str) -> str:
    """The error of a refused file; no files are left in the models folder."""
    before = installed()
    capfd.readouterr()
    assert main(["import", str(file), *more]) == 2
    output = capfd.readouterr()
    assert output.out == ""
    assert output.err.startswith("fashionlens: ")
    assert "Traceback" not in output.err
    assert "This should not have happened" not in output.err
    assert installed() == before, "something was half-installed"
    return output.err


def repacked(packed: Path, tmp_path: Path, new: dict[str, bytes], *, hashes_too: bool = False) -> Path:
    """The package with other contents; with ``hashes_too`` the manifest is adapted."""
    file = tmp_path / "repacked.zip"
    with zipfile.ZipFile(packed) as old, zipfile.ZipFile(file, "w") as archive:
        contents = {name: old.read(name) for name in old.namelist()} | new
        if hashes_too:
            manifest = json.loads(contents["manifest.json"])
            for member, about in manifest["members"].items():
                about["sha256"] = hashlib.sha256(contents[member]).hexdigest()
                about["bytes"] = len(contents[member])
            contents["manifest.json"] = json.dumps(manifest).encode()
        for name, content in contents.items():
            archive.writestr(name, content)
    return file


def added(packed: Path, tmp_path: Path, name: str | zipfile.ZipInfo, content: bytes = b"x") -> Path:
    """The package without its card and with one more member, so that the number of members is correct."""
    file = tmp_path / "added.zip"
    with zipfile.ZipFile(packed) as old, zipfile.ZipFile(file, "w") as archive:
        for each in ("manifest.json", "shop.safetensors"):
            archive.writestr(each, old.read(each))
        archive.writestr(name, content)
    return file
