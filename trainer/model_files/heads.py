"""The heads of a network: a linear layer for the category and one for each attribute, on one embedding."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import cast

import torch
from torch import nn

from trainer.devices import device_of
from trainer.model_files.metadata import ModelMetadata
from trainer.networks.linear_probe import LinearProbe
from trainer.networks.network import Network
from trainer.taxonomy import CATEGORY


def head_of(network: Network, metadata: ModelMetadata, attribute: str) -> LinearProbe:
    """A network's head of ``category`` or an attribute, on the CPU, scaled so that its logits are calibrated."""
    known = metadata if attribute == CATEGORY else metadata.attributes[attribute]
    head = network.head if attribute == CATEGORY else cast(nn.Linear, network.attribute_heads[attribute])
    return LinearProbe(head.weight.detach().cpu() / known.temperature, head.bias.detach().cpu() / known.temperature)


def with_heads(network: Network, heads: Mapping[str, LinearProbe]) -> Network:
    """A copy of a network with other heads, by attribute or ``category``, on its device and in evaluation mode.

    Each may have another number of classes than before. The others stay.
    """
    changed = copy.deepcopy(network)
    for attribute, probe in heads.items():
        head = nn.Linear(probe.weight_KD.shape[1], len(probe.bias_K))
        with torch.no_grad():
            head.weight.copy_(probe.weight_KD)
            head.bias.copy_(probe.bias_K)
        head.to(device_of(network))
        if attribute == CATEGORY:
            changed.head = head
        else:
            changed.attribute_heads[attribute] = head
    return changed.eval()
