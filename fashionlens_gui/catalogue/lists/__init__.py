"""The lists of the Tag tab: sources, the current list, their figures."""
