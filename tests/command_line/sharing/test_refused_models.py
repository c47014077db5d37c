"""``fashionlens import``: malicious and incomplete model files are refused with the reason."""

from __future__ import annotations

import json
import os
import pickle
import re
import shutil
import struct
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from fashionlens_gui import paths
from fashionlens_gui.cli import main
from tests.command_line.sharing.conftest import Captured, added, refused, repacked
from trainer.model_files.library import read_metadata
from trainer.model_files.metadata import HEADER

unix = pytest.mark.skipif(sys.platform == "win32", reason="links need rights on Windows")


class _Evil:
    def __reduce__(self) -> tuple[Callable[..., object], tuple[str, ...]]:
        return (Path.touch, (Path("pwned"),))  # type: ignore[return-value]


@pytest.mark.parametrize("suffix", [".pth", ".pt", ".bin", ".pkl", ".safetensors", ".zip"])
def test_a_pickle_is_never_opened_with_any_suffix(
    tmp_path: Path, capfd: Captured, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / f"model{suffix}"
    file.write_bytes(pickle.dumps(_Evil()))
    assert "pickle" in refused(file, capfd)
    assert not (tmp_path / "pwned").exists()


@pytest.mark.parametrize("suffix", [".pth", ".safetensors", ".zip"])
def test_files_of_torch_save_are_recognised_as_pickle(tmp_path: Path, capfd: Captured, suffix: str) -> None:
    file = tmp_path / f"model{suffix}"
    torch.save({"weight": torch.zeros(3)}, file)
    assert "pickle" in refused(file, capfd)


def test_a_pickle_instead_of_weights_is_refused(packed: Path, tmp_path: Path, capfd: Captured) -> None:
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


def changed(
    model: Path,
    tmp_path: Path,
    about: Callable[[dict[str, object]], object] = lambda _: None,
    weights: Callable[[dict[str, torch.Tensor]], object] = lambda _: None,
) -> Path:
    """The model file with changes made by the safetensors library."""
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
    "a mean beyond all pixels": (lambda about: about["input"].update(mean=[1e30]), "makes no sense"),  # type: ignore[attr-defined]
    "hardly any deviation": (lambda about: about["input"].update(std=[1e-30]), "makes no sense"),  # type: ignore[attr-defined]
    "a mirror test of words": (lambda about: about.update(mirror_test="yes"), "makes no sense"),
    "own categories of words": (lambda about: about.update(own_categories="no"), "makes no sense"),
    "attributes without heads": (
        lambda about: about.update(attributes={"colour": {"classes": ["Red", "Blue"]}}),
        "makes no sense",
    ),
    "figures of words": (lambda about: about.update(figures="x"), "makes no sense"),
    "a figure of words": (lambda about: about.update(figures={"validation_accuracy": "good"}), "makes no sense"),
    "an infinite figure": (lambda about: about.update(figures={"validation_accuracy": float("inf")}), "makes no sense"),
    "a name that is none": (lambda about: about.update(name=[1]), "makes no sense"),
    "a temperature beyond all floats": (lambda about: about.update(temperature=10**400), "makes no sense"),
    "a figure beyond all floats": (lambda about: about.update(figures={"best_epoch": 10**400}), "makes no sense"),
    "a head's temperature beyond all floats": (
        lambda about: about.update(attributes={"colour": {"classes": ["a", "b"], "temperature": 10**400}}),
        "makes no sense",
    ),
    "an epoch of words": (
        lambda about: about.update(
            history=[
                dict.fromkeys(("training_loss", "validation_loss", "validation_accuracy"), 0.5)
                | {"epoch": "first", "training_accuracy": "good", "seconds": 1}
            ]
        ),
        "makes no sense",
    ),
    "an augmentation of the wrong type": (
        lambda about: about["recipe"]["augmentation"].update(erase="x"),
        "makes no sense",
    ),  # type: ignore[index]
    "a change beyond all": (lambda about: about["recipe"]["augmentation"].update(erase=2), "makes no sense"),  # type: ignore[index]
    "a seed beyond all floats": (lambda about: about["recipe"].update(seed=10**400), "makes no sense"),  # type: ignore[attr-defined]
    "no epochs": (lambda about: about["recipe"].update(epochs=0), "makes no sense"),  # type: ignore[attr-defined]
    "half a pass": (lambda about: about["recipe"].update(epochs=0.5), "makes no sense"),  # type: ignore[attr-defined]
    "a schedule that is none": (lambda about: about["recipe"].update(schedule=["cosine"]), "makes no sense"),  # type: ignore[attr-defined]
    "an input of halves": (lambda about: about["input"].update(height=28.5), "makes no sense"),  # type: ignore[attr-defined]
}


