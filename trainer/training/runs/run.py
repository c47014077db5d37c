"""A whole training run: data, fit, calibration, test, model file. Used by the command line and the window."""

from __future__ import annotations

import contextlib
from collections.abc import Generator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import torch
from msgspec.structs import replace

from trainer import devices
from trainer.atomic_write import remove_leftover
from trainer.control import ProgressEvent, WorkControl
from trainer.data.data_paths import FASHION_MNIST, PRODUCTS, DataPaths
from trainer.data.decisions import Decisions
from trainer.data.image_set import ImageSet
from trainer.data.photo_files import Unreadable
from trainer.data.split_file import write_split
from trainer.data_quality.decisions_file import read_decisions
from trainer.errors import DataError, TrainingDiverged
from trainer.evaluation.open_set import OwnPhotos, fit_open_set
from trainer.inference.predictor import Predictor
from trainer.keep_awake import kept_awake
from trainer.model_files import model_file
from trainer.model_files.library import SPLIT_SUFFIX, read_metadata
from trainer.model_files.metadata import ModelMetadata, Origin, program_version
from trainer.model_files.model_file import Model
from trainer.model_files.open_set import OpenSet
from trainer.model_files.replay_file import Replay
from trainer.networks.names import BUNDLED_BACKBONES
from trainer.training.fit import lr_finder
from trainer.training.fit.events import Ended, TrainingEvent
from trainer.training.fit.loop import Fit
from trainer.training.fit.lr_finder import LearningRateSuggested, LearningRateTried
from trainer.training.fit.task_setup import ClassificationSetup, Setup, TaskSetup
from trainer.training.improve.replay_sampling import sample_parts, save_replay
from trainer.training.multi_head.setup import MultiHeadSetup
from trainer.training.runs.graphs import save_graphs
from trainer.training.runs.holdout import evaluate_holdout
from trainer.training.runs.job import TrainingJob, remove_note, run_lock, write_note
from trainer.training.runs.run_record import recorded
from trainer.training.transfer.backbone import Backbone, open_bundled, open_pretrained
from trainer.training.transfer.setup import FineTuningSetup, ProbeSetup


@dataclass(frozen=True, slots=True)
class ModelSaved:
    """The model file is written.

    Attributes:
        path: The file.
        metadata: Of the model.
        unreadable: Training photos that were left out.
    """

    path: Path
    metadata: ModelMetadata
    unreadable: tuple[Unreadable, ...] = ()


def train(
    job: TrainingJob,
    data_paths: DataPaths,
    control: WorkControl,
    records: Path | None = None,
    device: torch.device | None = None,
) -> Generator[ProgressEvent | TrainingEvent | ModelSaved, None, None]:
    """Do the job, yielding what happens; the last event is :class:`ModelSaved`, or :class:`Ended` when stopped.

    Args:
        job: What to do.
        data_paths: Of the data sets.
        control: Pauses or stops it.
        records: Folder for the record of the run, see :mod:`trainer.training.runs.run_record`; None: no record.
        device: Computes; None is the CPU. A run can be resumed on another one.

    Raises:
        CheckpointError: ``training_running``: another training for the same file is running.
        DataError, ModelFileError, CheckpointError, TrainingDiverged, SaveError, Cancelled: As the parts do. The
            checkpoint is preserved, unless the run diverged in its first epoch.
    """
    events = _train(job, data_paths, control, device)
    return _locked(job, events if records is None else recorded(job, events, records))


@kept_awake
def _locked(
    job: TrainingJob, events: Generator[ProgressEvent | TrainingEvent | ModelSaved, None, None]
) -> Generator[ProgressEvent | TrainingEvent | ModelSaved, None, None]:
    with run_lock(job.checkpoint, job.output), contextlib.closing(events):
        yield from events


