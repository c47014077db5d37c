"""Sentences for evaluations and comparisons: why photos cannot be used to test a model, and which model is better."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fashionlens_gui.messages.message import Table
from trainer.evaluation.tallies import SkipReason
from trainer.number_format import number, photos

if TYPE_CHECKING:
    from trainer.evaluation.comparison import McNemar

_MOST_LISTED = 12
FEW_PHOTOS = 50
"""Fewer photos prove nothing about which of two models is better."""
_COMPARE_MORE = "Compare the models on more photos."
_PARTS = {"train": "training photos", "validation": "validation photos", "test": "held-out photos"}

_SKIP_REASONS = {
    SkipReason.NO_LABEL: "no label",
    SkipReason.NOT_IN_TAXONOMY: "not in the taxonomy",
    SkipReason.NOT_IN_MODEL: "not known to the model",
    SkipReason.NO_PHOTO: "no photo",
    SkipReason.UNREADABLE: "unreadable photo",
    SkipReason.UNKNOWN_FOLDER: "folder name not known",
    SkipReason.UNKNOWN_TO_BOTH: "folder name not known to either model",
    SkipReason.OLD_MODEL_ONLY: "folder name known to the old model only",
    SkipReason.NEW_MODEL_ONLY: "folder name known to the new model only",
}


def skip_reason(reason: SkipReason) -> str:
    """Why photos are in no figure of an evaluation."""
    return _SKIP_REASONS[reason]


def _quoted(names: tuple[str, ...]) -> str:
    return ", ".join(f"“{name or 'no folder'}”" for name in names)


SENTENCES: Table = {
    "no_row_with_readable_photo": lambda rows, place: (
        f"{'The one row has no' if rows == 1 else f'None of the {rows:,} rows has a'} readable photo in {place}. The "
        "photo of a row is the file that is named by its id, such as 1163.jpg."
    ),
    "no_photos_in_part": lambda part, place: (
        f"There are no photos{f' in a folder “{part}”' if part else ''} in {place}."
    ),
    "no_photos_without_apparel": "“{data}” has no photos without apparel in {place}.",
    "no_readable_photo_in": "None of the photos in {place} could be read.",
    "no_folder_of_a_category": lambda folders, place: (
        f"No folder in {place} has the name of a category ({_quoted(folders)}). Rename the folders, or say with "
        "--mapping what they stand for."
    ),
    "no_folder_of_the_model": lambda folders, more, place: (
        f"No folder in {place} has the name of a category of this model ({_quoted(folders)}"
        f"{' and others' if more else ''}). Rename the folders, or choose a folder that has one folder per category."
    ),
    "no_photo_for_both_models": lambda folders, unreadable, place: (
        f"There is no photo in {place} that both models can be tested on "
        f"({'; '.join(f'{_quoted((folder,))}: {skip_reason(reason)}' for folder, reason in folders)})."
        + (f" {unreadable:,} more could not be read." if unreadable else "")
    ),
    "photos_of_another_model": "The photos of “{data}” were not prepared for the model “{model}”.",
    "no_test_photos": "There are no photos in “{data}” to test with.",
    "split_part_unknown": "Photos are split into train, validation and test; there is no part “{part}”.",
    "split_part_empty": lambda file, part: f"{file} names no {_PARTS[part]}.",
    "split_part_not_in_folder": lambda file, part, folder: (
        f"None of the {_PARTS[part]} that {file} names is in {folder}."
    ),
    "split_photos_missing": lambda part, name, folder: (
        f"None of the {_PARTS[part]} is there any more. The first, {name}, was expected in {folder}. Put the folder "
        "back, or choose other photos."
    ),
    "no_readable_split_photos": lambda part, first: f"None of the {_PARTS[part]} can be read. {first}",
    "model_without_categories_of_file": lambda model, categories, file: (
        f"The model “{model}” does not have the categories {_quoted(categories)} of {file}. The file belongs to "
        "another model; name the right one."
    ),
    "model_not_of_fashion_mnist": "The model “{model}” has other categories than Fashion-MNIST. Test it on a folder "
    "with one folder for each of its own categories.",
    "model_without_categories_of_folder": lambda model, categories, place, known: (
        f"The model “{model}” does not have the categories {_quoted(categories)} in {place}. "
        + (f"It has: {', '.join(known)}. " if len(known) <= _MOST_LISTED else "")
        + "Rename or move those folders."
    ),
    "folder_ambiguous": lambda folder, place, categories: (
        f"“{folder}” in {place} may be {' or '.join(f'“{name}”' for name in categories)}. Give it the exact name of "
        "one category."
    ),
    "folders_of_one_category": lambda folders, place, category, model: (
        f"“{folders[0]}” and “{folders[1]}” in {place} are both the category “{category}” of “{model}”. If they are "
        "the same, put their photos together; otherwise move one away."
    ),
}


def difference(test: McNemar, n: int, old_model: str = "the old one", new_model: str = "The new model") -> str:
    """Which model is better, on ``n`` photos, for somebody who knows no statistics."""
    old, new = test.only_old, test.only_new
    if test.verdict == "no_difference":
        return "Both models are correct on the same photos: these photos show no difference."
    return f"{new_model} is {_counts(old, new, old_model)}. {_verdict(test, n)}"


def _verdict(test: McNemar, n: int) -> str:
    p = "p < 0.001" if test.p < 0.001 else f"p = {test.p:.{3 if test.p < 0.1 else 2}f}"
    if n < FEW_PHOTOS:
        return f"{photos(n)} {'is' if n == 1 else 'are'} too few to judge. {_COMPARE_MORE}"
    match test.verdict:
        case "too_few":
            few = f"They differ on only {test.only_old + test.only_new} of {photos(n)}"
            return f"{few}, which is too few to judge. {_COMPARE_MORE}"
        case "balanced":
            return f"As many got better as got worse: there is no difference ({p})."
        case "significant":
            return f"That is unlikely to be chance ({p})."
    return f"That may well be chance ({p})."


def _counts(old: int, new: int, model: str) -> str:
    if not old:
        return f"correct on {photos(new)} that {model} got wrong, and wrong on none that {model} got right"
    if not new:
        return f"wrong on {photos(old)} that {model} got right, and correct on none that {model} got wrong"
    return f"correct on {photos(new)} that {model} got wrong, and wrong on {number(old)} that {model} got right"
