"""Extractors: pure functions from a parsed text and rules to mentions, blind to each other."""
