"""Sentences for what goes wrong in the window itself."""

from __future__ import annotations

SENTENCES = {
    "worker_failed": "An unexpected error ended {work}. What was saved before is kept. The log file (Help menu) has "
    "the details.",
}
