"""Where the core time of a tagging run goes.

    python -m tests.benchmarks.tagging_speed --stages

Each stage of a whole run in its threads is timed by the processor time of its thread, without the stages inside it.
What the process needs beyond their sum is spent between the stages: queues, the scan, events.
"""

from __future__ import annotations

import hashlib
import os
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any
from unittest import mock

import simplejpeg

from fashionlens_gui.tagging import pipeline
from trainer.inference import colours
from trainer.inference.prediction import PhotoPredictor
from trainer.preprocessing import damage, photo, rgb

_BETWEEN = "between the stages"


def core_times(run: Callable[[], None], predictor: PhotoPredictor, photos: int) -> dict[str, float]:
    """Milliseconds of core time a photo of each stage and of the whole, and the share of all cores that was used.

    A stage that computes in threads of its own (a network on more than two cores) counts with its caller's time alone.

    Args:
        run: Tags all photos with the predictor.
    """
    times: defaultdict[str, float] = defaultdict(float)
    with ExitStack() as stack:
        for stage, owner, name in _stages(predictor):
            function = getattr(owner, name)
            stack.enter_context(mock.patch.object(owner, name, _timed(stage, function, times)))
        wall, core = time.perf_counter(), time.process_time()
        run()
        wall, core = time.perf_counter() - wall, time.process_time() - core
    times[_BETWEEN] = core - sum(times.values())
    table = {stage: round(1000 * seconds / photos, 3) for stage, seconds in times.items()}
    return {**table, "whole": round(1000 * core / photos, 3), "share of the cores": round(core / wall / _cores(), 2)}


def _stages(predictor: PhotoPredictor) -> tuple[tuple[str, Any, str], ...]:
    return (
        ("read the file", photo, "_read"),
        ("digest", hashlib, "blake2b"),
        ("scaled decode", simplejpeg, "decode_jpeg"),
        ("damage check", damage, "_has_broken_row"),
        ("colour management", photo, "profile_of"),
        ("colour management", rgb, "to_8_bit"),
        ("colour management", rgb, "to_srgb_on_white"),
        ("blank check", photo, "is_blank"),
        ("rest of reading", pipeline, "load_photo"),
        ("garment mask", colours, "garment_mask"),
        ("dominant colours", pipeline, "dominant_colours"),
        ("prepare", type(predictor), "prepare"),
        ("thumbnail", pipeline, "_thumbnail"),
        ("network", type(predictor), "predict"),
        ("row", pipeline, "predicted"),
    )


_inside = threading.local()


def _timed(stage: str, function: Callable[..., Any], times: dict[str, float]) -> Callable[..., Any]:
    """The function; it adds its thread's processor time, less that of timed functions that it calls, to ``times``."""

    def timed(*arguments: Any, **options: Any) -> Any:
        outer: list[float] = _inside.__dict__.setdefault("seconds", [])
        outer.append(0.0)
        began = time.thread_time()
        try:
            return function(*arguments, **options)
        finally:
            seconds = time.thread_time() - began
            with _adding:
                times[stage] += seconds - outer.pop()
            if outer:
                outer[-1] += seconds

    return timed


_adding = threading.Lock()


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
