"""A model that classifies blocks and their colours, with a replay sample: the bundled backbone with new heads."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from fashionlens_gui import paths
from trainer.data.data_paths import DatasetInfo
from trainer.inference.predictor import Predictor
from trainer.model_files import model_file, replay_file
from trainer.model_files.heads import with_heads
from trainer.model_files.metadata import AttributeHead, ModelMetadata, StudioScore
from trainer.model_files.replay_file import Labels, Replay
from trainer.networks.linear_probe import fit_linear_probe
from trainer.networks.names import is_of_category_head
from trainer.preprocessing import network_input
from trainer.preprocessing.input_spec import InputSpec
from trainer.recipe import DEFAULTS
from trainer.taxonomy import CATEGORY
from trainer.training.improve import replay_sampling

CLASSES = ("wide", "tall", "square")
COLOURS = {"Red": (200, 30, 30), "Blue": (40, 60, 190), "Black": (15, 15, 15)}
SEASONS = ("Summer", "Winter")
_PLACES = (((24, 38), (3, 45)), ((6, 58), (19, 29)), ((18, 46), (10, 38)))  # rows and columns of each class's block


def picture(number: int, category: int, colour: int) -> Image.Image:
    """A 48×64 photo with a block; ``number`` varies its noise, so that photos are not duplicates."""
    patches = np.random.default_rng(number).integers(200, 256, (16, 12, 1), dtype=np.uint8)
    noise = patches.repeat(4, axis=0).repeat(4, axis=1).repeat(3, axis=2)
    rows, columns = _PLACES[category]
    shade = np.random.default_rng(number + 1).integers(-14, 15, 3)
    noise[slice(*rows), slice(*columns)] = np.clip(np.array(list(COLOURS.values())[colour]) + shade, 0, 255)
    return Image.fromarray(noise)


def photos(folder: Path, count: int, first: int = 50_000) -> list[tuple[Path, str, str]]:
    """``count`` photo files, each with its category and colour."""
    folder.mkdir(parents=True)
    made = []
    for number in range(count):
        category, colour = number % 3, number // 3 % 3
        file = folder / f"{number:03}.png"
        picture(first + number, category, colour).save(file)
        made.append((file, CLASSES[category], list(COLOURS)[colour]))
    return made


def coloured_model(
    path: Path,
    *,
    predicted_as: Sequence[int] = (1, 0, 2),
    sample_labels: Sequence[int] | None = None,
    labelled: bool = True,
) -> Path:
    """Write a model with correct categories, and a replay sample beside it.

    Args:
        path: The file.
        meant: The prediction for each colour; by default Red and Blue are swapped.
        told: The label of each colour in the sample; by default the same.
        labelled: Whether the sample has colour labels; samples of old versions have none.
    """
    bundled = model_file.load(paths.bundled_models_dir() / "products.safetensors")
    network = bundled.network
    for name in set(bundled.metadata.attributes) - {"colour"}:
        del network.attribute_heads[name]  # type: ignore[operator, union-attr]
    network.attribute_heads["season"] = torch.nn.Linear(384, len(SEASONS))  # type: ignore[operator, index]
    metadata = ModelMetadata(
        name=path.stem,
        network=bundled.metadata.network,
        classes=CLASSES,
        input=bundled.metadata.input,
        recipe=DEFAULTS[bundled.metadata.network],
        data=DatasetInfo(name="blocks"),
        figures={"validation_accuracy": 0.9, "validation_colour_accuracy": 0.5, "validation_season_accuracy": 0.4},
        attributes={
            "colour": AttributeHead(
                tuple(COLOURS), known_for=CLASSES[:1], rare_in={"Red": CLASSES[1:]}, studio_only=True
            ),
            "season": AttributeHead(SEASONS, rare_in={"Winter": CLASSES[:1]}, studio_only=True),
        },
        studio=StudioScore((0.0,) * 384, -1.0),  # no photo is like the studio photos
    )
    images = torch.stack([_prepared(number, metadata.input) for number in range(180)])
    predictor = Predictor(model_file.Model(metadata, network))
    categories_N, colours_N = torch.arange(180) % 3, torch.arange(180) // 3 % 3
    embeddings_ND = predictor.outputs(images).embeddings_ND.clone()
    heads = {
        CATEGORY: fit_linear_probe(embeddings_ND, categories_N, len(CLASSES)),
        "colour": fit_linear_probe(embeddings_ND, torch.tensor(predicted_as)[colours_N], len(COLOURS)),
    }
    taught = with_heads(network, heads)
    model_file.save(path, taught, metadata)
    colours = Labels(tuple(COLOURS), torch.tensor(predicted_as if sample_labels is None else sample_labels)[colours_N])
    sample = Replay(
        embeddings_ND.half().float(),
        categories_N,
        torch.arange(180) >= 120,
        CLASSES,
        replay_sampling.fingerprint(taught) if labelled else replay_sampling.fingerprint(taught, is_of_category_head),
        {"colour": colours} if labelled else {},
    )
    replay_file.save(replay_file.path_of(path), sample)
    return path


def _prepared(number: int, spec: InputSpec) -> torch.Tensor:
    pixels_HWC = np.asarray(picture(number, number % 3, number // 3 % 3))
    return torch.from_numpy(network_input.prepare(pixels_HWC, spec))
