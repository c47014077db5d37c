"""Sentences for photos: why one cannot be read, what was noted while reading it, and why it needs review."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from fashionlens_gui.messages.message import Table, filled
from trainer.number_format import day_of
from trainer.taxonomy import CATEGORY, Level

if TYPE_CHECKING:
    from trainer.preprocessing.photo import PhotoNote


class Operation(Protocol):
    """As :class:`fashionlens_gui.catalogue.operation_log.Operation`, which lies above this package."""

    @property
    def kind(self) -> str: ...
    @property
    def attribute(self) -> str: ...
    @property
    def value(self) -> str: ...
    @property
    def photos(self) -> int: ...
    @property
    def file(self) -> str: ...


class HistoryEntry(Protocol):
    """As :class:`fashionlens_gui.catalogue.operation_log.HistoryEntry`, which lies above this package."""

    @property
    def who(self) -> str: ...
    @property
    def when(self) -> str: ...
    @property
    def attribute(self) -> str: ...
    @property
    def before(self) -> str: ...
    @property
    def after(self) -> str | None: ...


_FORMATS = {
    "jpeg_2000": "a JPEG 2000 picture",
    "heic": "a HEIC photo",
    "bitmap": "an unusual kind of BMP",
    "tiff_values": "an unusual kind of TIFF (such as floating point, 16-bit LAB, or with WebP inside)",
    "jpeg_xl": "a JPEG XL picture",
    "photoshop": "a Photoshop file",
    "pdf": "a PDF document",
    "postscript": "a PostScript drawing",
    "camera_raw": "a camera raw file",
    "video": "a video",
    "svg": "a vector drawing",
}
_SMALLER = "Save a smaller copy and add that."


def _too_many_pixels(name: str, limit: int, width: int = 0, height: int = 0) -> str:
    megapixels = limit // 1_000_000
    if width:
        size = f"{width:,} × {height:,} = {width * height / 1e6:,.0f} megapixels; the limit is {megapixels}"
    else:
        size = f"more than {megapixels} megapixels"
    return f"{name} is too large: {size}. {_SMALLER}"


def _unsupported(name: str, format: str) -> str:
    return f"{name} is {_FORMATS[format]}, which FashionLens cannot open. Save it as JPEG or PNG."


def _unknown_category(folder: str) -> str:
    place = f"It is in “{folder}”" if folder else "It is in no folder"
    return f"{place}, which is no category of this model."


SENTENCES: Table = {
    "photo_ends_decoder": "{name} ends the program that reads it, and is left alone until the file changes. Save it "
    "anew in another program.",
    "kept_duplicate_missing": "{kept}, the photo to keep, is gone or has changed, so {name} stays in {folder}. "
    "Search for duplicates again.",
    "duplicate_changed": "{name} has changed since it was compared and stays in {folder}. Search for duplicates again.",
    "photo_not_trashed": "{name} could not be moved to the trash and is still in {folder}. Delete it there yourself.",
    "photo_missing": "{name} is no longer there. It was moved, renamed or deleted.",
    "photo_link_loop": "{name} is a link that leads only to itself. Add the photo itself.",
    "photo_no_permission": "You have no permission to read {name}. Ask its owner, or copy it to a folder of your own.",
    "photo_in_use": "{name} could not be opened: another program has it open, or you have no permission to read it. "
    "Close it there, or copy it to a folder of your own.",
    "photo_mac_privacy": "macOS does not let FashionLens read {name}. Allow it in System Settings, Privacy & Security, "
    "Files and Folders.",
    "photo_is_folder": "{name} is a folder, not a photo. Add the folder itself to tag what is in it.",
    "photo_is_device": "{name} is a device or a pipe, not a photo. Leave it out.",
    "photo_name_too_long": "The name or the path of {name} is too long. Use shorter names of files and folders.",
    "photo_unreadable": "{name} could not be read from the disk. Check that the drive or network folder is connected.",
    "photo_changing": "{name} is still being written. Wait until it is complete, then add it again.",
    "photo_empty": "{name} is empty (0 bytes). It may be only in the cloud: make it available on this computer. Or "
    "copy it again.",
    "photo_in_cloud": "{name} is only in the cloud. Make it available on this computer.",
    "photo_not_a_picture": "{name} is not a picture, whatever its name says. Leave it out, or find the real photo.",
    "photo_is_archive": "{name} is a zip or another archive, not a photo. Unpack it, then add its folder.",
    "photo_is_web_page": "{name} is a web page, not a photo. Download the photo itself again, not the page that shows "
    "it.",
    "photo_unsupported": _unsupported,
    "photo_without_flat_picture": "{name} has layers alone. Save it again in Photoshop with “Maximize Compatibility”, "
    "or as JPEG.",
    "photo_file_too_large": lambda name, bytes: f"{name} has {bytes / 2**20:,.0f} MB. {_SMALLER}",
    "photo_too_many_pixels": _too_many_pixels,
    "photo_truncated": "{name} is cut short: part of it is missing. Copy or download it again.",
    "photo_damaged": "{name} is damaged and cannot be opened. Copy or download it again.",
    "photo_out_of_memory": "There is not enough memory to open {name}. Close other programs, or make the photo "
    "smaller.",
    "photo_fault": "“{name}” could not be read because of a fault in FashionLens ({kind}).",
    "photo_locked_in_zip": "{name} is locked with a password in {archive}. Unpack it first.",
    "photo_compression_in_zip": "{name} is packed in {archive} with {method}, which FashionLens cannot unpack. Unpack "
    "the zip and choose the folder, or pack it again with normal compression (Deflate).",
    "photo_damaged_in_zip": "{name} cannot be unpacked from {archive}. Copy or download the zip again.",
    "photo_too_large_in_zip": lambda name, limit: f"{name} has more than {limit // 2**20} MB. Leave it out.",
    "photo_of_unknown_category": _unknown_category,
    "folder_no_permission": "You have no permission to look into the folder “{name}”. Ask its owner, then add it "
    "again.",
    "folder_missing": "The folder “{name}” is no longer there. It was moved, renamed or deleted.",
    "folder_unreadable": ("The folder “{name}” cannot be read. Check that its drive or network folder is connected."),
    "no_readable_photos_in": "None of the photos in {place} can be read. {first}",
}


LEVEL_NAMES = {Level.CATEGORY: "category", Level.GOOGLE: "Google product category", Level.GROUP: "group"}


def _low_confidence(second: str) -> str:
    return f"Unsure: could also be {second}." if second else "Unsure: please look."


def group_and_choice(group: str, left: Sequence[str]) -> tuple[str, str]:
    """A group that is sure, and what is left to choose from, such as ``Shoes`` and ``sports or casual?``."""
    return group, f"{_either([_short(label, group) for label in left])}?"


def _short(label: str, group: str) -> str:
    """``Sports shoes`` of the group Shoes becomes ``sports``; ``T-shirt`` stays."""
    first, _, last = label.rpartition(" ")
    label = first if first and last.casefold() == group.casefold() else label
    return label if label[1:2] == "-" else label[:1].lower() + label[1:]


def _either(names: Sequence[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} or {last}" if first else last


def _unsure_within(group: str, left: Sequence[str]) -> str:
    known, choice = group_and_choice(group, left)
    return f"Sure of the group {known}, unsure of the category: {choice}"


def _attributes_unsure(names: Sequence[str]) -> str:
    *first, last = names
    return f"Unsure of its {', '.join(first)} and {last}." if first else f"Unsure of its {last}."


NOTES: Table = {
    "first_frame": "Animation: first frame used.",
    "first_page": "Several pages: first page used.",
    "other_format": "Named {suffix} but is a {format} file.",
    "too_small": "Too small to trust.",
    "too_long": "Very long and narrow, {width} × {height} pixels: perhaps several photos in one.",
    "blank": "Blank: nothing to see.",
    "later_frame": "Animation: first frame is blank, frame {number} used.",
    "damaged": "The file is damaged: part of the picture may be wrong. Copy or download it again.",
    "unlike_training_photos": "Unlike the photos that the model was trained on: its category may be a guess.",
    "no_product": "Shows no product.",
    "low_confidence": _low_confidence,
    "unsure_within": _unsure_within,
    "attributes_unsure": _attributes_unsure,
    "confirmed_by_user": "Confirmed by hand.",
    "set_by_user": "Set by hand.",
    "changed_by_user": "Set by hand; the model predicted {model_category}.",
    "text": "{text}",
}


def row_message(notes: Iterable[PhotoNote]) -> str:
    """The notes of a row in sentences, as the CSV's column ``message`` has them."""
    return " ".join(filter(None, (_sentence(note) for note in notes)))


