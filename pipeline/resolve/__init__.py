"""Resolution: which day, which actor, which quote; each step takes what the one before gave."""
