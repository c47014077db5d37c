"""Whether “Improve the model” makes a model better, with the phone photos as an example.

    python -m tests.benchmarks.improve [--draws N]

Ten classes are taught as a probe of the bundled model, 20 photos each, and the 341 photos that the bundled model was
not trained on are tagged. Corrections with the true labels are simulated: 15 and 40 in the order of the list, which is
folder by folder, 15 and 40 in the order that teaches most, and 15 of one class. Old and new model are compared on the
photos that were not corrected: share that is right, share that is wrong but ``ok``, and calibration error. The photos
are embedded once; each draw teaches other photos and lists the folders in another order.

Fails when a figure gets worse by more than chance: by a one-sided paired t-test over the draws at 1 % (Student 1908).
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import zipfile
from collections.abc import Generator
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np
import torch
from msgspec.structs import replace

from fashionlens_gui import paths
from trainer.control import WorkControl
from trainer.data import folders
from trainer.data.image_set import ImageSet, train_holdout_split
from trainer.evaluation.evaluation import Evaluation
from trainer.inference.active_learning import group_alike, select_for_labelling
from trainer.inference.prediction import below_threshold
from trainer.inference.predictor import Outputs, Predictor
from trainer.model_files import model_file, replay_file
from trainer.model_files.heads import head_of
from trainer.model_files.metadata import ModelMetadata
from trainer.model_files.model_file import Model
from trainer.model_files.replay_file import Replay
from trainer.networks.linear_probe import LinearProbe
from trainer.recipe import ProbeRecipe
from trainer.taxonomy import CATEGORY
from trainer.training.improve.embed_corrections import EmbeddedCorrections
from trainer.training.improve.improve import update_model
from trainer.training.transfer.backbone import Backbone, CachedOutputs, embed_dataset
from trainer.training.transfer.setup import ProbeSetup

DATA = Path(os.environ.get("FASHIONLENS_DATA", Path(__file__).parents[2].parent / "shared" / "data"))
TAUGHT, POOL = 20, 60
WAYS = ("list order, 15", "list order, 40", "teaching order, 15", "teaching order, 40", "one class, 15")
_LARGE = 24  # photos of a class that 15 are corrected of
_WORST_T = {4: 4.54, 5: 3.75, 6: 3.36, 8: 3.00, 10: 2.82}  # 1 % one-sided, by the number of draws

Result = TypeVar("Result")


class Figures(NamedTuple):
    """Of a model, on the photos that were not corrected: percent."""

    right: float
    wrong_but_ok: float
    calibration_error: float
    ok: float


def finished(work: Generator[Any, None, Result]) -> Result:
    while True:
        try:
            next(work)
        except StopIteration as end:
            result: Result = end.value
            return result


def figures(metadata: ModelMetadata, head: LinearProbe, embeddings_ND: torch.Tensor, labels_N: torch.Tensor) -> Figures:
    """``head`` is calibrated, as :func:`head_of` gives it."""
    probabilities_NK = head.logits(embeddings_ND).softmax(dim=1).numpy()
    predicted_N = probabilities_NK.argmax(axis=1)
    wrong_N = predicted_N != labels_N.numpy()
    ok_N = ~below_threshold(probabilities_NK.max(axis=1), metadata.review_below)
    evaluation = Evaluation(
        metadata.name, metadata.data, metadata.classes, labels_N.numpy(), predicted_N, probabilities_NK
    )
    error = evaluation.expected_calibration_error()
    return Figures(*(100 * float(each) for each in (1 - wrong_N.mean(), (wrong_N & ok_N).mean(), error, ok_N.mean())))


class Photos(NamedTuple):
    """All photos, in the order of the list, and the bundled model's outputs for them."""

    images: ImageSet
    outputs: Outputs

    def at(self, chosen_M: torch.Tensor) -> CachedOutputs:
        outputs = self.outputs
        attributes = {name: logits_NK[chosen_M] for name, logits_NK in outputs.attributes.items()}
        return CachedOutputs(
            self.images.subset(chosen_M),
            type(outputs)(outputs.category_NK[chosen_M], outputs.embeddings_ND[chosen_M], attributes),
        )


def taught(photos: Photos, backbone: Backbone, taught_M: torch.Tensor, plain: ModelMetadata) -> tuple[Model, Replay]:
    """A probe of the photos ``taught_M``, with the replay sample that a training saves."""
    split = finished(train_holdout_split(photos.images.subset(taught_M), WorkControl()))
    place = {file: index for index, file in enumerate(photos.images.files)}
    training_M = torch.tensor([place[file] for file in split.training.files])
    training = photos.at(training_M)
    setup = ProbeSetup(backbone, training, split, 1, WorkControl())
    model = Model(setup.calibrate(replace(plain, classes=setup.classes)), setup.network)
    replay = Replay(
        training.outputs.embeddings_ND,
        training.images.labels_N,
        torch.zeros(len(training_M), dtype=torch.bool),
        setup.classes,
        replay_file.fingerprint(model.network),
    )
    return model, replay


def corrected(photos: Photos, chosen: list[int], head: LinearProbe) -> EmbeddedCorrections:
    rows = torch.tensor(chosen)
    labels_P = photos.images.labels_N[rows]
    files = tuple(photos.images.files[row] for row in chosen)
    classes = photos.images.classes
    return EmbeddedCorrections(
        photos.outputs.embeddings_ND[rows],
        list(files),
        np.arange(len(chosen)),
        files,
        tuple(classes[label] for label in labels_P.tolist()),
        {CATEGORY: labels_P},
        {CATEGORY: len(chosen)},
        {},
        (),
        (),
    )


