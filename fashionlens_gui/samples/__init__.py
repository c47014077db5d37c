"""Draws the sample photos: garments that nobody photographed, for the first run, the README and the tests.

``python -m fashionlens_gui.samples FOLDER`` draws them all anew; :data:`fashionlens_gui.samples.collection.COLLECTION`
says which there are.
"""
