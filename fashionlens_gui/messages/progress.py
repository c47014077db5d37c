"""What the steps of long work are called."""

from __future__ import annotations

from trainer.control import ProgressEvent

STEPS = {
    "backing_up": "Copying the catalogue",
    "building_index": "Making the index of similar photos",
    "checking_catalogue": "Reading the whole file",
    "checking_file": "Checking {subject}",
    "checking_onnx": "Comparing the ONNX file with the model",
    "classifying_photos": "Classifying photos",
    "classifying_test_photos": "Classifying test photos",
    "classifying_validation_photos": "Classifying validation photos",
    "combining_tags": "Combining the tags of products",
    "comparing_models": "Comparing on photos",
    "comparing_photos": "Comparing photos",
    "computing_embeddings": "Computing embeddings",
    "copying_files": "Copying files",
    "deleting": "Deleting {subject}",
    "downloading": "Downloading {subject}",
    "exporting": "Exporting {subject}",
    "finding_duplicates": "Looking for duplicates",
    "finding_label_issues": "Looking for wrong labels",
    "finding_learning_rate": "Trying learning rates",
    "merging": "Comparing both catalogues",
    "moving_files": "Moving files",
    "moving_to_trash": "Moving photos to the trash",
    "preparing_photos": "Preparing photos",
    "reading_corrected_photos": "Reading your corrected photos",
    "reading_dates": "Reading when photos were taken",
    "reading_detailed_product_photos": "Reading detailed product photos",
    "reading_fashion_mnist": "Reading Fashion-MNIST",
    "reading_keywords": "Reading keywords",
    "reading_model": "Reading the model",
    "reading_phone_photos": "Reading phone photos",
    "reading_photos": "Reading photos",
    "reading_product_photos": "Reading product photos",
    "reading_validation_photos": "Reading validation photos",
    "renaming": "Renaming {subject}",
    "restoring_files": "Restoring files",
    "saving_replay": "Saving a sample of the training photos",
    "starting": "Getting ready",
    "checking_images": "Checking images",
    "taking_over": "Taking over your list and corrections",
    "thumbnails": "Reading photos for the table",
    "training_attribute": "Training the {subject}",
    "training_head": "Training the last layer",
    "undoing_sorting": "Bringing files back",
    "writing_images": "Writing images",
    "writing_graph": "Preparing fast tagging",
    "writing_keywords": "Writing keywords",
    "writing_onnx": "Writing ONNX",
}


def progress_text(event: ProgressEvent) -> str:
    """Such as ``Reading photos``."""
    return STEPS.get(event.step, event.step).format(subject=event.subject)
