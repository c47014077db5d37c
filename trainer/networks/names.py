"""Names of networks, for lists that must not wait for torch."""

IMAGENET = ("resnet18", "resnet50", "vgg16", "mobilenet_v3_large", "efficientnet_b0")
"""Networks of torchvision, with published weights of ImageNet."""

WITH_ATTRIBUTES = ("product", "product-wide", "efficientnet-lite0")
"""Networks with heads for more than the category."""

BUNDLED_BACKBONES = ("efficientnet-lite0",)
"""Networks that start from ImageNet weights of ``resources/backbones``, in the file ``<name>.safetensors``."""
