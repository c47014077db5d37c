"""Product photos as data, task and calibration of a training."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from pathlib import Path

import numpy as np
import torch

from trainer import taxonomy
from trainer.control import ProgressEvent, WorkControl
from trainer.data import products
from trainer.data.data_paths import PRODUCTS, DataPaths, DatasetInfo
from trainer.data.image_set import ImageSet, evenly_spaced
from trainer.data.phone_photos import read_categories
from trainer.data.photo_files import Unreadable
from trainer.data.products import ProductData
from trainer.errors import DataError
from trainer.model_files import model_file
from trainer.model_files.metadata import ModelMetadata
from trainer.model_files.model_file import Model
from trainer.networks import names
from trainer.networks.network import Network
from trainer.preprocessing import network_input
from trainer.preprocessing.input_spec import InputSpec
from trainer.taxonomy import ATTRIBUTES, Taxonomy
from trainer.training.fit.task import Task
from trainer.training.fit.task_setup import TaskSetup
from trainer.training.multi_head import calibrated_metadata, head_refit
from trainer.training.multi_head.task import MultiHeadTask


class MultiHeadSetup(TaskSetup):
    """Studio photos with attributes and phone photos, with or without teachers."""

    def __init__(self, data: ProductData, teachers: Sequence[Model] = (), backbone_weights: Path | None = None) -> None:
        self.task: Task = MultiHeadTask(data, [teacher.network for teacher in teachers], backbone_weights)
        self.classes, self.input = data.taxonomy.names("category"), data.input
        self.unreadable: tuple[Unreadable, ...] = ()
        self.parts: Mapping[str, ImageSet] = {}
        self.data = DatasetInfo(PRODUCTS, teachers=tuple(teacher.metadata.name for teacher in teachers))
        self._products = data

    @staticmethod
    def open(
        network: str, data_paths: DataPaths, control: WorkControl, teachers: Sequence[Path] = ()
    ) -> Generator[ProgressEvent, None, MultiHeadSetup]:
        """Read the photos, prepared for a network, and the teachers.

        The extra phone photos, and categories of single ones, are read for networks with a bundled backbone: the data
        of the others stay as they were.

        Raises:
            DataError, Cancelled: As :func:`trainer.data.products.load` does; DataError also where a teacher knows other
                categories or attributes, or has another input; ``no_backbone_weights``.
            ModelFileError: A teacher cannot be opened.
        """
        if data_paths.taxonomy is None:
            raise DataError("no_taxonomy_for_products")
        known = taxonomy.load(data_paths.taxonomy)
        pretrained = network in names.BUNDLED_BACKBONES
        if pretrained and data_paths.backbones is None:
            raise DataError("no_backbone_weights", network=network)
        weights = data_paths.backbones / f"{network}.safetensors" if data_paths.backbones and pretrained else None
        spec = products.input_of(network)
        models = [_teacher(path, known, spec) for path in teachers]
        categories = read_categories(data_paths.taxonomy / "phone_photos.csv", known) if pretrained else {}
        data = yield from products.load(
            data_paths.search, known, control, spec, extra_phone=pretrained, phone_categories=categories
        )
        return MultiHeadSetup(data, models, weights)

    def training_photos(self, count: int) -> torch.Tensor:
        """See :class:`trainer.training.fit.task_setup.Setup`; a third of them are phone photos."""
        studio_NCHW, phone_NCHW = self._products.studio.small_NCHW, self._products.phone.images_NCHW
        chosen = [
            photo_CHW
            for photos_NCHW, share in ((studio_NCHW, count - count // 3), (phone_NCHW, count // 3))
            for photo_CHW in photos_NCHW[evenly_spaced(len(photos_NCHW), share)]
        ]
        return torch.from_numpy(
            np.stack([network_input.prepare(photo_CHW.permute(1, 2, 0).numpy(), self.input) for photo_CHW in chosen])
        )

    def refit_heads(
        self, plain: ModelMetadata, network: Network, control: WorkControl
    ) -> Generator[ProgressEvent, None, Network]:
        return (yield from head_refit.refit_heads(network, plain, self._products, control))

    def calibrate(self, plain: ModelMetadata, network: Network) -> Generator[ProgressEvent, None, ModelMetadata]:
        return (yield from calibrated_metadata.calibrate(plain, network, self._products))


def _teacher(path: Path, known: Taxonomy, spec: InputSpec) -> Model:
    model = model_file.load(path)
    metadata = model.metadata
    heads = {name: head.classes for name, head in metadata.attributes.items()}
    wanted = {name: known.names(name) for name in ATTRIBUTES}
    if (metadata.classes, heads, metadata.input) != (known.names("category"), wanted, spec):
        raise DataError("unsuitable_teacher", file=path.name)
    return model
