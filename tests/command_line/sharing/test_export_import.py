"""``fashionlens export`` and ``import``: the model, its card and its replay sample round-trip."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
import zipfile
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from fashionlens_gui import paths
from fashionlens_gui.cli import main
from tests.command_line.sharing.conftest import Captured, installed, refused
from tests.tiny_model import tiny_model
from tests.trainer.blocks_model import blocks_model
from trainer.model_files import model_file, replay_file
from trainer.model_files.library import read_metadata


def test_an_exported_and_imported_model_is_identical_with_its_card(model: Path, packed: Path, capfd: Captured) -> None:
    with zipfile.ZipFile(packed) as archive:
        assert sorted(archive.namelist()) == ["manifest.json", "shop.md", "shop.safetensors"]
        manifest = json.loads(archive.read("manifest.json"))
        for member, about in manifest["members"].items():
            assert hashlib.sha256(archive.read(member)).hexdigest() == about["sha256"]
    capfd.readouterr()
    assert main(["import", str(packed)]) == 0
    assert capfd.readouterr().out == "Imported “shop”: cnn, 10 categories.\n"
    assert installed() == ["shop.md", "shop.safetensors"]
    assert (paths.models_dir() / "shop.safetensors").read_bytes() == model.read_bytes()
    assert (paths.models_dir() / "shop.md").read_text(encoding="utf-8") == "# Shop\n\nKnows **everything**.\n"


def test_the_same_model_gives_the_same_package(model: Path, packed: Path, tmp_path: Path) -> None:
    os.utime(model, (1_000_000_000, 1_000_000_000))
    assert main(["export", str(model), "--out", str(tmp_path / "again.zip")]) == 0
    assert (tmp_path / "again.zip").read_bytes() == packed.read_bytes()


def test_a_model_file_is_imported_with_its_card_and_can_tag(model: Path, capfd: Captured) -> None:
    assert main(["import", str(model)]) == 0
    assert installed() == ["shop.md", "shop.safetensors"]
    assert (paths.models_dir() / "shop.md").read_bytes() == model.with_suffix(".md").read_bytes()
    capfd.readouterr()
    assert main(["tag", str(next(paths.samples_dir().glob("*.jpg"))), "--model", "shop", "--json"]) == 0
    assert json.loads(capfd.readouterr().out)["model"] == "shop"


def test_a_model_file_is_imported_with_its_replay_sample(tmp_path: Path) -> None:
    made = blocks_model(tmp_path / "elsewhere" / "blocks.safetensors")
    made.with_suffix(".md").write_text("# blocks\n\nKnows blocks.\n", encoding="utf-8")
    assert main(["import", str(made), "--name", "bricks"]) == 0
    assert installed() == ["bricks.md", "bricks.replay.safetensors", "bricks.safetensors"]
    new = paths.models_dir() / "bricks.safetensors"
    brought, before = replay_file.load_beside(new, model_file.load(new)), replay_file.load(replay_file.path_of(made))
    assert brought is not None
    assert torch.equal(brought.embeddings_ND, before.embeddings_ND)
    assert torch.equal(brought.labels_N, before.labels_N)
    assert new.with_suffix(".md").read_text(encoding="utf-8") == "# bricks\n\nKnows blocks.\n"


def test_a_package_contains_the_replay_sample(tmp_path: Path, capfd: Captured) -> None:
    made = blocks_model(tmp_path / "elsewhere" / "blocks.safetensors")
    out = tmp_path / "blocks.zip"
    assert main(["export", str(made), "--out", str(out)]) == 0
    assert "  blocks.replay.safetensors\n" in capfd.readouterr().out
    assert main(["import", str(out)]) == 0
    assert installed() == ["blocks.replay.safetensors", "blocks.safetensors"]
    brought, before = paths.models_dir() / "blocks.replay.safetensors", replay_file.path_of(made)
    assert replay_file.load_beside(paths.models_dir() / "blocks.safetensors", model_file.load(made)) is not None
    assert torch.equal(replay_file.load(brought).embeddings_ND, replay_file.load(before).embeddings_ND)


def test_a_sample_of_another_model_is_not_packed(model: Path, tmp_path: Path) -> None:
    other = blocks_model(tmp_path / "blocks.safetensors")
    shutil.copy(replay_file.path_of(other), replay_file.path_of(model))
    out = tmp_path / "shop.zip"
    assert main(["export", str(model), "--out", str(out)]) == 0
    assert main(["import", str(out)]) == 0
    assert installed() == ["shop.md", "shop.safetensors"]


def test_leftovers_of_a_killed_import_are_ignored(model: Path, packed: Path) -> None:
    folder = paths.models_dir()
    folder.mkdir(parents=True)
    (folder / "shop.md").write_text("# Shop\n\nOf an import that was", encoding="utf-8")
    assert main(["import", str(packed)]) == 0
    assert (folder / "shop.md").read_bytes() == model.with_suffix(".md").read_bytes()
    model.with_suffix(".md").unlink()
    (folder / "bare.md").write_text("# Something else", encoding="utf-8")
    (folder / "bare.replay.safetensors").write_bytes(b"of something else")
    assert main(["import", str(model), "--name", "bare"]) == 0
    assert installed() == ["bare.safetensors", "shop.md", "shop.safetensors"]


@pytest.mark.parametrize("kind", ["of another model", "damaged", "a link"])
def test_unrelated_files_beside_a_model_are_not_imported(model: Path, tmp_path: Path, kind: str) -> None:
    sample, card = replay_file.path_of(model), model.with_suffix(".md")
    other = replay_file.path_of(blocks_model(tmp_path / "blocks.safetensors"))
    card.unlink()
    if kind == "of another model":
        shutil.copy(other, sample)
        card.write_bytes(b"\xff\xfe\x00 no text")
    elif kind == "damaged":
        sample.write_bytes(other.read_bytes()[:1_000])
        card.write_bytes(b"far too long " * 30_000)
    else:
        if sys.platform == "win32":
            pytest.skip("links need rights on Windows")
        sample.symlink_to(other)
        card.symlink_to(other)
    assert main(["import", str(model)]) == 0
    assert installed() == ["shop.safetensors"]


def test_a_repacked_package_is_imported(packed: Path, tmp_path: Path) -> None:
    squeezed = tmp_path / "squeezed.zip"
    with zipfile.ZipFile(packed) as old, zipfile.ZipFile(squeezed, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, old.read(name))
    assert main(["import", str(squeezed)]) == 0
    assert installed() == ["shop.md", "shop.safetensors"]


def test_an_existing_name_asks_for_another_and_uses_it(model: Path, packed: Path, capfd: Captured) -> None:
    assert main(["import", str(packed)]) == 0
    first = (paths.models_dir() / "shop.safetensors").read_bytes()
    sentence = refused(packed, capfd)
    assert "already a model “shop”" in sentence
    assert '--name "shop 2"' in sentence
    assert "already" in refused(packed, capfd, "--name", "SHOP")
    assert main(["import", str(packed), "--name", "shop 2"]) == 0
    assert installed() == ["shop 2.md", "shop 2.safetensors", "shop.md", "shop.safetensors"]
    assert (paths.models_dir() / "shop.safetensors").read_bytes() == first
    second = paths.models_dir() / "shop 2.safetensors"
    assert read_metadata(second).name == "shop 2"
    before = load_file(model)
    assert all(torch.equal(value, before[key]) for key, value in load_file(second).items())


def test_a_name_of_a_bundled_model_is_refused(packed: Path, capfd: Captured) -> None:
    tiny_model(paths.bundled_models_dir() / "shop.safetensors")
    assert "already a model “shop”" in refused(packed, capfd)


@pytest.mark.parametrize(
    "name", ["../evil", "a/b", ".hidden", "con", "x" * 200, "a\nb", "dot.", "a.replay", "LPT¹", "CONOUT$"]
)
def test_an_invalid_file_name_is_refused(packed: Path, capfd: Captured, name: str) -> None:
    assert "name" in refused(packed, capfd, "--name", name)


def test_exporting_a_missing_model_is_a_plain_error(capfd: Captured, tmp_path: Path) -> None:
    assert main(["export", "nothing", "--out", str(tmp_path / "x.zip")]) == 2
    assert "no model “nothing”" in capfd.readouterr().err
    assert not (tmp_path / "x.zip").exists()


def test_a_model_is_not_replaced_by_its_own_package(model: Path, capfd: Captured) -> None:
    before = model.read_bytes()
    for option in ("--out", "--onnx"):
        assert main(["export", str(model), option, str(model)]) == 2
        assert "file, and " in capfd.readouterr().err
    assert model.read_bytes() == before


def test_an_unwritable_folder_is_reported(packed: Path, own_home: Path, capfd: Captured) -> None:
    (own_home / "models").write_text("a file where the folder should be")
    capfd.readouterr()
    assert main(["import", str(packed)]) == 2
    assert "could not be saved" in capfd.readouterr().err
