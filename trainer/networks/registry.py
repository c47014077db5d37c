"""Networks by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from trainer.errors import ModelFileError
from trainer.networks import imagenet, names
from trainer.networks.cnn import CNN
from trainer.networks.efficientnet_lite import EfficientNetLiteNetwork
from trainer.networks.network import Network
from trainer.networks.product import ProductNetwork
from trainer.networks.residual import ResNetMini
from trainer.networks.wide import WideResNet
from trainer.preprocessing.input_spec import InputSpec

Builder = Callable[[InputSpec, int, Mapping[str, int]], Network]


def _imagenet(name: str, spec: InputSpec, classes: int, attributes: Mapping[str, int]) -> Network:
    return imagenet.ImageNetNetwork(name, classes)


_BUILDERS: dict[str, Builder] = {
    "cnn": lambda spec, classes, _: CNN(spec.channels, spec.height, spec.width, classes),
    "resnet-mini": lambda spec, classes, _: ResNetMini(spec.channels, classes),
    "wide-resnet": lambda spec, classes, _: WideResNet(spec.channels, classes),
    "product": lambda spec, classes, attributes: ProductNetwork(spec.channels, classes, attributes),
    "product-wide": lambda spec, classes, attributes: ProductNetwork(spec.channels, classes, attributes, width=64),
    "efficientnet-lite0": lambda _, classes, attributes: EfficientNetLiteNetwork("lite0", classes, attributes),
    **{name: partial(_imagenet, name) for name in names.IMAGENET},
}
NAMES = tuple(_BUILDERS)


def build(name: str, spec: InputSpec, classes: int, attributes: Mapping[str, int] | None = None) -> Network:
    """A new network with random weights.

    Args:
        name: One of :data:`NAMES`.
        spec: The input it will see.
        classes: K, the number of logits.
        attributes: Numbers of values of further attributes; only :data:`names.WITH_ATTRIBUTES` have heads for them.

    Raises:
        ModelFileError: No network has that name.
    """
    if name not in _BUILDERS:
        raise ModelFileError("unknown_network", network=name, known=NAMES)
    return _BUILDERS[name](spec, classes, attributes or {})
