"""An attribute is unsure where the model was not trained on it: against the category, and on photos from home."""

from __future__ import annotations

import os
import zipfile
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import torch
from msgspec.structs import replace
from PIL import Image

from fashionlens_gui import paths
from fashionlens_gui.model_choice import open_predictor
from trainer.data.data_paths import DatasetInfo
from trainer.inference import calibrated
from trainer.model_files.metadata import AttributeHead, ModelMetadata, StudioScore
from trainer.preprocessing.input_spec import COLOUR_INPUT
from trainer.preprocessing.network_input import prepare
from trainer.recipe import DEFAULTS
from trainer.training.multi_head.calibrated_metadata import studio_score

DATA = Path(os.environ.get("FASHIONLENS_DATA", "../shared/data"))
PHONE, STUDIO = DATA / "phone" / "images.zip", DATA / "products" / "images-60x80.zip"
AUDIENCE = AttributeHead(("Men", "Women"), rare_in={"Men": ("Dress",)})
STUDIO_EMBEDDING, HOME_EMBEDDING = (0.0, 3.0), (4.0, 0.0)
SCORE = StudioScore((-1.0, 1.0), 0.0)


def unsure(
    category: str, audience: str, head: AttributeHead, embedding: tuple[float, float] = STUDIO_EMBEDDING
) -> bool:
    """Whether the audience is unsure when both are predicted with certainty."""
    metadata = ModelMetadata(
        "m",
        "product",
        ("Dress", "Shirt"),
        COLOUR_INPUT,
        DEFAULTS["product"],
        DatasetInfo(),
        attributes={"audience": head},
        studio=SCORE,
    )
    categories_1K = np.array([[9.0 * (name == category) for name in metadata.classes]], np.float32)
    audiences_1K = np.array([[9.0 * (name == audience) for name in head.classes]], np.float32)
    (found,) = calibrated.predictions(
        metadata, categories_1K, {"audience": audiences_1K}, np.array([embedding], np.float32)
    )
    assert found.category.label == category and found.attributes["audience"].label == audience
    return "audience" in found.unsure


def test_a_value_that_is_rare_in_the_category_is_unsure_however_confident() -> None:
    assert unsure("Dress", "Men", AUDIENCE)
    assert not unsure("Dress", "Women", AUDIENCE) and not unsure("Shirt", "Men", AUDIENCE)
    known = replace(AUDIENCE, known_for=("Dress",))
    assert unsure("Shirt", "Men", known) and not unsure("Dress", "Women", known)


def test_what_studio_photos_taught_is_unsure_on_photos_that_are_unlike_them() -> None:
    taught = replace(AUDIENCE, studio_only=True)
    assert unsure("Shirt", "Men", taught, HOME_EMBEDDING)
    assert not unsure("Shirt", "Men", taught) and not unsure("Shirt", "Men", AUDIENCE, HOME_EMBEDDING)


def test_the_score_calls_most_photos_from_home_unlike_studio_photos() -> None:
    generator = torch.Generator().manual_seed(0)
    embeddings_ND = torch.randn(300, 8, generator=generator)
    embeddings_ND[:200, 0] += 4
    score = studio_score(embeddings_ND, 200)
    assert score is not None
    lengths_N1 = embeddings_ND.norm(dim=1, keepdim=True)
    like_N = calibrated.like_studio(score, (embeddings_ND / lengths_N1).numpy())
    assert like_N[:200].mean() > 0.95
    assert 0.01 <= like_N[200:].mean() <= 0.1
    assert studio_score(embeddings_ND, 300) is None, "nothing to tell them from"


@pytest.mark.skipif(not PHONE.is_file(), reason=f"needs {PHONE}")
def test_the_bundled_model_is_unsure_of_the_audience_of_phone_photos_but_not_of_studio_photos() -> None:
    predictor = open_predictor(paths.bundled_models_dir() / "products.safetensors")
    assert not predictor.metadata.attributes["audience"].covers("Men", "Dress")
    shares = {}
    for archive, folder in ((PHONE, "validation/dress/"), (STUDIO, "")):
        with zipfile.ZipFile(archive) as photos:
            names = [name for name in photos.namelist() if name.startswith(folder) and not name.endswith("/")][:40]
            pixels = [np.asarray(Image.open(BytesIO(photos.read(name))).convert("RGB")) for name in names]
        found = predictor.predict([prepare(each, predictor.metadata.input) for each in pixels])
        shares[archive] = sum("audience" not in each.unsure for each in found) / len(found)
    assert shares[PHONE] < 0.2 and shares[STUDIO] > 0.8
