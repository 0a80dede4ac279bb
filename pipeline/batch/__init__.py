"""Batch runs: intake, plan, shards, workers, merge; what makes a run resumable."""
