"""Names of networks and of their parts, for what must not wait for torch."""

IMAGENET = ("resnet18", "resnet50", "vgg16", "mobilenet_v3_large", "efficientnet_b0")
"""Networks of torchvision, with published weights of ImageNet."""

WITH_ATTRIBUTES = ("product", "product-wide", "efficientnet-lite0")
"""Networks with heads for more than the category."""

BUNDLED_BACKBONES = ("efficientnet-lite0",)
"""Networks that start from ImageNet weights of ``resources/backbones``, in the file ``<name>.safetensors``."""

PRETRAINED = (*BUNDLED_BACKBONES, *IMAGENET)
"""All networks with ImageNet weights that own photos can start from, those that need no download first."""

CATEGORY_HEAD, ATTRIBUTE_HEADS = "head", "attribute_heads"
"""Modules of every network: the head of the category, and those of the attributes."""

OPEN_SET = "open_set"
"""First part of the names of the tensors of :mod:`trainer.model_files.open_set` in a model file."""


def is_of_head(parameter: str) -> bool:
    """Whether a parameter, by its name in the model file, is applied to embeddings and not part of the backbone."""
    return parameter.split(".")[0] in (CATEGORY_HEAD, ATTRIBUTE_HEADS, OPEN_SET)


def is_of_category_head(parameter: str) -> bool:
    """Whether a parameter belongs to the category's head."""
    return parameter.split(".")[0] == CATEGORY_HEAD
