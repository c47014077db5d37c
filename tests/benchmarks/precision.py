"""Speed of training steps on the CPU in bfloat16 mixed precision and in float32.

    python -m tests.benchmarks.precision [--rounds 12] [--threads 0]

Both take turns on one network and one batch, so that other work on the computer meets both alike; the ratio of their
fastest steps is reported, above 1 where mixed precision is slower. :func:`trainer.devices.prefers_bf16`
must predict it.
"""

from __future__ import annotations

import argparse
import os
import sys
import time

os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import torch
from torch.nn import functional as F

from trainer import devices
from trainer.data.products import PRODUCT_INPUT
from trainer.networks import registry
from trainer.preprocessing.input_spec import COLOUR_INPUT, FASHION_MNIST_INPUT, InputSpec

_CASES: dict[str, tuple[InputSpec, int]] = {
    "cnn": (FASHION_MNIST_INPUT, 128),
    "resnet-mini": (FASHION_MNIST_INPUT, 128),
    "product": (PRODUCT_INPUT, 64),
    "resnet18": (COLOUR_INPUT, 16),
    "mobilenet_v3_large": (COLOUR_INPUT, 16),
}
_WARM_UP = 3


def ratio(network: str, rounds: int) -> tuple[float, float]:
    """Seconds of the fastest step in float32, and the fastest in bfloat16 as a multiple of it."""
    spec, batch = _CASES[network]
    torch.manual_seed(1)
    model = registry.build(network, spec, 10).train().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    inputs = torch.randn(batch, spec.channels, spec.height, spec.width).contiguous(memory_format=torch.channels_last)
    wanted_N = torch.randint(0, 10, (batch,))
    fastest = {False: float("inf"), True: float("inf")}
    for number in range(_WARM_UP + rounds):
        for mixed in fastest:
            began = time.perf_counter()
            with torch.autocast("cpu", dtype=torch.bfloat16, enabled=mixed):
                loss = F.cross_entropy(model(inputs), wanted_N)
            loss.backward()
            if number >= _WARM_UP:
                fastest[mixed] = min(fastest[mixed], time.perf_counter() - began)
    return fastest[False], fastest[True] / fastest[False]


def main() -> int:
    """Measure and print; 1 when what the program would choose is the slower one for most of the networks."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--threads", type=int, default=0, help="torch threads; 0: as torch chooses")
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    chosen = devices.prefers_bf16(torch.device("cpu"))
    able = torch.cpu.get_capabilities()
    print(f"amx_bf16 {bool(able.get('amx_bf16'))}, avx512_bf16 {bool(able.get('avx512_bf16'))}: trains in", end=" ")
    print("bfloat16" if chosen else "float32")
    slower = []
    for network in _CASES:
        seconds, times = ratio(network, options.rounds)
        slower.append(times > 1)
        print(
            f"{network:20} {1000 * seconds:7.1f} ms a step in float32, {times:.2f} times that in bfloat16", flush=True
        )
    return int((sum(slower) > len(slower) / 2) == chosen)


if __name__ == "__main__":
    sys.exit(main())
