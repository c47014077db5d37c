"""Labelled images held in memory, ready for a network."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

import torch

from trainer.data.photo_files import Unreadable
from trainer.preprocessing.input_spec import InputSpec


@dataclass(frozen=True)
class ImageSet:
    """Images with their true classes.

    Attributes:
        name: What the user calls it, such as ``Fashion-MNIST test images``.
        images_NCHW: uint8, [0, 255], already in the size of ``input``.
        labels_N: int64, indices into ``classes``.
        classes: K class names in label order.
        input: How the pixels were made; a model trained on them takes the same.
        files: The photo behind each image, or empty when the images come from an archive.
        unreadable: Photos that were left out.
    """

    name: str
    images_NCHW: torch.Tensor
    labels_N: torch.Tensor
    classes: tuple[str, ...]
    input: InputSpec
    files: tuple[str, ...] = ()
    unreadable: tuple[Unreadable, ...] = field(default=())

    def __len__(self) -> int:
        return len(self.labels_N)

    def subset(self, indices_M: torch.Tensor, name: str | None = None) -> ImageSet:
        """The images at ``indices_M`` (int64), in that order."""
        return ImageSet(
            name or self.name,
            self.images_NCHW[indices_M],
            self.labels_N[indices_M],
            self.classes,
            self.input,
            tuple(self.files[int(i)] for i in indices_M) if self.files else (),
        )

    def fingerprint(self) -> str:
        """16 hex digits that change when any pixel, label or class changes (SHA-256)."""
        digest = hashlib.sha256("\n".join(self.classes).encode())
        digest.update(self.labels_N.numpy().tobytes())
        digest.update(self.images_NCHW.numpy().tobytes())
        return digest.hexdigest()[:16]
