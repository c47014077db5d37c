"""Two models on the same photos: McNemar's test against manual calculations, and the changes by class."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from msgspec.structs import replace

from fashionlens_gui.messages.evaluation import difference
from tests.trainer.evaluation.test_product_list import result
from tests.trainer.scripted_predictor import ScriptedPredictor, answer, photo, taxonomy
from trainer.control import WorkControl
from trainer.data.data_paths import DatasetInfo
from trainer.data.folder_categories import FolderCategories
from trainer.data.image_set import ImageSet
from trainer.data.photo_store import PhotoStore, open_store
from trainer.errors import Cancelled, DataError
from trainer.evaluation.compare import compare_folders, compare_images
from trainer.evaluation.comparison import Comparison, mcnemar
from trainer.evaluation.folder_classes import folder_classes_for, own_class_names
from trainer.evaluation.tallies import SkipReason
from trainer.inference.prediction import Prediction, Ranking
from trainer.preprocessing.input_spec import DEFAULT_SHORT_SIDE
from trainer.preprocessing.photo import Photo, load_photo

OWN = ("Shirts", "Trousers & jeans", "Dresses")


@pytest.mark.parametrize(
    ("old", "new", "p", "exact"),
    [
        (0, 0, 1.0, True),
        (0, 6, 2 / 2**6, True),  # twice the probability of six heads in a row
        (1, 9, 2 * (1 + 10) / 2**10, True),
        (9, 1, 2 * (1 + 10) / 2**10, True),
        (4, 4, 1.0, True),  # twice more than a half is still no more than 1
        (12, 31, 0.0060533, False),  # chi-square (|12 - 31| - 1)² / 43 = 7.5349, one degree of freedom
        (20, 20, 1.0, False),
        (20, 21, 1.0, False),  # the correction takes a difference of 1 away
        (16, 34, 0.0162, False),  # 17² / 50 = 5.78
    ],
)
def test_mcnemars_test_matches_a_manual_calculation(old: int, new: int, p: float, exact: bool) -> None:
    test = mcnemar(old, new)
    assert test.p == pytest.approx(p, rel=2e-3)
    assert test.exact == exact


@pytest.mark.parametrize(
    ("old", "new", "n", "sentence"),
    [
        (
            12,
            31,
            100,
            "The new model is correct on 31 photos that the old one got wrong, and wrong on 12 that the old one got "
            "right. That is unlikely to be chance (p = 0.006).",
        ),
        (
            0,
            1,
            4,
            "The new model is correct on 1 photo that the old one got wrong, and wrong on none that the old one got "
            "right. 4 photos are too few to judge. Compare the models on more photos.",
        ),
        (
            0,
            8,
            36,
            "The new model is correct on 8 photos that the old one got wrong, and wrong on none that the old one got "
            "right. 36 photos are too few to judge. Compare the models on more photos.",
        ),
        (
            0,
            1,
            1_000,
            "The new model is correct on 1 photo that the old one got wrong, and wrong on none that the old one got "
            "right. They differ on only 1 of 1,000 photos, which is too few to judge. Compare the models on "
            "more photos.",
        ),
        (
            30,
            0,
            100,
            "The new model is wrong on 30 photos that the old one got right, and correct on none that the old one got "
            "wrong. That is unlikely to be chance (p < 0.001).",
        ),
    ],
)
def test_the_significance_is_described_in_plain_text(old: int, new: int, n: int, sentence: str) -> None:
    assert difference(mcnemar(old, new), n) == sentence


def test_no_difference_and_small_differences_are_described() -> None:
    assert mcnemar(0, 0).verdict == "no_difference"
    assert "show no difference" in difference(mcnemar(0, 0), 30)
    assert mcnemar(8, 8).verdict == "balanced"
    assert "there is no difference (p = 1.00)" in difference(mcnemar(8, 8), 100)
    # (2²⁴ − C(24, 12)) / 2 − C(24, 11) = 4,540,386 of 2²⁴ outcomes are as far out to one side
    assert mcnemar(10, 14).verdict == "not_significant"
    assert "may well be chance (p = 0.54)" in difference(mcnemar(10, 14), 100)
    assert mcnemar(0, 5).verdict == "too_few"  # five of five is not yet below 5 %
    assert mcnemar(0, 6).verdict == "significant"
    assert "unlikely to be chance (p = 0.031)" in difference(mcnemar(0, 6), 100)


class OwnPredictor(ScriptedPredictor):
    """A shop's own model without the taxonomy."""

    def __init__(self, labels: Sequence[str], classes: tuple[str, ...] = OWN) -> None:
        super().__init__([own_answer(label, classes) for label in labels])
        self.metadata = replace(self.metadata, name="own", classes=classes, attributes={})


