"""Photos of the catalogue that are like a photo that need not be in it."""

from __future__ import annotations

from pathlib import Path

from fashionlens_gui import paths
from fashionlens_gui.catalogue.catalogue import Catalogue
from fashionlens_gui.catalogue.model_identity import fingerprint_of, identity_of
from fashionlens_gui.catalogue.query import Query
from fashionlens_gui.catalogue.search.similar import Similar, SimilarPhotos
from fashionlens_gui.model_choice import open_predictor
from fashionlens_gui.tagging.tag import printable
from trainer.errors import DataError
from trainer.model_files.library import ModelLibrary
from trainer.preprocessing.photo import load_photo


def similar_to_file(
    catalogue: Catalogue, similar: SimilarPhotos, photo: Path, top: int, query: Query | None = None
) -> Similar:
    """The photos most like a file, by what the model predicts of it that tagged most of the catalogue.

    Args:
        catalogue: Open.
        similar: Of this catalogue.
        photo: The file.
        top: How many at most.
        query: Only photos of this list; its order does not matter.

    Raises:
        PhotoError: The file cannot be read.
        DataError: ``no_photos_to_compare`` or ``model_of_catalogue_missing``.
        ModelFileError: The model cannot be opened.
    """
    model = similar.main_model()
    if model is None:
        raise DataError("no_photos_to_compare", file=printable(str(catalogue.file)))
    path = model_file(*model)
    predictor = open_predictor(path)
    read = load_photo(photo, short_side=predictor.decode_short_side)
    (prediction,) = predictor.predict([predictor.prepare(read)])
    return similar.to_prediction(prediction, identity_of(path, predictor), top, query)


def model_file(name: str, fingerprint: str) -> Path:
    """The file of a model that tagged photos. Raises DataError (``model_of_catalogue_missing``)."""
    for entry in ModelLibrary(paths.model_folders()).entries():
        if fingerprint_of(entry.path) == fingerprint:
            return entry.path
    raise DataError("model_of_catalogue_missing", name=printable(name))
