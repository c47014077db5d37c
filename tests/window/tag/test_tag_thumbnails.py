"""Thumbnails of the list: made when they are painted, and kept on the disk."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from fashionlens_gui import paths
from tests.window.tag.conftest import Stage, close


def test_thumbnails_that_were_painted_are_kept_on_the_disk(
    make_stage: Callable[..., Stage], photos: Callable[..., Path]
) -> None:
    folder = photos("a.png", "b.png")
    file = folder / "a.png"
    first = make_stage()
    first.wait_until_open()
    first.drop(folder)
    first.wait_until_done(rows=2)
    close(first)
    for files_there in (True, False):  # the second time, the photos are gone
        stage = make_stage(model=False)
        stage.wait_until_open()
        thumbnails = stage.panel.thumbnails
        stage.qtbot.waitUntil(lambda shown=thumbnails: shown.get(file) is not None, timeout=10_000)  # type: ignore[misc]
        stage.qtbot.waitUntil(lambda: len(list(paths.thumbnails_dir().rglob("*.jpg"))) == 2, timeout=10_000)
        close(stage)
        if files_there:
            shutil.rmtree(folder)


def test_a_file_that_is_not_in_the_catalogue_has_a_thumbnail(stage: Stage, photos: Callable[..., Path]) -> None:
    folder = photos("a.png")
    (folder / "broken.png").write_bytes(b"\x89PNG and no more")
    thumbnails = stage.panel.thumbnails
    stage.qtbot.waitUntil(lambda: thumbnails.get(folder / "a.png") is not None, timeout=10_000)
    assert thumbnails.get(folder / "broken.png") is None
