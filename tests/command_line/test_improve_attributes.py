"""``fashionlens improve`` from corrections of colours: which heads are refitted, which stay unchanged, and why."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch

from fashionlens_gui import paths
from fashionlens_gui.catalogue.catalogue import Catalogue
from fashionlens_gui.cli import main
from tests.catalogue.corrected_photos import set_values
from tests.trainer.colour_model import coloured_model, photos
from trainer.data.data_paths import DatasetInfo
from trainer.model_files import model_file, replay_file
from trainer.model_files.library import read_metadata

RIGHT, SWAPPED = (0, 1, 2), (1, 0, 2)


def say(attribute: str, values: Sequence[tuple[Path, str]]) -> None:
    """Set an attribute of photos."""
    with Catalogue(paths.catalogue_file(), write=True) as catalogue:
        set_values(catalogue, dict(values), attribute)


def improved(capsys: pytest.CaptureFixture[str], model: Path, out: Path, *more: str) -> dict[str, Any]:
    assert main(["improve", "--model", str(model), "--out", str(out), "--json", *more]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def heads(model: Path) -> dict[str, torch.Tensor]:
    return model_file.load(model).network.state_dict()


def test_refitting_colours_leaves_the_other_heads_unchanged(
    own_home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = coloured_model(own_home / "models" / "coloured.safetensors", predicted_as=SWAPPED, sample_labels=RIGHT)
    taken = photos(tmp_path / "photos", 60)
    say("colour", [(file, colour) for file, _, colour in taken])
    say("season", [(file, "Winter") for file, _, _ in taken[:4]])
    added = photos(tmp_path / "added", 12)  # values that the user added and the model does not have
    say("colour", [(file, "Ivory") for file, _, _ in added])
    say("fabric", [(file, "Wool") for file, _, _ in added])
    out = tmp_path / "new.safetensors"
    outcome = improved(capsys, model, out)

    colour, season = outcome["attributes"]["colour"], outcome["attributes"]["season"]
    assert outcome["comparison"] is None
    assert colour["learnt"]
    assert colour["learnt_from"] + colour["on_corrections"]["n"] == 60
    assert outcome["learnt_from"] == colour["learnt_from"]
    assert colour["on_corrections"]["accuracy"]["new"] >= colour["on_corrections"]["accuracy"]["old"] + 0.15
    assert colour["on_known"]["n"] == 60
    assert colour["unknown"] == {"Ivory": 12}
    assert not outcome["attributes"]["fabric"]["learnt"]
    assert colour["on_known"]["accuracy"]["new"] > colour["on_known"]["accuracy"]["old"]
    assert not season["learnt"]
    assert season["why_not"] == "4 photos are too few; it takes at least 10."

    old, new = heads(model), heads(out)
    changed = {name for name, tensor in old.items() if not torch.equal(tensor, new[name])}
    assert changed == {"attribute_heads.colour.weight", "attribute_heads.colour.bias"}
    metadata = read_metadata(out)
    assert metadata.figures["validation_accuracy"] == 0.9
    assert metadata.figures["validation_season_accuracy"] == 0.4
    assert metadata.figures["validation_colour_accuracy"] == colour["on_known"]["accuracy"]["new"]
    assert metadata.data == DatasetInfo(name="blocks", corrected_photos=colour["learnt_from"])
    assert metadata.attributes["colour"].temperature != read_metadata(model).attributes["colour"].temperature
    limits = metadata.attributes["colour"]  # there were enough photos of the other two categories, and from home
    assert (limits.known_for, limits.rare_in, limits.studio_only) == ((), {}, False)
    assert metadata.attributes["season"] == read_metadata(model).attributes["season"]

    # The new model uses the same replay sample, since its backbone is the same.
    again = improved(capsys, out, tmp_path / "again.safetensors")
    assert again["attributes"]["colour"]["on_known"]["n"] == 60
    kept = again["attributes"]["colour"]["on_corrections"]["accuracy"]["old"]
    assert kept == colour["on_corrections"]["accuracy"]["new"]


def test_a_colour_head_that_forgets_is_rejected(
    own_home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = coloured_model(own_home / "models" / "coloured.safetensors", predicted_as=RIGHT)
    taken = photos(tmp_path / "photos", 60)
    others = {"Red": "Blue", "Blue": "Black", "Black": "Red"}
    table = tmp_path / "said.csv"
    with table.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["file", "category", "colour"])
        writer.writerows((photo, category, others[colour]) for photo, category, colour in taken)
    out = tmp_path / "new.safetensors"
    outcome = improved(capsys, model, out, "--corrections", str(table))
    colour = outcome["attributes"]["colour"]
    assert not colour["learnt"]
    assert "It would get worse on what it knew" in colour["why_not"]
    assert outcome["comparison"]["n"] > 0
    old, new = heads(model), heads(out)
    assert torch.equal(old["attribute_heads.colour.weight"], new["attribute_heads.colour.weight"])
    assert not torch.equal(old["head.weight"], new["head.weight"])

    # Without any other correction nothing is written.
    say("colour", [(photo, others[colour]) for photo, _, colour in taken])
    other = tmp_path / "other.safetensors"
    assert main(["improve", "--model", str(model), "--out", str(other)]) == 2
    assert "“coloured” stays as it is. Colour: It would get worse" in capsys.readouterr().err
    assert not other.exists()


def test_an_older_sample_refits_categories_and_explains_why_colours_are_not(
    own_home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = coloured_model(own_home / "models" / "coloured.safetensors", labelled=False)
    taken = photos(tmp_path / "photos", 30)
    say("category", [(file, category) for file, category, _ in taken])
    say("colour", [(file, colour) for file, _, colour in taken])
    out = tmp_path / "new.safetensors"
    assert main(["improve", "--model", str(model), "--out", str(out)]) == 0
    output = capsys.readouterr().out
    assert "Category: trained on" in output
    assert (
        "Colour: stays as it was. The sample of this model's training photos has too few with a known colour" in output
    )
    assert replay_file.load(replay_file.path_of(out)).fingerprint != (
        replay_file.load(replay_file.path_of(model)).fingerprint
    )