def _train(
    job: TrainingJob, data_paths: DataPaths, control: WorkControl, device: torch.device | None
) -> Generator[ProgressEvent | TrainingEvent | ModelSaved, None, None]:
    device = device or torch.device("cpu")
    backbone = yield from _load_backbone(job, data_paths, control)
    if backbone is not None:
        devices.to_device(backbone.network, device)
    recipe = job.recipe.fit
    if backbone is not None and recipe is None:
        probe = yield from ProbeSetup.open(backbone, job.source, control, job.recipe.seed, _decisions(job))
        plain = probe.calibrate(_plain_metadata(job, probe, backbone))
        yield (yield from _saved(job, data_paths, control, probe, Model(plain, probe.network), backbone))
        return
    setup = yield from _open_setup(job, backbone, data_paths, control)
    if recipe is None:
        yield (yield from _refit_heads_only(job, data_paths, setup, control, device))
        return
    start = None if job.resume or backbone is not None else _weights(job, setup)
    write_note(job)
    fit = Fit(
        recipe,
        setup.task,
        checkpoint=job.checkpoint,
        resume=job.resume,
        control=control,
        device=device,
        start=start,
    )
    try:
        for event in fit.events():
            yield event
            if isinstance(event, Ended) and event.reason == "stopped" and not job.keep_when_stopped:
                return
    except TrainingDiverged:
        if fit.best_metrics is None:  # there is nothing to resume
            _clear(job.checkpoint)
        raise
    if fit.best_metrics is None:
        return
    plain = replace(
        _plain_metadata(job, setup, backbone),
        data_fingerprint=fit.data_fingerprint,
        figures={"best_epoch": float(fit.best_metrics.epoch)},
        history=fit.history,
    )
    network = fit.best_network
    devices.to_device(network, device)
    if not control.stopped:
        network = yield from setup.refit_heads(plain, network, control)
    metadata = yield from setup.calibrate(plain, network)
    saved = yield from _saved(job, data_paths, control, setup, Model(metadata, network), backbone)
    if not control.stopped:
        _clear(job.checkpoint)
    yield saved


def _clear(checkpoint: Path) -> None:
    remove_leftover(checkpoint)
    remove_note(checkpoint)


def _refit_heads_only(
    job: TrainingJob, data_paths: DataPaths, setup: TaskSetup, control: WorkControl, device: torch.device
) -> Generator[ProgressEvent, None, ModelSaved]:
    """The network of an earlier model with refitted heads; recipe and history stay those of its backbone."""
    if job.start is None or job.source != PRODUCTS:
        raise DataError("no_start_for_head_only", data=setup.data)
    _weights(job, setup)
    earlier = model_file.load(job.start)
    devices.to_device(earlier.network, device)
    plain = replace(
        earlier.metadata,
        name=job.name,
        data_fingerprint=setup.task.fingerprint(),
        figures={name: value for name, value in earlier.metadata.figures.items() if name == "best_epoch"},
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        version=program_version(),
        origin=_origin(job),
    )
    network = yield from setup.refit_heads(plain, earlier.network, control)
    metadata = yield from setup.calibrate(plain, network)
    return (yield from _saved(job, data_paths, control, setup, Model(metadata, network, earlier.open_set)))


def _open_set(sample: Replay, backbone: Backbone | None) -> OpenSet:
    """The tests for photos of other things, from own photos and what the backbone knows."""
    own = OwnPhotos(sample.embeddings_ND.numpy(), sample.labels_N.numpy(), sample.held_out_N.numpy())
    known = backbone.reference if backbone is not None else None
    reference = None if known is None else (known.weight_KD.numpy(), known.bias_K.numpy())
    return fit_open_set(own, len(sample.classes), reference, backbone.no_product if backbone is not None else None)


def _saved(
    job: TrainingJob,
    data_paths: DataPaths,
    control: WorkControl,
    setup: Setup,
    model: Model,
    backbone: Backbone | None = None,
) -> Generator[ProgressEvent, None, ModelSaved]:
    """Test the final model, and write it with its replay sample, its split and the graph of its backbone."""
    metadata, open_set = model.metadata, model.open_set
    if "test" in setup.parts:
        metadata = yield from evaluate_holdout(Predictor(model), setup.parts["test"])
    sample = yield from sample_parts(Predictor(model), setup.parts)
    if sample is not None:
        open_set = _open_set(sample, backbone)
    model_file.save(job.output, model.network, metadata, open_set)
    save_replay(job.output, sample)
    split = job.output.with_suffix(SPLIT_SUFFIX)
    yield from save_graphs(job.output, setup.training_photos, data_paths.graphs, control)
    if setup.parts:
        write_split(split, {part: _listed(images) for part, images in setup.parts.items()})
    else:
        remove_leftover(split)  # of an earlier model of that name
    return ModelSaved(job.output, metadata, setup.unreadable)


