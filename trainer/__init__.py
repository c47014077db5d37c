"""Everything that learns, predicts and is evaluated.

A library for the window, the command line, a notebook and a cluster alike. It never imports Qt and never prints:
what there is to tell travels as events (:mod:`trainer.training.fit.events`), as dataclasses or as
:class:`trainer.errors.FashionLensError`.
"""
