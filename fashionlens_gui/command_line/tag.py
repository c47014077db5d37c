"""``fashionlens tag``: photos in, a CSV out."""

from __future__ import annotations

import contextlib
import io
import itertools
import os
import shutil
import sys
from argparse import Namespace
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TextIO

from fashionlens_gui.catalogue.catalogue import Catalogue
from fashionlens_gui.catalogue.model_identity import identity_of
from fashionlens_gui.command_line import outputs, terminal
from fashionlens_gui.command_line.arguments import (
    Commands,
    UsageError,
    add_model,
    add_review_rule,
    add_runtime,
    file_path,
    new_command,
)
from fashionlens_gui.command_line.remembering import Remembering, add_catalogue, catalogue_file
from fashionlens_gui.command_line.terminal import DONE, INTERRUPTED, SOME_FAILED
from fashionlens_gui.messages.photos import skipped_summary
from fashionlens_gui.model_choice import find_model, open_predictor
from fashionlens_gui.tagging import csv_export
from fashionlens_gui.tagging.job import Counts, Finished, ScanProgress, Tagged, palette_for, tag_photos
from fashionlens_gui.tagging.scan import names_below
from fashionlens_gui.tagging.sku import BEFORE_FIRST_SIGN, FOLDER, check_pattern
from fashionlens_gui.tagging.tag import ReviewRule, Tag, printable
from trainer.atomic_write import is_stream
from trainer.control import WorkControl
from trainer.errors import Cancelled, DataError, SaveError
from trainer.number_format import photos
from trainer.taxonomy import Level

if TYPE_CHECKING:
    from trainer.data.skipped_files import SkippedFile
    from trainer.inference.prediction import PhotoPredictor


def add_to(commands: Commands) -> None:
    """Add the command to the parser."""
    command = new_command(
        commands,
        "tag",
        run,
        help="tag all photos in files and folders",
        description="Finds all photos in the files and folders given, sub-folders too, and tags each one: its category "
        "and, with a model that predicts them, colour, pattern, fabric, occasion, season and audience. A photo that "
        "cannot be read gets a row that says why. What is no photo is skipped; --json lists it. Without --out, the CSV "
        "goes to the terminal.",
        examples="""
  fashionlens tag photos --out tags.csv
  fashionlens tag spring summer/coat.jpg --out tags.csv --model my-shop.safetensors
  fashionlens tag photos --remember --out tags.csv
  fashionlens tag photos --json > tags.json""",
    )
    command.add_argument("paths", nargs="+", type=file_path, metavar="PATH", help="a photo, or a folder of photos")
    command.add_argument(
        "--out", type=file_path, metavar="FILE.csv", help="write the CSV here, replacing it when it exists"
    )
    add_model(command)
    command.add_argument(
        "--excel",
        action="store_true",
        help="write the CSV so that Excel opens it by a double click, with the separators of your region",
    )
    command.add_argument(
        "--with-confidence", action="store_true", help="add a column with the confidence of each attribute"
    )
    command.add_argument(
        "--with-path", action="store_true", help="add the columns path and name, by which other lists know the photos"
    )
    command.add_argument(
        "--sku",
        type=check_pattern,
        default="",
        metavar="PATTERN",
        help="add a column sku with what this regular expression finds in the name of each photo without its suffix, "
        f"or its first group: '{BEFORE_FIRST_SIGN}' finds what is before the first _ or -, '{FOLDER}' the folder",
    )
    add_review_rule(command)
    add_runtime(command)
    command.add_argument(
        "--remember",
        action="store_true",
        help="store the rows in your catalogue; those of photos that have not changed since come from there",
    )
    add_catalogue(command)
    command.add_argument("--json", action="store_true", help="print all rows, counts and skipped files as JSON")


def run(arguments: Namespace) -> int:
    """Tag, write the rows, print the counts.

    Raises:
        DataError: Nothing was found; a CSV from before is unchanged.
        ModelFileError, SaveError: The model cannot be used, or the CSV cannot be written, or only to another file.
        CatalogueError: The catalogue cannot be written to.
    """
    _check_paths(arguments.paths)
    if arguments.out:
        outputs.check_target("--out", arguments.out, "tags.csv", [*arguments.paths, arguments.model])
    model = find_model(arguments.model)
    terminal.note(f"Loading the model “{model.stem}”…")
    control = WorkControl()
    remembers = arguments.remember or arguments.catalogue
    with terminal.stop_on_interrupt(control), contextlib.ExitStack() as opened:
        try:
            # Before the model, which takes longer: somebody else may have it open.
            catalogue = opened.enter_context(Catalogue(catalogue_file(arguments), write=True)) if remembers else None
            predictor = open_predictor(model, arguments.device, arguments.runtime)
            memory = None
            if catalogue is not None:
                memory = Remembering(catalogue, arguments.paths, identity_of(model, predictor))
            with predictor.leaving_one_core():
                counts = _tag(arguments, predictor, control, memory)
        except Cancelled:
            unchanged = f" Nothing was written to {arguments.out}." if arguments.out else ""
            terminal.warn(f"Stopped before all photos were tagged.{unchanged}")
            return INTERRUPTED
    if counts.errors:
        terminal.warn(f"{counts.errors:,} of {counts.rows:,} could not be read; their rows say why.")
    return SOME_FAILED if counts.errors else DONE


