"""Temperature, review threshold and figures of a model, from validation photos."""

from __future__ import annotations

from collections.abc import Generator

import torch
from msgspec.structs import replace
from torch import nn

from trainer.control import ProgressEvent, WorkControl
from trainer.data.image_set import ImageSet
from trainer.evaluation import calibration
from trainer.evaluation.evaluate import evaluate
from trainer.evaluation.evaluation import Evaluation
from trainer.inference.prediction import below_threshold
from trainer.inference.predictor import Predictor
from trainer.model_files import model_file
from trainer.model_files.metadata import ModelMetadata


def calibrate(
    validation: ImageSet, plain: ModelMetadata, network: nn.Module
) -> Generator[ProgressEvent, None, ModelMetadata]:
    """Metadata with the temperature, then with the review threshold and figures at that temperature."""

    def evaluation(metadata: ModelMetadata) -> Generator[ProgressEvent, None, Evaluation]:
        return (yield from evaluate(Predictor(model_file.Model(metadata, network)), validation, WorkControl()))

    raw = yield from evaluation(plain)
    log_probabilities_NK = torch.from_numpy(raw.probabilities_NK).clamp_min(1e-12).log()
    temperature = calibration.fit_temperature(log_probabilities_NK, torch.from_numpy(raw.labels_N))
    plain = replace(plain, temperature=temperature)
    return with_review_threshold(plain, (yield from evaluation(plain)))


def with_review_threshold(plain: ModelMetadata, calibrated: Evaluation) -> ModelMetadata:
    """Metadata with the review threshold, its curve and the figures, from calibrated predictions."""
    correct_N = calibrated.labels_N == calibrated.predictions_N
    threshold = calibration.review_threshold(calibrated.confidences_N, correct_N)
    ok_N = ~below_threshold(calibrated.confidences_N, threshold)
    figures = {
        "validation_accuracy": calibrated.accuracy,
        "validation_calibration_error": calibrated.expected_calibration_error(),
        "validation_ok_share": float(ok_N.mean()),
        "validation_ok_accuracy": float(correct_N[ok_N].mean()) if ok_N.any() else 0.0,
    }
    return replace(
        plain,
        review_below=threshold,
        figures={**plain.figures, **figures},
        review_curve=calibration.review_curve(calibrated.confidences_N, correct_N),
    )
