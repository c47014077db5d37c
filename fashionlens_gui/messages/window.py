"""Sentences for what goes wrong in the window itself."""

from __future__ import annotations

SENTENCES = {
    "model_refused": "{error} Your photos are still tagged by “{model}”.",
    "picture_not_written": "“{file}” could not be written as a picture. Check that the disk has room.",
    "samples_not_tagged": "The sample photos were not tagged within {seconds} seconds.",
    "theme_damaged": "A part of FashionLens is missing or damaged: {file}. Install FashionLens again.",
    "training_not_removed": "The unfinished training “{name}” could not be removed from {folder}: {reason}. Close "
    "other programs that may use it, then try again.",
    "worker_failed": "An unexpected error ended {work}. What was saved before is kept. The log file (Help menu) has "
    "the details.",
}
