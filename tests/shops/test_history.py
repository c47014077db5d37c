"""What is new or has changed since the last export, in the modes that a shop's importer has."""

from __future__ import annotations

from pathlib import Path

import msgspec

from fashionlens_gui.catalogue import operations
from fashionlens_gui.catalogue.catalogue import Catalogue
from fashionlens_gui.shops import history, writers
from fashionlens_gui.shops.catalogue_products import product_rows
from fashionlens_gui.shops.export_job import ExportPlan, plan_export, write_part
from fashionlens_gui.shops.profile import Profile, find_profile
from tests.refused import refused
from tests.shops import readers
from tests.shops.shop_catalogue import add_product


def export(catalogue: Catalogue, chosen: Profile, target: Path, *, new: bool = True) -> ExportPlan:
    plan = plan_export(catalogue, chosen, product_rows(catalogue), target, only_changed=new)
    for part in plan.parts:
        steps = write_part(catalogue, part)
        for _ in steps:
            pass
    return plan


def test_a_second_export_has_what_is_new_and_what_has_changed(catalogue: Catalogue, tmp_path: Path) -> None:
    chosen, target = find_profile("woocommerce"), tmp_path / "shop.csv"
    add_product(catalogue, "A-1", ["a1.jpg", "a2.jpg"])
    changed = add_product(catalogue, "B-2", ["b1.jpg"])
    shop = readers.WooCommerce()
    export(catalogue, chosen, target)
    shop.load(target.read_bytes(), update_existing=False)
    assert set(shop.products) == {"A-1", "B-2"} and shop.products["A-1"].images == ["a1.jpg", "a2.jpg"]

    assert export(catalogue, chosen, tmp_path / "none.csv") == ExportPlan((), 2)
    assert not (tmp_path / "none.csv").exists()

    operations.correct(catalogue, changed, {"colour": "Red"})
    add_product(catalogue, "C-3", ["c1.jpg"])
    shop.products["B-2"].fields["name"] = "Renamed in the shop"
    second = tmp_path / "second.csv"
    plan = export(catalogue, chosen, second)
    assert [(part.mode, part.target.name) for part in plan.parts] == [
        ("new", "second.csv"), ("update", "second-update.csv"),
    ]  # fmt: skip
    shop.load(second.read_bytes(), update_existing=False)
    shop.load((tmp_path / "second-update.csv").read_bytes(), update_existing=True)
    assert shop.skipped == []
    assert set(shop.products) == {"A-1", "B-2", "C-3"}
    assert shop.products["B-2"].attributes["Colour"] == ["Red"]
    assert shop.products["B-2"].fields["name"] == "Renamed in the shop"
    assert shop.products["B-2"].attributes["Material"] == ["Cotton"], "the importer replaces all attributes together"
    columns = plan.parts[1].written.columns
    assert columns[0] == "SKU" and all(name.startswith("Attribute ") for name in columns[1:]) and len(columns) == 17
    assert {problem.code for problem in plan.parts[1].problems} == {"attributes_replaced"}


def test_a_file_of_the_wrong_mode_is_skipped_by_the_importer(catalogue: Catalogue, tmp_path: Path) -> None:
    """What the two modes are for: the importer skips rows that do not fit, without changing the product."""
    add_product(catalogue, "A-1", ["a1.jpg"])
    export(catalogue, find_profile("woocommerce"), tmp_path / "shop.csv")
    shop = readers.WooCommerce()
    shop.load((tmp_path / "shop.csv").read_bytes(), update_existing=True)
    assert shop.products == {} and shop.skipped == ["A-1"]


def test_products_that_the_shop_would_refuse_do_not_count_as_exported(catalogue: Catalogue, tmp_path: Path) -> None:
    add_product(catalogue, "A-1", ["a1.jpg"])
    google = msgspec.structs.replace(find_profile("google"), image_url="https://x.example/{image_name}")
    first = export(catalogue, google, tmp_path / "feed.tsv")
    assert {problem.code for problem in first.parts[0].problems} >= {"missing", "required_for_apparel"}
    again = export(catalogue, google, tmp_path / "feed.tsv")
    assert len(again.parts[0].written.products) == 1
    constants = {**google.constants, "price": "19,90", "link": "https://x.example/1", "size": "M"}
    export(catalogue, msgspec.structs.replace(google, constants=constants), tmp_path / "feed.tsv")
    last = export(catalogue, msgspec.structs.replace(google, constants=constants), tmp_path / "feed.tsv")
    assert last.parts == () and last.unchanged == 1


def test_an_export_can_be_repeated_as_it_was(catalogue: Catalogue, tmp_path: Path) -> None:
    ids = add_product(catalogue, "A-1", ["a1.jpg", "a2.jpg"])
    chosen = msgspec.structs.replace(find_profile("shopify"), image_url="https://x.example/{image_name}")
    export(catalogue, chosen, tmp_path / "shop.csv")
    operations.correct(catalogue, ids, {"colour": "Red"})
    (entry,) = history.exports(catalogue)
    assert (entry.profile, entry.mode, entry.products, entry.who) == ("shopify", "new", 1, "Ada")
    table, mode = history.repeated(catalogue, entry.id)
    assert mode == "new" and writers.csv_bytes(table) == (tmp_path / "shop.csv").read_bytes()
    with refused("export_missing", number=99):
        history.repeated(catalogue, 99)


def test_exports_with_other_profiles_do_not_count(catalogue: Catalogue, tmp_path: Path) -> None:
    add_product(catalogue, "A-1", ["a1.jpg"])
    export(catalogue, find_profile("csv"), tmp_path / "a.csv")
    assert len(export(catalogue, find_profile("xlsx"), tmp_path / "a.xlsx").parts) == 1
    assert export(catalogue, find_profile("csv"), tmp_path / "a.csv").unchanged == 1
