"""What is made of a finished run's tables alone, made anew: the table ``stories``."""

from __future__ import annotations

from pathlib import Path

from pipeline.batch.folder import RunFolder, read_json, write_json
from pipeline.batch.merge import describe_merged
from pipeline.dataset import open_dataset
from pipeline.errors import InputError, OutputError
from pipeline.rules.stories import StoryRules
from pipeline.stories import StoryCounts, build_stories
from pipeline.tables import BY_NAME

_STORIES = BY_NAME["stories"].name


def rebuild_stories(run: Path, rules: StoryRules, output: Path | None = None) -> StoryCounts:
    """Make the table ``stories`` of a finished run again, or write it to the folder ``output`` and leave the run alone.

    InputError if ``run`` is no run's folder, or a run that is not complete; OutputError
    if another process writes there, or ``output`` holds anything.
    """
    open_dataset(run)
    folder = RunFolder(run)
    record = read_json(folder.run_file)
    if record is not None and not record.get("complete"):
        raise InputError(f"{run}: the run is not complete: finish it with dateline run --resume")
    if output is not None:
        if output.exists() and (not output.is_dir() or any(output.iterdir())):
            raise OutputError(f"{output} exists already: name another with -o")
        return build_stories(run, rules, output=output)
    if record is None or not folder.work.is_dir():  # tables without a run's own files
        return build_stories(run, rules)
    with folder.locked():
        counts = build_stories(run, rules, work=folder.work)
        record["rows"] = {**record.get("rows", {}), _STORIES: counts.stories}
        record["merged"] = describe_merged(folder)
        write_json(folder.run_file, record, indent=2)
    return counts
