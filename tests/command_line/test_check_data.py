"""``fashionlens check-data`` on photos with planted issues: each kind is found, printed with its files and reported."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

from fashionlens_gui import cli
from trainer.control import WorkControl
from trainer.data.decisions import Decisions
from trainer.data.labelled_photos import find
from trainer.data_quality import data_check
from trainer.data_quality.decisions_file import read_decisions, write_decisions
from trainer.errors import Cancelled

SHAPES = {"Rings": 8, "Squares": 9, "Stars": 7}


def photo(kind: str, seed: int) -> Image.Image:
    """A shape on a grey background, with random patches that make each photo unique."""
    rng = np.random.default_rng(seed)
    image = Image.new("RGB", (120, 120), tuple(rng.integers(200, 250, 3).tolist()))
    draw = ImageDraw.Draw(image)
    for _ in range(6):
        x, y, size = rng.integers(0, 100, 3) // (1, 1, 5) + (0, 0, 8)
        draw.rectangle((x, y, x + size, y + size), fill=tuple(rng.integers(90, 220, 3).tolist()))
    box = (34, 34, 86, 86)
    fill = {"Rings": (190, 30, 30), "Squares": (30, 60, 180), "Stars": (20, 130, 60)}[kind]
    if kind == "Rings":
        draw.ellipse(box, outline=fill, width=12)
    elif kind == "Squares":
        draw.rectangle(box, fill=fill)
    else:
        draw.regular_polygon((60, 60, 32), 3, fill=fill)
    return image


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("own") / "shop"
    for number, (kind, count) in enumerate(SHAPES.items()):
        (root / kind).mkdir(parents=True)
        for seed in range(count):
            photo(kind, 100 * number + seed).save(root / kind / f"{kind} {seed}.png")
    photo("Squares", 900).save(root / "Rings" / "misfiled.png")
    photo("Stars", 204).save(root / "Stars" / "copy of 4.jpg", quality=70)
    (root / "Squares" / "Stars 2.png").write_bytes((root / "Stars" / "Stars 2.png").read_bytes())
    (root / "Stars" / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 cut short")
    (root / "Hats").mkdir()
    photo("Stars", 901).save(root / "Hats" / "only.png")
    return root


@pytest.fixture(scope="module")
def found(shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    out = tmp_path_factory.mktemp("out") / "check.json"
    assert cli.main(["check-data", str(shop), "--model", "products", "--out", str(out)]) == 1  # one cannot be read
    return json.loads(out.read_text(encoding="utf-8"))


def names(files: list[str]) -> set[str]:
    return {Path(file).name for file in files}


def test_each_kind_of_issue_is_found_with_its_files(found: Any) -> None:
    assert found["categories"] == {"Hats": 1, "Rings": 9, "Squares": 10, "Stars": 8}
    assert [Path(each["file"]).name for each in found["unreadable"]] == ["broken.jpg"]
    across, within = found["copies"]
    assert (across["across_categories"], across["exact"]) == (True, True)
    assert set(across["categories"]) == {"Squares", "Stars"}
    assert (within["across_categories"], within["exact"]) == (False, False)
    assert names(within["files"]) == {"Stars 4.png", "copy of 4.jpg"}
    suspects = {Path(each["file"]).name: each["instead"] for each in found["likely_wrong_labels"]}
    assert suspects["misfiled.png"] == "Squares"
    assert len(suspects) <= 4
    assert not any("Hats" in each["file"] for each in found["likely_wrong_labels"]), "one photo tells nothing"
    headings = [finding["heading"] for finding in found["findings"]]
    assert headings[0] == "1 category cannot be trained"
    assert "1 photo cannot be read" in headings
    assert "3 categories with few photos" in headings
    assert "The same photo in different categories: once" in headings


def test_findings_are_printed_as_plain_sentences(shop: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["check-data", str(shop)]) == 1
    output = capfd.readouterr().out
    assert "shop: 28 photos of 4 categories can be read." in output
    assert "“Hats” has 1. At least 2 photos of each are needed" in output
    assert f"{Path('Rings', 'misfiled.png')}: in “Rings”, looks like “Squares”" in output
    assert "broken.jpg is cut short" in output or "broken.jpg is damaged" in output


def test_a_report_lists_the_findings(shop: Path, found: Any, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    check, page = tmp_path / "check.json", tmp_path / "report.html"
    check.write_text(json.dumps(found), encoding="utf-8")
    mapping = tmp_path / "mapping.csv"
    mapping.write_text("folder,category\nRings,Watches\nSquares,Jeans\nStars,Dresses\n")
    words = ["evaluate", "--model", "products", "--data", str(shop), "--mapping", str(mapping)]
    assert cli.main([*words, "--report", str(page), "--data-check", str(check)]) in (0, 1)
    assert "misfiled.png: in “Rings”" in page.read_text(encoding="utf-8")
    check.write_text('{"findings": [{"heading": 3}]}')
    assert cli.main([*words, "--report", str(page), "--data-check", str(check)]) == 2
    assert "is no check of data" in capfd.readouterr().err
    assert cli.main([*words, "--data-check", str(check)]) == 2


def test_unbalanced_categories_are_reported_and_a_clean_list_has_no_findings(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    lines = ["file,category"]
    for number, (kind, count) in enumerate({"Rings": 31, "Squares": 3}.items()):
        for seed in range(count):
            photo(kind, 1000 * number + seed).save(tmp_path / f"{kind}{seed}.png")
            lines.append(f"{kind}{seed}.png,{kind}")
    source = tmp_path / "own.csv"
    source.write_text("\n".join(lines))
    assert cli.main(["check-data", str(source), "--json"]) == 0
    findings = json.loads(capfd.readouterr().out)["findings"]
    assert [finding["heading"] for finding in findings] == [
        "1 category with few photos",
        "Some categories have far more photos than others",
    ]
    assert "“Rings” has 31 photos, “Squares” has 3 photos" in findings[1]["sentences"][0]


def test_decisions_are_written_to_be_filled_in_and_are_never_lost(
    shop: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file, other = tmp_path / "decided.json", tmp_path / "notes.json"
    other.write_text('{"my": "own notes"}')
    assert cli.main(["check-data", str(shop), "--decisions", str(other)]) == 2
    assert other.read_text() == '{"my": "own notes"}' and "does not hold decisions" in capfd.readouterr().err
    assert cli.main(["check-data", str(shop), "--decisions", str(tmp_path)]) == 2

    gone = tmp_path / "sold out.png"
    write_decisions(file, Decisions().keep(gone))
    assert cli.main(["check-data", str(shop), "--decisions", str(file)]) == 1
    output = capfd.readouterr().out
    assert f"{file} held decisions already (1 kept); they stay in it." in output
    asked = json.loads(file.read_text(encoding="utf-8"))
    photos = {Path(each["file"]).name: each for each in asked["photos"]}
    assert asked["categories"] == ["Hats", "Rings", "Squares", "Stars"]
    assert f"{len(asked['photos'])} photos to decide, in {file}: fill in “decision”" in output
    misfiled = photos["misfiled.png"]
    assert misfiled["file"] == str(shop / "Rings" / "misfiled.png")
    assert (misfiled["category"], misfiled["suggestion"], misfiled["decision"]) == ("Rings", "Squares", "")
    assert "looks like Squares" in misfiled["why"]
    assert "the same photo as" in photos["Stars 2.png"]["why"] and len(photos) >= 2
    assert read_decisions(file) == Decisions().keep(gone), "nothing is decided for the user"

    photos["misfiled.png"]["decision"], photos["Stars 2.png"]["decision"] = "Move", " leave  out "
    file.write_text(json.dumps(asked), encoding="utf-8-sig")  # as Windows editors do
    decided = Decisions().keep(gone).move(shop / "Rings" / "misfiled.png", "Squares")
    decided = decided.leave_out(Path(photos["Stars 2.png"]["file"]))
    assert read_decisions(file) == decided
    assert cli.main(["check-data", str(shop), "--decisions", str(file), "--json"]) == 1
    output, errors = capfd.readouterr()
    assert json.loads(output)["photos"] == 29 and "1 in another category, 1 left out, 1 kept" in errors
    assert read_decisions(file) == decided


class StopsInTheProbes(WorkControl):
    """Stops while the probes are fitted."""

    looks = 0
    in_the_last_step = False

    @property
    def stopped(self) -> bool:
        self.looks += self.in_the_last_step
        return self.looks > 9


def test_it_can_be_stopped_in_its_last_step(shop: Path) -> None:
    from fashionlens_gui import paths
    from trainer.inference.predictor import Predictor
    from trainer.model_files.library import ModelLibrary

    predictor = Predictor.load(ModelLibrary(paths.model_folders()).find("products"))
    control = StopsInTheProbes()
    with pytest.raises(Cancelled):
        for event in data_check.check(find(shop), predictor, control):
            control.in_the_last_step = event.step == "finding_label_issues"
    assert control.looks == 10, "it went on after it was stopped"


def test_it_can_be_stopped(shop: Path) -> None:
    from fashionlens_gui import paths
    from trainer.inference.predictor import Predictor
    from trainer.model_files.library import ModelLibrary

    predictor = Predictor.load(ModelLibrary(paths.model_folders()).find("products"))
    control = WorkControl()
    work = data_check.check(find(shop), predictor, control)
    next(work)
    control.stop()
    with pytest.raises(Cancelled):
        list(work)
