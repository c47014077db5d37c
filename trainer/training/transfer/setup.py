"""Own categories taught to a network that has learnt others: what its head learns, and what all its layers do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Mapping
from pathlib import Path

from msgspec.structs import replace
from torch import nn

from trainer.control import ProgressEvent, WorkControl
from trainer.data import datasets, folders
from trainer.data.data_paths import DataPaths
from trainer.data.decisions import Decisions
from trainer.data.image_set import ImageSet
from trainer.data.image_split import SplitImages, TrainHoldout, train_holdout_split
from trainer.evaluation import calibration
from trainer.evaluation.evaluation import Evaluation
from trainer.model_files.metadata import AttributeHead, ModelMetadata
from trainer.model_files.model_file import Model
from trainer.networks.linear_probe import best_weight_decay, fit_linear_probe
from trainer.training.fit.calibrated_metadata import calibrate, with_review_threshold
from trainer.training.fit.task import Task
from trainer.training.transfer.fine_tuning import CachedOutputs, TransferTask, embed_dataset, with_head


class FineTuningSetup:
    """Images of own categories, split; all layers are trained."""

    def __init__(
        self, start: Model, training: CachedOutputs, split: SplitImages, seed: int, control: WorkControl
    ) -> None:
        images, embeddings_ND = training.images, training.outputs.embeddings_ND
        labels_N, count = images.labels_N, len(images.classes)
        weight_decay, _ = best_weight_decay(embeddings_ND, labels_N, count, seed=seed, control=control)
        probe = fit_linear_probe(embeddings_ND, labels_N, count, weight_decay=weight_decay, control=control)
        self.task: Task = TransferTask(start, probe, training, split.validation)
        self.classes, self.input, self.left_out = images.classes, images.input, images.unreadable
        self.data_name = images.name
        self.parts: Mapping[str, ImageSet] = split.parts()
        self._start, self._training, self._validation = start, training, split.validation

    @staticmethod
    def open(
        start: Model,
        source: str,
        data_paths: DataPaths,
        control: WorkControl,
        seed: int,
        decisions: Decisions | None = None,
    ) -> Generator[ProgressEvent, None, FineTuningSetup]:
        """Read the photos and look at each once. Raises as :func:`trainer.data.datasets.open_training` does."""
        spec = start.metadata.input
        split = yield from datasets.open_training(source, data_paths, control, spec, decisions)
        seen = yield from embed_dataset(start, split.training, control)
        return FineTuningSetup(start, seen, split, seed, control)

    def calibrate(self, plain: ModelMetadata, network: nn.Module) -> Generator[ProgressEvent, None, ModelMetadata]:
        """See :class:`trainer.training.fit.task_setup.TaskSetup`."""
        plain = replace(
            plain,
            attributes=heads_for(self._start.metadata, self._training),
            tta_hflip=self._start.metadata.tta_hflip,
            own_categories=True,
        )
        return (yield from calibrate(self._validation, plain, network))


class Probe:
    """Images of own categories and the head that tells them apart; what it is worth is measured out of fold.

    Where photos are few, each counts: no validation photos are lost to the head. Temperature, threshold and the
    validation figures come from heads that had not seen the photo that they were asked about, nor a copy of it. The
    photos kept aside are the same as those of a fine-tuning, and no head sees them: the out-of-fold answers also chose
    the weight decay, and they are those of other heads than the one that is saved.
    """

    def __init__(
        self, start: Model, seen: CachedOutputs, photos: TrainHoldout, seed: int, control: WorkControl
    ) -> None:
        images, embeddings_ND = seen.images, seen.outputs.embeddings_ND
        self.classes, self.input, self.left_out = images.classes, images.input, images.unreadable
        self.data_name = images.name
        self.fingerprint = images.fingerprint()
        count = len(images.classes)
        weight_decay, self._said_NK = best_weight_decay(
            embeddings_ND, images.labels_N, count, seed=seed, groups_N=photos.groups_N, control=control
        )
        probe = fit_linear_probe(embeddings_ND, images.labels_N, count, weight_decay=weight_decay, control=control)
        self.network = with_head(start, probe)
        self.parts: Mapping[str, ImageSet] = {"train": photos.training, "test": photos.test}
        self._start, self._seen = start, seen

    @staticmethod
    def open(
        start: Model, source: str, control: WorkControl, seed: int, decisions: Decisions | None = None
    ) -> Generator[ProgressEvent, None, Probe]:
        """Read the photos and look at each once.

        Raises:
            DataError: As :func:`trainer.data.folders.load`, or a category has a single photo.
            Cancelled: ``control`` was stopped.
        """
        images = yield from folders.load(Path(source), start.metadata.input, control, decisions)
        datasets.refuse_single_photos(images)
        photos = yield from train_holdout_split(images, control)
        seen = yield from embed_dataset(start, photos.training, control)
        yield ProgressEvent("Learning the categories", 0, 0)
        return Probe(start, seen, photos, seed, control)

    def calibrate(self, plain: ModelMetadata) -> ModelMetadata:
        """Metadata with temperature, review threshold, attributes and figures."""
        labels_N = self._seen.images.labels_N
        temperature = calibration.fit_temperature(self._said_NK, labels_N)
        probabilities_NK = (self._said_NK / temperature).softmax(dim=1).numpy()
        plain = replace(
            plain,
            temperature=temperature,
            attributes=heads_for(self._start.metadata, self._seen),
            tta_hflip=self._start.metadata.tta_hflip,
            own_categories=True,
            data_fingerprint=self.fingerprint,
        )
        calibrated = Evaluation(
            plain.name,
            self.data_name,
            self.classes,
            labels_N.numpy(),
            probabilities_NK.argmax(axis=1),
            probabilities_NK,
        )
        return with_review_threshold(plain, calibrated)


def heads_for(metadata: ModelMetadata, seen: CachedOutputs) -> dict[str, AttributeHead]:
    """The attributes that a network keeps when its categories change.

    What it knows of some old categories only, it knows of those new ones most of whose photos it took for such.
    """
    taken_N = [metadata.classes[k] for k in seen.outputs.category_NK.argmax(dim=1).tolist()]
    labels_N = seen.images.labels_N.tolist()
    return {name: _head_for(head, taken_N, labels_N, seen.images.classes) for name, head in metadata.attributes.items()}


def _head_for(head: AttributeHead, taken_N: list[str], labels_N: list[int], classes: tuple[str, ...]) -> AttributeHead:
    if not head.known_for:
        return head
    photos, known = Counter(labels_N), Counter[int]()
    for taken, label in zip(taken_N, labels_N, strict=True):
        known[label] += taken in head.known_for
    kept = tuple(name for label, name in enumerate(classes) if 2 * known[label] > photos[label])
    if not kept:
        return replace(head, known_for=(), review_below=1.0)  # it knows of none; an empty list would mean all
    return replace(head, known_for=kept if len(kept) < len(classes) else ())
