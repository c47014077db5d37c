"""Names of networks, for lists that must not wait for torch."""

IMAGENET = ("resnet18", "resnet50", "vgg16", "mobilenet_v3_large", "efficientnet_b0")
"""Networks of torchvision, with published weights of ImageNet."""

WITH_ATTRIBUTES = ("product", "product-wide")
"""Networks with heads for more than the category."""
