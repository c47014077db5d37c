"""The colour names that a model's photos are measured against."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from fashionlens_gui import paths
from trainer import taxonomy
from trainer.taxonomy import Colour

if TYPE_CHECKING:
    from trainer.model_files.metadata import ModelMetadata


def palette_for(metadata: ModelMetadata) -> Sequence[Colour]:
    """The taxonomy's colours for a model that knows colours, none for one that does not."""
    return taxonomy.load(paths.taxonomy_dir()).colours if "colour" in metadata.attributes else ()