def _sentence(note: PhotoNote) -> str:
    texts = (filled(table, note.code, note.parameters) for table in (NOTES, SENTENCES))
    return next((text for text in texts if text is not None), note.code)


_SKIPPED = {
    "document": ("document", "documents"),
    "video": ("video", "videos"),
    "sound": ("sound file", "sound files"),
    "archive": ("archive, such as a zip", "archives, such as zips"),
    "drawing": ("drawing", "drawings"),
    "other": ("other file", "other files"),
    "empty": ("empty file", "empty files"),
    "unreadable": ("file that cannot be read", "files that cannot be read"),
    "hidden": ("hidden file or folder", "hidden files and folders"),
    "system": ("system file", "system files"),
    "package": ("folder of another program", "folders of other programs"),
    "link": ("link", "links"),
    "cloud": ("file that is only in the cloud", "files that are only in the cloud"),
}


def skipped_summary(counts: Mapping[str, int]) -> str:
    """How many files were skipped, by kind (see :mod:`trainer.data.skipped_files`)."""
    total = sum(counts.values())
    kinds = sorted(counts, key=lambda kind: -counts[kind])
    parts = ", ".join(f"{counts[kind]:,} {skipped_kind(kind, counts[kind])}" for kind in kinds)
    return f"{total:,} file{'' if total == 1 else 's'} skipped: {parts}."


