"""Training, prediction and evaluation.

A library for the window, the command line, a notebook and a cluster alike. It never imports Qt and never prints:
progress and results are events (:mod:`trainer.training.fit.events`) and dataclasses, errors are
:class:`trainer.errors.FashionLensError`.
"""
