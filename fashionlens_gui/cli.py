"""The command line: what can be asked for, and who answers. Qt and torch are imported only by those who need them."""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import textwrap
import traceback
from collections.abc import Callable, Sequence
from importlib import metadata
from pathlib import Path

from fashionlens_gui.command_line.exit_codes import BAD_USAGE, INTERRUPTED
from trainer.errors import FashionLensError

_DESCRIPTION = "Tag apparel photos on this computer, without the internet. Without a command, the window opens."
_EXAMPLES = """examples:
  fashionlens                                        open the window
  fashionlens tag photos --out tags.csv              name every photo in a folder
  fashionlens train --data my-photos --out my.safetensors
                                                     learn from folders: one for each category
  fashionlens evaluate --model my.safetensors --data test-photos
                                                     see how good a model is

exit codes: 0 done, 1 some files could not be read, 2 it could not be done as asked, 130 stopped by Ctrl-C
“fashionlens tag --help” and so on say more."""


_COMMANDS = ("tag", "train", "evaluate", "models")


def main(argv: Sequence[str] | None = None) -> int:
    """Do what the arguments ask for and return the exit code.

    Args:
        argv: Without the program's name; by default what the program was called with.
    """
    multiprocessing.freeze_support()  # first: in a frozen program, a child process starts here
    # Threads of OpenMP that wait must not spin, or training becomes several times slower on a busy machine. Read when
    # torch is imported, so it is set before that.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    arguments = sys.argv[1:] if argv is None else list(argv)
    if all(word not in _COMMANDS and os.path.exists(word) for word in arguments[:1]):
        # Nothing at all, or photos: what a desktop passes on when they are dropped on the program's icon.
        from fashionlens_gui.window import app

        return app.main(arguments)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # “quotes” on a terminal that has no such letters
            stream.reconfigure(errors="backslashreplace")
    try:
        given = _parser().parse_args(arguments)
        code: int = given.run(given)
        return code
    except FashionLensError as error:
        sys.stderr.write(f"fashionlens: {error.sentence}\n")
        return BAD_USAGE
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # The reader, such as “head”, has had enough. Python would complain once more at exit about what is buffered.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141  # 128 + SIGPIPE
    except Exception as error:
        # Python's own exit code would be 1, which says here that all was done but some files failed.
        traceback.print_exc()
        sys.stderr.write(f"fashionlens: This should not have happened ({type(error).__name__}); please report it.\n")
        return BAD_USAGE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "fashionlens", description=_DESCRIPTION, epilog=_EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--version", action="version", version=f"FashionLens {_version()}")
    parser.add_argument("--screenshot", type=Path, metavar="FILE", help=argparse.SUPPRESS)
    parser.add_argument("--size", type=_size, default=(1280, 720), help=argparse.SUPPRESS)
    parser.add_argument("--theme", choices=("light", "dark"), default="light", help=argparse.SUPPRESS)
    parser.set_defaults(run=lambda given: _without_command(parser, given))
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    _add_tag(commands)
    _add_train(commands)
    _add_evaluate(commands)
    _add_models(commands)
    return parser


