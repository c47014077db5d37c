"""Product photos as data, task and calibration of a training."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from pathlib import Path

from torch import nn

from trainer import taxonomy
from trainer.control import ProgressEvent, WorkControl
from trainer.data import products
from trainer.data.data_paths import DataPaths
from trainer.data.image_set import ImageSet
from trainer.data.photo_files import Unreadable
from trainer.data.products import PRODUCT_INPUT, ProductData
from trainer.errors import DataError
from trainer.model_files import model_file
from trainer.model_files.metadata import ModelMetadata
from trainer.model_files.model_file import Model
from trainer.taxonomy import ATTRIBUTES, Taxonomy
from trainer.training.fit.task import Task
from trainer.training.multi_head import calibrated_metadata, head_refit
from trainer.training.multi_head.task import MultiHeadTask


class MultiHeadSetup:
    """Studio photos with attributes and phone photos, with or without teachers."""

    def __init__(self, data: ProductData, teachers: Sequence[Model] = ()) -> None:
        self.task: Task = MultiHeadTask(data, [teacher.network for teacher in teachers])
        self.classes, self.input = data.taxonomy.names("category"), PRODUCT_INPUT
        self.unreadable: tuple[Unreadable, ...] = ()
        self.parts: Mapping[str, ImageSet] = {}
        self.data_name = "Product and phone photos"
        if teachers:
            names = " and ".join(teacher.metadata.name for teacher in teachers)
            self.data_name += f", distilled from {names}"
        self._data = data

    @staticmethod
    def open(
        data_paths: DataPaths, control: WorkControl, teachers: Sequence[Path] = ()
    ) -> Generator[ProgressEvent, None, MultiHeadSetup]:
        """Read the photos and the teachers.

        Raises:
            DataError, Cancelled: As :func:`trainer.data.products.load` does; DataError also where a teacher knows other
                categories or attributes.
            ModelFileError: A teacher cannot be opened.
        """
        if data_paths.taxonomy is None:
            raise DataError("no_taxonomy_for_products")
        known = taxonomy.load(data_paths.taxonomy)
        models = [_teacher(path, known) for path in teachers]
        data = yield from products.load(data_paths.search, known, control)
        return MultiHeadSetup(data, models)

    def refit_heads(
        self, plain: ModelMetadata, network: nn.Module, control: WorkControl
    ) -> Generator[ProgressEvent, None, nn.Module]:
        """See :mod:`trainer.training.multi_head.head_refit`."""
        return (yield from head_refit.refit_heads(network, plain, self._data, control))

    def calibrate(self, plain: ModelMetadata, network: nn.Module) -> Generator[ProgressEvent, None, ModelMetadata]:
        """See :class:`TaskSetup`."""
        return (yield from calibrated_metadata.calibrate(plain, network, self._data))


def _teacher(path: Path, known: Taxonomy) -> Model:
    model = model_file.load(path)
    metadata = model.metadata
    heads = {name: head.classes for name, head in metadata.attributes.items()}
    wanted = {name: known.names(name) for name in ATTRIBUTES}
    if (metadata.classes, heads, metadata.input) != (known.names("category"), wanted, PRODUCT_INPUT):
        raise DataError("unsuitable_teacher", file=path.name)
    return model
