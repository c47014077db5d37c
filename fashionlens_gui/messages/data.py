"""Sentences and words about photos for training, their categories and a person's decisions on them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from fashionlens_gui.messages.message import Table, and_more, quoted
from trainer.number_format import percent

if TYPE_CHECKING:
    from trainer.data.data_paths import DatasetInfo
    from trainer.data.decisions import Decisions
    from trainer.data_quality.label_issues import LabelIssue

_KIND_NAMES = {"fashion-mnist": "Fashion-MNIST", "products": "Product and phone photos"}
_PARTS = {"train": "training", "validation": "validation", "test": "held-out"}
_MAX_NAMES = 8
_MAX_LINES = 5
_MAX_GUESSES = 5


def data_text(data: DatasetInfo) -> str:
    """What a model was trained or evaluated on: ``Fashion-MNIST test images``, ``shop, and 12 corrected photos``."""
    text = _KIND_NAMES.get(data.kind, data.name)
    if data.teachers:
        text += f", distilled from {' and '.join(data.teachers)}"
    if data.corrected_photos:
        text += f", and {data.corrected_photos:,} corrected photo{'' if data.corrected_photos == 1 else 's'}"
    if data.part:
        of_benchmark = data.kind == "fashion-mnist"
        part = "test" if of_benchmark and data.part == "test" else _PARTS[data.part]
        text += f" {part} images" if of_benchmark else f", {part} photos"
    return text


def _and(names: Sequence[str]) -> str:
    return f"{quoted(names[:-1])} and “{names[-1]}”" if len(names) > 1 else quoted(names)


def _unknown_decision(file: str, decision: str, photo: str, categories: Sequence[str]) -> str:
    return (
        f"{file}: “{decision}” for {photo} is no decision. Write move, keep, leave out or a category: "
        f"{quoted(categories[:_MAX_NAMES])}{and_more(len(categories), _MAX_NAMES)}."
    )


def _numbers(lines: Sequence[int]) -> str:
    return ", ".join(map(str, lines[:_MAX_LINES])) + (" and more" if len(lines) > _MAX_LINES else "")


ENCODINGS = {
    "cp1252": "Western European",
    "cp1250": "Central European",
    "cp1251": "Cyrillic",
    "cp1253": "Greek",
    "cp1254": "Turkish",
    "cp1255": "Hebrew",
    "cp1256": "Arabic",
    "cp1257": "Baltic",
    "cp1258": "Vietnamese",
    "cp874": "Thai",
    "cp932": "Japanese",
    "gb18030": "Simplified Chinese",
    "cp949": "Korean",
    "cp950": "Traditional Chinese",
    "mac_roman": "Mac, Western European",
    "mac_latin2": "Mac, Central European",
    "mac_cyrillic": "Mac, Cyrillic",
    "cp850": "MS-DOS, Western European",
    "cp852": "MS-DOS, Central European",
    "cp866": "MS-DOS, Cyrillic",
}
"""Of :data:`trainer.data.csv_encoding.CODE_PAGES`."""


def _encoding_unsure(file: str, encodings: Sequence[str], names: Sequence[str]) -> str:
    guesses = [f"{encoding} ({text})" for encoding, text in zip(encodings, names, strict=True)]
    return (
        f"{file} may be in one of several encodings: {'; '.join(guesses[:_MAX_GUESSES])}. Save it again as “CSV "
        f"UTF-8”, or say which one is right, such as --encoding {encodings[0]}."
    )


def _column_missing(file: str, what: str, line: int, names: Sequence[str], header: Sequence[str]) -> str:
    return (
        f"{file} has no column of {what}: line {line} must name the columns, and one of them must be called "
        f"{' or '.join(names)}. It says: {', '.join(header)[:200]}."
    )


def _product_columns_missing(file: str, missing: Sequence[str], needed: Sequence[str]) -> str:
    return (
        f"{file} lacks the {'column' if len(missing) == 1 else 'columns'} {', '.join(missing)}. It needs "
        f"{', '.join(needed)} in its first row; others may be there too."
    )


def _products_missing(folders: Sequence[str]) -> str:
    return (
        "The product photos were not found. They are a folder “products” with labels.csv, images-60x80.zip and "
        f"images-224x224.zip, and a folder “phone” with images.zip. Looked in: {', '.join(folders)}. Name their folder "
        "with --data-folder."
    )


_TAXONOMY_FILE = "The taxonomy file “{file}” in “{folder}” is damaged: "
_INSTALL_AGAIN = " Install FashionLens again."

SENTENCES: Table = {
    "file_unreadable": "{file} cannot be opened: {reason}.",
    "wrong_checksum": ("{file} is damaged: its checksum is not the published one. Remove it and download it again."),
    "taxonomy_missing": "The taxonomy file “{file}” is missing from “{folder}”." + _INSTALL_AGAIN,
    "taxonomy_damaged": _TAXONOMY_FILE + "{problem}." + _INSTALL_AGAIN,
    "taxonomy_without_other": _TAXONOMY_FILE + "the last category must be “{other}”, without labels." + _INSTALL_AGAIN,
    "taxonomy_duplicate": _TAXONOMY_FILE + "“{name}” is there twice." + _INSTALL_AGAIN,
    "taxonomy_ambiguous": _TAXONOMY_FILE + "“{word}” means both “{names[0]}” and “{names[1]}”." + _INSTALL_AGAIN,
    "taxonomy_unlisted": _TAXONOMY_FILE + "“{entry}” refers to “{name}”, which is not listed." + _INSTALL_AGAIN,
    "weak_label_rule_empty": _TAXONOMY_FILE + "{rule} has neither words nor kinds of product." + _INSTALL_AGAIN,
    "weak_label_pattern_malformed": (
        _TAXONOMY_FILE + "{rule} has words that are not a regular expression: {problem}." + _INSTALL_AGAIN
    ),
    "csv_malformed": "{file} cannot be read as CSV: line {line}: {problem}.",
    "csv_encoding_unsure": _encoding_unsure,
    "csv_in_other_encoding": "{file} is not in the encoding {encoding}. Choose another one, or save it again as “CSV "
    "UTF-8”.",
    "csv_too_large": "{file} is too large for a table. Choose another file.",
    "not_csv": "{file} is no CSV file, or a damaged one. Choose another file.",
    "table_empty": "{file} is empty. Its first row must name the columns.",
    "excel_damaged": "{file} cannot be read as an Excel file: it is damaged, protected with a password, or no Excel "
    "file. Save it again as .xlsx or as “CSV UTF-8”.",
    "column_missing": _column_missing,
    "data_folder_unreadable": "The folder {folder} cannot be opened: {reason}.",
    "too_few_category_folders": "{folder} needs one folder per category, at least two, each holding photos of that "
    "category. It has {count}.",
    "parts_without_categories": lambda folder, parts: (
        f"{folder} holds {_and(parts)}, the parts of a data set, but no category folders in them. Choose a folder with "
        "one folder per category. If these are categories, give them other names."
    ),
    "parts_beside_categories": lambda folder, parts, others: (
        f"{folder} holds {_and(parts)}, the parts of a data set, and photos beside them in "
        f"{_and(others[:_MAX_NAMES])}. Choose “{parts[0]}” to use it alone, or move the other folders away."
    ),
    "categories_without_training_photos": lambda categories: (
        f"The training part has no readable photo of {quoted(categories)}. Add photos there, or remove the category "
        "from the other parts."
    ),
    "no_photos_listed": "{file} lists no photos. Add a line for each: its file and its category.",
    "incomplete_rows": lambda file, lines: (
        f"{file}: line {_numbers(lines)} has no file or no category. Fill it in, or delete the line."
    ),
    "single_category_listed": "{file} needs photos of at least two categories. It has only “{category}”.",
    "no_listed_photo_exists": "None of the photos in {file} is there. Line {line} says {photo}, which was looked for "
    "in {folder}. Files are relative to the folder of the CSV.",
    "unknown_split_part": "{file}: line {line} says “{part}” where it must say train, validation or test. Correct it, "
    "or split the photos again.",
    "no_photos": "There are no photos in {source}.",
    "photo_store_missing": "There is no folder or zip file {path}. Check the spelling.",
    "not_a_photo_store": "{path} is neither a folder nor a complete zip file. Choose a folder of photos, or copy the "
    "zip file again.",
    "zip_locked": "{path} is locked with a password. Unpack it with the program that asks for the password, then "
    "choose the folder.",
    "zip_compression": "{path} is packed with {method}, which FashionLens cannot unpack. Unpack it and choose the "
    "folder, or pack it again with normal compression (Deflate).",
    "single_photo_category": "One of the categories has a single photo. Training needs at least two of each: one for "
    "training and one for validation. Add photos to it or remove it.",
    "single_photo_categories": lambda categories: (
        f"Only one readable photo in {quoted(categories)}. Training needs at least two of each category: one for "
        "training and one for validation. Twenty or more work better."
    ),
    "no_readable_photo_in_folders": lambda categories, source: (
        f"No readable photo in {quoted(categories)} ({source}). Add photos there, or move the folder away."
    ),
    "no_readable_photo_in_listed_categories": lambda categories, source: (
        f"No readable photo in {quoted(categories)} ({source}). Add photos there, or delete its lines."
    ),
    "fashion_mnist_unreadable": "The Fashion-MNIST files in {folder} could not be read. Delete that folder and try "
    "again.",
    "fashion_mnist_missing": lambda files, folder: (
        "Fashion-MNIST is not on this computer and could not be downloaded. Without a network, copy these four files "
        f"from another computer: {', '.join(files)}. Put them into {folder}, then try again."
    ),
    "products_unreadable": "The product photos in {folder} could not be read: {problem}. Copy the files again.",
    "products_missing": _products_missing,
    "product_columns_missing": _product_columns_missing,
    "listed_letters_lost": lambda file, lines, example: (
        f"{file}: letters are missing from the category {example} (line {_numbers(lines)}). The program that saved it "
        "put question marks in their place. Save the original table again as “CSV UTF-8”."
    ),
    "listed_numbers_changed": lambda file, lines, example: (
        f"{file}: no photo is called {example} (line {_numbers(lines)}). A spreadsheet may have changed the name: it "
        "removes zeros in front and rounds long numbers. Open the original table with this column as text, and save "
        "that."
    ),
    "product_ids_rounded": lambda file, lines, example: (
        f"{file}: a spreadsheet has rounded the id in line {_numbers(lines)} ({example}), so that no photo can be "
        "found for it. Open the original table with this column as text, and save that."
    ),
    "no_product_rows": lambda file, split: f"{file} has no rows{f' whose split is “{split}”' if split else ''}.",
    "mapping_unreadable": "The mapping file {file} cannot be opened: {reason}.",
    "mapping_empty": "The mapping file {file} is empty.",
    "mapping_malformed": lambda file: (
        f"The mapping file {file} must be JSON in UTF-8: an object with a category or a list of them for each folder, "
        'such as {"boots": ["Casual shoes", "Heels"]}.'
    ),
    "mapping_without_columns": "The mapping file {file} needs the columns folder and category in its first row.",
    "mapping_to_unknown": lambda folder, unknown, categories: (
        f"The mapping of the folder “{folder}” names what is no category: {quoted(unknown)}. The categories are: "
        f"{', '.join(categories)}."
    ),
    "decisions_unreadable": "The decisions in {file} cannot be opened: {reason}.",
    "decisions_not_json": "{file} does not hold decisions on photos, or is damaged: it cannot be understood from line "
    "{line} on. Look there for a comma or a quotation mark that is missing or too many.",
    "decisions_damaged": "{file} does not hold decisions on photos, or is damaged. Delete it to start again.",
    "unknown_decision": _unknown_decision,
    "data_check_unreadable": "The check of the data {file} cannot be opened: {reason}.",
    "data_check_damaged": "{file} is no check of data. Make one with “fashionlens check-data FOLDER --out check.json”.",
}


def parts_sentence(parts: Sequence[str]) -> str:
    """That a data set comes split, by the names of its folders; empty for one that does not."""
    return f"The photos come split into {_and(parts)}; the training uses these parts." if parts else ""


def issue_reason(issue: LabelIssue) -> str:
    """Why a photo may be in the wrong category, in a few words."""
    words = {"looks_like": "looks like {}", "duplicate": "also in {}", "decided_earlier": "decided earlier"}
    return words[issue.reason].format(issue.suggestion)


def sheet_reason(issue: LabelIssue) -> str:
    """The same with the probability and the first copy, for a sheet of decisions."""
    sure = f" ({percent(issue.probability, 0)})" if issue.probability is not None else ""
    return issue_reason(issue) + sure + (f"; the same photo as {issue.copies[0]}" if issue.copies else "")


def first_files(lines: Sequence[str], most: int) -> list[str]:
    """The first lines, and how many more there are."""
    return [*lines[:most], *([f"and {len(lines) - most:,} more"] if len(lines) > most else [])]


def decision_counts(decisions: Decisions) -> str:
    """How many decisions of each kind, such as ``2 in another category, 1 left out``; empty when there are none."""
    counts = (
        (len(decisions.moved), "in another category"),
        (len(decisions.left_out), "left out"),
        (len(decisions.kept), "kept"),
    )
    return ", ".join(f"{count:,} {what}" for count, what in counts if count)


def decision_text(decisions: Decisions, issue: LabelIssue) -> str:
    """The decision on a photo; empty while it is unresolved."""
    category = decisions.category_of(issue.file)
    if category is not None:
        return f"Moved to {category}"
    if decisions.is_left_out(issue.file):
        return "Left out"
    if decisions.is_kept(issue.file):
        return "Kept"
    return "Resolved with its copy" if issue.is_resolved_by_copies(decisions) else ""


def issue_sentence(issue: LabelIssue, *, named: bool = True) -> str:
    """Category of a photo and why it may be wrong.

    Args:
        issue: The photo.
        named: Whether to include the file name.
    """
    sure = f" ({percent(issue.probability, 0)})" if issue.probability is not None else ""
    same = f"; it is the same photo as {issue.copies[0].name}" if issue.copies else ""
    who = f"{issue.file.name} is filed" if named else "Filed"
    return breakable(f"{who} under {issue.category}, {issue_reason(issue)}{sure}{same}.")


def breakable(text: str) -> str:
    """With zero-width spaces, so that labels can wrap long names."""
    return re.sub(r"([_./\\-]|[^\W_]{16})(?=\w)", "\\1\u200b", text)
