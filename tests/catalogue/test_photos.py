"""Photos in the catalogue: rows round-trip; unchanged, changed, moved and gone files."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np

from fashionlens_gui.catalogue import operations, photos
from fashionlens_gui.catalogue.catalogue import Catalogue, Kind
from fashionlens_gui.catalogue.model_identity import ModelIdentity
from fashionlens_gui.tagging.job_events import Tagged
from tests.catalogue.catalogue_rows import MODEL, add, broken, item
from tests.processes import linux
from trainer.inference.embedding_size import shortened
from trainer.inference.prediction import Ranking, Swatch


def of_file(path: Path, digest: str = "d") -> Tagged:
    """A row of a file that exists, with its present size and time."""
    status = path.stat()
    row = item(path.name, folder=str(path.parent), digest=digest)
    return replace(row, file_state=(status.st_size, status.st_mtime_ns))


def test_rows_round_trip(catalogue: Catalogue, file: Path) -> None:
    items = [item("a.jpg"), item("b.jpg", "Bag", 0.40625), item("plain.jpg", attributes={}), broken("c.jpg")]
    ids = add(catalogue, *items)
    for opened in (catalogue, Catalogue(file)):
        tags = opened.tags(ids[::-1])
        assert [tags[id_] for id_ in ids] == [each.tag for each in items]
        assert list(tags) == ids[::-1]
        assert tags[ids[0]].model == "shop"
        assert tags[ids[0]].ranking == items[0].tag.ranking
        assert not tags[ids[2]].attributes
        found = opened.statistics()
        assert (found.photos, found.statuses) == (4, {"ok": 2, "needs review": 1, "error": 1})
        assert (found.categories, found.models) == ({"Dress": 2, "Bag": 1}, {"shop": 3})
    opened.close()


def test_sums_over_many_labels_round_trip(catalogue: Catalogue) -> None:
    """The confidence of a group or of a colour's family is the same from the catalogue, whatever was not likely."""
    unlikely = 1 / 4096
    colours = Ranking(("Red", *(f"Colour {number}" for number in range(99))), (1 - 99 * unlikely, *[unlikely] * 99))
    (id_,) = add(catalogue, item("a.jpg", attributes={"colour": colours}))
    found = catalogue.tags([id_])[id_].attributes.named("colour")
    assert found is not None and found.ranking == colours


def test_shares_of_colours_round_trip_to_the_last_digit(catalogue: Catalogue) -> None:
    """Else a share of 57.50001 % is 58 % when it is measured and 57 % when it is remembered."""
    row = item("a.jpg")
    swatch = Swatch("Red", (200, 30, 40), 0.575000012)
    (id_,) = add(catalogue, replace(row, tag=replace(row.tag, colours=(swatch,))))
    assert list(catalogue.tags([id_])[id_].colours) == [swatch]


@linux
def test_names_that_are_no_unicode_round_trip(catalogue: Catalogue) -> None:
    (id_,) = add(catalogue, item("caf\udce9.jpg", digest="d"))
    tag = catalogue.tags([id_])[id_]
    assert (tag.path, tag.file) == (Path("/photos/caf\udce9.jpg"), "caf\\xe9.jpg")


def test_an_unchanged_file_is_remembered_for_the_same_model_alone(catalogue: Catalogue, tmp_path: Path) -> None:
    photo = tmp_path / "a.jpg"
    photo.write_bytes(b"one")
    row = of_file(photo)
    (id_,) = add(catalogue, row)
    known = photos.remembered(catalogue, MODEL)(photo)
    assert known is not None and (known.tag, known.photo) == (row.tag, id_)
    for other in (
        replace(MODEL, fingerprint="0" * 32),
        replace(MODEL, version="2.0"),
        replace(MODEL, runtime="torch"),
        replace(MODEL, precision="float32"),
        ModelIdentity("another"),
    ):
        assert photos.remembered(catalogue, other)(photo) is None
    assert photos.remembered(catalogue, MODEL)(tmp_path / "b.jpg") is None
    os.utime(photo, ns=(5, 5))
    assert photos.remembered(catalogue, MODEL)(photo) is None
    add(catalogue, of_file(photo))
    photo.write_bytes(b"longer")
    os.utime(photo, ns=(5, 5))
    assert photos.remembered(catalogue, MODEL)(photo) is None


