"""The Results tab: how good a model is, and which images it gets wrong."""
