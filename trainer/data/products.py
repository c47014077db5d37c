"""Studio product photos with attributes, and phone photos with categories, for the product network.

Laid out below a data folder as

    products/labels.csv             id, split (train or val), articleType, baseColour, season, usage, gender, name
    products/images-60x80.zip       <id>.webp of every id, 60 pixels wide
    products/images-224x224.zip     <id>.webp of some ids in detail, squashed from 3:4 to a square
    phone/images.zip                train/<class>/… and validation/<class>/…, photos taken at home
    phone/extra.zip, extra.csv      optional, see :mod:`trainer.data.phone_photos`

Missing labels are -1. Patterns and fabrics are weak labels, read from product names by the taxonomy's rules.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from types import MappingProxyType

import numpy as np
import torch
from msgspec.structs import replace
from PIL import Image

from trainer.control import ProgressEvent, WorkControl
from trainer.data.phone_photos import ArchivedPhoto, open_extra_phone
from trainer.data.product_rows import ProductRow, read_rows
from trainer.errors import DataError
from trainer.preprocessing import network_input
from trainer.preprocessing.input_spec import InputSpec
from trainer.preprocessing.person_removal import connected_component
from trainer.read_ahead import read_ahead
from trainer.taxonomy import ATTRIBUTES, CATEGORY, OTHER, Taxonomy

# Twice what the smaller photos hold, in the 3:4 of catalogues; [-1, 1], since white is what most photos have most of.
PRODUCT_INPUT = InputSpec("colour", 3, 112, 84, (0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
# The normalization of the published weights, in a size that makes 4×3 whole cells.
_EFFICIENTNET_LITE_INPUT = InputSpec("colour", 3, 128, 96, (127 / 255,) * 3, (128 / 255,) * 3)

_SMALL = InputSpec("colour", 3, 80, 60, (0.5, 0.5, 0.5), (0.5, 0.5, 0.5))  # of the photos that every id has
_BACKGROUND_SIZE = (36, 28)
_BACKGROUND_LEVEL = 232  # darkest channel of a studio's white
_BACKGROUND_TINT = 14  # most that its channels differ
_JPEG_QUALITIES = (40, 96)
_STEP = 256


@dataclass(frozen=True)
class ProductLabels:
    """What is known of N photos.

    Attributes:
        candidates_NK: bool, the categories that each photo may be: one for a product, several for a phone photo.
        attributes: int64 N for each of :data:`ATTRIBUTES`, indices into the taxonomy's names; -1 where unknown.
    """

    candidates_NK: torch.Tensor
    attributes: dict[str, torch.Tensor]

    def of(self, indices_M: torch.Tensor) -> ProductLabels:
        """Those of some photos, int64 (M,)."""
        return ProductLabels(
            self.candidates_NK[indices_M], {name: labels_N[indices_M] for name, labels_N in self.attributes.items()}
        )

    @staticmethod
    def joined(parts: Sequence[ProductLabels]) -> ProductLabels:
        """Those of all, one part after the other."""
        return ProductLabels(
            torch.cat([part.candidates_NK for part in parts]),
            {name: torch.cat([part.attributes[name] for part in parts]) for name in ATTRIBUTES},
        )

    @staticmethod
    def of_category(candidates_NK: torch.Tensor) -> ProductLabels:
        """Photos of which the category alone is known."""
        unknown_N = torch.full((len(candidates_NK),), -1, device=candidates_NK.device)
        return ProductLabels(candidates_NK, dict.fromkeys(ATTRIBUTES, unknown_N))


@dataclass(frozen=True)
class StudioPhotos:
    """Training photos on a studio's white.

    Attributes:
        small_NCHW: uint8 N×3×80×60.
        jpeg_NCHW: The same after JPEG compression of random quality, as shops have them.
        background_NHW: bool N×80×60, where the white background is.
        detail_N: int64, index into ``detail_MCHW``, or -1.
        detail_MCHW: uint8 M×3×H×W, in the size of :func:`_detail`.
        labels: Of the N photos.
    """

    small_NCHW: torch.Tensor
    jpeg_NCHW: torch.Tensor
    background_NHW: torch.Tensor
    detail_N: torch.Tensor
    detail_MCHW: torch.Tensor
    labels: ProductLabels


@dataclass(frozen=True)
class PhonePhotos:
    """Training photos taken at home.

    Attributes:
        images_NCHW: uint8 N×3×H×W, fitted on white, in the size of :func:`_detail`.
        backgrounds_MCHW: uint8 M×3×36×28, their corners: beds, floors, walls, to put behind studio photos.
        labels: Of the N photos.
    """

    images_NCHW: torch.Tensor
    backgrounds_MCHW: torch.Tensor
    labels: ProductLabels


@dataclass(frozen=True)
class ValidationPhotos:
    """Validation photos, prepared as they are when tagging.

    Attributes:
        images_NCHW: uint8, in the size of the input.
        labels: Of the N photos.
        products: How many of them, from the first, are studio photos; the others come from a phone.
    """

    images_NCHW: torch.Tensor
    labels: ProductLabels
    products: int


@dataclass(frozen=True)
class ProductData:
    """Training and validation data of the product network."""

    studio: StudioPhotos
    phone: PhonePhotos
    validation: ValidationPhotos
    taxonomy: Taxonomy
    input: InputSpec

    def fingerprint(self) -> str:
        """16 hex digits that change when any photo or label changes (SHA-256)."""
        digest = hashlib.sha256("\n".join(self.taxonomy.names("category")).encode())
        for labels in (self.studio.labels, self.phone.labels, self.validation.labels):
            digest.update(labels.candidates_NK.numpy().tobytes())
            for values in labels.attributes.values():
                digest.update(values.numpy().tobytes())
        for pixels in (
            self.studio.small_NCHW,
            self.studio.detail_MCHW,
            self.phone.images_NCHW,
            self.validation.images_NCHW,
        ):
            digest.update(pixels.numpy().tobytes())
        return digest.hexdigest()[:16]


def input_of(network: str) -> InputSpec:
    """How product photos are prepared for a network of :data:`trainer.networks.names.WITH_ATTRIBUTES`."""
    return _EFFICIENTNET_LITE_INPUT if network == "efficientnet-lite0" else PRODUCT_INPUT


def load(
    search: Sequence[Path],
    taxonomy: Taxonomy,
    control: WorkControl,
    spec: InputSpec = PRODUCT_INPUT,
    *,
    extra_phone: bool = False,
    phone_categories: Mapping[str, str] = MappingProxyType({}),
) -> Generator[ProgressEvent, None, ProductData]:
    """Read everything into memory, about 2 GB; yields progress.

    Args:
        search: Folders to look in for ``products/`` and ``phone/``; the first that has them is taken.
        taxonomy: What the labels mean.
        control: Stops the reading.
        spec: The network's input.
        extra_phone: Also train on the photos of :mod:`trainer.data.phone_photos`, where they are.
        phone_categories: Of single training photos, see :func:`trainer.data.phone_photos.read_categories`.

    Raises:
        DataError: A file is missing or damaged.
        Cancelled: ``control`` was stopped.
    """
    folder = _folder(search)
    rows = list(read_rows(folder / "products" / "labels.csv"))
    training = [row for row in rows if row.split == "train"]
    validation_rows = [row for row in rows if row.split == "val"]
    try:
        with (
            zipfile.ZipFile(folder / "products" / "images-60x80.zip") as small,
            zipfile.ZipFile(folder / "products" / "images-224x224.zip") as detail,
            zipfile.ZipFile(folder / "phone" / "images.zip") as phone,
        ):
            studio = yield from _studio(training, taxonomy, small, detail, control, _detail(spec))
            photos = [ArchivedPhoto(phone, name, _class_of(name)) for name in _phone_names(phone, "train")]
            with ExitStack() as stack:
                extra = stack.enter_context(open_extra_phone(folder / "phone")) if extra_phone else []
                photos += [photo for photo in extra if taxonomy.categories_of_class(photo.label)]
                phone_train = yield from _phone(photos, phone_categories, taxonomy, control, _detail(spec))
            validation = yield from _validation(validation_rows, taxonomy, small, phone, control, spec)
    except (OSError, zipfile.BadZipFile, KeyError) as error:
        raise DataError("products_unreadable", repr(error), folder=str(folder), problem=str(error)) from error
    return ProductData(studio, phone_train, validation, taxonomy, spec)


def _detail(spec: InputSpec) -> InputSpec:
    """A quarter more than the input: room to zoom."""
    return replace(spec, height=spec.height * 5 // 4, width=spec.width * 5 // 4)


def _folder(search: Sequence[Path]) -> Path:
    for folder in search:
        if (folder / "products" / "labels.csv").is_file():
            return folder
    raise DataError("products_missing", folders=tuple(map(str, search)))


def _studio(
    rows: list[ProductRow],
    taxonomy: Taxonomy,
    small: zipfile.ZipFile,
    detail: zipfile.ZipFile,
    control: WorkControl,
    larger: InputSpec,
) -> Generator[ProgressEvent, None, StudioPhotos]:
    shape = (len(rows), 3, _SMALL.height, _SMALL.width)
    small_NCHW, jpeg_NCHW = np.empty(shape, np.uint8), np.empty(shape, np.uint8)
    background_NHW = np.empty((len(rows), *shape[2:]), bool)
    # Which quality each photo gets is part of the data, so it is always the same.
    qualities_N = np.random.default_rng(1708).integers(*_JPEG_QUALITIES, len(rows))

    def read(index: int) -> None:
        image = _opened(small.read(f"{rows[index].id}.webp"))
        # A few are square; they are fitted as everywhere else.
        small_NCHW[index] = network_input.prepare(np.asarray(image), _SMALL)
        compressed = _compressed(image, int(qualities_N[index]))
        jpeg_NCHW[index] = network_input.prepare(np.asarray(compressed), _SMALL)
        background_NHW[index] = studio_background(small_NCHW[index].transpose(1, 2, 0))

    yield from _each(read, range(len(rows)), "reading_product_photos", control)

    in_detail = {PurePosixPath(name).stem for name in detail.namelist()}
    with_detail = [index for index, row in enumerate(rows) if row.id in in_detail]
    detail_N = np.full(len(rows), -1)
    detail_N[with_detail] = np.arange(len(with_detail))
    detail_MCHW = np.empty((len(with_detail), 3, larger.height, larger.width), np.uint8)

    def read_detail(at: int) -> None:
        image = _opened(detail.read(f"{rows[with_detail[at]].id}.webp"))
        # Squashed to a square in the data set; this restores 3:4.
        fitted = image.resize((larger.width, larger.height), Image.Resampling.BICUBIC)
        detail_MCHW[at] = np.asarray(fitted).transpose(2, 0, 1)

    yield from _each(read_detail, range(len(with_detail)), "reading_detailed_product_photos", control)
    return StudioPhotos(
        torch.from_numpy(small_NCHW),
        torch.from_numpy(jpeg_NCHW),
        torch.from_numpy(background_NHW),
        torch.from_numpy(detail_N),
        torch.from_numpy(detail_MCHW),
        product_labels(rows, taxonomy),
    )


def _phone(
    photos: list[ArchivedPhoto],
    categories: Mapping[str, str],
    taxonomy: Taxonomy,
    control: WorkControl,
    larger: InputSpec,
) -> Generator[ProgressEvent, None, PhonePhotos]:
    images_NCHW = np.empty((len(photos), 3, larger.height, larger.width), np.uint8)
    backgrounds_MCHW = np.empty((4 * len(photos), 3, *_BACKGROUND_SIZE), np.uint8)

    def read(index: int) -> None:
        pixels_HWC = np.asarray(_opened(photos[index].archive.read(photos[index].name)))
        images_NCHW[index] = network_input.prepare(pixels_HWC, larger)
        rows, columns = pixels_HWC.shape[0] // 5, pixels_HWC.shape[1] // 5
        corners = (
            pixels_HWC[:rows, :columns],
            pixels_HWC[:rows, -columns:],
            pixels_HWC[-rows:, :columns],
            pixels_HWC[-rows:, -columns:],
        )
        for number, corner_HWC in enumerate(corners):
            patch = Image.fromarray(corner_HWC).resize((_BACKGROUND_SIZE[1], _BACKGROUND_SIZE[0]))
            backgrounds_MCHW[4 * index + number] = np.asarray(patch).transpose(2, 0, 1)

    yield from _each(read, range(len(photos)), "reading_phone_photos", control)
    labels = [categories.get(photo.name, photo.label) for photo in photos]
    return PhonePhotos(
        torch.from_numpy(images_NCHW),
        torch.from_numpy(backgrounds_MCHW),
        _phone_labels(labels, taxonomy, taxonomy.training_categories),
    )


def _validation(
    rows: list[ProductRow],
    taxonomy: Taxonomy,
    small: zipfile.ZipFile,
    phone: zipfile.ZipFile,
    control: WorkControl,
    spec: InputSpec,
) -> Generator[ProgressEvent, None, ValidationPhotos]:
    known = [row for row in rows if taxonomy.of_label("category", row.article_type) is not None]
    names = _phone_names(phone, "validation")
    files = [(small, f"{row.id}.webp") for row in known] + [(phone, name) for name in names]
    images_NCHW = np.empty((len(files), 3, spec.height, spec.width), np.uint8)

    def read(index: int) -> None:
        archive, name = files[index]
        images_NCHW[index] = network_input.prepare(np.asarray(_opened(archive.read(name))), spec)

    yield from _each(read, range(len(files)), "reading_validation_photos", control)
    phone_labels = _phone_labels([_class_of(name) for name in names], taxonomy, taxonomy.categories_of_class)
    labels = ProductLabels.joined([product_labels(known, taxonomy), phone_labels])
    return ValidationPhotos(torch.from_numpy(images_NCHW), labels, len(known))


def studio_background(pixels_HWC: np.ndarray) -> np.ndarray:
    """Where a studio's near-white background is: what hangs together with the border. bool H×W of uint8 H×W×3."""
    darkest_HW, lightest_HW = pixels_HWC.min(axis=2), pixels_HWC.max(axis=2)
    white_HW = (darkest_HW >= _BACKGROUND_LEVEL) & (lightest_HW - darkest_HW <= _BACKGROUND_TINT)
    border_HW = np.zeros_like(white_HW)
    border_HW[[0, -1]] = border_HW[:, [0, -1]] = True
    return connected_component(border_HW, white_HW)


