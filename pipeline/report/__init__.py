"""Showing what a run found: one article (``show``), the whole run (``summary``), the tables (``dictionary``)."""
