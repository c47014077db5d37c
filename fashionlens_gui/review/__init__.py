"""Which photos a person reviews next, and which together."""
