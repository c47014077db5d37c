"""``fashionlens import``: changed, damaged and malicious zip files are refused before unpacking."""

from __future__ import annotations

import json
import os
import stat
import struct
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from fashionlens_gui.cli import main
from tests.command_line.sharing.conftest import Captured, added, refused, repacked
from tests.trainer.blocks_model import blocks_model
from trainer.model_files import replay_file


def test_a_changed_package_is_refused(model: Path, packed: Path, tmp_path: Path, capfd: Captured) -> None:
    whole = bytearray(model.read_bytes())
    whole[-5] ^= 1
    assert "not what it was" in refused(repacked(packed, tmp_path, {"shop.safetensors": bytes(whole)}), capfd)
    assert "not what it was" in refused(repacked(packed, tmp_path, {"shop.md": b"# Shop\n\nA better card."}), capfd)
    raw = bytearray(packed.read_bytes())
    raw[len(raw) // 2] ^= 1
    (tmp_path / "bit.zip").write_bytes(raw)
    assert "not what it was" in refused(tmp_path / "bit.zip", capfd)


def test_a_package_cut_short_is_refused(packed: Path, tmp_path: Path, capfd: Captured) -> None:
    whole = packed.read_bytes()
    for length in (30, len(whole) // 2, len(whole) - 1):
        (tmp_path / "cut.zip").write_bytes(whole[:length])
        assert "cut short or damaged" in refused(tmp_path / "cut.zip", capfd)


FOREIGN = b'{"kind": "x", "format": 1, "name": "a", "members": {}}'
ENDLESS = b'{"kind": "x", "format": 1, "name": "a", "members": {"b": {"sha256": "", "bytes": Infinity}}}'


@pytest.mark.parametrize("manifest", [b"", b"[]", b"{}", b"\xff\xfe", FOREIGN, ENDLESS, b"[" * 60_000])
def test_an_invalid_manifest_is_refused(packed: Path, tmp_path: Path, capfd: Captured, manifest: bytes) -> None:
    refused(repacked(packed, tmp_path, {"manifest.json": manifest}), capfd)


@pytest.mark.parametrize("name", ["../evil", "..", "a/../../b", "x/y", "", "C:\\evil", 7])
def test_the_name_in_the_manifest_is_not_a_path(packed: Path, tmp_path: Path, capfd: Captured, name: object) -> None:
    with zipfile.ZipFile(packed) as archive:
        manifest = json.loads(archive.read("manifest.json"))
    manifest["name"] = name
    refused(repacked(packed, tmp_path, {"manifest.json": json.dumps(manifest).encode()}), capfd)


def test_a_zip_without_a_model_is_refused(tmp_path: Path, capfd: Captured) -> None:
    with zipfile.ZipFile(tmp_path / "photos.zip", "w") as archive:
        archive.writestr("photo.jpg", b"x")
    assert "not a model of FashionLens" in refused(tmp_path / "photos.zip", capfd)
    with zipfile.ZipFile(tmp_path / "none.zip", "w"):
        pass
    assert "not a model of FashionLens" in refused(tmp_path / "none.zip", capfd)


@pytest.mark.parametrize("name", ["../../evil.txt", "/etc/evil", "..\\evil.txt", "C:\\evil.txt", "a/../../evil"])
def test_names_with_paths_are_refused(packed: Path, tmp_path: Path, capfd: Captured, name: str) -> None:
    assert "outside its place" in refused(added(packed, tmp_path, name), capfd)
    assert not list(tmp_path.rglob("evil*"))


def test_unexpected_members_of_a_package_are_refused(packed: Path, tmp_path: Path, capfd: Captured) -> None:
    assert "does not have" in refused(added(packed, tmp_path, "folder/file.md"), capfd)
    assert "does not name" in refused(added(packed, tmp_path, "readme.txt"), capfd)
    link = zipfile.ZipInfo("shop.md")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    assert "link" in refused(added(packed, tmp_path, link, b"/etc/passwd"), capfd)
    with pytest.warns(UserWarning, match="Duplicate"):
        twice = added(packed, tmp_path, "shop.safetensors")
    assert "twice" in refused(twice, capfd)


def test_thousands_of_members_are_refused_before_listing(packed: Path, tmp_path: Path, capfd: Captured) -> None:
    file = tmp_path / "many.zip"
    with zipfile.ZipFile(file, "w") as archive:
        for number in range(5_000):
            archive.writestr(str(number), b"")
    assert "holds 5,000 files" in refused(file, capfd)


def test_a_zip_bomb_is_not_unpacked(packed: Path, tmp_path: Path, capfd: Captured) -> None:
    file = tmp_path / "bomb.zip"
    with zipfile.ZipFile(packed) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("manifest.json", old.read("manifest.json"))
        with archive.open("shop.safetensors", "w") as member:
            for _ in range(64):
                member.write(bytes(2**20))
    assert "would unpack “shop.safetensors” to 64 MB" in refused(file, capfd)
    lying = bytearray(file.read_bytes())
    # The central directory claims 1,000 bytes; the content is larger.
    at = lying.rindex(b"PK\x01\x02")
    lying[at + 24 : at + 28] = struct.pack("<L", 1_000)
    file.write_bytes(lying)
    refused(file, capfd)


def test_a_gigantic_card_is_refused(packed: Path, tmp_path: Path, capfd: Captured) -> None:
    assert "shop.md" in refused(repacked(packed, tmp_path, {"shop.md": os.urandom(300_000)}, hashes_too=True), capfd)
    binary = repacked(packed, tmp_path, {"shop.md": b"\xff\xfe\x00"}, hashes_too=True)
    assert "no text" in refused(binary, capfd)


@pytest.fixture
def blocks(tmp_path: Path) -> Path:
    """The package of a model with a sample."""
    made = blocks_model(tmp_path / "elsewhere" / "blocks.safetensors")
    out = tmp_path / "blocks.zip"
    assert main(["export", str(made), "--out", str(out)]) == 0
    return out


@pytest.mark.parametrize("kind", ["no sample", "of another model", "too narrow", "labels of two dimensions"])
def test_a_replay_sample_must_be_valid_and_of_the_same_model(
    blocks: Path, tmp_path: Path, capfd: Captured, kind: str
) -> None:
    member = "blocks.replay.safetensors"
    with zipfile.ZipFile(blocks) as archive:
        (tmp_path / "sample").write_bytes(archive.read(member))
    sample = replay_file.load(tmp_path / "sample")
    if kind == "of another model":
        sample = replace(sample, fingerprint="0" * 32)
    elif kind == "too narrow":
        sample = replace(sample, embeddings_ND=sample.embeddings_ND[:, 1:])
    elif kind == "labels of two dimensions":
        sample = replace(sample, labels_N=sample.labels_N[:, None])
    replay_file.save(tmp_path / "new", sample)
    content = b"no sample" if kind == "no sample" else (tmp_path / "new").read_bytes()
    sentence = refused(repacked(blocks, tmp_path, {member: content}, hashes_too=True), capfd)
    assert f"“{member}” in the package is no sample" in sentence
    assert "not what it was" in refused(repacked(blocks, tmp_path, {member: content}), capfd)


def test_a_gigantic_sample_is_not_unpacked(blocks: Path, tmp_path: Path, capfd: Captured) -> None:
    member = "blocks.replay.safetensors"
    sentence = refused(repacked(blocks, tmp_path, {member: bytes(65 * 2**20)}, hashes_too=True), capfd)
    assert f"would unpack “{member}” to 65 MB" in sentence
