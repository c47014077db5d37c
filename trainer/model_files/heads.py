"""The heads of a network: a linear layer for the category and one for each attribute, on one embedding."""

from __future__ import annotations

import copy
from collections.abc import Mapping

import torch
from torch import nn

from trainer.devices import device_of
from trainer.model_files.metadata import ModelMetadata
from trainer.networks.linear_probe import LinearProbe
from trainer.networks.names import ATTRIBUTE_HEADS
from trainer.taxonomy import CATEGORY


def head_of(network: nn.Module, metadata: ModelMetadata, attribute: str) -> LinearProbe:
    """A network's head of ``category`` or an attribute, on the CPU, scaled so that its logits are calibrated."""
    if attribute == CATEGORY:
        head, temperature = network.head, metadata.temperature
    else:
        head, temperature = _attribute_heads(network)[attribute], metadata.attributes[attribute].temperature
    assert isinstance(head, nn.Linear)
    return LinearProbe(head.weight.detach().cpu() / temperature, head.bias.detach().cpu() / temperature)


def with_heads(network: nn.Module, heads: Mapping[str, LinearProbe]) -> nn.Module:
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
            _attribute_heads(changed)[attribute] = head
    return changed.eval()


def _attribute_heads(network: nn.Module) -> nn.ModuleDict:
    heads = getattr(network, ATTRIBUTE_HEADS)
    assert isinstance(heads, nn.ModuleDict)
    return heads
