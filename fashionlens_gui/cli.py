"""Parses the command line and runs a command, or opens the window. Qt and torch are imported only when needed."""

from __future__ import annotations

import argparse
import contextlib
import errno
import multiprocessing
import os
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module, metadata
from pathlib import Path

from trainer.errors import Cancelled, FashionLensError

_DESCRIPTION = "Tag apparel photos on this computer, without the internet. Without a command, the window opens."
_EXAMPLES = """examples:
  fashionlens                                        open the window
  fashionlens tag photos --out tags.csv              tag all photos in a folder
  fashionlens train --data my-photos --out my.safetensors
                                                     train on folders: one for each category
  fashionlens evaluate --model my.safetensors --data test-photos
                                                     evaluate a model

exit codes: 0 done, 1 some files could not be read, 2 not possible as asked, 130 stopped by Ctrl-C
“fashionlens COMMAND --help” shows the options of a command."""

_DLL_MISSING = (126, 127, 1114)  # Windows: a library, or one that it needs, is not there or too old
_LONGEST_NAME = 60  # characters of a name in a sentence

_COMMANDS = {
    "tag": "tag",
    "search": "search",
    "similar": "similar",
    "similar-products": "similar",
    "trends": "trends",
    "duplicates": "duplicates",
    "watch": "watch",
    "sort-files": "photo_files",
    "write-keywords": "photo_files",
    "read-keywords": "photo_files",
    "train": "train",
    "evaluate": "evaluate",
    "check-data": "check_data",
    "compare": "compare",
    "models": "models",
    "runs": "runs",
    "corrections": "corrections",
    "catalogue": "catalogue",
    "products": "products",
    "join": "join",
    "attribute": "attribute",
    "improve": "improve",
    "export": "export",
    "import": "models",
    "apply": "apply",
    "fill": "fill",
    "names": "names",
}
"""Commands, and the module of ``command_line`` that adds each; in the order in which ``--help`` lists them."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command of the arguments and return the exit code.

    Args:
        argv: Without the program's name; by default what the program was called with.
    """
    multiprocessing.freeze_support()  # first: in a frozen program, a child process starts here
    prepare_torch(sys.platform)
    arguments = sys.argv[1:] if argv is None else list(argv)
    if all(word not in _COMMANDS and os.path.exists(word) for word in arguments[:1]):
        # No arguments, or photos that were dropped on the program's icon.
        from fashionlens_gui.window import app

        return app.main(arguments)
    from fashionlens_gui import messages
    from fashionlens_gui.command_line import terminal
    from trainer.data import csv_encoding

    terminal.open_missing_streams()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # “quotes” on a terminal that cannot show them
            stream.reconfigure(errors="backslashreplace")
    try:
        try:
            given = _parser(arguments[0]).parse_args(arguments)
            csv_encoding.choose_encoding(getattr(given, "encoding", None) or "")
            code: int = given.run(given)
        except SystemExit:  # argparse has printed its help or an error
            terminal.finish()
            raise
        terminal.finish()
        return code
    except Cancelled:
        terminal.warn("Stopped before there was a result.")
        return terminal.INTERRUPTED
    except FashionLensError as error:
        with contextlib.suppress(OSError, terminal.OutputLost):  # one error is enough
            terminal.finish()
        terminal.warn(messages.sentence(error))
        return terminal.BAD_USAGE
    except KeyboardInterrupt:
        return terminal.INTERRUPTED
    except BrokenPipeError:
        terminal.silence()
        return 141  # 128 + SIGPIPE
    except Exception as error:
        if isinstance(error, OSError) and error.errno == errno.ENAMETOOLONG:
            terminal.warn(f"{_name(error)} is too long for a file. Check the spelling.")
            return terminal.BAD_USAGE
        if getattr(error, "winerror", None) in _DLL_MISSING or "DLL load failed" in str(error):
            terminal.warn(messages.sentence(FashionLensError("library_not_loaded", repr(error), reason=str(error))))
            return terminal.BAD_USAGE
        # Python's own exit code would be 1, which means here that some files could not be read.
        traceback.print_exc()
        terminal.warn(f"This should not have happened ({type(error).__name__}); please report it.")
        return terminal.BAD_USAGE


def prepare_torch(platform: str) -> None:
    """What has to be done on a platform before torch is imported."""
    # Waiting OpenMP threads must not spin: on a busy machine that makes training several times slower.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    os.environ.setdefault("PYTORCH_ENABLE_MPS_FALLBACK", "1")  # operations that Apple's GPU lacks run on the processor
    if platform == "win32":
        # torch needs a recent Microsoft Visual C++ runtime (pytorch #169429), which many computers lack. PySide6 brings
        # one, and a process uses the one that was loaded first.
        import shiboken6  # noqa: F401


def _parser(command: str) -> argparse.ArgumentParser:
    """The parser of a command; of all commands for another word. Importing all of them takes a third of a second."""
    parser = argparse.ArgumentParser(
        "fashionlens", description=_DESCRIPTION, epilog=_EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--version", action="version", version=f"FashionLens {_version()}")
    parser.add_argument("--screenshot", type=Path, metavar="FILE", help=argparse.SUPPRESS)
    parser.add_argument("--size", type=_size, default=(1280, 720), help=argparse.SUPPRESS)
    parser.add_argument("--theme", choices=("light", "dark"), default="light", help=argparse.SUPPRESS)
    parser.set_defaults(run=lambda given: _without_command(parser, given))
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    names = [_COMMANDS[command]] if command in _COMMANDS else dict.fromkeys(_COMMANDS.values())
    for name in names:
        import_module(f"fashionlens_gui.command_line.{name}").add_to(commands)
    return parser


def _name(error: OSError) -> str:
    """The file name of an error, shortened."""
    return "A name" if error.filename is None else f"The name “{os.fsdecode(error.filename)[:_LONGEST_NAME]}…”"


def _without_command(parser: argparse.ArgumentParser, given: argparse.Namespace) -> int:
    if given.screenshot is None:
        *names, last = _COMMANDS
        parser.error(f"say what to do: {', '.join(names)} or {last}")
    from fashionlens_gui.window import snapshot

    return int(snapshot.main(given.screenshot, given.size, given.theme))


def _size(text: str) -> tuple[int, int]:
    try:
        width, height = map(int, text.lower().split("x"))
    except ValueError:
        raise argparse.ArgumentTypeError(f"“{text}” is not a size such as 1280x720") from None
    return width, height


def _version() -> str:
    try:
        return metadata.version("fashionlens")
    except metadata.PackageNotFoundError:
        return "(not installed)"
