"""Products of several photos: decisions, accuracy of one tag set a product, photos of another product, own attributes.

    python -m tests.benchmarks.products [--products 900] [--keep FOLDER]

Real photos of several views of a product were not at hand. The products are made from one validation photo each (of
``FASHIONLENS_DATA``, never trained on): three to eight photos, the packshot and made views of it (mirrored in other
light, turned, dark, two details that show a part), in one of five products not the packshot first, in one of four with
a size chart. In one of twenty products one photo is of another product with another category. Made views share their
pixels with the packshot, so that real views differ more: gain and agreement are those of this set, not a promise.

What is chosen here (weights, limits) is chosen on the products with an odd number; the figures are those of the others.
``--keep`` writes photos and catalogue there, and uses them again.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import os
import shutil
import sys
import tempfile
import time
import zipfile
from collections import Counter, deque
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter

from fashionlens_gui import cli, paths
from fashionlens_gui.catalogue.catalogue import Catalogue
from fashionlens_gui.catalogue.own_columns import softmax
from fashionlens_gui.catalogue.query import Query, embeddings
from fashionlens_gui.product_groups.grouping import group_by_names, preview, suggestions
from fashionlens_gui.product_groups.products import products
from fashionlens_gui.product_groups.stored_tag_set import refresh_stale
from fashionlens_gui.product_groups.table_joins import join
from fashionlens_gui.tagging.tag import Status
from trainer.taxonomy import Taxonomy, load
from trainer.training.improve.attribute_head import fit_attribute_head, near_duplicate_groups

DATA = Path(os.environ.get("FASHIONLENS_DATA", Path(__file__).parents[2].parent / "shared" / "data"))
_SIZE = (168, 224)
_VIEWS = ("other light", "turned", "dark", "detail", "close detail", "mirrored detail")
_MOST = 8


@dataclass(frozen=True)
class Made:
    """A photo that was made: its product's SKU, what it shows, the category that its product is sold as."""

    sku: str
    view: str
    category: str


def view(image: Image.Image, name: str, rng: np.random.Generator) -> Image.Image:
    """A made view of a packshot."""
    wide, high = image.size
    if name == "other light":
        return _lit(image.transpose(Image.Transpose.FLIP_LEFT_RIGHT), rng)
    if name == "turned":
        edge = image.getpixel((1, 1))
        turned = image.rotate(float(rng.uniform(-14, 14)), Image.Resampling.BICUBIC, fillcolor=edge)
        return _lit(turned, rng)
    if name == "dark":
        return ImageEnhance.Brightness(image).enhance(0.55).filter(ImageFilter.GaussianBlur(1.0))
    if name == "size chart":
        page = Image.new("RGB", _SIZE, "white")
        draw = ImageDraw.Draw(page)
        for row in range(9):
            for column in range(4):
                left, top = 12 + column * 37, 24 + row * 20
                draw.rectangle((left, top, left + 37, top + 20), outline="black")
                draw.text(
                    (left + 6, top + 4), ("S", "M", "L", "XL")[column] if row == 0 else str(40 + row * column), "black"
                )
        return page
    share = {"detail": (0.4, 0.6), "mirrored detail": (0.45, 0.65), "close detail": (0.22, 0.35)}[name]
    side = float(rng.uniform(*share))
    # Around the middle, where the product is.
    x, y = (float(rng.uniform(0.5 - 0.2, 0.5 + 0.2)) for _ in range(2))
    left, top = (min(max(at - side / 2, 0), 1 - side) for at in (x, y))
    box = (round(left * wide), round(top * high), round((left + side) * wide), round((top + side) * high))
    cut = image.crop(box).resize(_SIZE, Image.Resampling.LANCZOS)
    return cut.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if name == "mirrored detail" else cut