@pytest.mark.parametrize("kind", WRONG_ABOUT)
def test_inconsistent_metadata_is_refused(model: Path, tmp_path: Path, capfd: Captured, kind: str) -> None:
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


def reheaded(model: Path, tmp_path: Path, change: Callable[[str], str]) -> Path:
    """The model file with another header."""
    whole = model.read_bytes()
    (length,) = struct.unpack("<Q", whole[:8])
    header = change(whole[8 : 8 + length].decode().rstrip()).encode()
    file = tmp_path / "reheaded.safetensors"
    file.write_bytes(struct.pack("<Q", len(header)) + header + whole[8 + length :])
    return file


WRONG_HEADERS: dict[str, tuple[Callable[[str], str], str]] = {
    "an end beyond all": (
        lambda text: re.sub(r'"data_offsets":\[0,\d+\]', '"data_offsets":[0,1e400]', text),
        "damaged",
    ),
    "an end of halves": (lambda text: re.sub(r'"data_offsets":\[0,\d+\]', '"data_offsets":[0,1.5]', text), "damaged"),
    "a list of kinds": (lambda text: text.replace('"F32"', '["F32"]', 1), "header is damaged"),
    "kinds by name": (lambda text: text.replace('"F32"', '{"F32":1}', 1), "header is damaged"),
    "no kind": (lambda text: text.replace('"F32"', "null", 1), "header is damaged"),
    "a shape of words": (
        lambda text: re.sub(r'"shape":\[[\d,]+\]', '"shape":"big"', text, count=1),
        "header is damaged",
    ),
    "too deep": (lambda text: "[" * 200_000, "header is damaged"),
    "too deep within": (lambda text: json.dumps({"__metadata__": {HEADER: "[" * 200_000}}), "belong to nothing"),
}


@pytest.mark.parametrize("kind", WRONG_HEADERS)
def test_a_header_that_describes_no_tensors_is_refused(model: Path, tmp_path: Path, capfd: Captured, kind: str) -> None:
    change, reason = WRONG_HEADERS[kind]
    assert reason in refused(reheaded(model, tmp_path, change), capfd)


def test_no_damaged_file_takes_the_others_with_it(
    model: Path, tmp_path: Path, capfd: Captured, caplog: pytest.LogCaptureFixture
) -> None:
    folder = paths.models_dir()
    folder.mkdir(parents=True)
    shutil.copy(model, folder / "whole.safetensors")
    save_file({"anything": torch.zeros(1)}, folder / "whole.replay.safetensors")
    for number, about in enumerate(change for change, _ in WRONG_ABOUT.values()):
        shutil.copy(changed(model, tmp_path, about=about), folder / f"wrong {number}.safetensors")
    for number, header in enumerate(change for change, _ in WRONG_HEADERS.values()):
        shutil.copy(reheaded(model, tmp_path, header), folder / f"damaged {number}.safetensors")
    capfd.readouterr()
    assert main(["models", "--json"]) == 0
    names = {each["name"] for each in json.loads(capfd.readouterr().out)}
    assert "whole" in names and "damaged 6" not in names
    assert "damaged 6.safetensors is left out of the list of models" in caplog.text
    assert "whole" not in caplog.text, "what lies beside a model is no damaged model"
    assert main(["tag", str(paths.samples_dir()), "--model", "whole", "--out", str(tmp_path / "tags.csv")]) in (0, 1)


def test_weights_of_another_program_are_refused(tmp_path: Path, capfd: Captured) -> None:
    save_file({"weight": torch.zeros(3)}, tmp_path / "foreign.safetensors", metadata={"format": "pt"})
    assert "not a model of FashionLens" in refused(tmp_path / "foreign.safetensors", capfd)


def test_a_file_cut_short_or_lengthened_is_refused(model: Path, tmp_path: Path, capfd: Captured) -> None:
    whole = model.read_bytes()
    file = tmp_path / "cut.safetensors"
    for length in (4, 100, len(whole) // 2, len(whole) - 1):
        file.write_bytes(whole[:length])
        refused(file, capfd)
    assert "cut short by 1 byte." in refused(file, capfd)
    file.write_bytes(whole + b"more")
    assert "belong to nothing" in refused(file, capfd)
