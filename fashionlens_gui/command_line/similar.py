"""``fashionlens similar`` and ``similar-products``: photos of the catalogue that are like one, or like each."""

from __future__ import annotations

import csv
from argparse import Namespace
from collections.abc import Generator, Iterable
from pathlib import Path

import numpy as np

from fashionlens_gui.catalogue.catalogue import Catalogue
from fashionlens_gui.catalogue.query import Query, find
from fashionlens_gui.catalogue.search.similar import MOST_EXACT, Similar, SimilarPhotos
from fashionlens_gui.catalogue.search.similar_to_file import similar_to_file
from fashionlens_gui.command_line import outputs, terminal
from fashionlens_gui.command_line.arguments import Commands, file_path, new_command, whole_number
from fashionlens_gui.command_line.query_arguments import add_below, add_query, query_of
from fashionlens_gui.command_line.remembering import add_catalogue, catalogue_file, read_catalogue
from fashionlens_gui.command_line.terminal import DONE
from fashionlens_gui.tagging.tag import printable
from trainer.control import ProgressEvent, WorkControl
from trainer.number_format import photos

_TOP = 10


def add_to(commands: Commands) -> None:
    """Add the commands to the parser."""
    command = new_command(
        commands,
        "similar",
        run,
        help="find photos of the catalogue that are like a photo",
        description="Finds the photos of the catalogue that are most like a photo: of the same category and colours, "
        "and of the same look. The photo itself need not be in the catalogue. Similarity is from 0 to 1, where 1 is "
        "as like as the photo is to itself.",
        examples="""
  fashionlens similar photos/dress.jpg
  fashionlens similar new.jpg --top 20 --where season=Summer --json""",
    )
    command.add_argument("photo", type=file_path, metavar="PHOTO", help="of the catalogue, or any other")
    command.add_argument("--top", type=whole_number(1), default=_TOP, metavar="N", help="default: %(default)s")
    add_query(command)
    add_below(command)
    add_catalogue(command)
    command.add_argument("--json", action="store_true", help="print file, similarity, category and colour as JSON")
    command.add_argument(
        "--index",
        action="store_true",
        help=f"first make the index of similar photos, or bring it up to date: for more than {MOST_EXACT:,} photos",
    )

    command = new_command(
        commands,
        "similar-products",
        run_products,
        help="write the similar photos of each photo as a table",
        description="Writes a table with the ten most similar photos of each photo of the catalogue, as a base for "
        "“you may also like”. The photo itself, its duplicates and photos of the same product are left out.",
        examples="""
  fashionlens similar-products similar.csv
  fashionlens similar-products dresses.csv --where category=Dress --top 4""",
    )
    command.add_argument("csv", type=file_path, metavar="FILE.csv", help="photo,similar_1,similar_2,…")
    command.add_argument("--top", type=whole_number(1), default=_TOP, metavar="N", help="default: %(default)s")
    add_query(command)
    add_below(command)
    add_catalogue(command)


def run(arguments: Namespace) -> int:
    """Print the photos most like one."""
    query = query_of(arguments, below=arguments.below)
    with read_catalogue(arguments) as catalogue:
        asked = None if query == Query() else query
        found = _similar(catalogue, arguments.photo, arguments.top, asked, arguments.index)
        tags = catalogue.tags(found.ids_K)
        similarities = dict(zip(found.ids_K.tolist(), found.similarity_K.tolist(), strict=True))
    rows = []
    for id_, tag in tags.items():
        colour = tag.attributes.named("colour")
        rows.append(
            {
                "file": printable(str(tag.path)),
                "similarity": round(similarities[id_], 4),
                "category": tag.category,
                "colour": colour.value if colour else "",
            }
        )
    if arguments.json:
        terminal.echo_json(rows)
        return DONE
    for row in rows:
        what = ", ".join(filter(None, (str(row["category"]), str(row["colour"]))))
        terminal.echo(f"{row['similarity']:6.2f}  {row['file']}: {printable(what) or 'nothing known'}")
    if not rows:
        terminal.echo("No photo of the catalogue can be compared with it.")
    return DONE


def _similar(catalogue: Catalogue, photo: Path, top: int, query: Query | None, build_index: bool) -> Similar:
    similar = SimilarPhotos(catalogue)
    if build_index:
        control = WorkControl()
        with terminal.stop_on_interrupt(control):
            terminal.run_with_progress(similar.build_index(control))
    elif similar.is_index_due:
        terminal.note("Many photos are compared one by one. With --index once, this and later searches are faster.")
    ids = find(catalogue, Query(below=[photo]))
    if len(ids) == 1 and not photo.is_dir():
        return similar.to_photo(int(ids[0]), top, query)
    return similar_to_file(catalogue, similar, photo, top, query)


def run_products(arguments: Namespace) -> int:
    """Write the table of all photos. Raises SaveError: it cannot be written; what was there is as it was."""
    outputs.check_target("FILE.csv", arguments.csv, "similar.csv", [catalogue_file(arguments)])
    query = query_of(arguments, below=arguments.below)
    with read_catalogue(arguments) as catalogue:
        ids = find(catalogue, query)
        names = {id_: printable(str(tag.path)) for id_, tag in catalogue.tags(ids).items()}
        found: dict[int, list[int]] = {}
        control = WorkControl()
        with terminal.stop_on_interrupt(control):
            steps = SimilarPhotos(catalogue).of_each(query, arguments.top, control)
            terminal.run_with_progress(_collected(steps, len(ids), found))
    lines = [[names[id_], *(names[other] for other in found.get(id_, ()))] for id_ in names]
    outputs.save(arguments.csv, lambda place: _write(place, lines, arguments.top))
    terminal.echo(f"{photos(len(names))} saved in {printable(str(arguments.csv))}.")
    return DONE


def _collected(
    steps: Iterable[tuple[int, np.ndarray]], total: int, found: dict[int, list[int]]
) -> Generator[ProgressEvent, None, None]:
    for id_, others in steps:
        found[id_] = others.tolist()
        yield ProgressEvent("comparing_photos", len(found), total)


def _write(place: Path, lines: Iterable[list[str]], top: int) -> None:
    with place.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.writer(opened)
        writer.writerow(["photo", *(f"similar_{number}" for number in range(1, top + 1))])
        writer.writerows([*line, *[""] * (top + 1 - len(line))] for line in lines)
