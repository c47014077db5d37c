"""The Models tab: what there is to tag with."""
