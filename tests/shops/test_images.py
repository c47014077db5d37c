"""Images checked against the limits of shops, and copies within them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from fashionlens_gui.shops import image_check
from fashionlens_gui.shops.image_check import ImageLimits, image_problems, inspect
from fashionlens_gui.shops.image_copies import ImageCopies, check_images, write_copies
from fashionlens_gui.shops.names import Names
from fashionlens_gui.shops.problem import Severity
from fashionlens_gui.shops.product_row import PhotoFile, ProductRow
from fashionlens_gui.shops.profile import Platform, find_profile
from trainer.control import WorkControl
from trainer.errors import Cancelled
from trainer.preprocessing.color_profiles import profile_of_primaries

ADOBE_RGB = (0.64, 0.33, 0.21, 0.71, 0.15, 0.06, 0.3127, 0.3290)


def picture(file: Path, size: tuple[int, int], background: str = "white", **options: object) -> Path:
    image = Image.new("RGB", size, background)
    image.paste((180, 40, 60), (size[0] // 4, size[1] // 4, size[0] * 3 // 4, size[1] * 3 // 4))
    image.save(file, **options)  # type: ignore[arg-type]
    return file


def product(*files: Path) -> ProductRow:
    photos = tuple(PhotoFile(number, file) for number, file in enumerate(files, 1))
    return ProductRow("A 1", photos, {"category": "Dress"}, {})


def codes(file: Path, platform: Platform, severity: Severity | None = None) -> set[str]:
    found = image_problems(inspect(file), platform, "A", file.name, google_category=2271)
    return {each.code for each in found if severity is None or each.severity == severity}


def copies(products: list[ProductRow], platform: str, folder: Path, *, replace: bool = False) -> ImageCopies:
    steps = write_copies(products, find_profile(platform), Names({}), folder, replace=replace)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            result: ImageCopies = end.value
            return result


def test_published_limits_are_checked(tmp_path: Path) -> None:
    assert codes(picture(tmp_path / "small.jpg", (240, 400)), "google", Severity.ERROR) == {"image_too_small"}
    assert codes(picture(tmp_path / "good.jpg", (1500, 1600)), "google") == set()
    worn = Image.new("RGB", (1500, 1600), "white")
    worn.paste((60, 40, 60), (400, 0, 1100, 1600))  # a person, cut off above and below
    worn.save(tmp_path / "worn.jpg")
    assert codes(tmp_path / "worn.jpg", "google") == set()
    assert codes(picture(tmp_path / "grey.jpg", (1500, 1600), "grey"), "google") == {"image_background"}
    assert codes(picture(tmp_path / "long.png", (5200, 20)), "shopify", Severity.ERROR) == {"image_too_large"}
    assert codes(picture(tmp_path / "scan.tif", (900, 900)), "shopify", Severity.ERROR) == {"image_format"}
    wide = picture(tmp_path / "wide.jpg", (2600, 900))
    assert codes(wide, "woocommerce", Severity.ERROR) == set() and "image_too_large" in codes(wide, "woocommerce")


def test_colours_transparency_and_animations_are_found(tmp_path: Path) -> None:
    adobe = picture(tmp_path / "adobe.jpg", (900, 900), icc_profile=profile_of_primaries(ADOBE_RGB, 2.2))
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    plain = picture(tmp_path / "srgb.jpg", (900, 900), icc_profile=srgb)
    assert not inspect(adobe).srgb and inspect(plain).srgb
    cut_out = Image.new("RGBA", (900, 900), (0, 0, 0, 0))
    cut_out.paste((200, 0, 0, 255), (200, 200, 700, 700))
    cut_out.save(tmp_path / "cut.png")
    assert inspect(tmp_path / "cut.png").transparent and inspect(tmp_path / "cut.png").white_background
    assert "image_transparent" in codes(tmp_path / "cut.png", "shopify")
    opaque = Image.new("RGBA", (300, 300), (9, 9, 9, 255))
    opaque.save(tmp_path / "opaque.png")
    assert not inspect(tmp_path / "opaque.png").transparent
    frames = [Image.new("RGB", (600, 600), colour) for colour in ("red", "blue")]
    frames[0].save(tmp_path / "moving.gif", save_all=True, append_images=frames[1:])
    assert "image_animated" in codes(tmp_path / "moving.gif", "google", Severity.ERROR)


def test_copies_are_within_the_limits_and_originals_are_untouched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = ImageLimits(("JPEG", "PNG"), 0.02, "test", longest_side=400)
    monkeypatch.setattr(image_check, "image_limits", lambda: {"shopify": limits})
    monkeypatch.setattr("fashionlens_gui.shops.image_copies.image_limits", lambda: {"shopify": limits})
    noise = np.random.default_rng(1).integers(0, 255, (600, 900, 3), np.uint8)
    Image.fromarray(noise).resize((900, 600)).save(tmp_path / "big.jpg", quality=95)
    adobe = picture(tmp_path / "a.webp", (100, 100), icc_profile=profile_of_primaries(ADOBE_RGB, 2.2))
    small = picture(tmp_path / "small.jpg", (300, 200))
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    made = copies([product(tmp_path / "big.jpg", adobe, small)], "shopify", tmp_path / "out")
    assert made.file_names == {1: "a-1-1.jpg", 2: "a-1-2.jpg", 3: "a-1-3.jpg"} and made.written == 3
    big = inspect(tmp_path / "out" / "a-1-1.jpg")
    assert max(big.size) <= 400 and big.bytes <= 20_000 and big.srgb
    with Image.open(tmp_path / "out" / "a-1-2.jpg") as copy:
        assert copy.format == "JPEG" and copy.getpixel((50, 50)) != (180, 40, 60), "the colours were converted"
    assert (tmp_path / "out" / "a-1-3.jpg").read_bytes() == small.read_bytes(), "one that conforms is copied"
    assert {name: (tmp_path / name).read_bytes() for name in before} == before


def test_nothing_is_overwritten_silently(tmp_path: Path) -> None:
    photo, folder = picture(tmp_path / "a.jpg", (900, 900)), tmp_path / "out"
    assert copies([product(photo)], "shopify", folder).written == 1
    again = copies([product(photo)], "shopify", folder)
    assert (again.written, again.kept) == (0, 1)
    mine = folder / "a-1-1.jpg"
    mine.write_bytes(b"mine")
    refused = copies([product(photo)], "shopify", folder)
    assert mine.read_bytes() == b"mine" and refused.file_names == {}
    assert [each.code for each in refused.problems if each.severity == Severity.ERROR] == ["image_exists"]
    assert copies([product(photo)], "shopify", folder, replace=True).written == 1
    assert mine.read_bytes() == photo.read_bytes()


def test_photos_that_cannot_be_read_are_listed_and_names_are_never_used_twice(tmp_path: Path) -> None:
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8 no photo")
    first, second = picture(tmp_path / "a.jpg", (900, 900)), picture(tmp_path / "b.jpg", (900, 901))
    shop = [product(tmp_path / "broken.jpg", tmp_path / "gone.jpg"), product(first)]
    shop[1] = ProductRow("A/1", (PhotoFile(7, first),), shop[1].values, {})
    shop.append(ProductRow("a.1", (PhotoFile(8, second),), shop[1].values, {}))
    made = copies(shop, "shopify", tmp_path / "out")
    assert sorted(made.file_names.values()) == ["a-1-1-2.jpg", "a-1-1-3.jpg"]
    assert [each.column for each in made.problems if each.code == "image_unreadable"] == ["broken.jpg", "gone.jpg"]


def test_a_check_can_be_stopped(tmp_path: Path) -> None:
    control = WorkControl()
    photos = [picture(tmp_path / f"{number}.jpg", (40, 40)) for number in range(40)]
    steps = check_images([product(*photos)], "google", Names({}), control)
    next(steps)
    control.stop()
    with pytest.raises(Cancelled):
        list(steps)