def skipped_kind(kind: str, count: int) -> str:
    """The name of a kind of skipped files, for so many of them."""
    return _SKIPPED[kind][count != 1]


def operation_text(operation: Operation | None) -> str:
    """An operation for the texts of undo and redo, such as ``Dress for 3 photos``; empty for none."""
    if operation is None:
        return ""
    attribute, value = operation.attribute, operation.value
    photos = operation.file.rpartition("/")[2] if operation.photos == 1 else f"{operation.photos:,} photos"
    if operation.kind == "add_value":
        return f"new {attribute} “{value}”"
    if operation.kind == "remove_value":
        return f"removing {attribute} “{value}”"
    if operation.kind in _OF_NAMES:
        return f"{_OF_NAMES[operation.kind]} “{value}”"
    if operation.kind in _OF_SEARCHES:
        return f"{_OF_SEARCHES[operation.kind]} “{value}”"
    if operation.kind == "set_names":
        return f"your name of “{value}”" if value else "your names"
    if operation.kind == "correct" and attribute:
        if attribute != CATEGORY:
            value = f"{attribute} {value}" if value else f"no {attribute}"
        return f"{value} for {photos}"
    return f"{_OPERATIONS[operation.kind]} {photos}"


KEEP_REASONS = {
    "tagged_by_person": "a person set its tags",
    "most_pixels": "it has most pixels",
    "largest_file": "its file is the largest",
    "longest_in_catalogue": "it came into the catalogue first",
    "oldest": "it is the oldest",
    "shortest_name": "its name is the shortest",
}
"""Why one of several duplicates is kept."""

_OF_SEARCHES = {
    "save_search": "saving the search",
    "rename_search": "renaming a search to",
    "delete_search": "deleting the search",
}
_OPERATIONS = {
    "correct": "changes to",
    "confirm": "confirming",
    "import": "import of",
    "forget": "forgetting",
    "merge": "merging",
    "take_over": "taking over",
    "note": "note on",
    "not_duplicates": "keeping all of",
    "group": "grouping of",
    "move_photos": "moving",
    "order_photos": "ordering",
}
_OF_NAMES = {
    "join_table": "joining the table",
    "remove_table": "removing the table",
    "add_attribute": "adding the attribute",
    "remove_attribute": "removing the attribute",
}


def history_line(entry: HistoryEntry) -> str:
    """A change of a photo's value, such as ``Skirt → Dress, Ada, 1 December 2026``."""
    name = "" if entry.attribute == CATEGORY else f"{entry.attribute.capitalize()}: "
    before, after = entry.before or "none", entry.after or "none"
    what = f"{after} confirmed" if before == after else f"{before} → {after}"
    return f"{name}{what}, {entry.who}, {day_of(entry.when)}"


def forget_question(count: int) -> str:
    """What to ask before photos are removed from the catalogue."""
    which = "this photo" if count == 1 else f"these {count:,} photos"
    theirs, files = ("its", "The file stays") if count == 1 else ("their", "The files stay")
    return (
        f"Forget {which}? FashionLens removes {theirs} tags and your corrections. {files} where they are, and you can "
        "undo this."
    ).replace("stays where they are", "stays where it is")