def product_labels(rows: Sequence[ProductRow], taxonomy: Taxonomy) -> ProductLabels:
    """The labels of studio photos, one for each row."""
    labels = [row.labels(taxonomy) for row in rows]
    categories = {name: index for index, name in enumerate(taxonomy.names(CATEGORY))}
    candidates_NK = torch.zeros(len(rows), len(categories), dtype=torch.bool)
    for index, of_row in enumerate(labels):
        candidates_NK[index, categories[of_row[CATEGORY].name or OTHER]] = True
    attributes = {}
    for attribute in ATTRIBUTES:
        number = {name: index for index, name in enumerate(taxonomy.names(attribute))}
        names = [of_row[attribute].name for of_row in labels]
        attributes[attribute] = torch.tensor([-1 if name is None else number[name] for name in names])
    return ProductLabels(candidates_NK, attributes)


def _phone_labels(
    classes: list[str], taxonomy: Taxonomy, categories_of: Callable[[str], frozenset[str]]
) -> ProductLabels:
    categories = taxonomy.names("category")
    candidates_NK = torch.zeros(len(classes), len(categories), dtype=torch.bool)
    for index, name in enumerate(classes):
        candidates = categories_of(name)
        candidates_NK[index] = torch.tensor([category in candidates for category in categories])
    return ProductLabels.of_category(candidates_NK)


def _phone_names(archive: zipfile.ZipFile, part: str) -> list[str]:
    return sorted(name for name in archive.namelist() if name.startswith(f"{part}/") and not name.endswith("/"))


def _class_of(name: str) -> str:
    """The folder of a phone photo in its archive."""
    return PurePosixPath(name).parts[-2]


def _opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data)).convert("RGB")


def _compressed(image: Image.Image, quality: int) -> Image.Image:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality)
    return _opened(buffer.getvalue())


def _each(
    work: Callable[[int], None], items: Iterable[int], step: str, control: WorkControl
) -> Generator[ProgressEvent, None, None]:
    """Do ``work`` for all items in two threads."""
    every = list(items)
    with closing(read_ahead(every, work, control, in_flight=_STEP)) as ahead:
        for done, (_, error) in enumerate(ahead, start=1):
            if error is not None:
                raise error
            if done % _STEP == 0 or done == len(every):
                yield ProgressEvent(step, done, len(every))
