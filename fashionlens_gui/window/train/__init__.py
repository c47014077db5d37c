"""The Train tab: choose, start, watch, go on after an interruption."""
