"""The actions of ``fashionlens catalogue`` on photos: list, correct, confirm, forget, undo."""

from __future__ import annotations

import argparse
from argparse import Namespace
from dataclasses import replace
from pathlib import Path

import numpy as np

from fashionlens_gui.catalogue import operations
from fashionlens_gui.catalogue.catalogue import Catalogue, Changes
from fashionlens_gui.catalogue.own_attributes import own_columns
from fashionlens_gui.catalogue.query import Query, find
from fashionlens_gui.catalogue.search.similar import SimilarPhotos
from fashionlens_gui.command_line import outputs, terminal
from fashionlens_gui.command_line.arguments import UsageError, add_review_rule, file_path, some_text
from fashionlens_gui.command_line.query_arguments import (
    add_order,
    add_query,
    name_and_value,
    query_of,
    unknown_values,
    warn_of_new_values,
    warn_of_unknown_values,
)
from fashionlens_gui.command_line.remembering import AddAction, catalogue_file, read_catalogue
from fashionlens_gui.command_line.tag import csv_output
from fashionlens_gui.command_line.terminal import BAD_USAGE, DONE
from fashionlens_gui.messages.photos import operation_text
from fashionlens_gui.tagging import csv_export
from fashionlens_gui.tagging.tag import ReviewRule, printable
from trainer.number_format import photos
from trainer.taxonomy import CATEGORY_AND_ATTRIBUTES, Level


def add_to(add: AddAction) -> None:
    """Add the actions."""
    action = add("list", _list, "list photos as CSV, all or those that match")
    action.add_argument("paths", nargs="*", type=file_path, metavar="PATH", help="photos, or folders of photos")
    add_query(action)
    action.add_argument("--text", default="", help="each word is in the name, the category, a value or a note")
    add_order(action)
    action.add_argument(
        "--similar-to", type=file_path, metavar="PHOTO", help="sort by similarity to this photo of the catalogue"
    )
    action.add_argument("--out", type=file_path, metavar="FILE.csv", help="write the CSV here")

    action = add("correct", _correct, "set values of photos, in one step that undo reverts")
    _add_paths(action)
    action.add_argument(
        "--set",
        action="append",
        required=True,
        type=name_and_value,
        metavar="NAME=VALUE",
        help=f"such as category=Dress or “colour=Navy blue”; empty for none; repeatable; names: "
        f"{', '.join(CATEGORY_AND_ATTRIBUTES)}",
    )
    action = add("note", _note, "set your own words about photos, which a search finds, in one step that undo reverts")
    _add_paths(action)
    action.add_argument("--text", required=True, help="the words; empty removes the note")
    _add_paths(add("confirm", _confirm, "say that the categories of photos are correct"))
    action = add("forget", _forget, "remove photos from the catalogue; their files stay")
    _add_paths(action)
    action.add_argument("--yes", action="store_true", help="do not ask")
    add("undo", _undo, "undo the last step")
    add("redo", _redo, "do again what was undone last")
    action = add("history", _history, "who changed what of a photo, and when")
    action.add_argument("photo", type=file_path, metavar="PHOTO")
    action = add("add-value", _add_value, "add a value that people can choose")
    action.add_argument("name", type=some_text, metavar="NAME", help="category or an attribute")
    action.add_argument("value", type=some_text, metavar="VALUE")
    action = add("review-rule", _review_rule, "set which photos need review")
    add_review_rule(action)


def _list(arguments: Namespace) -> int:
    if arguments.out:
        outputs.check_target("--out", arguments.out, "photos.csv")
    query = query_of(arguments, arguments.text, arguments.paths)
    with read_catalogue(arguments) as catalogue:
        if arguments.similar_to:
            ids = _by_similarity(catalogue, query, arguments.similar_to)
        else:
            ids = find(catalogue, query)
        if not len(ids):
            warn_of_unknown_values(catalogue, query)
        tags = catalogue.tags(ids).values()
        options = csv_export.Options(own=own_columns(catalogue))
    if arguments.json:
        terminal.echo_json([csv_export.record(tag, options) for tag in tags])
    elif arguments.out:
        written = csv_export.write_csv(tags, arguments.out, options)
        terminal.echo(f"{photos(written.rows)} saved in {printable(str(written.file))}.")
        if written.problem is not None:
            raise written.problem
    else:
        with csv_output() as output:
            csv_export.write_rows(tags, output, options)
    return DONE


def _by_similarity(catalogue: Catalogue, query: Query, photo: Path) -> np.ndarray:
    """The photos of a list that can be compared with one, int64 (n,): this one, where it is in the list, then those
    most like it by the measure of :mod:`fashionlens_gui.catalogue.search.similar`.
    """
    (asked,) = _found(catalogue, [photo])[:1]
    listed_N = find(catalogue, query)
    similar = SimilarPhotos(catalogue).to_photo(asked, max(1, len(listed_N)), query)
    return np.concatenate([listed_N[listed_N == asked], similar.ids_K])


