"""What a folder of photos holds beside photos: what a scan skips, and why.

The names are the one rule for what belongs to systems, network drives and other programs, for folders and zip files.
"""

from __future__ import annotations

import os
import re
import stat
import sys
from dataclasses import dataclass
from typing import Literal

from trainer.preprocessing.file_formats import UnsupportedFile, detect_format

Kind = Literal[
    "document", "video", "sound", "archive", "drawing", "other", "empty", "unreadable", "hidden", "system", "package",
    "link", "cloud",
]  # fmt: skip
HEAD_BYTES = 64
"""So much of a file says whether it is a picture."""

SYSTEM_FOLDERS = frozenset(
    {
        # Windows: recycle bins, restore points, what chkdsk saves
        "$recycle.bin",
        "recycler",
        "system volume information",
        # Linux and macOS: what fsck saves, resource forks in zip files, waste baskets on network drives
        "lost+found",
        "__macosx",
        "network trash folder",
        "temporary items",
        # Synology, QNAP, Asustor, TerraMaster, Buffalo, NetApp: recycle bins, thumbnails, snapshots
        "#recycle",
        "@recycle",
        "#snapshot",
        "@recently-snapshot",
        "~snapshot",
        "@eadir",
        "@__thumb",
        "@appstore",
        "@database",
        "@sharebin",
        "@tmp",
        "@trash",
        "trashbox",
        # The same where the name begins with a dot
        ".trash",
        ".trashes",
        ".spotlight-v100",
        ".fseventsd",
        ".documentrevisions-v100",
        ".temporaryitems",
        ".appledouble",
        ".@__thumb",
        ".@upload_cache",
        ".snapshot",
        ".zfs",
    }
)
"""Names of folders that no user made, in lower case; also ``.Trash-1000`` and ``found.000``, with any number."""

_SYSTEM_FILES = frozenset(
    {"thumbs.db", "ehthumbs.db", "ehthumbs_vista.db", "desktop.ini", ".ds_store", "icon\r", ".directory"}
)
_PACKAGES = frozenset(
    {
        ".photoslibrary",
        ".photolibrary",
        ".migratedphotolibrary",
        ".aplibrary",
        ".lrdata",
        ".lrlibrary",
        ".cocatalog",
        ".cosessiondb",
        ".imovielibrary",
        ".fcpbundle",
        ".tvlibrary",
        ".app",
        ".bundle",
        ".framework",
        ".plugin",
        ".rtfd",
        ".sparsebundle",
        ".download",
        ".xcodeproj",
    }
)
"""Suffixes of folders that a program keeps for itself, and that macOS shows as one file."""

_ICLOUD = ".icloud"  # ends the name of a hidden file in place of one that iCloud moved away
_CLOUD_ATTRIBUTES = 0x1000 | 0x40000 | 0x400000  # Windows: offline, recall on open, recall on data access
_CLOUD_FLAGS = 0x40000000  # macOS: SF_DATALESS

_SUFFIXES: dict[Kind, str] = {
    "document": "txt md rtf pdf doc docx odt pages xls xlsx ods numbers csv tsv ppt pptx odp key htm html xml xmp json "
    "yaml yml eml msg log",
    "video": "mp4 m4v mov avi mkv webm mpg mpeg wmv mts m2ts 3gp flv",
    "sound": "mp3 m4a wav aac flac ogg opus wma aiff",
    "archive": "zip rar 7z tar gz tgz bz2 xz zst iso dmg",
    "drawing": "svg svgz ai eps cdr indd idml afdesign sketch fig dxf dwg",
}
_KINDS_BY_SUFFIX = {suffix: kind for kind, suffixes in _SUFFIXES.items() for suffix in suffixes.split()}
_KINDS_BY_FORMAT: dict[str, Kind] = {"pdf": "document", "postscript": "drawing", "svg": "drawing", "video": "video"}


@dataclass(frozen=True, slots=True)
class SkippedFile:
    """A file or folder that a scan skipped. ``kind`` says why, ``path`` is absolute where the scan's folder was."""

    path: str
    kind: Kind

    @property
    def name(self) -> str:
        """Its name, as it was before iCloud moved it away."""
        name = os.path.basename(self.path)
        return name.removeprefix(".").removesuffix(_ICLOUD) if name.endswith(_ICLOUD) else name


def skipped_folder(name: str) -> Kind | None:
    """Why folders of this name are skipped, or None."""
    folded = name.casefold()
    if folded in SYSTEM_FOLDERS or re.fullmatch(r"\.trash-\d+|found\.\d+", folded):
        return "system"
    if os.path.splitext(folded)[1] in _PACKAGES:
        return "package"
    return "hidden" if name.startswith(".") else None


def skipped_file(name: str) -> Kind | None:
    """Why files of this name are skipped, whatever they hold, or None."""
    folded = name.casefold()
    if folded in _SYSTEM_FILES or name.startswith("._"):
        return "system"
    if name.startswith("."):
        return "cloud" if folded.endswith(_ICLOUD) else "hidden"
    return None


def skipped_content(head: bytes, suffix: str) -> Kind | None:
    """What a file is instead of a picture; None for a picture, also one that cannot be opened: its row says so.

    Args:
        head: Its first :data:`HEAD_BYTES` bytes.
        suffix: With the dot; names the kind where the bytes do not.
    """
    if not head:
        return "empty"
    format = detect_format(head)
    if not isinstance(format, UnsupportedFile):
        return None
    name = format.parameters.get("format", "")
    if name == "jpeg_2000":
        return None
    otherwise: Kind = "archive" if format.code == "photo_is_archive" else "other"
    return _KINDS_BY_FORMAT.get(name) or _KINDS_BY_SUFFIX.get(suffix.lower().lstrip("."), otherwise)


def skipped_by_attributes(entry: os.DirEntry[str]) -> Kind | None:
    """Whether the system marks an entry as hidden, or as a photo whose bytes are in the cloud alone: opening it would
    download it. Linux has no such marks.
    """
    if sys.platform not in ("win32", "darwin"):
        return None
    try:
        status = entry.stat(follow_symlinks=False)
    except OSError:  # deleted meanwhile: reading it fails then
        return None
    attributes = getattr(status, "st_file_attributes", 0)
    if attributes & (stat.FILE_ATTRIBUTE_HIDDEN | stat.FILE_ATTRIBUTE_SYSTEM):
        return "hidden"
    in_cloud = attributes & _CLOUD_ATTRIBUTES or getattr(status, "st_flags", 0) & _CLOUD_FLAGS
    return "cloud" if in_cloud and not stat.S_ISDIR(status.st_mode) else None
