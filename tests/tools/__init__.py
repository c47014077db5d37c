"""Tools that make files of this repository; run by hand, not by pytest."""
