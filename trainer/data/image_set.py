"""Labelled images held in memory, ready for a network."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

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
    unreadable: tuple[Unreadable, ...] = ()

    def __len__(self) -> int:
        return len(self.labels_N)

    def subset(self, indices_M: torch.Tensor, name: str | None = None) -> ImageSet:
        """The images at ``indices_M`` (int64), in that order."""
        return replace(
            self,
            name=name or self.name,
            images_NCHW=self.images_NCHW[indices_M],
            labels_N=self.labels_N[indices_M],
            files=tuple(self.files[i] for i in indices_M.tolist()) if self.files else (),
            unreadable=(),
        )

    def fingerprint(self) -> str:
        """16 hex digits that change when any pixel, label or class changes (SHA-256)."""
        digest = hashlib.sha256("\n".join(self.classes).encode())
        digest.update(self.labels_N.numpy().tobytes())
        digest.update(self.images_NCHW.numpy().tobytes())
        return digest.hexdigest()[:16]
