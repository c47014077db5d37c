"""The dialog that searches a learning rate."""
