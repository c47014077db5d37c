"""The extra phone photos, categories of single photos, and product photos in the size of another network."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import pytest

from tests.refused import refused
from tests.trainer import bundled_taxonomy
from tests.trainer.product_photos import PHONE_KINDS, product_folder, read_products
from trainer import taxonomy
from trainer.control import WorkControl
from trainer.data import products
from trainer.data.phone_photos import HELD_OUT_LABELS, read_categories
from trainer.data.products import ProductData

LABELS = ("Top", "Hoodie", "Not sure", "Blouse", "Polo", "Other", "Spaceship", "Shoes")


def read(folder: Path, categories: Mapping[str, str] = MappingProxyType({})) -> ProductData:
    """The data for efficientnet-lite0."""
    steps = products.load(
        [folder],
        taxonomy.load(bundled_taxonomy.FOLDER),
        WorkControl(),
        products.input_of("efficientnet-lite0"),
        extra_phone=True,
        phone_categories=categories,
    )
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


def write_extra(folder: Path, labels: tuple[str, ...] = LABELS, header: str = "file,label,kids,sender") -> None:
    """One photo for each label."""
    with (
        zipfile.ZipFile(folder / "phone" / "images.zip") as phone,
        zipfile.ZipFile(folder / "phone" / "extra.zip", "w") as extra,
    ):
        photo = phone.read(phone.namelist()[0])
        for number in range(len(labels)):
            extra.writestr(f"images/{number}.webp", photo)
    rows = [f"images/{number}.webp,{label},False,7" for number, label in enumerate(labels)]
    (folder / "phone" / "extra.csv").write_text("\n".join([header, *rows]), encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return product_folder(tmp_path / "all", per_kind=2, checked_per_kind=1)


def test_photos_of_held_out_and_unknown_labels_are_skipped(folder: Path) -> None:
    write_extra(folder)
    data = read(folder)
    assert len(data.phone.images_NCHW) == 6 * len(PHONE_KINDS) + 3
    names = data.taxonomy.names("category")
    candidates = [
        {name for name, is_candidate in zip(names, row, strict=True) if is_candidate}
        for row in data.phone.labels.candidates_NK
    ]
    assert candidates[-3:-1] == [{"Top"}, {"Top"}]
    assert "Sandals" in candidates[-1]
    # None of them is a validation photo.
    assert len(data.validation.images_NCHW) == data.validation.products + 2 * len(PHONE_KINDS)
    assert HELD_OUT_LABELS == ("Blazer", "Body", "Hoodie", "Polo", "Undershirt")


def test_other_networks_do_not_see_them(folder: Path) -> None:
    before = read_products(folder).fingerprint()
    write_extra(folder)
    assert read_products(folder).fingerprint() == before


def test_photos_have_the_size_of_the_network(folder: Path) -> None:
    data = read(folder)
    assert (data.input.height, data.input.width) == (128, 96)
    assert data.validation.images_NCHW.shape[1:] == (3, 128, 96)
    assert data.studio.detail_MCHW.shape[1:] == data.phone.images_NCHW.shape[1:] == (3, 160, 120)
    assert read_products(folder).studio.detail_MCHW.shape[1:] == (3, 140, 105)


def test_a_table_without_labels_and_a_damaged_archive_are_refused(folder: Path) -> None:
    write_extra(folder, header="file,class,kids,sender")
    with refused("products_unreadable", "columns file and label", folder=str(folder)):
        read(folder)
    write_extra(folder)
    (folder / "phone" / "extra.zip").write_bytes(b"no archive")
    with refused("products_unreadable", folder=str(folder)):
        read(folder)


def test_a_single_photo_has_the_category_that_annotators_gave_it(folder: Path) -> None:
    write_extra(folder)
    data = read(folder, {"images/7.webp": "Heels"})
    names = data.taxonomy.names("category")
    assert [name for name, is_one in zip(names, data.phone.labels.candidates_NK[-1], strict=True) if is_one] == [
        "Heels"
    ]
    assert int(read(folder).phone.labels.candidates_NK[-1].sum()) > 1  # “Shoes”


def test_categories_of_single_photos_are_read_and_checked(tmp_path: Path) -> None:
    names = taxonomy.load(bundled_taxonomy.FOLDER)
    found = read_categories(bundled_taxonomy.FOLDER / "phone_photos.csv", names)
    assert len(found) == 1_506
    table = tmp_path / "phone_photos.csv"
    table.write_text("file,category\na.webp,Heels\nb.webp,Moon boots\n")
    with refused("taxonomy_unlisted", entry="b.webp", name="Moon boots"):
        read_categories(table, names)
