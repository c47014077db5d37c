"""Makes the content of a report from an evaluation."""

from __future__ import annotations

import base64
import contextlib
import io
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path, PurePosixPath

import numpy as np
from PIL import Image

from trainer import number_format
from trainer.data.photo_store import PhotoStore
from trainer.data_quality.findings import Finding
from trainer.errors import PhotoError
from trainer.evaluation.class_folders import FolderFigures
from trainer.evaluation.evaluation import Evaluation, class_figures
from trainer.evaluation.product_list import ProductFigures
from trainer.evaluation.report.content import Matrix, ReportContent, ShownMistake, Table, TableRow, Words
from trainer.evaluation.report.model_settings import settings
from trainer.evaluation.tallies import WORST_KEPT, Mistake, Selective, Skipped, SkipReason
from trainer.model_files.metadata import ModelMetadata
from trainer.preprocessing.photo import load_photo

_SIDE = 200  # of a thumbnail, in pixels: sharp in print at the size it is shown
_TINY = 64
_OTHER_COLUMNS = 8  # of predicted classes that are never true
_REST = "others"
_CLASS_HEADS = ("Precision", "Recall", "F1")
_CLASS_EXPLANATION = (
    "Precision: share of correct photos among those predicted as this category. "
    "Recall: share of correct photos among those of this category. "
    "F1 joins the two."
)


def of_evaluation(
    evaluation: Evaluation, words: Words, made: datetime | None = None, findings: Sequence[Finding] | None = None
) -> ReportContent:
    """A model on images of its classes. Reads a few photos again for their thumbnails.

    ``words`` makes the text of facts; ``made`` is printed, None for now.
    """
    mistakes = None
    if evaluation.images is not None:
        mistakes = tuple(
            _of_image(evaluation, int(index)) for index in evaluation.mistakes_by_confidence()[:WORST_KEPT]
        )
    return ReportContent(
        evaluation.model_name,
        words.data_text(evaluation.data),
        made or _now(),
        int(np.diag(evaluation.confusion_KK).sum()),
        evaluation.n,
        evaluation.expected_calibration_error(),
        remarks=tuple(filter(None, [number_format.ambiguous_folders_sentence(evaluation.ambiguous_folders)])),
        matrix=Matrix(evaluation.actual_classes, evaluation.predicted_classes, evaluation.occurring_RC),
        tables=(_per_class(evaluation.classes, evaluation.confusion_KK),),
        mistakes=mistakes,
        skipped=tuple((photo.file, words.sentence(photo.error)) for photo in evaluation.unreadable),
        skipped_count=len(evaluation.unreadable),
        metadata=evaluation.metadata,
        findings=findings,
        settings=settings(evaluation.metadata, words) if evaluation.metadata is not None else (),
    )


def of_folders(
    figures: FolderFigures,
    metadata: ModelMetadata,
    store: PhotoStore,
    words: Words,
    findings: Sequence[Finding] | None = None,
) -> ReportContent:
    """A product model on class folders.

    ``metadata`` is the model's and ``store`` has the photos, still open; for the others see :func:`of_evaluation`.
    """
    rows = tuple(
        TableRow(
            name,
            (tally.top1 / tally.n, tally.top3 / tally.n),
            tally.n,
            ", ".join(f"{called} {count:,}" for called, count in tally.instead.most_common(3)),
        )
        for name, tally in sorted(figures.classes.items())
    )
    table = Table(
        "Figures per folder",
        "A photo is correct when the prediction is a category that its folder stands for. Among three: one of "
        "the model's first three answers is.",
        "Folder",
        ("Correct", "Among three"),
        rows,
        "Called instead",
    )
    unknown = tuple(
        (f"{number_format.photos(count)} in “{folder}”", "no category, and in no mapping")
        if folder
        else (number_format.photos(count), "in no folder")
        for folder, count in figures.unknown.items()
    )
    return ReportContent(
        figures.model_name,
        figures.data_name,
        _now(),
        sum(tally.top1 for tally in figures.classes.values()),
        figures.n,
        figures.bins.error(),
        (_sure(figures.selective),),
        _folder_matrix(figures),
        (table,),
        tuple(_of_photo(mistake, store) for mistake in figures.worst.in_order()),
        unknown + _reasons(figures.skipped, words),
        figures.skipped.n,
        metadata,
        findings,
        settings(metadata, words),
    )


def of_products(
    figures: ProductFigures,
    metadata: ModelMetadata,
    store: PhotoStore,
    words: Words,
    findings: Sequence[Finding] | None = None,
) -> ReportContent:
    """A product model on a list of products.

    ``metadata`` is the model's and ``store`` has the photos, still open; for the others see :func:`of_evaluation`.
    """
    tally = figures.attributes["category"]
    classes, counts_KK = _that_occur(tally.classes, tally.confusion_KK)
    attributes = tuple(
        TableRow(
            name.capitalize(),
            (each.top(1), each.top(3), each.macro_f1(), sure.to_json()["coverage"], sure.to_json()["accuracy"]),
            each.n,
        )
        for name, each in figures.attributes.items()
        for sure in [each.confident]
    )
    return ReportContent(
        figures.model_name,
        figures.data_name,
        _now(),
        int(np.diag(counts_KK).sum()),
        tally.n,
        tally.calibration_error(),
        (_sure(tally.selective),),
        Matrix(classes, classes, counts_KK) if classes else None,
        (
            Table(
                "Figures per attribute",
                "Among three: the truth is one of the model's first three answers. F1: mean over the values. Sure: "
                "share of photos where the model is sure of this attribute, and how many of those are correct.",
                "Attribute",
                ("Correct", "Among three", "F1", "Sure", "Sure and correct"),
                attributes,
            ),
            _per_class(classes, counts_KK),
        ),
        tuple(_of_photo(mistake, store) for mistake in figures.worst.in_order()),
        _reasons(figures.skipped, words) + _reasons_of(tally.skipped, words),
        figures.skipped.n + tally.skipped.total(),
        metadata,
        findings,
        settings(metadata, words),
    )


