"""Sentences for options and files that a command cannot use."""

from __future__ import annotations

from collections.abc import Sequence

from fashionlens_gui.messages.message import Table


def _product_networks(networks: Sequence[str]) -> str:
    names = " and ".join(f"“{name}”" for name in networks)
    return f"The networks {names} are trained with --data products, and only they are. Leave --model out, or the data."


def _not_with_a_model_of_categories(model: str, options: Sequence[str]) -> str:
    given = ", ".join(options) or "a product list"
    return (
        f"The model “{model}” knows categories alone and cannot be tested with {given}. "
        "Choose a model of product photos, or a folder with one folder for each of its categories."
    )


def _other_options(out: str, options: Sequence[str], with_option: str) -> str:
    return (
        f"The unfinished training for {out} was begun with {', '.join(options)}. Leave these options out with "
        f"{with_option}, or use --restart to begin again with new ones."
    )


SENTENCES: Table = {
    # Files to write
    "output_is_folder": "{file} is a folder. Give {option} the name of a file, such as {example}.",
    "output_has_other_suffix": "{option} writes a {suffix} file, and {file} is none. Give it a name such as {example}; "
    "nothing was written.",
    "output_is_input": "{file} is read from and stays as it is. Give {option} another name.",
    "output_not_writable": "{file} cannot be written: {reason}. Give {option} another name or folder.",
    "output_lost": "The result could not be written to standard output: {reason}.",
    "library_not_loaded": "A library could not be loaded: {reason} Install the “Microsoft Visual C++ Redistributable” "
    "(x64) from https://aka.ms/vs/17/release/vc_redist.x64.exe and start FashionLens again.",
    # tag
    "no_such_paths": lambda paths: (
        f"There is no file or folder {', '.join(f'“{path}”' for path in paths)}. Check the spelling; put quotes around "
        "names with spaces."
    ),
    "no_photos_to_tag": "No photos were found in {places}. FashionLens looks for JPEG, PNG, WebP, HEIC and the like.",
    # catalogue
    "not_in_catalogue": lambda paths: (
        f"The catalogue has no photos of {', '.join(f'“{path}”' for path in paths)}. Check the spelling."
    ),
    "saved_search_with_more": "A saved search stands alone. Leave out --saved, or the words and the other conditions.",
    "no_backups": "There are no backups of {file} yet.",
    "nothing_to_undo": "There is nothing to undo.",
    "nothing_to_redo": "There is nothing to do again.",
    # export
    "model_or_profile": "Name a model, or --profile for the products of the catalogue, not both.",
    "model_export_needs_one_file": "Say where to write the model: --out FILE.zip, or --onnx FILE.onnx.",
    "export_of_what": lambda profiles: (
        f"Say what to export: --profile with {', '.join(profiles)} or a file, for the products of the catalogue; or "
        "the name of a model."
    ),
    "export_needs_out": "Say where to write it: --out FILE. Or add --check-only to write nothing.",
    # evaluate, compare
    "data_check_without_report": "--data-check goes with --report, which shows it. Leave it out, or say where to save "
    "a report.",
    "no_split_of_model": "Nothing says which photos “{model}” was not trained on: there is no {file} beside it. Leave "
    "--split out, or name such a file with --data.",
    "not_with_a_model_of_categories": _not_with_a_model_of_categories,
    "data_needed_for_product_model": "The model “{model}” is for photos of products. Say with --data what to test it "
    "on: a product list (CSV, with --images), or a folder or zip file with a folder for each category.",
    "images_needed": "Say with --images where the photos of {data} are: a folder or a zip file with photos that are "
    "named by the ids in the list, such as 1163.jpg.",
    "images_without_list": "--images goes with a product list, and {data} is no CSV file.",
    "mapping_not_used": "--mapping says what the folders of a category tree stand for; leave it out here.",
    "report_of_not_apparel": "--report is about categories that are known; leave it out with --not-apparel.",
    "folder_options_with_fashion_mnist": "--split and --mapping go with folders of photos; leave them out for "
    "Fashion-MNIST.",
    "mapping_without_product_model": "--mapping says what folders stand for to a model of product photos, and neither "
    "model is one.",
    # import
    "name_taken_at_import": '{error} Add --name "{free}".',
    # train
    "out_needed": "Say where to save the model: --out with the name of a file, such as my.safetensors.",
    "data_needed": "Say what to train on: --data fashion-mnist, or --data with a folder of photos.",
    "unfinished_training": "There is an unfinished training for {out}. Add --resume to continue it, --save-now to "
    "save the best of it as it is, or --restart to delete it and begin again.",
    "unfinished_training_has_other_options": _other_options,
    "no_epoch_finished": "The unfinished training for {out} has not finished its first epoch, so there is nothing to "
    "save yet. Use --resume to go on, or --restart to begin again.",
    "balance_with_products": "--balance is for photos of one category each. Leave it out with --data products.",
    "mode_without_start": "--mode says how to train an existing model. Leave --mode out, or leave --model out and say "
    "--from.",
    "mode_with_fashion_mnist": "--mode is for your own photos. Leave it out with --data fashion-mnist.",
    "teacher_without_products": "--teacher is for --data products with all layers. Leave it out.",
    "model_with_pretrained": "--from {start} says which network it is. Leave --model out.",
    "pretrained_without_photos": "--from {start} is for your own photos. Leave it out, or name a folder.",
    "decisions_missing": "The decisions {file} are not there. Name the file, or leave --decisions out.",
    "decisions_without_photos": "--decisions is for your own photos. Leave it out with --data {data}.",
    "product_networks": _product_networks,
    "data_needed_to_find_rate": "To find a learning rate, say what to train on: --data fashion-mnist, or a folder of "
    "photos.",
    "no_good_rate": "None of the learning rates up to {tried:.2g} improved the network. Keep the default.",
}
