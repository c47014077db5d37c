"""A small model that classifies blocks, with a replay sample: random features and a fitted head."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import torch

from tests.tiny_model import tiny_model
from tests.trainer.synthetic import CLASSES, image_set
from trainer.control import WorkControl
from trainer.data.image_set import ImageSet
from trainer.inference.predictor import Predictor
from trainer.model_files import model_file, replay_file
from trainer.model_files.replay_file import Replay
from trainer.networks.linear_probe import fit_linear_probe
from trainer.training.improve import replay_sampling


def blocks_model(path: Path, *, swapped: bool = False, with_replay: bool = True) -> Path:
    """Write a model of :data:`CLASSES`, and a replay sample beside it.

    Args:
        path: The file.
        swapped: Swap the predictions "left" and "right".
        with_replay: Write a replay sample of its training images.
    """
    tiny_model(path, name=path.stem, classes=CLASSES)
    model = model_file.load(path)
    images = image_set(150, seed=3)
    if swapped:
        images = replace(images, labels_N=torch.tensor([1, 0, 2])[images.labels_N])
    embeddings_ND = Predictor(model).outputs(images.images_NCHW).embeddings_ND
    probe = fit_linear_probe(embeddings_ND.clone(), images.labels_N, len(CLASSES))
    with torch.no_grad():
        model.network.head.weight.copy_(probe.weight_KD)  # type: ignore[union-attr, operator]
        model.network.head.bias.copy_(probe.bias_K)  # type: ignore[union-attr, operator]
    model_file.save(path, model.network, model.metadata)
    if with_replay:
        replay_file.save(replay_file.path_of(path), sample(path, images))
    return path


def sample(model: Path, training: ImageSet, validation: ImageSet | None = None, photos: int = 100) -> Replay:
    """A replay sample of these images."""
    work = replay_sampling.sample_replay(Predictor.load(model), training, validation, WorkControl(), photos=photos)
    while True:
        try:
            next(work)
        except StopIteration as end:
            made: Replay = end.value
            return made