def _per_class(classes: tuple[str, ...], counts_KK: np.ndarray) -> Table:
    figures = class_figures(classes, counts_KK)
    rows = tuple(
        TableRow(each.name, (each.precision, each.recall, each.f1), each.support) for each in figures if each.support
    )
    return Table("Figures per category", _CLASS_EXPLANATION, "Category", _CLASS_HEADS, rows)


def _that_occur(classes: tuple[str, ...], counts_KK: np.ndarray) -> tuple[tuple[str, ...], np.ndarray]:
    """Without the classes that no photo is and none was called."""
    kept = np.flatnonzero(counts_KK.sum(axis=0) + counts_KK.sum(axis=1))
    return tuple(classes[k] for k in kept), counts_KK[np.ix_(kept, kept)]


def _folder_matrix(figures: FolderFigures) -> Matrix:
    """Folders by folders: a wrong category counts as the first folder that it is correct for, if there is one."""
    folders = tuple(sorted(figures.classes))
    stands_for: dict[str, str] = {}
    for folder in folders:
        for category in sorted(figures.classes[folder].categories):
            stands_for.setdefault(category, folder)
    strangers: Counter[str] = Counter()
    for tally in figures.classes.values():
        strangers.update({name: count for name, count in tally.instead.items() if name not in stands_for})
    shown = [name for name, _ in strangers.most_common(_OTHER_COLUMNS)]
    # A category may have the name of a folder that does not stand for it; then it is told apart.
    others = [f"{name} (category)" if name in folders else name for name in shown]
    rest = [_REST] if len(strangers) > len(shown) else []
    places = {folder: k for k, folder in enumerate(folders)}
    columns = {name: len(folders) + k for k, name in enumerate(shown)}
    counts_RC = np.zeros((len(folders), len(folders) + len(others) + len(rest)), np.int64)
    for row, folder in enumerate(folders):
        tally = figures.classes[folder]
        counts_RC[row, row] = tally.top1
        for name, count in tally.instead.items():
            known = stands_for.get(name)
            counts_RC[row, places[known] if known is not None else columns.get(name, -1)] += count
    return Matrix(folders, (*folders, *others, *rest), counts_RC)


def _sure(of: Selective) -> str:
    if not of.ok:
        return "It is sure of none of them: all need review."
    sure, accuracy = number_format.percent(of.ok / of.n), number_format.percent(of.correct / of.ok)
    return f"It is sure of {sure} of them, and correct on {accuracy} of those."


def _reasons(skipped: Skipped, words: Words) -> tuple[tuple[str, str], ...]:
    return _reasons_of(skipped.reasons, words) + tuple(("", words.sentence(error)) for error in skipped.errors)


def _reasons_of(reasons: Counter[SkipReason], words: Words) -> tuple[tuple[str, str], ...]:
    return tuple((number_format.photos(count), words.skip_reason(reason)) for reason, count in reasons.items())


def _of_image(evaluation: Evaluation, index: int) -> ShownMistake:
    images = evaluation.images
    assert images is not None
    pixels_CHW = images.images_NCHW[index].numpy()
    file = images.files[index] if images.files else ""
    pixels = pixels_CHW[0] if len(pixels_CHW) == 1 else pixels_CHW.transpose(1, 2, 0)
    if file:
        with contextlib.suppress(PhotoError):  # moved since; then what the model saw
            pixels = load_photo(Path(file), short_side=_SIDE).pixels_HWC
    return ShownMistake(
        Path(file).name if file else f"test photo {index + 1:,}",
        evaluation.classes[int(evaluation.labels_N[index])],
        evaluation.classes[int(evaluation.predictions_N[index])],
        float(evaluation.confidences_N[index]),
        *_picture(pixels),
    )


def _of_photo(mistake: Mistake, store: PhotoStore) -> ShownMistake:
    try:
        picture, tiny = _picture(store.load(mistake.file).pixels_HWC)
    except PhotoError:
        picture, tiny = "", False
    name = PurePosixPath(mistake.file).name
    return ShownMistake(name, mistake.actual, mistake.predicted, mistake.confidence, picture, tiny)


def _picture(pixels: np.ndarray) -> tuple[str, bool]:
    """A ``data:`` address, and whether the picture is tiny: those keep every pixel."""
    image = Image.fromarray(np.ascontiguousarray(pixels))
    tiny = max(image.size) <= _TINY
    buffer = io.BytesIO()
    if tiny:
        image.save(buffer, "PNG")
    else:
        image.thumbnail((_SIDE, _SIDE))
        image.save(buffer, "JPEG", quality=80, optimize=True)
    return f"data:image/{'png' if tiny else 'jpeg'};base64,{base64.b64encode(buffer.getvalue()).decode()}", tiny


def _now() -> datetime:
    return datetime.now().astimezone()
