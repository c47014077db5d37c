"""Words about the runs of the past."""

from __future__ import annotations

from fashionlens_gui.messages import sentence
from trainer.errors import FashionLensError
from trainer.training.runs.run_record import RunRecord


def run_failure(record: RunRecord) -> str:
    """Why the run failed; empty when it did not."""
    if not record.error:
        return record.message  # written by version 0.1
    return sentence(FashionLensError(record.error, **record.error_parameters))