def test_a_photo_that_could_not_be_read_or_was_just_changed_is_read_again(catalogue: Catalogue, tmp_path: Path) -> None:
    photo = tmp_path / "a.jpg"
    photo.write_bytes(b"one")
    add(catalogue, replace(of_file(photo), file_state=None))
    assert photos.remembered(catalogue, MODEL)(photo) is None
    add(catalogue, replace(broken("a.jpg"), tag=replace(broken("a.jpg").tag, path=photo)))
    assert photos.remembered(catalogue, MODEL)(photo) is None


def test_a_photo_tagged_again_keeps_its_id(catalogue: Catalogue) -> None:
    ids = add(catalogue, item("a.jpg"), item("b.jpg"))
    assert add(catalogue, item("b.jpg", "Bag", 0.9, digest="new")) == ids[1:]
    assert [tag.category for tag in catalogue.tags(ids).values()] == ["Dress", "Bag"]
    assert catalogue.statistics().photos == 2


def test_a_moved_photo_keeps_its_id_and_a_copy_is_another_photo(catalogue: Catalogue, tmp_path: Path) -> None:
    old, copy, new = (tmp_path / name for name in ("old.jpg", "copy.jpg", "new.jpg"))
    for path in (old, copy):
        path.write_bytes(b"one")
    first, second = add(catalogue, of_file(old), of_file(copy))
    assert first != second
    old.rename(new)
    assert add(catalogue, of_file(new)) == [first]
    assert catalogue.tags([first])[first].path == new
    assert catalogue.statistics().photos == 2
    other = tmp_path / "other.jpg"
    other.write_bytes(b"one")
    assert add(catalogue, of_file(other)) not in ([first], [second])  # nothing is missing: a third copy


def test_gone_files_are_marked_until_they_are_seen_again(catalogue: Catalogue, tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    folder.mkdir()
    here, gone = folder / "here.jpg", folder / "gone.jpg"
    beside = tmp_path / "shop 2.jpg"  # in no folder of this import
    for path in (here, gone, beside):
        path.write_bytes(path.name.encode())
    ids = add(catalogue, *(of_file(path, digest=path.name) for path in (here, gone, beside)))
    gone.unlink()
    beside.unlink()
    batch = operations.begin_import(catalogue, [folder])
    assert not photos.mark_gone(catalogue, batch, [tmp_path / "drive that is off"])
    changes = photos.mark_gone(catalogue, batch, [folder])
    assert (changes.kinds, changes.ids.tolist()) == ({Kind.PHOTOS}, [ids[1]])
    assert catalogue.statistics().gone == 1
    gone.write_bytes(b"back")
    known = photos.remembered(catalogue, MODEL)(here)
    assert known is not None
    photos.store(catalogue, batch, [known, of_file(gone, digest="other")], MODEL)
    assert catalogue.statistics().gone == 0


def test_long_embeddings_are_shortened_and_keep_their_angles() -> None:
    random = np.random.default_rng(1)
    first_D = random.standard_normal(1280).astype(np.float32)
    near_D = first_D + 0.3 * random.standard_normal(1280).astype(np.float32)
    far_D = random.standard_normal(1280).astype(np.float32)

    def cosine(one_D: np.ndarray, other_D: np.ndarray) -> float:
        return float(one_D @ other_D / np.linalg.norm(one_D) / np.linalg.norm(other_D))

    short = [shortened(each_D, 384) for each_D in (first_D, near_D, far_D)]
    assert {each.shape for each in short} == {(384,)}
    assert abs(cosine(short[0], short[1]) - cosine(first_D, near_D)) < 0.05
    assert abs(cosine(short[0], short[2]) - cosine(first_D, far_D)) < 0.2
    assert shortened(first_D[:384], 384) is not None and np.array_equal(shortened(first_D[:384], 384), first_D[:384])
