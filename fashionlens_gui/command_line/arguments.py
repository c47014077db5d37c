"""Arguments that commands share, and the types of their values."""

from __future__ import annotations

import argparse
import codecs
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from fashionlens_gui.messages.training import DEVICES
from trainer import devices, number_format
from trainer.errors import FashionLensError
from trainer.taxonomy import Level


class UsageError(FashionLensError):
    """Options are missing or do not go together."""


Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def new_command(
    commands: Commands, name: str, run: Callable[[argparse.Namespace], int], help: str, description: str, examples: str
) -> argparse.ArgumentParser:
    """Add a command with the function that runs it, its help, description and examples, a line each."""
    command = commands.add_parser(
        name,
        help=help,
        description=textwrap.fill(description, 79),
        epilog=f"examples:{examples}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.set_defaults(run=run)
    return command


def add_model(command: argparse.ArgumentParser) -> None:
    """``--model``, a name or a file."""
    command.add_argument(
        "--model",
        metavar="NAME|FILE",
        type=some_text,
        help="a name from “fashionlens models”, or a model file (default: the best that comes with FashionLens)",
    )


def add_device(command: argparse.ArgumentParser) -> None:
    """``--device``."""
    command.add_argument(
        "--device",
        choices=devices.NAMES,
        default="auto",
        help="the processor or GPU to use: "
        + ", ".join(f"{DEVICES[name]} ({name})" for name in ("cuda", "cpu", "mps"))
        + f" (default: {DEVICES['auto']})",
    )


def add_runtime(command: argparse.ArgumentParser) -> None:
    """``--device`` and ``--runtime``."""
    add_device(command)
    command.add_argument(
        "--runtime",
        choices=("auto", "onnx", "torch"),
        default="auto",
        help="what computes: ONNX Runtime (onnx), PyTorch (torch), or the first where the model has a graph and no GPU "
        "is asked for (auto, the default)",
    )


def add_review_rule(command: argparse.ArgumentParser) -> None:
    """``--review-below`` and ``--sure-of``."""
    command.add_argument(
        "--review-below",
        type=probability,
        metavar="P",
        help="photos with a lower confidence of the category (or of what --sure-of names) need review, from 0 to 1 "
        "(default: the model’s own)",
    )
    command.add_argument(
        "--sure-of",
        choices=[str(level) for level in Level],
        default=str(Level.CATEGORY),
        help="what must be sure, else a photo needs review: category (the default), google (the Google product "
        "category) or group, such as Shoes",
    )


def add_data_folder(command: argparse.ArgumentParser) -> None:
    """``--data-folder``, for the files of Fashion-MNIST."""
    command.add_argument("--data-folder", metavar="FOLDER", default="", help="where the files of Fashion-MNIST are")


def add_encoding(command: argparse.ArgumentParser) -> None:
    """``--encoding``, of tables (CSV)."""
    command.add_argument(
        "--encoding",
        metavar="NAME",
        type=_encoding,
        help="the encoding of tables (CSV) that are not in UTF-8, such as cp1252 (default: found out, where it can be)",
    )


def add_changes_as_json(command: argparse.ArgumentParser) -> None:
    """``--json``, for a comparison of two models."""
    command.add_argument("--json", action="store_true", help="print all results, with every changed photo, as JSON")


def _encoding(text: str) -> str:
    try:
        return codecs.lookup(text).name
    except LookupError:
        raise argparse.ArgumentTypeError(f"“{text}” is no encoding. Try one such as cp1252") from None


def some_text(text: str) -> str:
    """A text that is not empty."""
    if not text:
        raise argparse.ArgumentTypeError("it is empty")
    return text


def file_path(text: str) -> Path:
    """A path."""
    return Path(some_text(text))  # Path("") would be the working folder


def whole_number(least: int) -> Callable[[str], int]:
    """A whole number of at least ``least``."""

    def number(text: str) -> int:
        try:
            value = number_format.whole_number(text)
        except ValueError:
            value = least - 1
        if value < least:
            raise argparse.ArgumentTypeError(f"“{text}” is not a whole number of {least} or more")
        return value

    return number


def above_zero(text: str) -> float:
    """A finite number above 0."""
    try:
        value = number_format.decimal_number(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"“{text}” is not a number above 0, such as 0.001")
    return value


def aspect_ratio(text: str) -> tuple[int, int]:
    """Width and height, such as ``3:4``."""
    wide, _, high = text.partition(":")
    try:
        ratio = int(wide), int(high)
    except ValueError:
        ratio = 0, 0
    if not all(1 <= side <= 100 for side in ratio):
        raise argparse.ArgumentTypeError(f"“{text}” is not an aspect such as 3:4")
    return ratio


def probability(text: str) -> float:
    """A number in [0, 1]."""
    try:
        value = number_format.decimal_number(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"“{text}” is not a number from 0 to 1, such as 0.8")
    return value
