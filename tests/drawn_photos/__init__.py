"""Draws the sample photos: garments that nobody photographed, for the first run, the README and the tests.

``python -m tests.drawn_photos FOLDER`` draws them all anew; :data:`tests.drawn_photos.collection.COLLECTION`
says which there are.
"""
