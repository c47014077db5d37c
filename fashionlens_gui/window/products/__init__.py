"""The page of products: several photos, one decision; its dialogs."""
