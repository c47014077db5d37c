"""Merging catalogues, and taking over the files of earlier versions."""
