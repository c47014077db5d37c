"""Names of categories and values: shipped translations, the user's own, the table in which they travel."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from fashionlens_gui import paths
from fashionlens_gui.catalogue import operations
from fashionlens_gui.catalogue.catalogue import Catalogue
from fashionlens_gui.catalogue.own_names import LANGUAGES, own_names, set_names
from fashionlens_gui.shops.google_taxonomy import google_paths
from fashionlens_gui.shops.names import Names, english_plural, names_of, read_names, write_names
from fashionlens_gui.shops.product_row import LABELS
from fashionlens_gui.shops.translations import translations
from tests.refused import refused
from trainer import taxonomy
from trainer.taxonomy import CATEGORY, CATEGORY_AND_ATTRIBUTES


def test_each_value_of_the_taxonomy_has_a_name_in_each_language() -> None:
    known = taxonomy.load(paths.taxonomy_dir())
    wanted = {(name, value) for name in CATEGORY_AND_ATTRIBUTES for value in known.names(name)}
    wanted |= {("group", group) for group in known.groups} | {("colour_family", family) for family in known.families}
    for language in LANGUAGES:
        given = {(attribute, value) for of, attribute, value in translations().names if of == language}
        assert given == wanted | {("attribute", label) for label in LABELS.values()}
    assert {name for of, name in translations().plurals if of == "en"} == set(known.names(CATEGORY))


def test_no_two_categories_have_one_name() -> None:
    for language in LANGUAGES:
        names = [
            text for (of, attribute, _), text in translations().names.items() if (of, attribute) == (language, CATEGORY)
        ]
        assert len(names) == len(set(names)) == 79


def test_google_categories_of_the_taxonomy_are_in_google_s_list() -> None:
    known = taxonomy.load(paths.taxonomy_dir())
    ids = {each.google_product_category for each in known.categories} - {None}
    assert ids <= set(google_paths())


def test_own_names_win_and_are_understood_on_the_way_back(catalogue: Catalogue) -> None:
    before = names_of(catalogue, "de")
    assert before.name("category", "Track pants") == "Jogginghose" and before.plural("Jogginghose") == "Jogginghosen"
    set_names(catalogue, {("category", "Track pants", "name"): "Schlabberhose",
                          ("category", "Dirndl", "google"): "2271", ("category", "Dirndl", "shop"): "Tracht > Dirndl",
                          ("colour", "Petrol", "meaning"): "Teal"})  # fmt: skip
    names = names_of(catalogue, "de")
    assert names.name("category", "Track pants") == "Schlabberhose"
    assert names.google_category("Dirndl") == 2271 and names.shop_category("Dirndl") == "Tracht > Dirndl"
    for text in ("Schlabberhose", "jogginghosen", "Pantalons de jogging", "sweatpants", "Track pants"):
        assert names.value_of("category", text) == "Track pants", text
    assert names.value_of("colour", "petrol") == "Petrol" and names.meaning("colour", "Petrol") == "Teal"
    assert names.value_of("colour", "Bordeaux") == "Burgundy" and names.value_of("colour", "plaid") == ""
    operations.undo(catalogue)
    assert own_names(catalogue) == {}
    operations.redo(catalogue)
    assert names_of(catalogue, "de").name("category", "Track pants") == "Schlabberhose"


def test_names_travel_as_a_table(catalogue: Catalogue, tmp_path: Path) -> None:
    table = tmp_path / "names.csv"
    write_names(table, catalogue)
    with table.open(encoding="utf-8-sig", newline="") as opened:
        rows = list(csv.DictReader(opened))
    assert rows[0]["value"] == "T-shirt" and rows[0]["de"] == "T-Shirt" and rows[0]["name"] == ""
    next(row for row in rows if row["value"] == "Dress")["name"] = "Festkleid"
    next(row for row in rows if row["value"] == "Cap")["de"] = "Mütze"
    with table.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.DictWriter(opened, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    assert read_names(table, catalogue)
    assert own_names(catalogue) == {("category", "Dress", "name"): "Festkleid", ("category", "Cap", "de"): "Mütze"}
    assert not read_names(table, catalogue)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("shape,Round,,", "names_attribute_unknown"),
        ("category,Dirndl,999999999,", "names_google_unknown"),
        ("colour,Petrol,,Petrolish", "names_meaning_unknown"),
    ],
)
def test_wrong_lines_are_named_and_nothing_is_changed(
    catalogue: Catalogue, tmp_path: Path, line: str, code: str
) -> None:
    table = tmp_path / "names.csv"
    table.write_text(f"attribute,value,google,meaning\ncategory,Dress,2271,\n{line}\n", encoding="utf-8")
    with refused(code, "line 3", line=3):
        read_names(table, catalogue)
    assert own_names(catalogue) == {}


def test_plurals() -> None:
    assert [english_plural(word) for word in ("Dirndl", "Body", "Clutch", "Jeans", "Boy", "Dress")] == [
        "Dirndls", "Bodies", "Clutches", "Jeans", "Boys", "Dresses",
    ]  # fmt: skip
    assert Names({}, "fr").plural("Robe") == "Robes" and Names({}, "fr").plural("Inconnu") == "Inconnu"
