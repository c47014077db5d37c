"""Reads the header of a model file and the metadata in it, without torch."""

from __future__ import annotations

import json
import struct
from collections import Counter
from pathlib import Path
from typing import Any

from trainer.errors import ModelFileError
from trainer.model_files.metadata import FORMAT, ModelMetadata

HEADER = "fashionlens-model"
"""Key of the metadata in the header."""

_LARGEST_HEADER = 16 * 2**20  # bytes; one with 1,000 tensors and classes has a tenth of a megabyte


def read_header(path: Path, name: str) -> tuple[dict[str, Any], int]:
    """The header of a safetensors file (length, JSON, tensors), and the number of bytes after it.
    Raises :class:`ModelFileError`: absent, unreadable or damaged.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            start = file.read(8)
            length = struct.unpack("<Q", start)[0] if len(start) == 8 else 0
            raw = file.read(length) if length <= min(_LARGEST_HEADER, size) else b""
    except FileNotFoundError as error:
        raise ModelFileError("model_file_missing", file=str(path)) from error
    except OSError as error:
        raise ModelFileError("model_file_unreadable", repr(error), name=str(path), reason=error.strerror) from error
    if len(raw) != length or length < 2:
        raise ModelFileError("model_header_length", name=name, header=length, size=size)
    try:
        header = json.loads(raw, object_pairs_hook=_refuse_duplicate_keys)
        if not isinstance(header, dict):
            raise TypeError(f"the header is a {type(header).__name__}")
    except (ValueError, TypeError, RecursionError) as error:
        raise ModelFileError("model_header_damaged", repr(error), name=name) from error
    return header, size - 8 - length


def _refuse_duplicate_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Readers differ in which of two equal keys they use: what is validated must be what is used."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("an entry is there twice")
    return found


def parse_metadata(header: dict[str, Any], name: str) -> ModelMetadata:
    """The metadata in a header. Raises :class:`ModelFileError`: absent, damaged, or of a newer version."""
    about = header.get("__metadata__")
    text = about.get(HEADER) if isinstance(about, dict) else None
    if not isinstance(text, str):
        raise ModelFileError("model_without_metadata", name=name)
    try:
        values = json.loads(text)
        if not isinstance(values, dict):
            raise TypeError(f"a {type(values).__name__}")
    except (ValueError, TypeError, RecursionError) as error:
        raise ModelFileError("model_metadata_damaged", repr(error), name=name) from error
    if values.get("format") != FORMAT:
        raise ModelFileError("file_from_newer_version", f"format {values.get('format')!r}", name=name)
    _check_classes(values.get("classes"), name, "")
    heads = values.get("attributes", {})
    for attribute, head in heads.items() if isinstance(heads, dict) else ():
        _check_classes(head.get("classes") if isinstance(head, dict) else None, name, attribute)
    try:
        return ModelMetadata.from_json(values)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ModelFileError("model_metadata_invalid", repr(error), name=name) from error


def _check_classes(classes: object, name: str, attribute: str) -> None:
    if not isinstance(classes, list) or not classes:
        raise ModelFileError("model_without_classes", name=name, attribute=attribute)
    if not all(isinstance(each, str) and each.strip() for each in classes):
        raise ModelFileError("model_class_without_name", name=name, attribute=attribute)
    most_frequent, times = Counter(classes).most_common(1)[0]
    if times > 1:
        raise ModelFileError("model_class_twice", name=name, attribute=attribute, value=most_frequent[:80])
    if len(classes) < 2:
        raise ModelFileError("model_with_one_class", name=name, attribute=attribute)
