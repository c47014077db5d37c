"""Every step of progress has a text."""

from __future__ import annotations

import ast
from pathlib import Path

from fashionlens_gui.messages.progress import STEPS, progress_text
from trainer.control import ProgressEvent

ROOT = Path(__file__).resolve().parents[1]


# Function -> which argument is the step.
STEP_OF = {"ProgressEvent": 0, "predict_images": 4, "embed_photos": 4, "_each": 2}


def test_every_step_has_a_text_and_every_text_a_step() -> None:
    strings, steps = set(), set()
    for package in ("trainer", "fashionlens_gui"):
        for file in (ROOT / package).rglob("*.py"):
            if file.parent.name == "messages":
                continue
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    strings.add(node.value)
                elif isinstance(node, ast.Call) and (place := STEP_OF.get(getattr(node.func, "id", ""))) is not None:
                    steps |= {word.value for word in node.args[place : place + 1] if isinstance(word, ast.Constant)}
    assert len(steps) > 20 and steps <= set(STEPS)
    assert set(STEPS) <= strings, "texts of steps that are gone"


def test_progress_text_names_the_subject() -> None:
    assert progress_text(ProgressEvent("downloading", 0, 0, "weights.pth")) == "Downloading weights.pth"
    assert progress_text(ProgressEvent("reading_photos", 1, 2)) == "Reading photos"
