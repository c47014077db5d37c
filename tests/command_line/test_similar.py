"""The commands ``similar`` and ``similar-products``, with a tiny model and real files."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from PIL import Image

from fashionlens_gui.cli import main
from tests.tiny_model import tiny_model

Capture = pytest.CaptureFixture[str]


def photo(path: Path, colour: tuple[int, int, int]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    picture = Image.new("RGB", (60, 80), "white")
    picture.paste(colour, (15, 10, 45, 70))
    picture.save(path)
    return path


@pytest.fixture
def model(own_home: Path) -> Path:
    (own_home / "models").mkdir()
    return tiny_model(own_home / "models" / "mine.safetensors")


@pytest.fixture
def shop(model: Path, tmp_path: Path, capfd: Capture) -> tuple[Path, Path]:
    """Photos and their catalogue."""
    folder, file = tmp_path / "photos", tmp_path / "shop.sqlite"
    for number in range(5):
        photo(folder / f"{number}.png", (50 * number, 20, 90))
    (folder / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    assert main(["tag", str(folder), "--catalogue", str(file), "--remember", "--model", "mine", "--device", "cpu"]) == 1
    capfd.readouterr()
    return folder, file


def test_similar_photos_of_one_in_the_catalogue_and_of_a_new_one(shop: tuple[Path, Path], capfd: Capture) -> None:
    folder, file = shop
    assert main(["similar", str(folder / "0.png"), "--top", "3", "--catalogue", str(file), "--json"]) == 0
    found = json.loads(capfd.readouterr().out)
    assert len(found) == 3 and set(found[0]) == {"file", "similarity", "category", "colour"}
    assert str(folder / "0.png") not in [each["file"] for each in found]
    assert found == sorted(found, key=lambda each: -each["similarity"])
    new = photo(folder.parent / "new.png", (0, 20, 90))
    assert main(["similar", str(new), "--top", "9", "--catalogue", str(file), "--json"]) == 0
    found = json.loads(capfd.readouterr().out)
    assert len(found) == 5 and 1.0 in [each["similarity"] for each in found if each["file"] == str(folder / "0.png")]
    assert main(["similar", str(new), "--catalogue", str(file), "--where", "colour=None such"]) == 0
    assert capfd.readouterr().out == "No photo of the catalogue can be compared with it.\n"


def test_similar_photos_by_an_index(
    shop: tuple[Path, Path], capfd: Capture, own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, file = shop
    asked = ["similar", str(folder / "0.png"), "--top", "3", "--catalogue", str(file), "--json"]
    assert main(asked) == 0
    exact = capfd.readouterr().out
    with monkeypatch.context() as without:
        without.setattr("fashionlens_gui.catalogue.search.similar_index.is_available", lambda: False)
        assert main([*asked, "--index"]) == 2
    assert "“pip install usearch”" in capfd.readouterr().err and not (own_home / "similar_indexes").exists()
    pytest.importorskip("usearch", reason="the extra “index” is not installed")
    assert main([*asked, "--index"]) == 0
    assert capfd.readouterr().out == exact and len(list((own_home / "similar_indexes").iterdir())) == 2
    monkeypatch.setattr(
        "fashionlens_gui.catalogue.search.similar.SimilarPhotos._read", lambda _: pytest.fail("not used")
    )
    assert main(asked) == 0
    assert capfd.readouterr().out == exact


def test_a_table_of_similar_photos(shop: tuple[Path, Path], capfd: Capture) -> None:
    folder, file = shop
    target = folder.parent / "similar.csv"
    assert main(["similar-products", str(target), "--top", "6", "--catalogue", str(file)]) == 0
    assert capfd.readouterr().out == f"6 photos saved in {target}.\n"
    rows = list(csv.reader(target.open(encoding="utf-8")))
    assert rows[0] == ["photo", *(f"similar_{number}" for number in range(1, 7))]
    by_photo = {Path(photo).name: [Path(other).name for other in others if other] for photo, *others in rows[1:]}
    assert set(by_photo) == {"broken.png", *(f"{number}.png" for number in range(5))}
    assert by_photo["broken.png"] == []
    assert all(name not in others and len(set(others)) == len(others) for name, others in by_photo.items())


def test_what_cannot_be_compared_is_said(shop: tuple[Path, Path], model: Path, capfd: Capture) -> None:
    folder, file = shop

    def refused(*arguments: str) -> str:
        assert main([*arguments, "--catalogue", str(file)]) == 2
        return capfd.readouterr().err

    assert "none.png is no longer there" in refused("similar", str(folder / "none.png"))
    assert "photos.txt" in refused("similar-products", str(folder / "photos.txt"))
    new = photo(folder.parent / "new.png", (0, 20, 90))
    tiny_model(model, seed=3)
    assert "The model “tiny”, which tagged the photos of the catalogue, is not" in refused("similar", str(new))
    empty = folder.parent / "empty.sqlite"
    assert main(["tag", str(folder / "broken.png"), "--remember", "--catalogue", str(empty), "--model", "mine"]) == 1
    assert main(["similar", str(new), "--catalogue", str(empty)]) == 2
    assert "has no photos to compare with" in capfd.readouterr().err
