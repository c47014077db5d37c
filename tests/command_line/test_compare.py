"""``fashionlens compare``: two real model files on real photos."""

from __future__ import annotations

import json
import signal
import zipfile
from pathlib import Path

import pytest

from fashionlens_gui.cli import main
from tests.command_line.test_evaluate import products
from tests.tiny_model import tiny_model
from tests.trainer.scripted_predictor import photo

__all__ = ["products"]  # a fixture

CLASSES = ("Dress", "Shirt", "Bag")


@pytest.fixture
def models(own_home: Path) -> tuple[str, str]:
    """Two models of random weights that differ."""
    files = [tiny_model(own_home / f"{seed}.safetensors", name="mine", classes=CLASSES, seed=seed) for seed in (1, 2)]
    return str(files[0]), str(files[1])


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for number in range(12):
        photo(tmp_path / "tree" / CLASSES[number % 3].lower() / f"{number}.png", number, (30 + number, 40))
    return tmp_path / "tree"


def asked(capfd: pytest.CaptureFixture[str], *words: object, code: int = 0) -> tuple[str, str]:
    capfd.readouterr()
    assert main(["compare", *map(str, words)]) == code
    captured = capfd.readouterr()
    return captured.out, captured.err


def test_json_holds_every_figure_and_agrees_with_evaluate(
    models: tuple[str, str], tree: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    out, err = asked(capfd, *models, "--data", tree, "--json")
    found = json.loads(out)
    assert (found["n"], err) == (12, "")
    for side, model in zip(("old", "new"), models, strict=True):
        main(["evaluate", "--model", model, "--data", str(tree), "--json"])
        alone = json.loads(capfd.readouterr().out)
        assert found["accuracy"][side] == pytest.approx(alone["accuracy"])
        assert {name: each["f1"][side] for name, each in found["per_class"].items()} == pytest.approx(
            {name: each["f1"] for name, each in alone["per_class"].items()}
        )
    better, worse = found["mcnemar"]["only_new_right"], found["mcnemar"]["only_old_right"]
    assert (len(found["better"]), len(found["worse"])) == (better, worse)
    assert found["both_right"] + found["both_wrong"] + better + worse == 12
    assert sum(map(sum, found["confusion_difference"])) == 0
    assert (found["old_file"], found["new_file"]) == models


def test_the_table_describes_the_comparison(
    models: tuple[str, str], tree: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    out, _ = asked(capfd, *models, "--data", tree)
    lines = out.splitlines()
    assert lines[0] == f"Old model: “mine” ({models[0]})"
    assert lines[2] == "Compared on 12 photos of tree"
    assert "new model" in lines[5] or "Both models" in lines[5]
    assert [line.split()[0] for line in lines[8:11]] == ["Bag", "Dress", "Shirt"]
    same, _ = asked(capfd, models[0], models[0], "--data", tree)
    assert "(0.00 points)" in same and "show no difference" in same and "Got better" not in same


def test_comparing_a_product_model_and_an_own_model_on_a_zip_lists_skipped_classes(
    products: str, models: tuple[str, str], tree: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    photo(tree / "pants" / "1.png", 1)
    photo(tree / "bag" / "1.png", 2)
    (tree / "bag" / "broken.png").write_bytes(b"broken")
    with zipfile.ZipFile(tree.with_suffix(".zip"), "w") as archive:
        for file in sorted(tree.rglob("*.png")):
            archive.write(file, Path("test", file.relative_to(tree)))
    (tree.parent / "mapping.json").write_text('{"bag": ["Handbag"]}')
    words = [products, models[0], "--data", tree.with_suffix(".zip"), "--mapping", tree.parent / "mapping.json"]
    out, err = asked(capfd, *words, "--split", "test", code=1)
    assert "Compared on 13 photos of tree.zip (test)" in out
    assert "Left out: 1 photo in “pants”: folder name known to the old model only." in err
    assert "broken.png" in err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["absent", "OTHER", "--data", "TREE"], "There is no model “absent”"),
        (["MODEL", "OTHER", "--data", "nowhere"], "There is no folder or zip file nowhere"),
        (["MODEL", "OTHER", "--data", "TREE", "--split", "test"], "no photos in a folder “test”"),
        (["MODEL", "OTHER", "--data", "TREE", "--mapping", "x.json"], "neither model is one"),
        (["MODEL", "OTHER", "--data", "fashion-mnist"], "has other categories than Fashion-MNIST"),
        (["MODEL", "OTHER", "--data", "fashion-mnist", "--split", "test"], "leave them out for Fashion-MNIST"),
    ],
)
def test_impossible_requests_end_with_a_sentence_and_code_2(
    words: list[str], says: str, models: tuple[str, str], tree: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    places = {"MODEL": models[0], "OTHER": models[1], "TREE": str(tree)}
    out, err = asked(capfd, *(places.get(word, word) for word in words), code=2)
    assert out == ""
    assert err.startswith("fashionlens: ") and says in err and "Traceback" not in err


def test_ctrl_c_stops_it_with_130(
    models: tuple[str, str], tree: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from trainer.inference.predictor import Predictor

    def interrupted(self: Predictor, images: object) -> list[object]:
        if not calls:  # a second one would end it immediately
            signal.raise_signal(signal.SIGINT)
        calls.append(1)
        return before(self, images)  # type: ignore[arg-type,return-value]

    before = Predictor.predict
    calls: list[int] = []
    monkeypatch.setattr(Predictor, "predict", interrupted)
    for number in range(12, 90):  # more than one batch, otherwise it is done before the check
        photo(tree / "bag" / f"{number}.png", 1)
    out, err = asked(capfd, *models, "--data", tree, code=130)
    assert (out, err) == ("", "fashionlens: Stopped before there was a result.\n")
