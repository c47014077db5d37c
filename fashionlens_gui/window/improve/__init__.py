"""“Improve the model…”: trains the model on corrections and compares the new one with the old one."""
