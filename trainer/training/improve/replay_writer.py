"""The replay sample that a training writes beside its model, so that it can be improved when the photos are gone."""

from __future__ import annotations

import logging
from collections.abc import Generator, Mapping
from pathlib import Path

from trainer.control import ProgressEvent, WorkControl
from trainer.data.image_set import ImageSet
from trainer.errors import SaveError
from trainer.inference.predictor import Predictor
from trainer.model_files import replay_file
from trainer.training.improve import replay_sampling

_log = logging.getLogger(__name__)


def keep(model: Path, predictor: Predictor, parts: Mapping[str, ImageSet]) -> Generator[ProgressEvent, None, None]:
    """Write the sample; one of an earlier model of that name goes. Yields progress.

    Photos kept aside to test with are in no sample. A sample that cannot be written is no reason to lose the training.

    Args:
        model: The model's file.
        predictor: The model.
        parts: What it learnt from, by the names of :data:`trainer.data.split_file.PARTS`; without ``train``, nothing
            is kept.
    """
    path = replay_file.path_of(model)
    if "train" not in parts:
        path.unlink(missing_ok=True)
        return
    # Whoever stopped the training and kept the model wants all of it.
    sample = yield from replay_sampling.make(predictor, parts["train"], parts.get("validation"), WorkControl())
    try:
        replay_file.save(path, sample)
    except SaveError as error:
        _log.warning("No sample is kept: %s %s", error.sentence, error.detail)
        path.unlink(missing_ok=True)
