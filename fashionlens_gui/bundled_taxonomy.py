"""The taxonomy that came with the program, for what can do without it."""

from __future__ import annotations

import logging
from functools import lru_cache

from fashionlens_gui import messages, paths
from trainer import taxonomy
from trainer.errors import FashionLensError
from trainer.taxonomy import Taxonomy

_log = logging.getLogger(__name__)


@lru_cache(maxsize=1)
def bundled_taxonomy() -> Taxonomy | None:
    """The bundled taxonomy; None if the installation is damaged: then there are no groups and fewer suggestions."""
    try:
        return taxonomy.load(paths.taxonomy_dir())
    except FashionLensError as error:
        _log.warning("No groups, and no suggestions beyond the model's: %s %s", messages.sentence(error), error.detail)
        return None
