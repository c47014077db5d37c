"""``fashionlens export``: a model as one file to share, or as ONNX for other programs."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from fashionlens_gui import paths
from fashionlens_gui.command_line import outputs, terminal
from fashionlens_gui.command_line.arguments import Commands, file_path, new_command, some_text
from fashionlens_gui.command_line.terminal import DONE
from fashionlens_gui.tagging.tag import printable
from trainer.model_files.library import ModelEntry, ModelLibrary, read_metadata


def add_to(commands: Commands) -> None:
    """Add the command to the parser."""
    command = new_command(
        commands,
        "export",
        run,
        help="export a model to one file, to share or for other programs",
        description="Writes a model's weights, its model card, the sample of its training data (embeddings, no photos) "
        "and the SHA-256 of each to one .zip for “fashionlens import”. With --onnx it writes the network for ONNX "
        "programs and compares the file's predictions with its own on the sample photos (needs the extra “onnx”).",
        examples="""
  fashionlens export my-shop --out my-shop.zip
  fashionlens export products --onnx products.onnx""",
    )
    command.add_argument("model", metavar="MODEL", type=some_text, help="a name from “fashionlens models”, or a file")
    into = command.add_mutually_exclusive_group(required=True)
    into.add_argument("--out", type=file_path, metavar="FILE.zip", help="the model and its companion files in one zip")
    into.add_argument("--onnx", type=file_path, metavar="FILE.onnx", help="the network as ONNX")


def run(arguments: Namespace) -> int:
    """Write the file.

    Raises:
        ModelFileError: There is no such model, or it is damaged.
        MissingExtra: ONNX's libraries are not installed.
        SaveError: The file cannot be written.
    """
    if arguments.onnx is None:
        outputs.check_target("--out", arguments.out, "my-shop.zip", [arguments.model])
    else:
        outputs.check_target("--onnx", arguments.onnx, "my-shop.onnx", [arguments.model])
    path = ModelLibrary(paths.model_folders()).find(arguments.model)
    if arguments.onnx is not None:
        return _write_onnx(path, arguments.onnx)
    from trainer.model_files import package

    card = path.with_suffix(".md")
    entry = ModelEntry(path, read_metadata(path), card if card.is_file() else None)
    digests = package.write(arguments.out, entry)
    terminal.echo(f"Exported “{printable(path.stem)}” to {printable(str(arguments.out))}:")
    for member, digest in digests.items():
        terminal.echo(f"  {digest}  {printable(member)}")
    return DONE


def _write_onnx(path: Path, target: Path) -> int:
    from trainer.inference import onnx_export

    photos = sorted(paths.samples_dir().iterdir())
    report = terminal.run_with_progress(onnx_export.export(path, target, photos))
    terminal.echo(
        f"Exported “{printable(path.stem)}” to {printable(str(target))} ({target.stat().st_size / 1e6:.1f} MB)."
    )
    terminal.echo(f"Input: {report.input}")
    terminal.echo(f"Outputs: {', '.join(report.outputs)}")
    terminal.echo(
        f"Checked with ONNX Runtime on {report.photos} photos, in batches of {' and '.join(map(str, report.batches))}: "
        f"the largest difference from FashionLens itself is {report.largest_difference:.1e}."
    )
    return DONE