def _add_tag(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = _command(
        commands,
        "tag",
        help="name every photo in files and folders",
        description="Finds all photos in the files and folders given, sub-folders too, and says what each one shows: "
        "its category and, with a model that knows them, colour, pattern, fabric, occasion, season and audience. "
        "A photo that cannot be read gets a row that says why. Without --out, the CSV goes to the terminal.",
        examples="""
  fashionlens tag photos --out tags.csv
  fashionlens tag spring summer/coat.jpg --out tags.csv --model my-shop.safetensors
  fashionlens tag photos --json > tags.json""",
    )
    command.add_argument("paths", nargs="+", type=_path, metavar="PATH", help="a photo, or a folder of photos")
    command.add_argument("--out", type=_path, metavar="FILE", help="write the CSV here, replacing it when it exists")
    _add_model(command)
    command.add_argument(
        "--with-confidence", action="store_true", help="add a column with the confidence of each attribute"
    )
    command.add_argument(
        "--review-below",
        type=_probability,
        metavar="P",
        help="photos whose category is less sure than this need review, from 0 to 1 (default: the model knows best)",
    )
    command.add_argument("--json", action="store_true", help="print all rows and counts as JSON")
    command.set_defaults(run=_answer("tag"))


def _add_train(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = _command(
        commands,
        "train",
        help="teach a model, from Fashion-MNIST or from your own folders",
        description="Trains a model and saves it as one file. With a folder, each folder in it is a category and holds "
        "photos of that category. Ctrl-C stops and keeps where it was; --resume goes on, also after a crash.",
        examples="""
  fashionlens train --data my-photos --out my-shop.safetensors
  fashionlens train --data fashion-mnist --model resnet-mini --epochs 30 --out best.safetensors
  fashionlens train --resume --out best.safetensors""",
    )
    command.add_argument(
        "--data",
        metavar="fashion-mnist|products|FOLDER",
        type=_text,
        help="what to learn from (not needed with --resume)",
    )
    command.add_argument(
        "--model",
        choices=("cnn", "resnet-mini", "product"),
        help="cnn: small and quick (default); resnet-mini: better, slower; product: for --data products",
    )
    command.add_argument(
        "--out", type=_path, required=True, metavar="FILE", help="the model file, such as my.safetensors"
    )
    command.add_argument("--epochs", type=_whole(1), metavar="N", help="how many times to go through all photos")
    command.add_argument("--batch-size", type=_whole(1), metavar="N", help="photos for each small step")
    command.add_argument("--learning-rate", type=_above_zero, metavar="X", help="how large the steps are")
    command.add_argument(
        "--patience", type=_whole(0), metavar="N", help="stop when N epochs in a row were no better (0: never)"
    )
    command.add_argument("--seed", type=_whole(0), metavar="N", help="same number, same data: same model")
    again = command.add_mutually_exclusive_group()
    again.add_argument("--resume", action="store_true", help="go on with a training that was stopped or crashed")
    again.add_argument("--restart", action="store_true", help="throw an unfinished training away and begin again")
    command.add_argument("--threads", type=_whole(1), metavar="N", help="processor cores to use (default: all)")
    _add_data_folder(command)
    command.set_defaults(run=_answer("train"))


def _add_evaluate(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = _command(
        commands,
        "evaluate",
        help="see how good a model is on photos whose categories are known",
        description="Lets a model name photos whose categories are known, and counts how often it is right: on the "
        "10,000 test images of Fashion-MNIST, or on a folder with one folder for each category. A model of product "
        "photos can be tested on a product list (CSV) with photos named by its ids, attribute by attribute, and on "
        "folders or a zip file of folders whose names stand for one or several of its categories.",
        examples="""
  fashionlens evaluate --model fashion-mnist-cnn
  fashionlens evaluate --model my-shop.safetensors --data test-photos --json
  fashionlens evaluate --model products --data labels.csv --images photos.zip --json
  fashionlens evaluate --model products --data perfume-and-cats --not-apparel""",
    )
    _add_model(command)
    command.add_argument(
        "--data",
        metavar="fashion-mnist|FOLDER|ZIP|CSV",
        type=_text,
        default="fashion-mnist",
        help="default: fashion-mnist; the last two with models of product photos only",
    )
    command.add_argument(
        "--images",
        type=_path,
        metavar="FOLDER|ZIP",
        help="photos of a product list: each row's is named by its id, in any folder, with any suffix of a photo",
    )
    command.add_argument(
        "--split", type=_text, metavar="NAME", help="only rows whose column split has this name, or folders below it"
    )
    command.add_argument(
        "--aspect",
        type=_aspect,
        metavar="W:H",
        help="square photos were squashed: stretch them to this, such as 3:4, before looking at them",
    )
    command.add_argument(
        "--mapping",
        type=_path,
        metavar="FILE",
        help="what folder names stand for, where they are no categories: JSON, or CSV with the columns folder,category",
    )
    command.add_argument(
        "--not-apparel",
        action="store_true",
        help="the photos show no apparel: count how many are not passed off as a garment",
    )
    command.add_argument("--json", action="store_true", help="print all figures as JSON")
    _add_data_folder(command)
    command.set_defaults(run=_answer("evaluate"))


def _add_models(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = _command(
        commands,
        "models",
        help="list the models on this computer",
        description="Lists the models that can tag, those you trained and those that came with FashionLens.",
        examples="\n  fashionlens models",
    )
    command.add_argument("--json", action="store_true", help="print everything known of them as JSON")
    command.set_defaults(run=_answer("models"))


def _command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], name: str, help: str, description: str, examples: str
) -> argparse.ArgumentParser:
    return commands.add_parser(
        name,
        help=help,
        description=textwrap.fill(description, 79),
        epilog=f"examples:{examples}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def _add_model(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--model",
        metavar="NAME|FILE",
        type=_text,
        help="a name from “fashionlens models”, or a model file (default: the best that comes with FashionLens)",
    )


def _add_data_folder(command: argparse.ArgumentParser) -> None:
    command.add_argument("--data-folder", metavar="FOLDER", default="", help="where the files of Fashion-MNIST are")


def _answer(name: str) -> Callable[[argparse.Namespace], int]:
    """The command's ``run``; its module is imported only when it is called for."""

    def run(given: argparse.Namespace) -> int:
        from fashionlens_gui.command_line import evaluate, models, tag, train

        answers: dict[str, Callable[[argparse.Namespace], int]] = {
            "tag": tag.run,
            "train": train.run,
            "evaluate": evaluate.run,
            "models": models.run,
        }
        return answers[name](given)

    return run


def _without_command(parser: argparse.ArgumentParser, given: argparse.Namespace) -> int:
    if given.screenshot is None:
        parser.error("say what to do: tag, train, evaluate or models")
    from fashionlens_gui.window import snapshot

    return int(snapshot.main(given.screenshot, given.size, given.theme))


def _text(text: str) -> str:
    if not text:
        raise argparse.ArgumentTypeError("it is empty")
    return text


def _path(text: str) -> Path:
    return Path(_text(text))  # Path("") would be the working folder


def _whole(least: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = least - 1
        if value < least:
            raise argparse.ArgumentTypeError(f"“{text}” is not a whole number of {least} or more")
        return value

    return number


def _above_zero(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"“{text}” is not a number above 0, such as 0.001")
    return value


def _aspect(text: str) -> tuple[int, int]:
    wide, _, high = text.partition(":")
    try:
        aspect = int(wide), int(high)
    except ValueError:
        aspect = 0, 0
    if not all(1 <= side <= 100 for side in aspect):
        raise argparse.ArgumentTypeError(f"“{text}” is not an aspect such as 3:4")
    return aspect


def _probability(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"“{text}” is not a number from 0 to 1, such as 0.8")
    return value


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