def own_answer(label: str, classes: tuple[str, ...]) -> Prediction:
    others = [name for name in classes if name != label]
    return Prediction(Ranking((label, *others), (0.8, *[0.2 / len(others)] * len(others))), False, np.zeros(2))


def compared(path: Path, old: ScriptedPredictor, new: ScriptedPredictor, part: str = "") -> Comparison:
    names = FolderCategories(taxonomy())
    with open_store(path) as store:
        folder_classes = [folder_classes_for(each.metadata, names) for each in (old, new)]
        return result(compare_folders(old, new, *folder_classes, store, WorkControl(), data_name="tree", part=part))


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in ("shirts/0", "shirts/1", "TROUSERS and jeans/2", "Dresses/3"):
        photo(tmp_path / "tree" / f"{name}.png", int(name[-1]))
    return tmp_path / "tree"


def test_a_part_is_found_under_any_of_its_names(tmp_path: Path) -> None:
    for number, name in enumerate(("val/Shirts/0", "train/Shirts/1", "train/Dresses/2")):
        photo(tmp_path / f"{name}.png", number)
    found = compared(tmp_path, OwnPredictor(["Shirts"]), OwnPredictor(["Dresses"]), part="validation")
    assert (found.n, [each.file for each in found.worse]) == (1, ["val/Shirts/0.png"])


def test_two_models_of_the_same_categories(tree: Path) -> None:
    old = OwnPredictor(["Shirts", "Dresses", "Dresses", "Dresses"])
    new = OwnPredictor(["Trousers & jeans", "Shirts", "Trousers & jeans", "Dresses"])
    found = compared(tree, old, new)
    assert (found.n, found.old_accuracy, found.new_accuracy) == (4, 2 / 4, 3 / 4)
    assert (found.both_right, found.both_wrong) == (1, 0)
    assert [(each.file, each.actual, each.old.label, each.new.label) for each in found.better] == [
        ("shirts/1.png", "Shirts", "Dresses", "Shirts"),
        ("TROUSERS and jeans/2.png", "Trousers & jeans", "Dresses", "Trousers & jeans"),
    ]
    assert [each.file for each in found.worse] == ["shirts/0.png"]
    assert found.labels == ("Dresses", "Shirts", "Trousers & jeans")
    assert found.old_confusion_KK.tolist() == [[1, 0, 0], [1, 1, 0], [1, 0, 0]]
    assert found.new_confusion_KK.tolist() == [[1, 0, 0], [0, 1, 1], [0, 0, 1]]
    assert found.difference_KK.tolist() == [[0, 0, 0], [-1, 0, 1], [-1, 0, 1]]
    assert set(found.most_confused(9)) == {
        ("Shirts", "Dresses", -1),
        ("Trousers & jeans", "Dresses", -1),
        ("Shirts", "Trousers & jeans", 1),
    }
    dresses = found.per_class()[0].to_json()
    assert dresses["recall"] == {"old": 1.0, "new": 1.0, "difference": 0.0}
    assert dresses["f1"] == {"old": 0.5, "new": 1.0, "difference": 0.5}  # one of the three predictions is correct
    assert found.to_json()["accuracy"]["difference"] == 0.25


def test_models_of_different_categories_are_scored_by_their_own_classes(tmp_path: Path) -> None:
    # “pants” is several of the product model's categories, and one of the shop's own.
    for name in ("pants/0", "pants/1", "hat/2", "Made up/3", "odds/4", "loose"):
        photo(tmp_path / f"{name}.png", int(name[-1]) if name[-1].isdigit() else 5)
    product = ScriptedPredictor([answer("Jeans"), answer("Skirt"), answer("Cap"), answer("Cap")])
    own = OwnPredictor(["Pants", "Pants", "Pants", "Pants"], ("Pants", "Made up"))
    found = compared(tmp_path, product, own)
    assert (found.n, found.both_right, len(found.better), len(found.worse)) == (2, 1, 1, 0)
    assert found.labels == ("pants", "Skirt")  # the shop's Pants are the class itself, Skirt is none
    assert dict(found.unknown) == {
        ("hat", SkipReason.OLD_MODEL_ONLY): 1,
        ("Made up", SkipReason.NEW_MODEL_ONLY): 1,
        ("odds", SkipReason.UNKNOWN_TO_BOTH): 1,
        ("", SkipReason.UNKNOWN_TO_BOTH): 1,
    }
    assert found.skipped.n == 4


