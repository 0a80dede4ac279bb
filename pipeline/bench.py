"""What the whole job costs beside spaCy alone: ``python -m pipeline.bench INPUT…``.

The same articles go through the model's full pipeline alone (``nlp.pipe``, as installed)
and through a whole run with one worker, reading, writing and merging included, copies
extracted like everything else, in turn, each in processes of its own on one core.
Printed are both CPU times, their ratio pair by pair, each stage's share of spaCy's CPU,
and the worker's peak memory. Few articles are repeated until there are ``--least``, so
that loading does not weigh more than it would. With ``--workers N`` the throughput of N
workers is put beside that of one instead, by the clock. A measurement, not a test: machines
differ and drift, and only what ran side by side compares.
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
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pipeline.annotate import load_model
from pipeline.batch.plan import Duplicates
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
    parser.add_argument("--workers", type=int, help="compare so many workers with one, and nothing with spaCy")
    parser.add_argument("--only", choices=("spacy", "job"), help=argparse.SUPPRESS)
    parser.add_argument("--output", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.only is not None and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    if given.only == "spacy":
        _spacy_alone(given.inputs)
    elif given.only == "job":
        _whole_job(given.inputs, given.output)
    else:
        with tempfile.TemporaryDirectory() as folder:
            inputs = _repeated(given.inputs, given.least, Path(folder))
            if given.workers:
                _scale(inputs, given.rounds, given.workers)
            else:
                _compare(inputs, given.rounds)


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
    options = RunOptions(inputs=inputs, output=output, batch_size=_BATCH, workers=1, duplicates=Duplicates.KEEP)
    result = run(options, Silent())
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
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    cpu = sum(u.ru_utime + u.ru_stime for u in used)
    print(json.dumps({"cpu": cpu, "memory_mb": max(u.ru_maxrss for u in used) / 1024, **facts}))


def _compare(inputs: Sequence[str], rounds: int) -> None:
    alone: list[dict[str, Any]] = []
    whole: list[dict[str, Any]] = []
    for number in range(rounds):
        print(f"round {number + 1} of {rounds} …", file=sys.stderr)
        for only in ("spacy", "job") if number % 2 == 0 else ("job", "spacy"):  # what comes first may be at odds
            with tempfile.TemporaryDirectory() as folder:
                facts = _child(only, inputs, Path(folder) / "out")
            (alone if only == "spacy" else whole).append(facts)
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


def _scale(inputs: Sequence[str], rounds: int, workers: int) -> None:
    rates: dict[int, list[float]] = {1: [], workers: []}
    for number in range(rounds):
        print(f"round {number + 1} of {rounds} …", file=sys.stderr)
        for count in sorted(rates, reverse=bool(number % 2)):
            with tempfile.TemporaryDirectory() as folder:
                output = Path(folder) / "out"
                command = [sys.executable, "-m", "pipeline", "run", *inputs, "-o", str(output), "-q"]
                begun = time.perf_counter()
                subprocess.run([*command, "--workers", str(count), "--duplicates", "keep"], check=False)
                seconds = time.perf_counter() - begun
                rates[count].append(json.loads((output / "_run.json").read_text())["rows"]["documents"] / seconds)
    for count, found in rates.items():
        print(f"{count:>2} workers         {statistics.median(found):>10.1f} articles a second")
    ratios = [many / one for one, many in zip(rates[1], rates[workers], strict=True)]
    print(f"ratio              {statistics.median(ratios):>10.3f}   (rounds: {', '.join(f'{r:.3f}' for r in ratios)})")


def _child(only: str, inputs: Sequence[str], output: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "pipeline.bench", "--only", only, *inputs, "--output", str(output)]
    # left to themselves, libraries start a thread a core
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    env = os.environ | threads | {"PYTHONHASHSEED": "0"}
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=env)
    facts: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return facts


if __name__ == "__main__":
    main()