def chosen_photos(
    way: str, listed_N: torch.Tensor, labels_N: torch.Tensor, order_N: np.ndarray, draw: int
) -> list[int]:
    """Rows of all photos that are corrected."""
    name, count = way.split(", ")
    if name == "list order":
        return listed_N[: int(count)].tolist()
    if name == "teaching order":
        return listed_N[order_N[: int(count)]].tolist()
    labels_N = labels_N[listed_N]
    members = [listed_N[labels_N == label].tolist() for label in labels_N.unique(sorted=True).tolist()]
    large = [each for each in members if len(each) >= _LARGE]
    return large[draw % len(large)][: int(count)]


def teaching_order(head: LinearProbe, embeddings_ND: torch.Tensor) -> np.ndarray:
    """As a review goes in the window."""
    top_N2, labels_N2 = head.logits(embeddings_ND).softmax(dim=1).topk(2, dim=1)
    unit_ND = torch.nn.functional.normalize(embeddings_ND, dim=1).numpy()
    order_N = select_for_labelling((top_N2[:, 0] - top_N2[:, 1]).numpy(), unit_ND, unit_ND[:0])
    return group_alike(order_N, labels_N2[:, 0].numpy())


def draw_photos(folder: Path) -> Path:
    """A folder per class: :data:`POOL` photos of the zip's training part, and its validation part."""
    generator = np.random.default_rng(1)
    with zipfile.ZipFile(DATA / "phone" / "images.zip") as archive:
        names_of: dict[tuple[str, ...], list[str]] = {}
        for name in sorted(archive.namelist()):
            if name.endswith(".webp"):
                names_of.setdefault(Path(name).parts[:2], []).append(name)
        for (part, label), names in names_of.items():
            (folder / label).mkdir(parents=True, exist_ok=True)
            for name in generator.permutation(names)[:POOL] if part == "train" else names:
                (folder / label / f"{part} {Path(name).name}").write_bytes(archive.read(str(name)))
    return folder


def main() -> int:
    """Print a line for each way of correcting; 1 when one makes the model worse."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--draws", type=int, default=6, choices=sorted(_WORST_T))
    draws = parser.parse_args().draws
    if not (DATA / "phone" / "images.zip").is_file():
        print(f"skipped: there is no phone/images.zip in {DATA} (FASHIONLENS_DATA)")
        return 0
    torch.set_num_threads(1)  # the problems are small; on a busy computer several threads wait for each other
    bundled = model_file.load(paths.bundled_models_dir() / "products.safetensors")
    backbone = Backbone.of_model(bundled)
    with tempfile.TemporaryDirectory() as folder:
        images = finished(folders.load(draw_photos(Path(folder, "photos")), backbone.input, WorkControl()))
        photos = Photos(
            *(lambda cached: (cached.images, cached.outputs))(finished(embed_dataset(backbone, images, WorkControl())))
        )
    before_of: dict[str, list[Figures]] = {way: [] for way in WAYS}
    after_of: dict[str, list[Figures]] = {way: [] for way in WAYS}
    plain = replace(bundled.metadata, name="taught", recipe=ProbeRecipe(bundled.metadata.network), data=images.data)
    classes = len(images.classes)
    test_N = torch.tensor([Path(file).name.startswith("validation") for file in images.files])
    for draw in range(draws):
        generator = torch.Generator().manual_seed(draw)
        order_N = torch.randperm(len(images), generator=generator)
        order_N = order_N[~test_N[order_N]]
        taught_M = torch.cat([order_N[images.labels_N[order_N] == label][:TAUGHT] for label in range(classes)])
        model, replay = taught(photos, backbone, taught_M.sort().values, plain)
        folder_K = torch.randperm(classes, generator=generator)
        listed_N = test_N.nonzero().flatten()
        listed_N = listed_N[folder_K[images.labels_N[listed_N]].argsort(stable=True)]
        head = head_of(model.network, model.metadata, CATEGORY)
        useful_N = teaching_order(head, photos.outputs.embeddings_ND[listed_N])
        for way in WAYS:
            chosen = chosen_photos(way, listed_N, images.labels_N, useful_N, draw)
            rest_N = listed_N[~torch.isin(listed_N, torch.tensor(chosen))]
            rest = photos.outputs.embeddings_ND[rest_N], images.labels_N[rest_N]
            before_of[way].append(figures(model.metadata, head, *rest))
            new = finished(
                update_model(
                    Predictor(model),
                    corrected(photos, chosen, head),
                    replay,
                    Path("taught"),
                    "new",
                    WorkControl(),
                    draw,
                )
            )
            after_of[way].append(figures(new.metadata, head_of(new.network, new.metadata, CATEGORY), *rest))
    return report(before_of, after_of)


def report(before_of: dict[str, list[Figures]], after_of: dict[str, list[Figures]]) -> int:
    """Print the means before and after, the mean change with its standard error, and the verdict."""
    failed = 0
    for way, befores in before_of.items():
        parts = []
        for place, (name, sign) in enumerate(
            (("right", 1), ("wrong but ok", -1), ("calibration error", -1), ("ok", 0))
        ):
            before = [each[place] for each in befores]
            after = [each[place] for each in after_of[way]]
            changes = [now - was for was, now in zip(before, after, strict=True)]
            change, error = statistics.mean(changes), statistics.stdev(changes) / len(changes) ** 0.5
            worse = sign * change < -_WORST_T[len(changes)] * error
            failed |= worse
            parts.append(
                f"{name} {statistics.mean(before):.1f} → {statistics.mean(after):.1f} % ({change:+.2f} ± {error:.2f})"
                f"{' WORSE' if worse else ''}"
            )
        print(f"{way}: {'; '.join(parts)}", flush=True)
    print("worse by more than chance" if failed else "nothing is worse by more than chance")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
