"""Downloads a file, whole or not at all."""

from __future__ import annotations

import os
import ssl
import sys
import urllib.request
from collections.abc import Generator
from http.client import HTTPException, HTTPResponse
from pathlib import Path

from trainer.atomic_write import atomic_write
from trainer.control import ProgressEvent, WorkControl
from trainer.errors import Cancelled

_TIMEOUT = 20.0  # seconds without an response
_BLOCK = 1 << 16  # bytes


def fetch(url: str, target: Path, control: WorkControl) -> Generator[ProgressEvent, None, None]:
    """Download a file; yields progress in bytes.

    Raises:
        OSError, ValueError: It cannot be downloaded; ``target`` is as it was before.
        SaveError: It cannot be written.
    """
    context = verified(sys.platform, ssl.get_default_verify_paths())
    with urllib.request.urlopen(url, timeout=_TIMEOUT, context=context) as response, atomic_write(target) as temporary:
        total = int(response.headers.get("Content-Length") or 0)
        with temporary.open("wb") as file:
            while block := _read(response):
                if control.stopped:
                    raise Cancelled
                file.write(block)
                yield ProgressEvent("downloading", file.tell(), total, target.name)
        if total and temporary.stat().st_size != total:
            raise ValueError(f"{temporary.stat().st_size} of {total} bytes came")


def verified(platform: str, paths: ssl.DefaultVerifyPaths) -> ssl.SSLContext:
    """Settings of a connection to a server whose certificate is checked.

    With the authorities of certifi where Python finds none of the system: on a Mac with Python from python.org, and in
    the offline application.
    """
    context = ssl.create_default_context()
    found = paths.cafile is not None or bool(paths.capath and os.listdir(paths.capath))
    if platform != "win32" and not found:  # Windows has a store of its own
        import certifi

        context.load_verify_locations(certifi.where())
    return context


def _read(response: HTTPResponse) -> bytes:
    try:
        return response.read(_BLOCK)
    except (OSError, HTTPException) as error:
        # Not an OSError, which would be taken for a disk that cannot be written to.
        raise ValueError(f"the connection broke off: {error!r}") from error
