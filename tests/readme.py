"""Keeps the generated parts of README.md: ``python -m tests.readme`` rewrites them.

Between markers stand the data dictionary and the figures on the sample corpus; after
each Python block its real output on the sample corpus.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
from collections.abc import Iterator
from pathlib import Path

from pipeline.evaluate import evaluate, load_gold
from pipeline.report.dictionary import render_dictionary
from pipeline.run import RunOptions, Silent, run

HOME = Path(__file__).resolve().parent.parent
README = HOME / "README.md"
_QUERY = re.compile(r"```python\n(?P<code>.*?)```\n\n```text\n(?P<output>.*?)```", re.S)


def demo(folder: Path) -> Path:
    """Run the sample corpus as ``make demo`` does, into ``folder/outputs/demo``."""
    output = folder / "outputs" / "demo"
    output.parent.mkdir(parents=True)
    run(RunOptions(inputs=[HOME / "corpus/articles"], metadata=HOME / "corpus/metadata.csv", output=output), Silent())
    return output


def refresh(text: str, output: Path) -> str:
    """The README with its generated parts made anew from the run in ``output`` (``…/outputs/demo``)."""
    text = _between(text, "dictionary", render_dictionary())
    text = _between(text, "figures", figures(output))
    with _inside(output.parent.parent):
        return _QUERY.sub(lambda m: f"```python\n{m['code']}```\n\n```text\n{_output_of(m['code'])}```", text)


def figures(output: Path) -> str:
    """F1 on the two halves of the sample corpus, with 95 % intervals."""
    lines = [
        "F1 on the sample corpus (25 short articles of our own; rules were tuned on the first half only),",
        "with 95 % intervals from resampling documents:",
        "",
        "| measure | first half | second half |",
        "|---|---|---|",
    ]
    reports = [evaluate(load_gold(HOME / f"corpus/gold/{half}.jsonl"), output, name=half) for half in ("dev", "test")]
    wanted = [
        ("dates", "relaxed", "date expressions found"),
        ("dates", "value", "… with the right value"),
        ("quotes", "overlap", "quotes found"),
        ("quotes", "quote+speaker", "… with the right speaker"),
        ("events", "event", "events found, of the right type"),
        ("events", "who", "… with the right actor"),
        ("events", "dated", "… with the right date"),
    ]
    for layer, measure, words in wanted:
        cells = []
        for report in reports:
            (score,) = (s for s in report.section(layer).scores if s.name == measure)
            cells.append(f"{score.f1:.1f} ({score.interval.low:.0f} to {score.interval.high:.0f})")
        lines.append(f"| {words} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _between(text: str, name: str, content: str) -> str:
    pattern = re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.S)
    if not pattern.search(text):
        raise ValueError(f"README.md has lost its markers for {name}")
    return pattern.sub(lambda m: f"{m[1]}{content.strip()}\n{m[2]}", text)


def _output_of(code: str) -> str:
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(code, "README.md", "exec"), {})
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()).strip("\n") + "\n"


@contextlib.contextmanager
def _inside(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as temporary:
        README.write_text(refresh(README.read_text(encoding="utf-8"), demo(Path(temporary))), encoding="utf-8")
