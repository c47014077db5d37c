"""“Improve the model…”: what was corrected teaches the model, and the new one is judged beside the old one."""
