"""The one place that knows why importing torchvision may need help on a CPU-only torch.

The Linux wheel of torchvision is linked against CUDA torch. Beside a CPU build of torch its native library cannot
load, and ``import torchvision`` ends in "operator torchvision::nms does not exist", although transforms, datasets and
classification networks need none of it. Declaring the schemas of the two operators that torchvision registers fake
kernels for lets the import pass. Where the native library loads (Windows, macOS, CUDA machines) nothing is declared.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

_MISSING_OPERATORS = ("nms", "qnms")
_SIGNATURE = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"
_declared: Any = None  # torch forgets the schemas when the Library object is collected


def torchvision() -> ModuleType:
    """Import and return the module ``torchvision``.

    Its ``transforms.v2``, ``datasets`` and classification ``models`` work; ``torchvision.io.decode_*`` and the
    detection operators do not where the native library is missing.
    """
    _declare_operators_if_needed()
    import torchvision as module

    return module


def _declare_operators_if_needed() -> None:
    global _declared
    if _declared is not None:
        return
    import torch

    if hasattr(torch.ops.torchvision, "nms") or _native_library_loads():
        return
    _declared = torch.library.Library("torchvision", "DEF")
    for name in _MISSING_OPERATORS:
        _declared.define(f"{name}{_SIGNATURE}")


def _native_library_loads() -> bool:
    import torch

    spec = importlib.util.find_spec("torchvision")
    if spec is None or spec.origin is None:
        return True  # let the import itself say that torchvision is absent
    libraries = [*Path(spec.origin).parent.glob("_C*.so"), *Path(spec.origin).parent.glob("_C*.pyd")]
    try:
        for library in libraries:
            torch.ops.load_library(str(library))
    except OSError:
        return False
    return True
