"""Sentences for what goes wrong in the window itself."""

from __future__ import annotations

SENTENCES = {
    "model_refused": "{error} Your photos are still tagged by “{model}”.",
    "samples_not_tagged": "The sample photos were not tagged within {seconds} seconds.",
    "theme_damaged": "A part of FashionLens is missing or damaged: {file}. Install FashionLens again.",
    "worker_failed": "An unexpected error ended {work}. What was saved before is kept. The log file (Help menu) has "
    "the details.",
}
