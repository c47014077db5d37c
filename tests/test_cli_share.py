"""``fashionlens export`` and ``import``: a model travels whole, and nothing harmful or broken gets in."""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import stat
import struct
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from fashionlens_gui import paths
from fashionlens_gui.cli import main
from tests.tiny_model import tiny_model
from trainer.model_files.library import HEADER, read_metadata

Captured = pytest.CaptureFixture[str]
unix = pytest.mark.skipif(sys.platform == "win32", reason="links need rights on Windows")


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
    """What is said when the file is refused; nothing may be left in the models folder."""
    before = installed()
    capfd.readouterr()
    assert main(["import", str(file), *more]) == 2
    said = capfd.readouterr()
    assert said.out == ""
    assert said.err.startswith("fashionlens: ")
    assert "Traceback" not in said.err
    assert "This should not have happened" not in said.err
    assert installed() == before, "something was half-installed"
    return said.err


# -- there and back -------------------------------------------------------------------------------------------------


def test_a_model_travels_with_its_card_and_stays_the_same(model: Path, packed: Path, capfd: Captured) -> None:
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


def test_a_bare_model_file_is_taken_in_and_can_tag(model: Path, capfd: Captured) -> None:
    assert main(["import", str(model)]) == 0
    assert installed() == ["shop.safetensors"]
    capfd.readouterr()
    assert main(["tag", str(next(paths.samples_dir().glob("*.jpg"))), "--model", "shop", "--json"]) == 0
    assert json.loads(capfd.readouterr().out)["model"] == "shop"


def test_a_package_that_was_packed_anew_is_taken_in(packed: Path, tmp_path: Path) -> None:
    squeezed = tmp_path / "squeezed.zip"
    with zipfile.ZipFile(packed) as old, zipfile.ZipFile(squeezed, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, old.read(name))
    assert main(["import", str(squeezed)]) == 0
    assert installed() == ["shop.md", "shop.safetensors"]


def test_a_name_that_is_taken_asks_for_another_and_takes_it(model: Path, packed: Path, capfd: Captured) -> None:
    assert main(["import", str(packed)]) == 0
    first = (paths.models_dir() / "shop.safetensors").read_bytes()
    said = refused(packed, capfd)
    assert "“shop” already" in said
    assert '--name "shop 2"' in said
    assert "already" in refused(packed, capfd, "--name", "SHOP")
    assert main(["import", str(packed), "--name", "shop 2"]) == 0
    assert installed() == ["shop 2.md", "shop 2.safetensors", "shop.md", "shop.safetensors"]
    assert (paths.models_dir() / "shop.safetensors").read_bytes() == first
    second = paths.models_dir() / "shop 2.safetensors"
    assert read_metadata(second).name == "shop 2"
    before = load_file(model)
    assert all(torch.equal(value, before[key]) for key, value in load_file(second).items())


def test_a_name_of_the_program_s_own_models_is_taken(packed: Path, capfd: Captured) -> None:
    tiny_model(paths.bundled_models_dir() / "shop.safetensors")
    assert "“shop” already" in refused(packed, capfd)


@pytest.mark.parametrize("name", ["../evil", "a/b", ".hidden", "con", "x" * 200, "a\nb", "dot."])
def test_a_name_that_is_no_file_name_is_refused(packed: Path, capfd: Captured, name: str) -> None:
    assert "name" in refused(packed, capfd, "--name", name)


def test_exporting_what_is_not_there_says_so(capfd: Captured, tmp_path: Path) -> None:
    assert main(["export", "nothing", "--out", str(tmp_path / "x.zip")]) == 2
    assert "no model “nothing”" in capfd.readouterr().err
    assert not (tmp_path / "x.zip").exists()


def test_a_model_is_not_replaced_by_its_own_package(model: Path, capfd: Captured) -> None:
    before = model.read_bytes()
    for option in ("--out", "--onnx"):
        assert main(["export", str(model), option, str(model)]) == 2
        assert "ends in ." in capfd.readouterr().err
    assert model.read_bytes() == before


# -- what is refused: files -----------------------------------------------------------------------------------------


