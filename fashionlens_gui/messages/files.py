"""Sentences for watched folders, sorted files and keywords in photos."""

from __future__ import annotations

from collections.abc import Sequence

from fashionlens_gui.messages.message import Table


def _unknown_fact(pattern: str, name: str, names: Sequence[str]) -> str:
    known = ", ".join(f"{{{each}}}" for each in names)
    return f"“{pattern}” asks for “{{{name}}}”, which is not known of a photo. There are {known}."


SENTENCES: Table = {
    # Sorting
    "pattern_unknown_fact": _unknown_fact,
    "pattern_leaves_folder": "“{pattern}” leads out of the folder. Give folders below it, such as "
    "{{category}}/{{colour}}.",
    "name_pattern_has_folder": "“{pattern}” is for names of files and may have no folder in it. Name folders in the "
    "pattern of folders.",
    "sorting_unfinished": "An earlier sorting was interrupted. Continue it, or bring its files back, first: in the "
    "window, or with “fashionlens sort-files --continue” or “--undo”.",
    "no_unfinished_sorting": "No sorting was interrupted.",
    "no_sorting_to_undo": "There is no sorting to undo.",
    "sort_without_folder": "Say where the photos go with --into FOLDER.",
    # Watched folders
    "no_watched_folders": "No folder is watched yet. Name one, such as: fashionlens watch photos --out tags.csv",
    "watched_folder_missing": "There is no folder {folder}. Check the spelling; a drive that is off now must be on "
    "when its folder is named for the first time.",
    "watched_in_watched": "{inner} is in {outer}, which is watched with all its folders. Watch one of the two.",
    "folder_not_watched": "{folder} is not watched.",
    # Keywords
    "keyword_file_missing": "the file is not there.",
    "keyword_file_damaged": "the file is damaged and is left as it is.",
    "keyword_file_changed": "another program has changed the file meanwhile; it is left as it is. Try again.",
    "keyword_file_unreadable": "it cannot be read or written: {reason}.",
    "keyword_file_of_several_pictures": "the file has several pictures in it, which other programs would no longer "
    "find. Write its keywords beside it.",
    "keyword_original_lost": "the original cannot be restored, since the record of it is damaged. The file is left as "
    "it is.",
    "keywords_not_in_this_format": "{format} takes no keywords inside. Write them beside it.",
    "keywords_too_long": "there is no room for the keywords in this file. Write them beside it.",
    "xmp_damaged": "its XMP cannot be read and is left as it is. Open and save it in the program that wrote it.",
}

LEFT_REASONS = {
    "missing": "the file is not there",
    "unreadable_photo": "it cannot be read as a photo",
    "link": "it is a link",
    "in_place": "it is there already",
    "copied_before": "the same file is there already",
    "changed_since": "the copy was changed since",
    "place_taken": "another file is in its place",
}
"""Why a file stays where it is, by the codes of :class:`fashionlens_gui.file_sorting.plan.LeftFile`."""


def left_reason(code: str, reasons: dict[str, str]) -> str:
    """Why a file stays; ``reasons`` are those of the system."""
    return LEFT_REASONS.get(code) or reasons.get(code, code).partition(". ")[0]