def _correct(arguments: Namespace) -> int:
    with _writing(arguments) as catalogue:
        ids = _found(catalogue, arguments.paths)
        values = dict(arguments.set)
        new = unknown_values(catalogue, {name: [value] for name, value in values.items()})
        changes = operations.correct(catalogue, ids, values)
        warn_of_new_values(new)
        return _report(arguments, catalogue, changes)


def _confirm(arguments: Namespace) -> int:
    with _writing(arguments) as catalogue:
        return _report(arguments, catalogue, operations.confirm(catalogue, _found(catalogue, arguments.paths)))


def _note(arguments: Namespace) -> int:
    with _writing(arguments) as catalogue:
        ids = _found(catalogue, arguments.paths)
        return _report(arguments, catalogue, operations.set_note(catalogue, ids, arguments.text))


def _forget(arguments: Namespace) -> int:
    with _writing(arguments) as catalogue:
        ids = _found(catalogue, arguments.paths)
        question = f"Remove {photos(len(ids))} and their corrections from the catalogue?"
        if not terminal.agreed(question, arguments.yes):
            return BAD_USAGE
        changes = operations.forget(catalogue, ids)
        if arguments.json:
            return _report(arguments, catalogue, changes)
        gone = f"{photos(len(changes.ids))} removed from the catalogue; the files stay."
        terminal.echo(f"{gone} For 30 days “fashionlens catalogue undo” can bring them back.")
        return DONE


def _undo(arguments: Namespace) -> int:
    return _step(arguments, back=True)


def _redo(arguments: Namespace) -> int:
    return _step(arguments, back=False)


def _step(arguments: Namespace, back: bool) -> int:
    with _writing(arguments) as catalogue:
        operation = catalogue.next_operation(back)
        if operation is None:
            raise UsageError("nothing_to_undo" if back else "nothing_to_redo")
        what = printable(operation_text(operation))
        changes = (operations.undo if back else operations.redo)(catalogue)
        if arguments.json:
            terminal.echo_json({"undone" if back else "redone": what, **_record(catalogue, changes)})
            return DONE
        terminal.echo(f"{'Undone' if back else 'Done again'}: {what}.")
        if len(changes.ids):
            terminal.echo(f"{photos(len(changes.ids))} changed.")
        return DONE


def _history(arguments: Namespace) -> int:
    with read_catalogue(arguments) as catalogue:
        entries = catalogue.history(_found(catalogue, [arguments.photo])[0])
        own = own_columns(catalogue)
    entries = [replace(entry, attribute=own.get(entry.attribute, entry.attribute)) for entry in entries]
    if arguments.json:
        names = ("who", "when", "attribute", "before", "after", "undone")
        terminal.echo_json([{name: getattr(entry, name) for name in names} for entry in entries])
        return DONE
    for entry in entries:
        undone = ", undone" if entry.undone else ""
        change = f"{entry.attribute} {entry.before or 'none'} → {entry.after or 'none'}"
        terminal.echo(printable(f"{entry.when[:16].replace('T', ' ')}  {entry.who}: {change}{undone}"))
    if not entries:
        terminal.echo("Nobody has changed it.")
    return DONE


def _add_value(arguments: Namespace) -> int:
    with _writing(arguments) as catalogue:
        changes = operations.add_value(catalogue, arguments.name, arguments.value)
        if arguments.json:
            terminal.echo_json({"added": bool(changes)})
        else:
            there = "is added" if changes else "was there before"
            terminal.echo(f"The {arguments.name} “{printable(arguments.value)}” {there}.")
    return DONE


def _review_rule(arguments: Namespace) -> int:
    rule = ReviewRule(Level(arguments.sure_of), arguments.review_below)
    with _writing(arguments) as catalogue:
        return _report(arguments, catalogue, operations.set_review_rule(catalogue, rule))


def _report(arguments: Namespace, catalogue: Catalogue, changes: Changes) -> int:
    if arguments.json:
        terminal.echo_json(_record(catalogue, changes))
    else:
        count = photos(len(changes.ids))
        terminal.echo(f"{count} changed." if changes else "Nothing changed.")
    return DONE


def _record(catalogue: Catalogue, changes: Changes) -> dict[str, object]:
    files = [printable(str(tag.path)) for tag in catalogue.tags(changes.ids).values()]
    return {"changed": len(changes.ids), "kinds": sorted(changes.kinds), "files": files}


def _writing(arguments: Namespace) -> Catalogue:
    return Catalogue(catalogue_file(arguments), write=True)


def _found(catalogue: Catalogue, paths: list[Path]) -> list[int]:
    """Ids of the photos at and below paths. Raises UsageError (``not_in_catalogue``) when there are none."""
    ids: list[int] = find(catalogue, Query(below=paths)).tolist()
    if not ids:
        raise UsageError("not_in_catalogue", paths=tuple(printable(str(path)) for path in paths))
    return ids


def _add_paths(action: argparse.ArgumentParser) -> None:
    action.add_argument("paths", nargs="+", type=file_path, metavar="PATH", help="photos, or folders of photos")