class _Evil:
    def __reduce__(self) -> tuple[Callable[..., object], tuple[str, ...]]:
        return (Path.touch, (Path("pwned"),))  # type: ignore[return-value]


@pytest.mark.parametrize("suffix", [".pth", ".pt", ".bin", ".pkl", ".safetensors", ".zip"])
def test_a_pickle_is_never_opened_whatever_it_is_called(
    tmp_path: Path, capfd: Captured, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / f"model{suffix}"
    file.write_bytes(pickle.dumps(_Evil()))
    assert "pickle" in refused(file, capfd)
    assert not (tmp_path / "pwned").exists()


@pytest.mark.parametrize("suffix", [".pth", ".safetensors", ".zip"])
def test_what_torch_saves_is_known_for_a_pickle(tmp_path: Path, capfd: Captured, suffix: str) -> None:
    file = tmp_path / f"model{suffix}"
    torch.save({"weight": torch.zeros(3)}, file)
    assert "pickle" in refused(file, capfd)


def test_a_pickle_in_the_place_of_the_weights_is_refused(packed: Path, tmp_path: Path, capfd: Captured) -> None:
    evil = pickle.dumps(_Evil())
    file = repacked(packed, tmp_path, {"shop.safetensors": evil}, hashes_too=True)
    assert "pickle" in refused(file, capfd)
    assert "pickle" in refused(added(packed, tmp_path, "extra.pth", evil), capfd)


def test_files_that_are_no_models_are_refused_each_with_its_reason(tmp_path: Path, capfd: Captured) -> None:
    reasons = {}
    for name, content in {
        "empty.safetensors": b"",
        "words.safetensors": b"only words, but quite a lot of them",
        "photo.jpg": b"\xff\xd8\xff\xe0 not a model",
        "not a zip.zip": b"this is no zip at all",
        "huge header.safetensors": struct.pack("<Q", 2**62) + b"{}",
        "list.safetensors": struct.pack("<Q", 8) + b"[1,2,3] ",
        "deep.safetensors": struct.pack("<Q", 200_000) + b"[" * 200_000,
    }.items():
        (tmp_path / name).write_bytes(content)
        reasons[name] = refused(tmp_path / name, capfd)
    assert "is empty" in reasons["empty.safetensors"]
    assert "not a safetensors file" in reasons["words.safetensors"]
    assert "no model file" in reasons["photo.jpg"]
    assert "called .zip but is none" in reasons["not a zip.zip"]
    assert "4,611,686,018,427,387,904 bytes" in reasons["huge header.safetensors"]
    assert "header is damaged" in reasons["list.safetensors"]
    assert "header is damaged" in reasons["deep.safetensors"]
    assert "folder" in refused(tmp_path, capfd)
    assert "no file" in refused(tmp_path / "absent.zip", capfd)


@unix
def test_links_and_pipes_are_not_followed(model: Path, tmp_path: Path, capfd: Captured) -> None:
    link = tmp_path / "link.safetensors"
    link.symlink_to(model)
    assert "link" in refused(link, capfd)
    os.mkfifo(tmp_path / "pipe.zip")
    assert "not a file" in refused(tmp_path / "pipe.zip", capfd)


# -- what is refused: models ----------------------------------------------------------------------------------------


def changed(
    model: Path,
    tmp_path: Path,
    about: Callable[[dict[str, object]], object] = lambda _: None,
    weights: Callable[[dict[str, torch.Tensor]], object] = lambda _: None,
) -> Path:
    """The model file with something in it changed, as one could do with the safetensors library."""
    tensors = load_file(model)
    values = json.loads(json.dumps(read_metadata(model).to_json()))
    about(values)
    weights(tensors)
    file = tmp_path / "changed.safetensors"
    save_file(tensors, file, metadata={HEADER: json.dumps(values)})
    return file


def _poisoned(value: float) -> Callable[[dict[str, torch.Tensor]], object]:
    def poison(tensors: dict[str, torch.Tensor]) -> None:
        tensors["head.weight"][3, 7] = value

    return poison


WRONG_ABOUT: dict[str, tuple[Callable[[dict[str, object]], object], str]] = {
    "no classes": (lambda about: about.pop("classes"), "does not say its categories"),
    "classes that are none": (lambda about: about.update(classes="Shirt"), "does not say its categories"),
    "one class": (lambda about: about.update(classes=["Shirt"]), "one thing only"),
    "a class twice": (lambda about: about.update(classes=["Shirt"] * 10), "“Shirt” is there twice"),
    "a class without a name": (lambda about: about.update(classes=[""] * 10), "no name"),
    "fewer classes than weights": (lambda about: about.update(classes=["Shirt", "Bag"]), "another shape"),
    "far too many classes": (lambda about: about.update(classes=[f"c{n}" for n in range(10**5)]), "another shape"),
    "another network": (lambda about: about.update(network="resnet-mini"), "another network"),
    "an unknown network": (lambda about: about.update(network="resnet-9000"), "resnet-9000"),
    "a newer version": (lambda about: about.update(format=99), "newer version"),
    "an absurd input": (lambda about: about["input"].update(height=10**9), "makes no sense"),  # type: ignore[attr-defined]
    "a larger input": (lambda about: about["input"].update(height=1024, width=1024), "another shape"),  # type: ignore[attr-defined]
    "an unknown field": (lambda about: about.update(evil=1), "makes no sense"),
    "temperature 0": (lambda about: about.update(temperature=0), "makes no sense"),
    "temperature of words": (lambda about: about.update(temperature="hot"), "makes no sense"),
    "figures of words": (lambda about: about.update(figures="x"), "makes no sense"),
    "a figure of words": (lambda about: about.update(figures={"validation_accuracy": "good"}), "makes no sense"),
    "an infinite figure": (lambda about: about.update(figures={"validation_accuracy": float("inf")}), "makes no sense"),
    "a name that is none": (lambda about: about.update(name=[1]), "makes no sense"),
    "an input of halves": (lambda about: about["input"].update(height=28.5), "makes no sense"),  # type: ignore[attr-defined]
}


@pytest.mark.parametrize("kind", WRONG_ABOUT)
def test_what_a_model_says_of_itself_must_fit(model: Path, tmp_path: Path, capfd: Captured, kind: str) -> None:
    change, reason = WRONG_ABOUT[kind]
    assert reason in refused(changed(model, tmp_path, about=change), capfd)


WRONG_WEIGHTS: dict[str, tuple[Callable[[dict[str, torch.Tensor]], object], str]] = {
    "not a number": (_poisoned(float("nan")), "not numbers"),
    "infinite": (_poisoned(float("-inf")), "not numbers"),
    "missing": (lambda weights: weights.pop("head.bias"), "lacks weights"),
    "too many": (lambda weights: weights.update(backdoor=torch.zeros(3)), "too many weights"),
    "another shape": (lambda weights: weights.update({"head.bias": torch.zeros(11)}), "another shape"),
    "half precision": (lambda weights: weights.update({"head.bias": torch.zeros(10).half()}), "needs float32"),
    "none at all": (lambda weights: weights.clear(), "lacks weights"),
}


@pytest.mark.parametrize("kind", WRONG_WEIGHTS)
def test_weights_must_fit_the_network(model: Path, tmp_path: Path, capfd: Captured, kind: str) -> None:
    change, reason = WRONG_WEIGHTS[kind]
    assert reason in refused(changed(model, tmp_path, weights=change), capfd)


def test_weights_of_another_program_are_no_model(tmp_path: Path, capfd: Captured) -> None:
    save_file({"weight": torch.zeros(3)}, tmp_path / "foreign.safetensors", metadata={"format": "pt"})
    assert "not a model of FashionLens" in refused(tmp_path / "foreign.safetensors", capfd)


def test_a_file_cut_short_or_lengthened_is_refused(model: Path, tmp_path: Path, capfd: Captured) -> None:
    whole = model.read_bytes()
    file = tmp_path / "cut.safetensors"
    for length in (4, 100, len(whole) // 2, len(whole) - 1):
        file.write_bytes(whole[:length])
        refused(file, capfd)
    assert "cut short by 1 bytes" in refused(file, capfd)
    file.write_bytes(whole + b"more")
    assert "belong to nothing" in refused(file, capfd)


# -- what is refused: packages --------------------------------------------------------------------------------------


def repacked(packed: Path, tmp_path: Path, new: dict[str, bytes], *, hashes_too: bool = False) -> Path:
    """The package with other contents; with ``hashes_too`` by somebody who knows how it is made."""
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
    """The package without its card and with one more member, so that the number of members is an honest one."""
    file = tmp_path / "added.zip"
    with zipfile.ZipFile(packed) as old, zipfile.ZipFile(file, "w") as archive:
        for each in ("manifest.json", "shop.safetensors"):
            archive.writestr(each, old.read(each))
        archive.writestr(name, content)
    return file


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


@pytest.mark.parametrize("manifest", [b"", b"[]", b"{}", b"\xff\xfe", FOREIGN])
def test_a_manifest_must_make_sense(packed: Path, tmp_path: Path, capfd: Captured, manifest: bytes) -> None:
    refused(repacked(packed, tmp_path, {"manifest.json": manifest}), capfd)


@pytest.mark.parametrize("name", ["../evil", "..", "a/../../b", "x/y", "", "C:\\evil", 7])
def test_the_manifest_s_name_is_no_path(packed: Path, tmp_path: Path, capfd: Captured, name: object) -> None:
    with zipfile.ZipFile(packed) as archive:
        manifest = json.loads(archive.read("manifest.json"))
    manifest["name"] = name
    refused(repacked(packed, tmp_path, {"manifest.json": json.dumps(manifest).encode()}), capfd)


def test_a_zip_that_is_no_model_is_refused(tmp_path: Path, capfd: Captured) -> None:
    with zipfile.ZipFile(tmp_path / "photos.zip", "w") as archive:
        archive.writestr("photo.jpg", b"x")
    assert "not a model of FashionLens" in refused(tmp_path / "photos.zip", capfd)
    with zipfile.ZipFile(tmp_path / "none.zip", "w"):
        pass
    assert "not a model of FashionLens" in refused(tmp_path / "none.zip", capfd)


@pytest.mark.parametrize("name", ["../../evil.txt", "/etc/evil", "..\\evil.txt", "C:\\evil.txt", "a/../../evil"])
def test_names_that_lead_elsewhere_are_refused(packed: Path, tmp_path: Path, capfd: Captured, name: str) -> None:
    assert "outside its place" in refused(added(packed, tmp_path, name), capfd)
    assert not list(tmp_path.rglob("evil*"))


def test_what_else_does_not_belong_into_a_package(packed: Path, tmp_path: Path, capfd: Captured) -> None:
    assert "does not have" in refused(added(packed, tmp_path, "folder/file.md"), capfd)
    assert "does not name" in refused(added(packed, tmp_path, "readme.txt"), capfd)
    link = zipfile.ZipInfo("shop.md")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    assert "link" in refused(added(packed, tmp_path, link, b"/etc/passwd"), capfd)
    with pytest.warns(UserWarning, match="Duplicate"):
        twice = added(packed, tmp_path, "shop.safetensors")
    assert "twice" in refused(twice, capfd)


def test_thousands_of_members_are_not_even_listed(packed: Path, tmp_path: Path, capfd: Captured) -> None:
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
    # The size in the central directory says 1,000 bytes; what is packed says otherwise.
    at = lying.rindex(b"PK\x01\x02")
    lying[at + 24 : at + 28] = struct.pack("<L", 1_000)
    file.write_bytes(lying)
    refused(file, capfd)


def test_a_gigantic_card_is_refused(packed: Path, tmp_path: Path, capfd: Captured) -> None:
    assert "shop.md" in refused(repacked(packed, tmp_path, {"shop.md": os.urandom(300_000)}, hashes_too=True), capfd)
    binary = repacked(packed, tmp_path, {"shop.md": b"\xff\xfe\x00"}, hashes_too=True)
    assert "no text" in refused(binary, capfd)


def test_a_folder_that_cannot_be_written_to_is_said(packed: Path, own_home: Path, capfd: Captured) -> None:
    (own_home / "models").write_text("a file where the folder should be")
    capfd.readouterr()
    assert main(["import", str(packed)]) == 2
    assert "could not be saved" in capfd.readouterr().err
