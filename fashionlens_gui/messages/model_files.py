"""Sentences for model files and packages: why one is refused, cannot be read, written or renamed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fashionlens_gui.messages.message import Table
from trainer.number_format import day_of

if TYPE_CHECKING:
    from trainer.model_files.metadata import Origin

_UNPACK_FIRST = "If it holds photos to tag, unpack it first."  # people drop such zips on the window, too


def origin_text(origin: Origin) -> str:
    """The weights that a training began with."""
    match origin.kind:
        case "random":
            return "random weights"
        case "backbone":
            return f"{origin.name}, trained on ImageNet"
        case "model":
            return f"{origin.name}, trained {day_of(origin.created) or origin.created or 'at an unknown time'}"


def _network(network: str, categories: int) -> str:
    return f"the network “{network}” with {categories} categories"


def _classes(attribute: str) -> str:
    return f"values of “{attribute}”" if attribute else "categories"


SENTENCES: Table = {
    "file_not_saved": "“{name}” could not be saved in {folder}: {reason}. What was there before is unchanged. Try "
    "again, or choose another folder or name.",
    "saved_elsewhere": "“{name}” could not be replaced: {reason}. The new file is {file}.",
    "file_missing": "There is no file {file}. Check the name.",
    "model_file_unreadable": lambda name, reason: f"“{name}” could not be read{f': {reason}' if reason else ''}.",
    "file_is_link": "“{name}” is a link to another file. Give the file itself.",
    "file_not_regular": "“{name}” is a folder or a device, not a file. Give a .zip or .safetensors file.",
    "file_empty": "“{name}” is empty. Get the file again.",
    "file_too_large": lambda name, bytes, limit: (
        f"“{name}” has {bytes / 2**30:.1f} GB; no model of FashionLens has more than {limit / 2**30:.0f} GB. It was "
        "not opened."
    ),
    "file_not_permitted": "You may not read “{name}”. Ask its owner, or copy it.",
    "file_is_pickle": "“{name}” is a pickle (.pth, .pt, .bin and the like): such files can run any program on your "
    "computer when they are opened, so FashionLens never opens them. Ask for the model as .safetensors, or as a .zip "
    "that FashionLens exported.",
    "file_from_newer_version": "“{name}” was written by a newer version of FashionLens. Install that version to use "
    "it.",
    "file_not_zip": "“{name}” is called .zip but is none, or is damaged. Get the file again.",
    "file_not_model": "“{name}” is no model file. Models come as .zip, exported by FashionLens, or as .safetensors "
    "files.",
    "backbone_weights_unreadable": "The ImageNet weights in {file} are missing, damaged or of another network. Install "
    "FashionLens again.",
    "model_file_missing": "There is no model file at {file}. Check the name, or choose another model.",
    "model_file_truncated": lambda name, missing: (
        f"“{name}” is damaged: it is cut short by {missing:,} byte{'' if missing == 1 else 's'}. Copy or download it "
        "again."
    ),
    "model_file_with_extra_bytes": "“{name}” was changed: {extra:,} bytes at its end belong to nothing in it. Get the "
    "file again.",
    "model_header_length": "“{name}” is not a safetensors file, or its beginning is damaged: its header would have "
    "{header:,} bytes in a file of {size:,}. Get the file again, or choose another one.",
    "model_header_damaged": "“{name}” is not a safetensors file, or its header is damaged. Get the file again, or "
    "choose another one.",
    "model_without_metadata": "“{name}” holds weights, but it is not a model of FashionLens: it does not name a "
    "network and categories. Only models that FashionLens trained can be imported.",
    "model_metadata_damaged": "“{name}” is damaged: its metadata is not valid JSON. Get the file again.",
    "model_metadata_invalid": "“{name}” was changed or comes from another version: its metadata makes no sense. Get "
    "the file again.",
    "model_without_classes": lambda name, attribute: (
        f"“{name}” does not say its {_classes(attribute)}, so its answers would have no names."
    ),
    "model_class_without_name": lambda name, attribute: (
        f"“{name}” is damaged: some of its {_classes(attribute)} have no name."
    ),
    "model_class_twice": lambda name, attribute, value: (
        f"“{name}” is damaged: “{value}” is there twice among its {_classes(attribute)}."
    ),
    "model_with_one_class": lambda name, attribute: (
        f"“{name}” has one thing only among its {_classes(attribute)}; a model needs at least two."
    ),
    "model_network_unknown": "“{name}” was changed: there is no network “{network}” as it describes it.",
    "model_of_another_network": lambda name, network, categories: (
        f"“{name}” holds the weights of another network than it says: they are not those of "
        f"{_network(network, categories)}. It cannot be used."
    ),
    "model_weights_missing": lambda name, network, categories: (
        f"“{name}” lacks weights for {_network(network, categories)}. Get the file again."
    ),
    "model_weights_unexpected": lambda name, network, categories: (
        f"“{name}” has too many weights for {_network(network, categories)}. Get the file again."
    ),
    "model_weights_of_another_shape": lambda name, network, categories: (
        f"“{name}” was changed: its weights have another shape than {_network(network, categories)} needs. Get the "
        "file again."
    ),
    "model_weights_of_another_type": lambda name, found, needed, network, categories: (
        f"“{name}” holds its weights as {found} where {_network(network, categories)} needs {needed}. It cannot be "
        "used."
    ),
    "model_weights_not_finite": "“{name}” holds weights that are not numbers (NaN or infinite), so it cannot predict "
    "anything. Its training went wrong, or the file was changed.",
    "model_weights_unreadable": "“{name}” is damaged: its weights cannot be read. Get the file again.",
    "model_weights_do_not_fit": "{name} is damaged: its weights do not fit the network “{network}” with {categories} "
    "categories. Get the file again, or choose another model.",
    "model_unknown": lambda name, known: (
        f"There is no model “{name}”. Models on this computer: {', '.join(known) or 'none yet'}."
    ),
    "model_renamed_in_part": "The model “{name}” could not be renamed completely: {reason}. Look into {folder}: it may "
    "be there under both names.",
    "model_not_renamable": "The model's file is damaged and cannot be renamed.",
    "name_empty": "A model needs a name.",
    "name_too_long": "The name is too long; {limit} letters are the most.",
    "name_not_a_file_name": (
        'The name becomes a file name, so it cannot contain / \\ : * ? " < > | nor begin or end with a dot or a space.'
    ),
    "name_with_invisible_characters": "The name has invisible characters; type it again.",
    "name_reserved": "Windows reserves the name “{name}”; choose another one.",
    "name_of_companion": lambda endings: (
        f"A name cannot end in {' or '.join(endings)}, as files beside other models do; choose another one."
    ),
    "name_taken": "There is already a model “{name}”; it is unchanged. Choose another name, such as “{free}”.",
    "package_truncated": ("“{name}” is cut short or damaged: as a zip it has no end. Copy or download it again."),
    "package_changed": "The package was changed or damaged since it was written: “{member}” in it is not what it was. "
    "Nothing was installed; get the file again.",
    "package_card_not_text": "The card “{member}” in the package is no text.",
    "package_sample_invalid": "“{member}” in the package is no sample of this model's training photos, or is damaged. "
    "Nothing was installed; get the file again.",
    "package_with_too_many_files": (
        "“{name}” holds {count:,} files; a model has at most {limit}: weights, card, sample and manifest. It was not "
        "opened. " + _UNPACK_FIRST
    ),
    "package_path_escapes": "“{name}” tries to write outside its place: one of its files is called “{member}”. It may "
    "be meant to do harm; nothing was unpacked.",
    "package_holds_link": "“{name}” holds a link (“{member}”) in place of a file. Nothing was unpacked.",
    "package_member_unexpected": "“{name}” holds “{member}”, which a model does not have. Nothing was unpacked.",
    "package_member_twice": "“{name}” holds “{member}” twice. Nothing was unpacked.",
    "package_encrypted": "“{name}” needs a password. Ask for the model without one.",
    "package_compression_unknown": ("“{name}” is packed in an unusual way. Unpack it and pack it as an ordinary zip."),
    "package_too_large": lambda name, member, bytes: (
        f"“{name}” would unpack “{member}” to {bytes / 2**20:,.0f} MB, far more than a model has. Nothing was unpacked."
    ),
    "package_of_another_kind": "“{name}” is not a model of FashionLens but something else (“{kind}”).",
    "package_member_not_in_manifest": ("“{name}” holds “{member}”, which its manifest does not name. It was changed."),
    "package_member_missing": "“{name}” lacks “{member}”. Get the file again.",
    "zip_not_model": (
        "“{name}” is a zip, but not a model of FashionLens: it holds no {manifest}. Give a .zip that FashionLens "
        "exported. " + _UNPACK_FIRST
    ),
    "replay_unreadable": "{name} in {folder} cannot be read as a sample of training photos. Get the file again, or "
    "move it away: the model can be improved without, but may then forget.",
    "replay_damaged": "{name} in {folder} is damaged. Get the file again, or move it away.",
    "replay_of_another_model": "{name} does not belong to {model}: it was made with other weights or categories. Use "
    "the file that came with the model, or move this one away: the model can be improved without, but may then forget.",
    "graph_unusable": "The file {name} for fast tagging cannot be used.",
    "graph_of_another_input": "The file {name} for fast tagging is for photos of another size.",
    "no_graph": "“{name}” has no graph for ONNX Runtime. Choose the runtime torch or auto.",
    "onnx_no_readable_photos": "None of the photos for checking the ONNX file could be read.",
    "onnx_answers_differ": "The ONNX file's answers differ from FashionLens's own by up to {difference:.3g}, so it was "
    "not saved.",
}
