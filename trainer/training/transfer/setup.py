"""Training own categories on a backbone: fine-tuning of all layers, or a linear probe."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Generator, Mapping
from pathlib import Path

import torch
from msgspec.structs import replace
from torch import nn
from torch.nn import functional as F

from trainer import devices
from trainer.control import ProgressEvent, WorkControl
from trainer.data import datasets, folders
from trainer.data.data_paths import DataPaths
from trainer.data.decisions import Decisions
from trainer.data.image_set import ImageSet, SplitImages, TrainHoldout, evenly_spaced, train_holdout_split
from trainer.evaluation import calibration
from trainer.evaluation.evaluation import Evaluation
from trainer.inference.calibrated import like_studio
from trainer.model_files.metadata import AttributeHead, ModelMetadata
from trainer.networks.linear_probe import LinearProbe, best_weight_decay, fit_lda, fit_linear_probe, out_of_fold
from trainer.networks.network import Network
from trainer.recipe import FitRecipe
from trainer.training.fit.task import ClassBalancer, Task, validate_images
from trainer.training.fit.task_setup import TaskSetup, calibrate, with_review_threshold
from trainer.training.multi_head import augmentation
from trainer.training.transfer.backbone import Backbone, CachedOutputs, embed_dataset

_REFERENCE = "reference"
_ATTRIBUTE_WEIGHT = 0.5  # of the distillation loss of each attribute and the reference, relative to the category's loss


class FineTuningTask:
    """Fine-tuning all layers of a backbone on other categories; see :class:`trainer.training.fit.task.Task`.

    The head starts as a linear probe, which protects the features of the backbone (Kumar et al. 2022,
    arXiv:2202.10054); early layers have lower learning rates than late ones (Howard and Ruder 2018, arXiv:1801.06146).
    The attributes and the reference stay as they were by distillation from the backbone's own answers (learning without
    forgetting; Li and Hoiem 2016, arXiv:1606.09282).

    Args:
        probe: The initial head of the categories.
        training: Training images with the backbone's outputs.
        validation: Validation images with the same classes and input.
    """

    def __init__(self, backbone: Backbone, probe: LinearProbe, training: CachedOutputs, validation: ImageSet) -> None:
        self._backbone, self._probe = backbone, probe
        self._images, self._validation = training.images, validation
        self._balancer = ClassBalancer(training.images.labels_N)
        self._teacher = {name: logits_NK.softmax(dim=1) for name, logits_NK in training.outputs.attributes.items()}
        if backbone.reference is not None:
            self._teacher[_REFERENCE] = backbone.reference.logits(training.outputs.embeddings_ND).softmax(dim=1)

    def __len__(self) -> int:
        return len(self._images)

    def fingerprint(self) -> str:
        return f"{self._images.fingerprint()}-{self._validation.fingerprint()}"

    def build(self, recipe: FitRecipe) -> Network:
        return self._backbone.with_head(self._probe)

    def loss(
        self, network: Network, indices_N: torch.Tensor, epoch: int, recipe: FitRecipe, generator: torch.Generator
    ) -> tuple[torch.Tensor, torch.Tensor]:
        _freeze_batch_norm(network)
        indices_N = self._balancer.resample(indices_N, recipe, generator)
        spec, what = self._images.input, recipe.augmentation
        device = devices.device_of(network)
        images_NCHW = self._images.images_NCHW[indices_N].to(device)
        images_NCHW = augmentation.random_affine(images_NCHW, (spec.height, spec.width), what, generator)
        images_NCHW = augmentation.random_erasing(
            augmentation.color_jitter(images_NCHW, what.color_jitter, generator), what.random_erasing, generator
        )
        labels_N = self._images.labels_N[indices_N].to(device)
        inputs = devices.arranged(spec.normalize(images_NCHW))
        embeddings_ND = network.embed(inputs)
        logits_NK = network.head(embeddings_ND)
        loss = self._balancer.cross_entropy(logits_NK, indices_N, recipe)
        if self._teacher:
            for name, attribute_NK in self._old_logits(network, embeddings_ND).items():
                teacher_NK = self._teacher[name][indices_N].to(device)
                # KL divergence, not cross-entropy: it is 0 where nothing changed, so the loss curve shows the category.
                distance = F.kl_div(attribute_NK.log_softmax(dim=1), teacher_NK, reduction="batchmean")
                loss = loss + _ATTRIBUTE_WEIGHT * distance
        return loss, (logits_NK.argmax(dim=1) == labels_N).sum()

    def _old_logits(self, network: Network, embeddings_ND: torch.Tensor) -> dict[str, torch.Tensor]:
        logits, reference = network.logits(embeddings_ND), self._backbone.reference
        if reference is not None:
            device = embeddings_ND.device
            frozen = LinearProbe(reference.weight_KD.to(device), reference.bias_K.to(device))
            logits[_REFERENCE] = frozen.logits(embeddings_ND)
        return logits

    def validate(self, network: Network) -> tuple[float, float]:
        """See :class:`Task`; of the category."""
        return validate_images(network, self._validation)


def _freeze_batch_norm(network: Network) -> None:
    """Keep the running statistics: a few dozen photos are too few for new ones."""
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.eval()


class FineTuningSetup(TaskSetup):
    """Images of own categories, split; all layers are trained."""

    def __init__(
        self, backbone: Backbone, training: CachedOutputs, split: SplitImages, seed: int, control: WorkControl
    ) -> None:
        images, embeddings_ND = training.images, training.outputs.embeddings_ND
        labels_N, count = images.labels_N, len(images.classes)
        weight_decay, _ = best_weight_decay(embeddings_ND, labels_N, count, seed=seed, control=control)
        probe = fit_linear_probe(embeddings_ND, labels_N, count, weight_decay=weight_decay, control=control)
        self.task: Task = FineTuningTask(backbone, probe, training, split.validation)
        self.classes, self.input, self.unreadable = images.classes, images.input, images.unreadable
        self.data = images.data
        self.parts: Mapping[str, ImageSet] = split.parts()
        self._backbone, self._training, self._validation = backbone, training, split.validation

    @staticmethod
    def open(
        backbone: Backbone,
        source: str,
        data_paths: DataPaths,
        control: WorkControl,
        seed: int,
        decisions: Decisions | None = None,
    ) -> Generator[ProgressEvent, None, FineTuningSetup]:
        """Read and embed the photos. Raises as :func:`trainer.data.datasets.open_training` does."""
        split = yield from datasets.open_training(source, data_paths, control, backbone.input, decisions)
        training = yield from embed_dataset(backbone, split.training, control)
        return FineTuningSetup(backbone, training, split, seed, control)

    def training_photos(self, count: int) -> torch.Tensor:
        images_NCHW = self._training.images.images_NCHW
        return images_NCHW[evenly_spaced(len(images_NCHW), count)]

    def calibrate(self, plain: ModelMetadata, network: Network) -> Generator[ProgressEvent, None, ModelMetadata]:
        plain = replace(
            plain,
            attributes=_for_one_kind(kept_attributes(self._backbone, self._training), self._backbone, self._training),
            tta_hflip=self._backbone.tta_hflip,
            own_categories=True,
        )
        return (yield from calibrate(self._validation, plain, network))


class ProbeSetup:
    """Images of own categories and the head that is fitted to them; validation is out of fold.

    Where photos are few, each counts: the head is fitted to all but the held-out photos. Temperature, review threshold
    and validation figures come from heads that were not fitted to the photo, nor to a copy of it. The held-out photos
    are the same as those of a fine-tuning.
    """

    def __init__(self, backbone: Backbone, training: CachedOutputs, photos: TrainHoldout, seed: int) -> None:
        images, embeddings_ND = training.images, training.outputs.embeddings_ND
        self.classes, self.input, self.unreadable = images.classes, images.input, images.unreadable
        self.data = images.data
        self.fingerprint = images.fingerprint()
        count = len(images.classes)
        self._out_of_fold_NK = out_of_fold(
            embeddings_ND, images.labels_N, count, seed=seed, groups_N=photos.groups_N, fit=fit_lda
        )
        self.network = backbone.with_head(fit_lda(embeddings_ND, images.labels_N, count))
        self.parts: Mapping[str, ImageSet] = {"train": photos.training, "test": photos.test}
        self._backbone, self._training = backbone, training

    @staticmethod
    def open(
        backbone: Backbone, source: str, control: WorkControl, seed: int, decisions: Decisions | None = None
    ) -> Generator[ProgressEvent, None, ProbeSetup]:
        """Read and embed the photos, and fit the head.
        Raises :class:`DataError`: as :func:`trainer.data.folders.load`, or a category has a single photo.
        """
        images = yield from folders.load(Path(source), backbone.input, control, decisions)
        datasets.refuse_single_photos(images)
        photos = yield from train_holdout_split(images, control)
        training = yield from embed_dataset(backbone, photos.training, control)
        yield ProgressEvent("training_head", 0, 0)
        return ProbeSetup(backbone, training, photos, seed)

    def training_photos(self, count: int) -> torch.Tensor:
        """See :class:`trainer.training.fit.task_setup.Setup`."""
        images_NCHW = self._training.images.images_NCHW
        return images_NCHW[evenly_spaced(len(images_NCHW), count)]

    def calibrate(self, plain: ModelMetadata) -> ModelMetadata:
        labels_N = self._training.images.labels_N
        temperature = calibration.fit_temperature(self._out_of_fold_NK, labels_N)
        probabilities_NK = (self._out_of_fold_NK / temperature).softmax(dim=1).numpy()
        plain = replace(
            plain,
            temperature=temperature,
            attributes=kept_attributes(self._backbone, self._training),
            studio=self._backbone.studio,
            tta_hflip=self._backbone.tta_hflip,
            own_categories=True,
            data_fingerprint=self.fingerprint,
        )
        calibrated = Evaluation(
            plain.name,
            self.data,
            self.classes,
            labels_N.numpy(),
            probabilities_NK.argmax(axis=1),
            probabilities_NK,
        )
        return with_review_threshold(plain, calibrated)


def kept_attributes(backbone: Backbone, training: CachedOutputs) -> dict[str, AttributeHead]:
    """The attributes of the new model.

    An attribute that is known for some old categories only is known for those new ones of which most photos are
    classified as such old ones. So it is with values that are rare in some.
    """
    if not backbone.attributes:
        return {}
    old_N = [backbone.classes[k] for k in training.outputs.category_NK.argmax(dim=1).tolist()]
    labels_N, classes = training.images.labels_N.tolist(), training.images.classes

    def mostly(old: Collection[str]) -> tuple[str, ...]:
        return _mostly_classified_as(old, old_N, labels_N, classes)

    return {name: _kept_attribute(head, mostly, len(classes)) for name, head in backbone.attributes.items()}


def _for_one_kind(
    heads: dict[str, AttributeHead], backbone: Backbone, training: CachedOutputs
) -> dict[str, AttributeHead]:
    """Heads for a fine-tuned backbone, whose embeddings the studio score does not fit.

    What is reliable on studio photos alone is unsure everywhere if most training photos are unlike them.
    """
    embeddings_ND = F.normalize(training.outputs.embeddings_ND, dim=1).numpy()
    studio = 2 * int(like_studio(backbone.studio, embeddings_ND).sum()) >= len(embeddings_ND)
    return {
        name: head if studio or not head.studio_only else replace(head, studio_only=False, review_below=1.0)
        for name, head in heads.items()
    }


def _kept_attribute(
    head: AttributeHead, mostly: Callable[[Collection[str]], tuple[str, ...]], classes: int
) -> AttributeHead:
    rare = {value: names for value, old in head.rare_in.items() if (names := mostly(old))}
    head = replace(head, rare_in=rare)
    if not head.known_for:
        return head
    known_for = mostly(head.known_for)
    if not known_for:
        return replace(head, known_for=(), review_below=1.0)  # known for none; an empty list would mean all
    return replace(head, known_for=known_for if len(known_for) < classes else ())


def _mostly_classified_as(
    old: Collection[str], old_N: list[str], labels_N: list[int], classes: tuple[str, ...]
) -> tuple[str, ...]:
    """The classes of which more than half of the photos are classified as one of the ``old`` ones."""
    photos, found = Counter(labels_N), Counter[int]()
    for name, label in zip(old_N, labels_N, strict=True):
        found[label] += name in old
    return tuple(name for label, name in enumerate(classes) if 2 * found[label] > photos[label])
