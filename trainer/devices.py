"""The device to compute on. Importing this module does not import torch; choosing does."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

from trainer.errors import DeviceMissing

if TYPE_CHECKING:
    import torch
    from torch import nn

NAMES = ("auto", "cpu", "cuda", "mps")
"""What a user can ask for; ``auto`` takes an NVIDIA GPU, else the CPU. An Apple GPU (mps) has to be asked for."""

T = TypeVar("T")


def available() -> tuple[str, ...]:
    """The devices that this computer and this PyTorch have; the first is the one of ``auto``, ``cpu`` is always there.

    Apple's GPU comes last: open bugs of PyTorch give wrong results there without an error (pytorch #134580, #174345).
    """
    import torch

    there = {"cuda": torch.cuda.is_available(), "cpu": True, "mps": torch.backends.mps.is_available()}
    return tuple(name for name, is_there in there.items() if is_there)


def choose(name: str) -> torch.device:
    """The device of a name in :data:`NAMES`. Raises :class:`DeviceMissing`: it is not there."""
    import torch

    there = available()
    if name == "auto":
        return torch.device(there[0])
    if name not in there:
        raise DeviceMissing("device_missing", f"PyTorch {torch.__version__}", device=name, available=there)
    return torch.device(name)


def device_of(network: nn.Module) -> torch.device:
    """The device of a network's weights, and so of its inputs."""
    return next(network.parameters()).device


def to_device(network: nn.Module, device: torch.device) -> None:
    """Move the network to ``device`` in its :func:`memory_format`."""
    network.to(device, memory_format=memory_format(device))  # type: ignore[call-overload]  # missing in torch's stubs


def memory_format(device: torch.device) -> torch.memory_format:
    """In which convolutions are fastest: channels_last; on Apple's GPU, where that has had bugs, the usual one."""
    import torch

    return torch.contiguous_format if device.type == "mps" else torch.channels_last


def arranged(images_NCHW: torch.Tensor) -> torch.Tensor:
    """Images in the :func:`memory_format` of their device."""
    return images_NCHW.contiguous(memory_format=memory_format(images_NCHW.device))


def prefers_bf16(device: torch.device) -> bool:
    """Whether steps in bfloat16 are faster there: GPUs since Ampere, CPUs with AMX.

    Elsewhere the conversion makes it slower than float32: several times without instructions for bfloat16, and by a
    tenth to a half with AVX512-BF16 alone (``tests.benchmarks.precision``).
    Apple's chips are left at float32.
    """
    import torch

    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    if device.type == "cpu":
        return bool(torch.cpu.get_capabilities().get("amx_bf16"))
    return False


def mixed_precision(device: torch.device) -> AbstractContextManager[object]:
    """Autocast to bfloat16 where that is faster; weights stay float32."""
    import torch

    if not prefers_bf16(device):
        return contextlib.nullcontext()
    return torch.autocast(device.type, dtype=torch.bfloat16)


def threads_leaving_one_core() -> int:
    """Number of threads for torch beside a window or decoders: all cores but one."""
    return max(1, (os.cpu_count() or 2) - 1)


@contextlib.contextmanager
def deterministic_cudnn() -> Iterator[None]:
    """Within it cuDNN computes convolutions in the same way each time; elsewhere it may choose by speed."""
    from torch.backends import cudnn

    before = cudnn.benchmark, cudnn.deterministic
    cudnn.benchmark, cudnn.deterministic = False, True
    try:
        yield
    finally:
        cudnn.benchmark, cudnn.deterministic = before


@contextlib.contextmanager
def leaving_one_core() -> Iterator[None]:
    """Within it torch has :func:`threads_leaving_one_core`: with all, it and the decoders would wait for each other."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(min(before, threads_leaving_one_core()))
    try:
        yield
    finally:
        torch.set_num_threads(before)


def move_to_device(data: T, device: torch.device) -> T:
    """The same data with all their tensors on a device: a whole data set is moved once, instead of batch by batch.

    ``data`` is a dataclass of tensors, of dictionaries of them, of other such dataclasses, and of anything else, which
    is returned as it is.
    """
    import torch

    moved: Any = data
    if isinstance(data, torch.Tensor):
        moved = data.to(device)
    elif isinstance(data, dict):
        moved = {name: move_to_device(value, device) for name, value in data.items()}
    elif is_dataclass(data) and not isinstance(data, type):
        moved = replace(data, **{f.name: move_to_device(getattr(data, f.name), device) for f in fields(data) if f.init})
    return moved
