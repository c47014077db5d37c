"""The Results tab: how good a model is, and which photos it gets wrong."""
