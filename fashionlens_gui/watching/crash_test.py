"""Finds the file that ends the program when it is decoded, in a process of its own."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from pathlib import Path

_LONGEST_SECONDS = 60.0
"""For one file; the start of the process takes a few of them."""

Decode = Callable[[Path], object]


def crashing_files(paths: Sequence[Path], decode: Decode | None = None, seconds: float = _LONGEST_SECONDS) -> set[Path]:
    """The files whose decoding kills its process or does not end. An error that is raised is none of both.

    Args:
        paths: To be tested one after the other.
        decode: What reads a file; a function of a module. By default the decoder of photos.
        seconds: The longest time for one file.
    """
    context = multiprocessing.get_context("spawn")
    crashing: set[Path] = set()
    start = 0
    while start < len(paths):
        ours, theirs = context.Pipe(duplex=False)
        process = context.Process(target=_decode_all, args=(paths[start:], decode, theirs), daemon=True)
        process.start()
        theirs.close()
        done = 0
        try:
            while start + done < len(paths) and ours.poll(seconds):
                ours.recv()
                done += 1
        except EOFError:  # it has ended
            pass
        process.kill()
        process.join()
        ours.close()
        start += done
        if start < len(paths):
            crashing.add(paths[start])
            start += 1
    return crashing


def _decode_all(paths: Sequence[Path], decode: Decode | None, answer: Connection) -> None:
    for path in paths:
        try:
            (decode or _decode_photo)(path)
        except Exception as error:  # the tagging job gives it a row with the reason
            answer.send(type(error).__name__)
        else:
            answer.send("")


def _decode_photo(path: Path) -> None:
    from trainer.preprocessing.photo import load_photo

    load_photo(path)
