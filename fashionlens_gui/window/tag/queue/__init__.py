"""Photos that wait to be tagged, and the progress of tagging."""
