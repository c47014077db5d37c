"""The evaluation of a model as a report: HTML page and tables."""
