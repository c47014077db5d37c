"""Tags as keywords in photos and in sidecars beside them."""
