"""What the whole job costs beside spaCy alone: ``python -m pipeline.bench INPUT…``.

The same articles go through the model's full pipeline alone and through a whole run,
reading and writing included, each in a process of its own, in turn. Printed are both
CPU times, their ratio pair by pair, each stage's share of spaCy's CPU, and the peak
memory of the run. Few articles are repeated until there are ``--least``, so that
loading does not weigh more than it would. A measurement, not a test: machines differ
and drift.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pipeline.annotate import load_model
from pipeline.read import ReadOptions, find_sources, read_source
from pipeline.records import Article
from pipeline.run import RunOptions, Silent, run

_BATCH = 16


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark and print its figures."""
    parser = argparse.ArgumentParser(prog="python -m pipeline.bench", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("inputs", nargs="+", help="what `dateline run` takes")
    parser.add_argument("--rounds", type=int, default=3, help="how often each of the two is run (default 3)")
    parser.add_argument(
        "--least", type=int, default=400, help="articles below which the input is repeated (default 400)"
    )
    parser.add_argument("--only", choices=("spacy", "job"), help=argparse.SUPPRESS)
    parser.add_argument("--output", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.only == "spacy":
        _spacy_alone(given.inputs)
    elif given.only == "job":
        _whole_job(given.inputs, given.output)
    else:
        with tempfile.TemporaryDirectory() as folder:
            _compare(_repeated(given.inputs, given.least, Path(folder)), given.rounds)


def _spacy_alone(inputs: Sequence[str]) -> None:
    nlp = load_model()
    texts = (
        item.text
        for source in find_sources(inputs)
        for item in read_source(source, ReadOptions())
        if isinstance(item, Article)
    )
    tokens = articles = 0
    for doc in nlp.pipe(texts, batch_size=_BATCH):
        tokens += len(doc)
        articles += 1
    _tell(articles=articles, tokens=tokens)


def _whole_job(inputs: Sequence[str], output: Path) -> None:
    result = run(RunOptions(inputs=inputs, output=output, batch_size=_BATCH), Silent())
    _tell(articles=result.counts["documents"], stages=result.cpu)


def _repeated(inputs: Sequence[str], least: int, folder: Path) -> Sequence[str]:
    """The inputs, or a file that holds their articles as often as it takes to have ``least``."""
    articles = [
        item
        for source in find_sources(inputs)
        for item in read_source(source, ReadOptions())
        if isinstance(item, Article)
    ]
    if not articles or len(articles) >= least:
        return inputs
    path = folder / "repeated.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for copy in range(-(-least // len(articles))):
            for article in articles:
                record = {"id": f"{article.doc_id}/{copy}", "text": article.text, "published": article.published_date}
                file.write(json.dumps(record, default=str) + "\n")
    return [str(path)]


def _tell(**facts: object) -> None:
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(json.dumps({"cpu": used.ru_utime + used.ru_stime, "memory_mb": used.ru_maxrss / 1024, **facts}))


def _compare(inputs: Sequence[str], rounds: int) -> None:
    alone, whole = [], []
    for number in range(rounds):
        print(f"round {number + 1} of {rounds} …", file=sys.stderr)
        alone.append(_child("spacy", inputs, None))
        with tempfile.TemporaryDirectory() as folder:
            whole.append(_child("job", inputs, Path(folder) / "out"))
    ratios = [job["cpu"] / spacy["cpu"] for job, spacy in zip(whole, alone, strict=True)]
    base = statistics.median(spacy["cpu"] for spacy in alone)
    print(f"articles           {whole[0]['articles']:>10,}")
    print(f"tokens             {alone[0]['tokens']:>10,}")
    print(f"spaCy alone, CPU   {base:>10.1f} s")
    print(f"whole job, CPU     {statistics.median(job['cpu'] for job in whole):>10.1f} s")
    print(f"ratio              {statistics.median(ratios):>10.3f}   (rounds: {', '.join(f'{r:.3f}' for r in ratios)})")
    peak = max(job["memory_mb"] for job in whole)
    print(f"peak memory        {peak:>10.0f} MB (spaCy alone {alone[0]['memory_mb']:.0f} MB)")
    print("CPU by stage, as a share of spaCy alone:")
    for stage in whole[0]["stages"]:
        share = statistics.median(job["stages"][stage] / spacy["cpu"] for job, spacy in zip(whole, alone, strict=True))
        print(f"  {stage:<16} {100 * share:>10.1f} %")


def _child(only: str, inputs: Sequence[str], output: Path | None) -> dict[str, Any]:
    command = [sys.executable, "-m", "pipeline.bench", "--only", only, *inputs]
    if output is not None:
        command += ["--output", str(output)]
    done = subprocess.run(
        command, check=True, stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONHASHSEED": "0"}
    )
    facts: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return facts


if __name__ == "__main__":
    main()
