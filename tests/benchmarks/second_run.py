"""How much faster a second run over an unchanged folder is than the first, with a catalogue.

    python -m tests.benchmarks.second_run [--data FOLDER] [--photos 2000] [--size 224] [--profile]

Photos of the product data set are tagged by the default model into a new catalogue, then again, in the same process:
the model is loaded before. Processor time does not depend on what else the machine does; the clock does. The parts of
the second run are timed alone. The target: 20 times as fast as the first run.
"""

from __future__ import annotations

import argparse
import cProfile
import os
import pstats
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

from fashionlens_gui.catalogue import photos
from fashionlens_gui.catalogue.catalogue import Catalogue
from fashionlens_gui.catalogue.imports.import_job import ImportJob
from fashionlens_gui.catalogue.model_identity import identity_of
from fashionlens_gui.model_choice import find_model, open_predictor
from fashionlens_gui.tagging.job import palette_for, tag_photos
from fashionlens_gui.tagging.scan import scan
from trainer.control import WorkControl

_LONG_AGO = 10**9  # seconds: photos that have just changed are read again


def unpack(archive: Path, folder: Path, count: int) -> None:
    """Put some photos of an archive into a folder."""
    with zipfile.ZipFile(archive) as opened:
        names = [name for name in opened.namelist() if name.lower().endswith((".jpg", ".png", ".webp"))]
        for name in names[:: max(1, len(names) // count)][:count]:
            target = folder / Path(name).name
            target.write_bytes(opened.read(name))
            os.utime(target, (_LONG_AGO, _LONG_AGO))


def timed(run: Callable[[], object]) -> tuple[float, float]:
    """Seconds by the clock and of the processor."""
    clock, processor = time.perf_counter(), time.process_time()
    run()
    return time.perf_counter() - clock, time.process_time() - processor


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=os.environ.get("FASHIONLENS_DATA"), help="has products/")
    parser.add_argument("--photos", type=int, default=1000)
    parser.add_argument("--size", type=int, default=224, choices=(60, 224))
    parser.add_argument("--profile", action="store_true", help="print where the second run spends its time")
    given = parser.parse_args()
    archive = "images-60x80.zip" if given.size == 60 else "images-224x224.zip"
    if given.data is None:
        parser.error("name the folder of the data sets with --data or FASHIONLENS_DATA")
    source = Path(given.data) / "products" / archive
    model = find_model(None)
    predictor = open_predictor(model)
    identity, palette = identity_of(model, predictor), palette_for(predictor.metadata)
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made) / "photos"
        folder.mkdir()
        unpack(source, folder, given.photos)
        with Catalogue(Path(made) / "catalogue.sqlite", write=True) as catalogue:

            def run() -> None:
                job = ImportJob(catalogue, [folder], identity)
                events = tag_photos([folder], predictor, WorkControl(), palette=palette, remembered=job.remembered)
                for _ in job.stored(events):
                    pass

            with predictor.leaving_one_core():
                first = timed(run)
                second = min(timed(run) for _ in range(3))
            scanning = timed(lambda: list(scan([folder], WorkControl())))
            found = [item.path for item in scan([folder], WorkControl())]
            asking = timed(lambda: [os.stat(path) for path in found])
            look_up = photos.remembered(catalogue, identity)
            looking_up = timed(lambda: [look_up(path) for path in found])
            rows = (
                ("first run", first),
                ("second run", second),
                ("  the scan alone", scanning),
                ("  os.stat alone", asking),
                ("  scan's photos looked up", looking_up),
            )
            print(f"{len(found):,} photos: milliseconds a photo   by clock  processor")
            for name, (clock, processor) in rows:
                print(f"{name:36}{1000 * clock / len(found):13.3f}{1000 * processor / len(found):11.3f}")
            ratios = [one / other for one, other in zip(first, second, strict=True)]
            print(f"{'times as fast':36}{ratios[0]:13.1f}{ratios[1]:11.1f}")
            if given.profile:
                with cProfile.Profile() as profile:
                    run()
                pstats.Stats(profile).sort_stats("tottime").print_stats(25)


if __name__ == "__main__":
    main()
