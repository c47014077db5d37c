"""Import, rename, export and delete models; for a worker's thread."""

from __future__ import annotations

import math
from collections.abc import Generator
from pathlib import Path
from typing import TypeVar

from fashionlens_gui import model_choice, paths
from fashionlens_gui.window.shell import responsive_import
from trainer.control import ProgressEvent, WorkControl
from trainer.model_files.library import ModelEntry, ModelLibrary

ONNX_SUFFIX = ".onnx"
Result = TypeVar("Result")

Progress = Generator[ProgressEvent, None, Result]
"""Yields progress and returns the new entry of the model, or a sentence about the outcome."""


def install(file: Path, name: str, library: ModelLibrary, _control: WorkControl) -> Progress[ModelEntry]:
    """Check and install a model file. Raises as :func:`trainer.model_files.installing.install`."""
    yield ProgressEvent("checking_file", 0, 0, file.name)
    responsive_import.import_torch()
    from trainer.model_files import installing

    return installing.install(file, library, name)


def rename(entry: ModelEntry, name: str, library: ModelLibrary, _control: WorkControl) -> Progress[ModelEntry]:
    """Rename a model. Raises as :func:`trainer.model_files.installing.rename`."""
    yield ProgressEvent("renaming", 0, 0, entry.path.stem)
    responsive_import.import_torch()
    from trainer.model_files import installing

    return installing.rename(entry, name, library)


def export(entry: ModelEntry, target: Path, _control: WorkControl) -> Progress[str]:
    """Write a package, or ONNX if ``target`` has that suffix."""
    yield ProgressEvent("exporting", 0, 0, entry.path.stem)
    responsive_import.import_torch()
    if target.suffix.casefold() != ONNX_SUFFIX:
        from trainer.model_files import package

        package.write(target, entry)
        return f"“{entry.path.stem}” is saved as {target.name}. Import that file on another computer."
    from trainer.inference import onnx_export

    with responsive_import.frequent_switches():  # writing ONNX imports much and traces the network in Python
        report = yield from onnx_export.export(entry.path, target, sorted(paths.samples_dir().iterdir()))
    same = f"to {_decimals(report.largest_difference)} decimals" if report.largest_difference else "exactly"
    return (
        f"“{entry.path.stem}” is saved as {target.name}. On {report.photos} photos its predictions agree "
        f"{same} with those of FashionLens."
    )


def _decimals(difference: float) -> int:
    """The number of decimals in which numbers agree that differ by ``difference``."""
    return max(0, math.floor(-math.log10(2 * difference)))


def delete(entry: ModelEntry, _control: WorkControl) -> Progress[str]:
    """Move a model to the trash."""
    yield ProgressEvent("deleting", 0, 0, entry.path.stem)
    model_choice.move_to_trash(entry)
    return f"“{entry.path.stem}” is in the trash of your system; you can restore it from there."
