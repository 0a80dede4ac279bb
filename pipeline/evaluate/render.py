"""A report on the terminal: a table a layer, reliability, and the mistakes in context."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from pipeline.evaluate.bootstrap import Interval, Rate, Score
from pipeline.evaluate.calibration import Reliability
from pipeline.evaluate.figures import Report, Section
from pipeline.evaluate.mistakes import Fault, Mistake

_LONGEST = 160


def render_report(report: Report) -> RenderableType:
    """Every layer's figures with 95 % intervals and counts, by type, and how far confidences can be trusted."""
    parts: list[RenderableType] = [
        Text(f"{report.run} against {report.gold}: {report.documents} documents", style="bold")
    ]
    for section in report.sections:
        if ":" in section.name:
            continue
        if section.scores:
            parts += [_title(section.name), _scores(section.scores)]
        if section.rates:
            parts += [_title(f"{section.name}: rates"), _rates(section.rates)]
        if section.by_type:
            parts += [_title(f"{section.name} by type"), _scores(section.by_type)]
        subsets = [other for other in report.sections if other.name.startswith(f"{section.name}: ")]
        if subsets:
            parts += [_title(f"{section.name} by subset"), _subsets(subsets)]
    for table in report.reliability:
        if table.expected_error is not None:
            error = f"expected calibration error {table.expected_error:.3f}"
            parts += [_title(f"{table.name}: confidence ({error})"), _reliability(table)]
    if report.untyped:
        are = "1 event without a type was" if report.untyped == 1 else f"{report.untyped:,} events without a type were"
        parts.append(Text(f"{are} found, which no gold labels: not compared.", style="dim"))
    parts.append(Text("F1 and rates in per cent, with 95 % intervals by bootstrap over documents.", style="dim"))
    return Group(*parts)


def render_mistakes(report: Report, limit: int) -> RenderableType:
    """The first ``limit`` mistakes of each layer, in text order, each with its labels and context.

    The words in question stand between ⟦ and ⟧. Last comes a line a layer with the
    number of mistakes of each sort, those not printed included.
    """
    lines: list[RenderableType] = []
    layers: dict[str, list[Mistake]] = {}
    for item in report.mistakes:
        layers.setdefault(item.layer, []).append(item)
    for items in layers.values():
        lines.extend(_mistake(item) for item in items[:limit])
    for layer, items in layers.items():
        counts = Counter(item.fault for item in items)
        told = ", ".join(f"{counts[fault]} {fault}" for fault in Fault if counts[fault])
        lines.append(Text(f"{layer}: {told}" + (f" (first {limit} shown)" if len(items) > limit else ""), style="bold"))
    return Group(*lines)


def _title(text: str) -> Text:
    return Text(f"\n{text}", style="bold cyan")


def _table(columns: Iterable[str]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for i, name in enumerate(columns):
        table.add_column(name, justify="right" if i else "left")
    return table


def _scores(scores: Iterable[Score]) -> Table:
    table = _table(("", "P", "R", "F1", "95 %", "right", "predicted", "gold"))
    for score in scores:
        table.add_row(
            score.name,
            f"{score.precision:.1f}",
            f"{score.recall:.1f}",
            Text(f"{score.f1:.1f}", style="bold"),
            _interval(score.interval),
            f"{score.right}",
            f"{score.predicted}",
            f"{score.gold}",
        )
    return table


def _rates(rates: Iterable[Rate]) -> Table:
    table = _table(("", "%", "95 %", "right", "of"))
    for rate in rates:
        value = "–" if rate.value is None else f"{rate.value:.1f}"
        table.add_row(rate.name, Text(value, style="bold"), _interval(rate.interval), f"{rate.right}", f"{rate.of}")
    return table


def _subsets(sections: Iterable[Section]) -> Table:
    """A column a subset: the F1 of every measure, then the rates, then counts."""
    sections = list(sections)
    table = _table(("F1 and rates", *(section.name.split(": ", 1)[1] for section in sections)))
    scores = [{score.name: f"{score.f1:.1f}" for score in section.scores} for section in sections]
    rates = [
        {rate.name: f"{rate.value:.1f}" for rate in section.rates if rate.value is not None} for section in sections
    ]
    for columns in (scores, rates):
        for name in dict.fromkeys(name for column in columns for name in column):
            table.add_row(name, *(column.get(name, "–") for column in columns))
    table.add_row("predicted", *(f"{section.scores[0].predicted}" for section in sections))
    table.add_row("gold", *(f"{section.scores[0].gold}" for section in sections))
    return table


def _reliability(reliability: Reliability) -> Table:
    table = _table(("confidence", "predicted", "right", "mean", "share right"))
    for b in reliability.bins:
        mean = "–" if b.mean_confidence is None else f"{b.mean_confidence:.2f}"
        share = "–" if b.accuracy is None else f"{b.accuracy:.2f}"
        table.add_row(f"{b.low:.1f} to {b.high:.1f}", f"{b.predicted}", f"{b.right}", mean, share)
    return table


def _interval(interval: Interval | None) -> str:
    return "–" if interval is None else f"{interval.low:.1f}–{interval.high:.1f}"


def _mistake(item: Mistake) -> Text:
    line = Text()
    line.append(f"{item.layer} {item.fault}", style="bold red")
    line.append(f"  {item.doc_id} [{item.span.start}, {item.span.end})\n", style="dim")
    line.append(f"    …{item.before}")
    long = len(item.marked) > _LONGEST
    marked = f"{item.marked[: _LONGEST // 2]} […] {item.marked[-_LONGEST // 2 :]}" if long else item.marked
    line.append(f"⟦{marked}⟧", style="bold")
    line.append(f"{item.after}…\n")
    if item.gold or item.fault is not Fault.FALSE_ALARM:
        line.append(f"    gold: {item.gold or 'none'}\n", style="green")
    if item.predicted or item.fault is not Fault.MISS:
        line.append(f"    run:  {item.predicted or 'none'}\n", style="yellow")
    return line