def _listed(images: ImageSet) -> list[tuple[str, str]]:
    return [(file, images.classes[int(label)]) for file, label in zip(images.files, images.labels_N, strict=True)]


def find_learning_rate(
    job: TrainingJob, data_paths: DataPaths, control: WorkControl, device: torch.device | None = None
) -> Generator[ProgressEvent | LearningRateTried | LearningRateSuggested, None, None]:
    """Suggest a learning rate for the job; nothing is saved. See :mod:`trainer.training.fit.lr_finder`.

    Args:
        job: What is to be trained.
        data_paths: Of the data sets.
        control: Stops it.
        device: Computes; None is the CPU.

    Raises:
        DataError, ModelFileError, Cancelled: As the parts do; ``probe_has_no_learning_rate``.
    """
    if job.recipe.fit is None:
        raise DataError("probe_has_no_learning_rate")
    backbone = yield from _load_backbone(job, data_paths, control)
    setup = yield from _open_setup(job, backbone, data_paths, control)
    start = None if backbone is not None else _weights(job, setup)
    yield from lr_finder.find_learning_rate(job.recipe.fit, setup.task, control, start=start, device=device)


def _load_backbone(
    job: TrainingJob, data_paths: DataPaths, control: WorkControl
) -> Generator[ProgressEvent, None, Backbone | None]:
    """The network that the categories of a folder are trained on; None where the categories stay as they are."""
    if job.pretrained in BUNDLED_BACKBONES:
        return open_bundled(job.pretrained, data_paths.backbones)
    if job.pretrained:
        return (yield from open_pretrained(job.pretrained, (*data_paths.search, data_paths.store), control))
    if job.start is None or job.source in (PRODUCTS, FASHION_MNIST):
        return None
    return Backbone.of_model(model_file.load(job.start))


def _open_setup(
    job: TrainingJob, backbone: Backbone | None, data_paths: DataPaths, control: WorkControl
) -> Generator[ProgressEvent, None, TaskSetup]:
    if backbone is not None:
        return (
            yield from FineTuningSetup.open(backbone, job.source, data_paths, control, job.recipe.seed, _decisions(job))
        )
    if job.source == PRODUCTS:
        return (yield from MultiHeadSetup.open(job.recipe.network, data_paths, control, job.teachers))
    return (yield from ClassificationSetup.open(job.source, data_paths, control, _decisions(job)))


def _decisions(job: TrainingJob) -> Decisions | None:
    return read_decisions(job.decisions) if job.decisions else None


def _weights(job: TrainingJob, setup: TaskSetup) -> dict[str, torch.Tensor] | None:
    """The initial weights, of a model with the same categories; None for random ones."""
    if job.start is None:
        return None
    path, recipe = job.start, job.recipe
    model = model_file.load(path)
    known = model.metadata
    if (known.network, known.classes, known.input) != (recipe.network, setup.classes, setup.input):
        raise DataError(
            "unsuitable_start",
            file=path.name,
            network=known.network,
            categories=len(known.classes),
            data=known.data,
            wanted_network=recipe.network,
            wanted_categories=len(setup.classes),
        )
    return model.network.state_dict()


def _plain_metadata(job: TrainingJob, setup: Setup, backbone: Backbone | None) -> ModelMetadata:
    return ModelMetadata(
        name=job.name,
        network=backbone.name if backbone else job.recipe.network,
        classes=setup.classes,
        input=setup.input,
        recipe=job.recipe,
        data=setup.data,
        tta_hflip=job.recipe.tta_hflip,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        version=program_version(),
        origin=_origin(job),
    )


def _origin(job: TrainingJob) -> Origin:
    if job.pretrained:
        return Origin("backbone", job.pretrained)
    if job.start is None and job.recipe.network in BUNDLED_BACKBONES:
        return Origin("backbone", job.recipe.network)
    return Origin() if job.start is None else Origin("model", job.start.stem, read_metadata(job.start).created)
