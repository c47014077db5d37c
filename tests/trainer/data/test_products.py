"""Product and phone photos as training data."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
import torch

from fashionlens_gui import paths
from tests.refused import refused
from tests.trainer.product_photos import KINDS, PHONE_KINDS, product_folder, read_products
from trainer import taxonomy
from trainer.control import WorkControl
from trainer.data.products import PRODUCT_INPUT, ProductData
from trainer.errors import Cancelled
from trainer.recipe import DEFAULTS, Augmentation
from trainer.taxonomy import ATTRIBUTES
from trainer.training.multi_head import augmentation
from trainer.training.multi_head.task import MultiHeadTask, partial_label_loss

RECIPE = DEFAULTS["product"]
TAXONOMY = taxonomy.load(paths.taxonomy_dir())


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> ProductData:
    return read_products(product_folder(tmp_path_factory.mktemp("data") / "all"))


def generator(seed: int = 1) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_every_label_maps_to_its_name(data: ProductData) -> None:
    categories = TAXONOMY.names("category")
    categories_of_rows = [categories[int(row.int().argmax())] for row in data.studio.labels.candidates_NK[: len(KINDS)]]
    assert categories_of_rows == ["T-shirt", "Jeans", "Watch", "Other"]
    colours = TAXONOMY.names("colour")
    assert [colours[int(i)] for i in data.studio.labels.attributes["colour"][:4]] == ["Red", "Blue", "Black", "Green"]
    patterns, fabrics = data.studio.labels.attributes["pattern"], data.studio.labels.attributes["fabric"]
    assert TAXONOMY.names("pattern")[int(patterns[0])] == "Striped"
    assert TAXONOMY.names("fabric")[int(fabrics[1])] == "Denim"
    assert int(patterns[2]) == int(fabrics[2]) == -1
    assert int(data.studio.labels.attributes["season"][0]) == -1  # an empty cell
    phone = data.phone.labels
    jeans, top = categories.index("Jeans"), categories.index("T-shirt")
    assert phone.candidates_NK[:, jeans].sum() == phone.candidates_NK[:, top].sum() == 6
    assert all((phone.attributes[name] == -1).all() for name in ATTRIBUTES)


def test_products_of_no_category_take_no_part_in_checking(data: ProductData) -> None:
    assert data.validation.products == 3 * (len(KINDS) - 1)
    assert len(data.validation.images_NCHW) == data.validation.products + 2 * len(PHONE_KINDS)
    assert data.validation.images_NCHW.shape[1:] == (3, PRODUCT_INPUT.height, PRODUCT_INPUT.width)


def test_detail_and_background_are_found(data: ProductData) -> None:
    assert (data.studio.detail_N >= 0).tolist() == [bool(number % 2) for number in range(32)]
    background_NHW = data.studio.background_NHW
    assert background_NHW[:, 0].all()
    # The block is 91×121 of 168×224 pixels.
    assert background_NHW.float().mean().item() == pytest.approx(1 - 91 * 121 / (168 * 224), abs=0.03)
    assert not background_NHW[:, 40, 30].any()


def test_the_fingerprint_depends_on_labels_and_pixels(data: ProductData, tmp_path: Path) -> None:
    assert read_products(product_folder(tmp_path / "same")).fingerprint() == data.fingerprint()
    labels = replace(data.studio.labels, attributes={**data.studio.labels.attributes, "season": torch.zeros(32)})
    assert replace(data, studio=replace(data.studio, labels=labels)).fingerprint() != data.fingerprint()
    other = data.phone.images_NCHW.clone()
    other[0, 0, 0, 0] ^= 1
    assert replace(data, phone=replace(data.phone, images_NCHW=other)).fingerprint() != data.fingerprint()


def test_absent_and_damaged_files_are_reported(tmp_path: Path) -> None:
    with refused("products_missing", "--data-folder"):
        read_products(tmp_path / "nowhere")
    folder = product_folder(tmp_path / "all")
    (folder / "phone" / "images.zip").write_bytes(b"no archive")
    with refused("products_unreadable", folder=str(folder)):
        read_products(folder)


def test_reading_can_be_stopped(tmp_path: Path) -> None:
    control = WorkControl()
    control.stop()
    with pytest.raises(Cancelled):
        read_products(product_folder(tmp_path / "all"), control)


def test_the_loss_accepts_any_candidate_category() -> None:
    logits_NK = torch.log(torch.tensor([[0.5, 0.3, 0.2]]))
    both = partial_label_loss(logits_NK, torch.tensor([[True, True, False]]), 0.0)
    assert both.item() == pytest.approx(-torch.log(torch.tensor(0.8)).item())
    one = partial_label_loss(logits_NK, torch.tensor([[False, False, True]]), 0.0)
    assert one.item() == pytest.approx(-torch.log(torch.tensor(0.2)).item())


def test_missing_labels_have_no_gradient(data: ProductData) -> None:
    task = MultiHeadTask(data)
    network = task.build(RECIPE)
    phone_only = torch.arange(32, 32 + 36)
    loss, _ = task.loss(network, phone_only, 0, RECIPE, generator())
    loss.backward()
    gradients = {name: head.weight.grad.abs().sum().item() for name, head in network.attribute_heads.items()}
    assert not any(gradients.values())
    assert network.head.weight.grad.abs().sum() > 0
    loss, _ = task.loss(network, torch.arange(32), 0, RECIPE, generator())
    loss.backward()
    assert all(head.weight.grad.abs().sum() > 0 for head in network.attribute_heads.values())


def test_same_generator_same_batch_and_small_epochs_are_small(data: ProductData) -> None:
    task = MultiHeadTask(data)
    network = task.build(RECIPE).eval()
    seen = []
    network.stem.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0].detach().clone()))
    everything = torch.arange(len(task))
    recipe = msgspec.structs.replace(RECIPE, progressive_resize_epochs=1)
    for epoch, seed in ((0, 1), (0, 1), (0, 2), (1, 1)):
        task.loss(network, everything, epoch, recipe, generator(seed))
    assert torch.equal(seen[0], seen[1])
    assert not torch.equal(seen[0], seen[2])
    assert [tuple(batch.shape[2:]) for batch in seen] == [(80, 60)] * 3 + [(112, 84)]


def test_an_identity_affine_returns_the_image() -> None:
    image = torch.randint(0, 256, (2, 3, 112, 84), generator=generator(), dtype=torch.uint8)
    assert torch.allclose(
        augmentation.random_affine(image, (112, 84), Augmentation(), generator()), image.float(), atol=1e-2
    )


def test_a_turned_square_stays_square() -> None:
    image = torch.zeros(64, 1, 112, 84)
    image[:, :, 41:71, 27:57] = 255
    turned = augmentation.random_affine(image, (112, 84), Augmentation(rotate=45.0), generator())
    area = (turned > 127).float().sum(dim=(1, 2, 3))
    assert area.min() > 0.95 * 900
    assert area.max() < 1.05 * 900


def test_only_the_background_is_replaced() -> None:
    image = torch.full((1, 3, 40, 30), 250.0)
    image[:, :, 10:30, 8:22] = 40.0
    ground = torch.ones(1, 1, 40, 30)
    ground[:, :, 10:30, 8:22] = 0.0
    result = augmentation.replace_background(image, ground, torch.full((1, 3, 40, 30), 120.0))
    assert (result[:, :, 10:30, 8:22] == 40).all()
    assert (result[:, :, 0] == 120).all()
    # Almost everything background: no garment was found, so nothing is changed.
    assert torch.equal(
        augmentation.replace_background(image, torch.ones(1, 1, 40, 30), torch.zeros(1, 3, 40, 30)), image
    )


def test_shuffled_tiles_are_the_same_tiles() -> None:
    image = torch.rand(3, 3, 16, 12, generator=generator())
    mixed = augmentation.tile_shuffle(image, generator())
    assert not torch.equal(mixed, image)
    assert torch.allclose(mixed.flatten(1).sort(dim=1).values, image.flatten(1).sort(dim=1).values)