def test_a_wrong_category_with_the_name_of_the_folder_does_not_count_as_correct(tmp_path: Path) -> None:
    photo(tmp_path / "Jeans" / "0.png", 0)
    names = FolderCategories(taxonomy(), {"Jeans": ["Skirt"]})
    old = ScriptedPredictor([answer("Jeans")])
    new = ScriptedPredictor([answer("Skirt")])
    with open_store(tmp_path) as store:
        folder_classes = folder_classes_for(old.metadata, names)
        found = result(
            compare_folders(old, new, folder_classes, folder_classes, store, WorkControl(), data_name="tree")
        )
    assert found.labels == ("Jeans", "Jeans (category)")
    assert found.difference_KK.tolist() == [[1, -1], [0, 0]]


def test_only_readable_photos_below_a_folder_are_used(tree: Path) -> None:
    photo(tree / "validation" / "Dresses" / "9.png", 0)
    (tree / "validation" / "Dresses" / "broken.jpg").write_bytes(b"broken")
    same = OwnPredictor(["Dresses"])
    found = compared(tree, same, same, "validation")
    assert (found.n, found.both_right, found.skipped.n) == (1, 1, 1)
    assert found.skipped.errors[0].parameters == {"name": "validation/Dresses/broken.jpg"}
    with pytest.raises(DataError, match=r"no_photos_in_part.*'nowhere'"):
        compared(tree, same, same, "nowhere")


def test_photos_are_decoded_once_and_preprocessed_once_for_equal_inputs(tree: Path) -> None:
    old, new = OwnPredictor(["Shirts"] * 4), OwnPredictor(["Shirts"] * 4)
    compared(tree, old, new)
    assert (len(old.prepared_shapes), len(new.prepared_shapes)) == (4, 0)


class Repeated(PhotoStore):
    """One photo under many names."""

    def __init__(self, photo: Path, count: int) -> None:
        super().__init__(photo)
        self._count = count

    def names(self) -> Iterator[str]:
        return (f"Shirts/{number}.png" for number in range(self._count))

    def load(self, name: str, short_side: int = DEFAULT_SHORT_SIDE) -> Photo:
        return load_photo(self.path, short_side=short_side)

    def close(self) -> None:
        pass


def test_memory_hardly_grows_with_the_number_of_photos(tmp_path: Path) -> None:
    file = photo(tmp_path / "0.png", 0, (100, 100))  # 30 kB when prepared
    old, new = OwnPredictor(["Shirts"]), OwnPredictor(["Dresses"])  # each photo is a regression
    names = own_class_names(OWN)

    def peak(count: int) -> int:
        store = Repeated(file, count)
        work = compare_folders(old, new, names, names, store, WorkControl(), data_name="many")
        tracemalloc.start()
        try:
            assert len(result(work).worse) == count
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    few = peak(100)
    assert few > 32 * 30_000  # the photos in flight are seen by this measurement
    assert peak(1000) - few < 900 * 3_000  # a tenth of a prepared photo for each further one


def test_no_common_classes_is_an_error_with_the_folders(tree: Path) -> None:
    old, new = OwnPredictor(["a"], ("a", "b")), OwnPredictor(["Shirts"])
    with pytest.raises(DataError, match=r"no_photo_for_both_models.*'shirts', <SkipReason.NEW_MODEL_ONLY"):
        compared(tree, old, new)


def test_classes_that_differ_in_signs_only_are_matched_by_exact_name() -> None:
    names = own_class_names(("Robe", "Robé", "!!!"))
    assert names("Robé") == {"Robé"} and names("Robe") == {"Robe"} and names("!!!") == {"!!!"}
    assert names("---") == frozenset()


def test_prepared_images_and_a_stop_on_the_way() -> None:
    old, new = OwnPredictor(["Shirts", "Shirts"]), OwnPredictor(["Shirts", "Dresses"])
    spec = old.metadata.input
    pixels = torch.zeros((2, 3, spec.height, spec.width), dtype=torch.uint8)
    pixels[1] += 10
    images = ImageSet(DatasetInfo(name="two"), pixels, torch.tensor([0, 2]), OWN, spec)
    found = result(compare_images(old, new, images, WorkControl(), "two"))
    assert [(each.file, each.actual) for each in found.better] == [("test image 2", "Dresses")]
    assert found.labels == OWN
    control = WorkControl()
    control.stop()
    with pytest.raises(Cancelled):
        result(compare_images(old, new, images, control, "two"))
    with pytest.raises(DataError, match="photos_of_another_model"):
        result(compare_images(old, ScriptedPredictor([]), images, WorkControl(), "two"))
