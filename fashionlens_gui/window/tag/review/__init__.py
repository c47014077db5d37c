"""Review of one photo after the other: the viewer and what belongs to it."""