def _lit(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    pixels = np.asarray(image, np.float32) * rng.uniform(0.85, 1.1) * rng.uniform(0.93, 1.07, 3)
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def rows_of(count: int, taxonomy: Taxonomy) -> list[dict[str, str]]:
    """Labels of validation products of which there is a detailed photo and whose category is known."""
    with (
        zipfile.ZipFile(DATA / "products" / "images-224x224.zip") as large,
        (DATA / "products" / "labels.csv").open(encoding="utf-8", newline="") as table,
    ):
        names = {Path(name).stem: name for name in large.namelist()}
        found = [
            {**row, "member": names[row["id"]], "category": category}
            for row in csv.DictReader(table)
            if row["split"] == "val" and row["id"] in names
            if (category := taxonomy.of_label("category", row["articleType"]))
        ]
    order = np.random.default_rng(7).permutation(len(found))
    return [found[index] for index in order[:count]]


def write_photos(folder: Path, rows: list[dict[str, str]]) -> dict[str, Made]:
    """Write the photos of all products; returns what they are, by file name."""
    rng = np.random.default_rng(11)
    folder.mkdir(parents=True)
    made: dict[str, Made] = {}
    with zipfile.ZipFile(DATA / "products" / "images-224x224.zip") as large:

        def packshot(row: dict[str, str]) -> Image.Image:
            image = Image.open(io.BytesIO(large.read(row["member"]))).convert("RGB")
            return image.resize(_SIZE, Image.Resampling.LANCZOS)

        for number, row in enumerate(rows):
            sku, count = f"FL{int(row['id']):06d}", int(rng.integers(3, _MOST + 1))
            shown = ["packshot", *rng.permutation(_VIEWS).tolist()][:count]
            while len(shown) < count:
                shown.append("other light")
            if rng.random() < 0.2:
                shown[:2] = shown[1::-1]
            if rng.random() < 0.25:
                shown[-1] = "size chart"
            wrong = number % 20 == 3 or number % 20 == 12 if number % 40 < 20 else False
            image = packshot(row)
            for place, name in enumerate(shown, 1):
                picture = image if name == "packshot" else view(image, name, rng)
                if wrong and place == len(shown):
                    other = next(
                        each for each in rng.permutation(len(rows)) if rows[each]["category"] != row["category"]
                    )
                    picture, name = view(packshot(rows[other]), "other light", rng), "other product"
                file = f"{sku}_{place}.jpg"
                picture.save(folder / file, quality=90)
                made[file] = Made(sku, name, row["category"])
    return made


def write_pattern_photos(folder: Path, taxonomy: Taxonomy) -> dict[str, str]:
    """Validation photos whose product name says the pattern; returns it by file name."""
    folder.mkdir(parents=True)
    patterns: dict[str, str] = {}
    with (
        zipfile.ZipFile(DATA / "products" / "images-224x224.zip") as large,
        zipfile.ZipFile(DATA / "products" / "images-60x80.zip") as small,
        (DATA / "products" / "labels.csv").open(encoding="utf-8", newline="") as table,
    ):
        detailed = {Path(name).stem: name for name in large.namelist()}
        others = {Path(name).stem: name for name in small.namelist()}
        for row in csv.DictReader(table):
            pattern = taxonomy.weak_pattern(row["productDisplayName"], row["articleType"])
            if row["split"] != "val" or pattern is None:
                continue
            source, name = (large, detailed[row["id"]]) if row["id"] in detailed else (small, others[row["id"]])
            image = Image.open(io.BytesIO(source.read(name))).convert("RGB")
            image.resize(_SIZE, Image.Resampling.LANCZOS).save(folder / f"{row['id']}.jpg", quality=92)
            patterns[f"{row['id']}.jpg"] = pattern
    return patterns


def print_decisions(catalogue: Catalogue, made: dict[str, Made], what: str) -> None:
    """Decisions by photo and by product; accuracy on the products with an even number."""
    began = time.perf_counter()
    found = list(products(catalogue))
    seconds = time.perf_counter() - began
    tags = catalogue.tags([photo for each in found for photo in each.photos])

    def of(photo: int) -> Made:
        return made[tags[photo].path.name]

    by_photo = sum(tag.status != Status.OK for tag in tags.values())
    by_product = sum(each.status != Status.OK for each in found)
    print(f"\n{what}: {len(tags):,} photos of {len(found):,} products, read in {seconds:.1f} s")
    print(f"  decisions by photo {by_photo:,}, by product {by_product:,}")
    half = found[::2]
    truth = {each.id: of(each.photos[0]).category for each in half}
    packshots = {each.id: next(photo for photo in each.photos if of(photo).view == "packshot") for each in half}
    ways = {
        "first photo": lambda each: tags[each.photos[0]].category,
        "majority of the photos": lambda each: Counter(tags[photo].category for photo in each.photos).most_common(1)[0][
            0
        ],
        "tag set of the product": lambda each: each.tag_set.values["category"].value,
        "packshot, if one knew it": lambda each: tags[packshots[each.id]].category,
    }
    for name, category in ways.items():
        print(
            f"  {name:26} {np.mean([category(each) == truth[each.id] for each in half]):6.1%} of the categories correct"
        )
    decided = [each for each in half if each.status == Status.OK]
    correct = np.mean([each.values["category"] == truth[each.id] for each in decided])
    print(f"  without review: {len(decided)} of {len(half)} products, {correct:.1%} of them correct")
    mixed = {each.id for each in half if any(of(photo).view == "other product" for photo in each.photos)}
    flagged = {each.id for each in half if "other_product" in each.unsure}
    exact = sum(
        each.tag_set.odd == tuple(photo for photo in each.photos if of(photo).view == "other product")
        for each in half
        if each.id in mixed
    )
    print(f"  with a photo of another product: {len(mixed)}, found {len(mixed & flagged)}, the very photo {exact}; "
          f"of {len(half) - len(mixed)} others {len(flagged - mixed)} are reviewed for it")  # fmt: skip
    charts = [(each, photo) for each in half for photo in each.photos if of(photo).view == "size chart"]
    aside = sum(photo in each.tag_set.aside for each, photo in charts)
    lost = sum(of(photo).view == "packshot" for each in half for photo in each.tag_set.aside)
    print(f"  size charts set aside: {aside} of {len(charts)}; packshots: {lost} of {len(half)}")


def print_names(made: dict[str, Made]) -> None:
    """Grouping by names of which some are mixed and some wrong."""
    rng = np.random.default_rng(5)
    truth: dict[str, str] = {}
    kinds: Counter[str] = Counter()
    for file, each in made.items():
        number = file.rpartition("_")[2].removesuffix(".jpg")
        kind = str(
            rng.choice(["right", "dash", "brackets", "case", "O for 0", "camera"], p=[0.5, 0.2, 0.2, 0.06, 0.02, 0.02])
        )
        names = {
            "right": f"{each.sku}_{number}.jpg",
            "dash": f"{each.sku}-{number}.JPG",
            "brackets": f"{each.sku} ({number}).jpg",
            "case": f"{each.sku.lower()}_{number}.jpg",
            "O for 0": f"{each.sku.replace('0', 'O', 1)}_{number}.jpg",
            "camera": f"DSC{rng.integers(10**4, 10**5)}.jpg",
        }
        truth[names[kind]] = each.sku
        kinds[kind] += 1
    patterns = suggestions(list(truth))[0].patterns
    found = preview(list(truth), patterns)
    wrong = [name for name, parts in found.matches if parts and parts.sku.upper() != truth[name]]
    alike = {sku for skus in found.alike for sku in skus}
    named = sum(parts.sku in alike for name, parts in found.matches if parts and name in set(wrong))
    print(f"\nmixed and wrong names: {dict(kinds)}")
    print(f"  patterns suggested: {', '.join(patterns)}")
    print(f"  in the wrong product {len(wrong)}, of which named as SKUs that look alike {named}; "
          f"listed as unmatched {len(found.unmatched)}")  # fmt: skip


def print_own(catalogue: Catalogue, patterns: dict[str, str]) -> None:
    """The pattern as if people had defined it, taught with few labels; mean of five draws, tested on all others."""
    ids_N, embeddings_ND = embeddings(catalogue)
    tags = catalogue.tags(ids_N)
    labels_N = np.array([patterns[tags[int(id_)].path.name] for id_ in ids_N])
    values = sorted(value for value, count in Counter(labels_N).items() if count >= 100)
    kept_N = np.isin(labels_N, values)
    vectors_ND, labels_N = embeddings_ND[kept_N].astype(np.float32), labels_N[kept_N]
    names = [tags[int(id_)].attributes.named("pattern") for id_ in ids_N[kept_N]]
    bundled = np.mean([tag is not None and tag.value == label for tag, label in zip(names, labels_N, strict=True)])
    groups_N = near_duplicate_groups(vectors_ND)
    print(f"\nown attribute: pattern, {', '.join(values)}; {len(labels_N)} photos; the bundled model {bundled:.1%}")
    print("  its embedding was trained with patterns: another attribute may be harder")
    for chosen, counts in ((values, (4, 10, 20, 50)), (["Solid", "Striped"], (10, 50))):
        numbers_N = np.array([chosen.index(label) if label in chosen else -1 for label in labels_N])
        for count in counts:
            rows = []
            for seed in range(5):
                rng = np.random.default_rng(seed)
                taught = np.concatenate(
                    [rng.permutation(np.flatnonzero(numbers_N == number))[:count] for number in range(len(chosen))]
                )
                tested_N = ~np.isin(groups_N, groups_N[taught]) & (numbers_N >= 0)
                began = time.perf_counter()
                head = fit_attribute_head(vectors_ND[taught], numbers_N[taught], len(chosen))
                seconds = time.perf_counter() - began
                probabilities_NK = softmax(vectors_ND[tested_N] @ head.weight_KD.T + head.bias_K)
                correct_N = probabilities_NK.argmax(axis=1) == numbers_N[tested_N]
                sure_N = (probabilities_NK.max(axis=1) >= head.threshold) & (head.promised is not None)
                right = correct_N[sure_N].mean() if sure_N.any() else np.nan
                rows.append((correct_N.mean(), head.accuracy, head.promised is not None, sure_N.mean(), right, seconds))
            correct, held_out, promised, sure, _, seconds = np.mean(rows, axis=0)
            rights = [row[4] for row in rows if not np.isnan(row[4])]
            of_sure = f"{np.mean(rights):.1%}" if rights else "–"
            print(f"  {len(chosen)} values, {count:2} labels each: {correct:.1%} correct ({held_out:.1%} by its own "
                  f"estimate), promised in {promised * 5:.0f} of 5 draws, {sure:.1%} sure, of these {of_sure} correct, "
                  f"{seconds:.2f} s")  # fmt: skip


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--products", type=int, default=900)
    parser.add_argument("--keep", type=Path)
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as temporary:
        home = given.keep or Path(temporary)
        rows = rows_of(given.products, load(paths.taxonomy_dir()))
        manifest, file = home / "made.json", home / "catalogue.sqlite"
        if not manifest.exists():
            made = write_photos(home / "photos", rows)
            manifest.write_text(json.dumps({name: vars(each) for name, each in made.items()}), encoding="utf-8")
        if not file.exists():
            code = cli.main(["tag", str(home / "photos"), "--catalogue", str(file), "--out", str(home / "tags.csv")])
            assert code == 0
        patterns, own = home / "patterns.json", home / "own.sqlite"
        if not patterns.exists():
            patterns.write_text(json.dumps(write_pattern_photos(home / "patterns", load(paths.taxonomy_dir()))))
        if not own.exists():
            code = cli.main(["tag", str(home / "patterns"), "--catalogue", str(own), "--out", str(home / "own.csv")])
            assert code == 0
        read = {name: Made(**each) for name, each in json.loads(manifest.read_text(encoding="utf-8")).items()}
        copy = Path(temporary) / "copy.sqlite"
        shutil.copyfile(file, copy)
        with Catalogue(copy, write=True) as catalogue:
            began = time.perf_counter()
            group_by_names(catalogue, Query(), ["{sku}_{n}"])
            print(f"grouped in {time.perf_counter() - began:.1f} s")
            began = time.perf_counter()
            deque(refresh_stale(catalogue), maxlen=0)
            print(f"tag sets computed and stored in {time.perf_counter() - began:.1f} s")
            print_decisions(catalogue, read, "by photos alone")
            titles = home / "titles.csv"
            with titles.open("w", encoding="utf-8", newline="") as table:
                writer = csv.writer(table)
                writer.writerow(["sku", "title"])
                writer.writerows([f"FL{int(row['id']):06d}", row["productDisplayName"]] for row in rows)
            join(catalogue, titles)
            deque(refresh_stale(catalogue), maxlen=0)
            print_decisions(catalogue, read, "with a table of titles")
        print_names(read)
        with Catalogue(own) as catalogue:
            print_own(catalogue, json.loads(patterns.read_text(encoding="utf-8")))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