def _check_paths(named: list[Path]) -> None:
    missing = [path for path in named if not os.path.lexists(path)]
    if len(missing) == len(named):
        raise UsageError("no_such_paths", paths=tuple(printable(str(path)) for path in missing))


def _tag(arguments: Namespace, predictor: PhotoPredictor, control: WorkControl, memory: Remembering | None) -> Counts:
    progress = _Progress(bars=bool(arguments.out or arguments.json or not sys.stdout.isatty()))
    options = csv_export.Options(
        with_confidence=arguments.with_confidence,
        with_path=arguments.with_path,
        sku=arguments.sku,
        layout=csv_export.excel_layout() if arguments.excel else csv_export.Layout(),
    )
    rule = ReviewRule(Level(arguments.sure_of), arguments.review_below)
    tags = progress.rows(arguments.paths, predictor, control, rule, memory)
    records: list[dict[str, Any]] = []
    if arguments.json:
        tags = _recorded(tags, records, options)
    out: Path | None = None
    problem: SaveError | None = None
    if arguments.out:
        try:
            elsewhere = None if arguments.json or is_stream(arguments.out) else _print_rows
            written = csv_export.write_csv(tags, arguments.out, options, elsewhere)
            out, problem = written.file, written.problem
        except SaveError as error:
            if not arguments.json:
                raise
            problem = error  # standard output still gets the rows
    elif arguments.json:
        for _ in tags:
            pass
    else:
        first = next(tags, None)  # where nothing is found, nothing is written
        with csv_output() as output:
            csv_export.write_rows(tags if first is None else itertools.chain([first], tags), output, options)
    if arguments.json:
        name = names_below(arguments.paths)
        terminal.echo_json(
            {
                "model": predictor.metadata.name,
                "runtime": predictor.runtime,
                "precision": predictor.precision,
                "out": printable(str(out)) if out else None,
                "counts": {name: count for name, count in asdict(progress.counts).items() if name != "known"},
                "seconds": round(progress.seconds, 3),
                "files": records,
                "skipped": [{"file": name(file.path), "kind": file.kind} for file in progress.skipped],
                **({} if memory is None else {"catalogue": memory.to_json()}),
            }
        )
    elif out:
        report = terminal.note if is_stream(out) else terminal.echo  # no line between the rows in a pipe
        known = f" {memory.unchanged:,} came from the catalogue." if memory is not None else ""
        report(f"{_summary(progress.counts)}{known} Saved in {printable(str(out))}.")
    if problem is not None:
        raise problem
    return progress.counts


def _recorded(tags: Iterator[Tag], records: list[dict[str, Any]], options: csv_export.Options) -> Iterator[Tag]:
    for tag in tags:
        records.append(csv_export.record(tag, options))
        yield tag


class _Progress:
    """Yields the rows of a job's events, with a progress bar; has counts, time and skipped files afterwards."""

    def __init__(self, bars: bool) -> None:
        self._bars = bars
        self.counts = Counts()
        self.skipped: Sequence[SkippedFile] = ()
        self.seconds = 0.0

    def rows(
        self,
        named: list[Path],
        predictor: PhotoPredictor,
        control: WorkControl,
        rule: ReviewRule,
        memory: Remembering | None,
    ) -> Iterator[Tag]:
        """The rows as they come. Raises DataError when there are none, Cancelled when stopped."""
        bar = terminal.bar("Tagging", None, "photos", shown=self._bars)
        palette = palette_for(predictor.metadata)
        remembered = None if memory is None else memory.remembered
        job = tag_photos(named, predictor, control, rule=rule, palette=palette, remembered=remembered)
        with bar, contextlib.closing(job) as events:
            for event in events if memory is None else memory.stored(events):
                if isinstance(event, Tagged):
                    bar.update()
                    yield event.tag
                elif isinstance(event, ScanProgress):
                    bar.total = event.found
                    bar.refresh()
                elif isinstance(event, Finished):
                    self.counts, self.seconds, self.skipped = event.counts, event.seconds, event.skipped
                    if event.cancelled:
                        raise Cancelled
        if self.skipped:
            terminal.warn(skipped_summary(Counter(file.kind for file in self.skipped)))
        if not self.counts.rows:
            raise DataError("no_photos_to_tag", places=", ".join(printable(str(path)) for path in named))


def _print_rows(rows: IO[str]) -> None:
    """The rows of a finished job that no disk has room for."""
    terminal.warn("The rows cannot be saved in any file; they follow here.")
    with csv_output() as output:
        shutil.copyfileobj(rows, output)


@contextlib.contextmanager
def csv_output() -> Iterator[TextIO]:
    """Standard output for a CSV: UTF-8, line ends as written, each row at once.

    Raises:
        BrokenPipeError, OutputLost: As :func:`terminal.finish`.
    """
    output = io.TextIOWrapper(sys.stdout.buffer, encoding="utf-8", newline="", line_buffering=True)
    try:
        yield output
    except BrokenPipeError:
        raise
    except OSError as error:
        terminal.silence()
        raise terminal.OutputLost(error) from error
    finally:
        with contextlib.suppress(OSError):  # the write before has raised it
            output.detach()  # flushes, and leaves standard output open


def _summary(counts: Counts) -> str:
    parts = [f"{counts.ok:,} ok", f"{counts.needs_review:,} to review"]
    if counts.errors:
        parts.append(f"{counts.errors:,} could not be read")
    return f"{photos(counts.rows)}: {', '.join(parts)}."
