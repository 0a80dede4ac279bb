"""Everything the program knows that is not code: ``models/``, loaded, merged and linted."""
