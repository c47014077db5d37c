"""Validates model files from elsewhere before they are loaded; each refusal has its own code.

Nothing is unpickled, no memory is allocated for a network before its weights are known to fit, and no tensor is read
before the header is known to describe the file.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from trainer.errors import ModelFileError
from trainer.model_files.library import SUFFIX
from trainer.model_files.metadata import ModelMetadata, parse_metadata, read_header

LARGEST_MODEL = 2 * 2**30
"""Bytes. The largest network that FashionLens knows has half of it."""

PICKLE_SUFFIXES = (".pth", ".pt", ".bin", ".pkl", ".pickle", ".ckpt", ".joblib")
MODEL_SUFFIXES = (SUFFIX, ".zip", *PICKLE_SUFFIXES)
"""Suffixes of files that are opened as models; pickles are refused with the reason."""

_DATA_KINDS = {"F32": "float32", "I64": "int64"}


def are_model_files(files: Sequence[Path]) -> bool:
    """Whether all files, at least one, are models by their suffix."""
    return bool(files) and all(file.suffix.casefold() in MODEL_SUFFIXES for file in files)


def refuse_unusual_file(path: Path) -> None:
    """Refuse what is not a regular file of a sensible size.
    Raises :class:`ModelFileError`: it is absent, a folder, a link, a pipe, empty or far too large, or may not be read.
    """
    try:
        status = path.lstat()
    except FileNotFoundError as error:
        raise ModelFileError("file_missing", file=str(path)) from error
    except (OSError, ValueError) as error:  # ValueError: a null in the name
        raise ModelFileError("model_file_unreadable", repr(error), name=path.name, reason="") from error
    if stat.S_ISLNK(status.st_mode):
        raise ModelFileError("file_is_link", name=path.name)
    if not stat.S_ISREG(status.st_mode):
        raise ModelFileError("file_not_regular", name=path.name)
    if status.st_size == 0:
        raise ModelFileError("file_empty", name=path.name)
    if status.st_size > LARGEST_MODEL:
        raise ModelFileError("file_too_large", name=path.name, bytes=status.st_size, limit=LARGEST_MODEL)
    if not os.access(path, os.R_OK):
        raise ModelFileError("file_not_permitted", name=path.name)


def refuse_pickle(name: str, first_bytes: bytes, *, archive_members: tuple[str, ...] = ()) -> None:
    """Refuse files that run code when they are opened, with any suffix.

    Args:
        first_bytes: The first two bytes or more.
        archive_members: Names in a zip; PyTorch's own files hold ``data.pkl``.

    Raises:
        ModelFileError: It is or seems to be a pickle.
    """
    suffix = Path(name).suffix.casefold()
    # Protocol 2 and later begin with 0x80 and their number; PyTorch before 1.6 wrote such files, too.
    pickled = first_bytes[:1] == b"\x80" and first_bytes[1:2] in (b"\2", b"\3", b"\4", b"\5")
    in_archive = any(Path(member).name.casefold() == "data.pkl" for member in archive_members)
    if suffix in PICKLE_SUFFIXES or pickled or in_archive:
        raise ModelFileError("file_is_pickle", name=name)


def validate_model_file(path: Path, name: str) -> ModelMetadata:
    """Validate a model file, down to each weight.

    Args:
        path: The file, which may have a temporary name.

    Raises:
        ModelFileError: With the first reason why it cannot be used.
    """
    refuse_unusual_file(path)
    with path.open("rb") as file:
        refuse_pickle(name, file.read(2))
    metadata = validate_header(path, name)
    check_numbers(path, name)
    return metadata


def validate_header(path: Path, name: str) -> ModelMetadata:
    """The metadata of a model file whose header, length and shapes of weights fit. No weight is read.
    Raises :class:`ModelFileError`: as :func:`validate_model_file`.
    """
    header, data_bytes = read_header(path, name)
    _check_length(header, data_bytes, name)
    metadata = parse_metadata(header, name)
    _check_tensors(header, metadata, name)
    return metadata


def _check_length(header: dict[str, Any], data_bytes: int, name: str) -> None:
    try:
        promised = max((_end(value) for key, value in header.items() if key != "__metadata__"), default=0)
    except (ValueError, TypeError, KeyError, IndexError) as error:
        raise ModelFileError("model_header_damaged", repr(error), name=name) from error
    if promised > data_bytes:
        detail = f"weights of {promised} bytes promised, {data_bytes} there"
        raise ModelFileError("model_file_truncated", detail, name=name, missing=promised - data_bytes)
    if promised < data_bytes:
        raise ModelFileError("model_file_with_extra_bytes", name=name, extra=data_bytes - promised)


def _end(tensor: dict[str, Any]) -> int:
    """Where a tensor ends, in bytes; raises TypeError when its description is malformed."""
    kind, (*shape,), (start, end) = tensor["dtype"], tensor["shape"], tensor["data_offsets"]
    if not isinstance(kind, str) or not all(type(number) is int for number in (*shape, start, end)):
        raise TypeError(f"{str(tensor)[:200]} describes no tensor")
    return int(end)


def _check_tensors(header: dict[str, Any], metadata: ModelMetadata, name: str) -> None:
    """Names, shapes and dtypes of the weights must be those of the network in the metadata."""
    import torch

    from trainer.model_files import open_set
    from trainer.networks import registry

    heads = {attribute: len(head.classes) for attribute, head in metadata.attributes.items()}
    try:
        with torch.device("meta"):  # shapes only: no memory is taken, however large the file claims to be
            network = registry.build(metadata.network, metadata.input, len(metadata.classes), heads)
    except (RuntimeError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise ModelFileError("model_network_unknown", repr(error), name=name, network=metadata.network) from error
    expected = {key: (str(value.dtype)[6:], list(value.shape)) for key, value in network.state_dict().items()}
    found = {
        key: (_DATA_KINDS.get(value.get("dtype"), str(value.get("dtype"))), value.get("shape"))
        for key, value in header.items()
        if key != "__metadata__"
    }
    shapes = {key: shape for key, (_, shape) in found.items() if isinstance(shape, list)}
    tests = open_set.expected_shapes(shapes, len(metadata.classes), network.head.in_features)
    expected |= {key: ("float32", shape) for key, shape in tests.items()}
    described = {"network": metadata.network, "categories": len(metadata.classes)}
    check_studio_score(metadata, network.head.in_features, name)
    missing, unexpected = expected.keys() - found.keys(), found.keys() - expected.keys()
    if missing and unexpected:
        raise ModelFileError(
            "model_of_another_network",
            f"missing {sorted(missing)[:5]}, unexpected {sorted(unexpected)[:5]}",
            name=name,
            **described,
        )
    for keys, code in ((missing, "model_weights_missing"), (unexpected, "model_weights_unexpected")):
        if keys:
            raise ModelFileError(code, ", ".join(sorted(keys)[:5]), name=name, **described)
    for key, (kind, shape) in expected.items():
        if found[key][1] != shape:
            detail = f"{key}: {found[key][1]} instead of {shape}"
            raise ModelFileError("model_weights_of_another_shape", detail, name=name, **described)
        if found[key][0] != kind:
            types = {"found": found[key][0], "needed": kind}
            raise ModelFileError("model_weights_of_another_type", key, name=name, **types, **described)


def check_studio_score(metadata: ModelMetadata, embedding_size: int, name: str) -> None:
    """Raises :class:`ModelFileError`: the studio score is for embeddings of another length."""
    if metadata.studio is not None and len(metadata.studio.weight_D) != embedding_size:
        raise ModelFileError("model_metadata_invalid", f"studio score of {len(metadata.studio.weight_D)}", name=name)


def check_numbers(path: Path, name: str) -> None:
    """No weight is infinite or not a number and no variance negative. One tensor at a time is in memory.
    Raises :class:`ModelFileError`: one is, or the weights cannot be read.
    """
    import numpy as np
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(str(path), framework="numpy") as file:
            for key in file.keys():  # noqa: SIM118 - no dict
                values = file.get_tensor(key)
                if values.dtype.kind != "f":
                    continue
                if not np.isfinite(values).all() or (key.endswith("running_var") and (values < 0).any()):
                    raise ModelFileError("model_weights_not_finite", key, name=name)
    except (SafetensorError, OSError, ValueError) as error:
        raise ModelFileError("model_weights_unreadable", repr(error), name=name) from error
