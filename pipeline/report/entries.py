"""The rows beneath an article's text, as entries of a line or two.

Each ``draw_…`` writes one layer: a heading, an entry a row in text order (actors: most
mentions first), and an empty line. Labels (e1, q2, d3) are those of the marks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from rich.cells import cell_len
from rich.style import Style

from pipeline.dataset import Row
from pipeline.records import Anchor, DateSource, Modality, TimexType
from pipeline.report.lines import Lines, one_line, shorten
from pipeline.report.marks import BRACKETS, LABELS, STYLES, Layer

Labels = Mapping[str, str]

_MARGIN = 2
_WIDEST = {"trigger": 18, "type": 18, "expression": 22, "value": 16, "name": 30}  # wider cells push the next aside
_FORMS_SHOWN = 8
_FORM = 40  # columns
_WARNING = Style(bold=True, color="red")
_CAUTION = Style(bold=True, color="yellow")
_NAME = Style(color="light_green")
_FACT = "dim"


def draw_events(rows: Sequence[Row], labels: Labels, lines: Lines, *, colour: bool) -> None:
    """Trigger, type/mode, who → whom; beneath: date and its reason, polarity, modality, place, quote, rule."""
    _title(lines, "events", rows, "who → to whom; told as fact unless marked; rule, confidence last")
    triggers = [_marked(one_line(row["trigger"]), Layer.EVENT, colour) for row in rows]
    kinds = [(row["event_type"] or "no type") + (f"/{row['event_mode']}" if row["event_mode"] else "") for row in rows]
    second = _after_labels(rows, labels, "event_id")
    third = second + _widest(triggers, "trigger")
    fourth = third + _widest(kinds, "type")
    for row, trigger, kind in zip(rows, triggers, kinds, strict=True):
        _label(lines, labels[row["event_id"]], Layer.EVENT, second)
        lines.put(trigger, STYLES[Layer.EVENT])
        lines.tab(third)
        lines.put(kind, "bold")
        lines.tab(fourth)
        _sides(lines, row)
        lines.new(second)
        _fact(lines, _when(row, labels))
        if row["negated"]:
            _fact(lines, "negated", _WARNING)
        if row["modality"] != Modality.ASSERTED:
            _fact(lines, row["modality"], _CAUTION)
        if row["place"] or row["place_country"]:
            _fact(lines, f"at {_place(row)}")
        if row["quote_id"]:
            _fact(lines, f"in {labels.get(row['quote_id'], row['quote_id'])}")
        if row["same_as"]:
            _fact(lines, f"same as {labels.get(row['same_as'], row['same_as'])}")
        if row["contexts"]:
            _fact(lines, f"context {', '.join(row['contexts'])}")
        _fact(lines, f"{row['rule']} {row['confidence']:.2f}")
    _end(lines)


def draw_quotes(rows: Sequence[Row], labels: Labels, cast: Mapping[str, Row], lines: Lines, *, colour: bool) -> None:
    """Speaker, cue, the content cut to the line; beneath: type, how the speaker was found, day of saying, rule."""
    _title(lines, "quotes", rows, "speaker, cue, content; ← the words that led to the speaker")
    second = _after_labels(rows, labels, "quote_id")
    for row in rows:
        mention = one_line(row["speaker_text"] or "")
        name = one_line(row["speaker_name"] or "") or mention
        _label(lines, labels[row["quote_id"]], Layer.QUOTE, second)
        lines.put(name or "nobody known", _NAME if name else _FACT)
        if row["cue"]:
            lines.put(_marked(one_line(row["cue"]), Layer.CUE, colour), STYLES[Layer.CUE])
        around = ("", "") if colour else BRACKETS[Layer.QUOTE]
        lines.fit(_content(row), STYLES[Layer.QUOTE], around=around)
        lines.new(second)
        _fact(lines, row["quote_type"])
        if row["negated"]:
            _fact(lines, "negated", _WARNING)
        found = f"by {row['speaker_method']}" if name else "no speaker found"
        _fact(lines, f"← “{shorten(mention, _FORM)}” {found}" if mention and mention != name else found)
        if name:
            _fact(lines, row["speaker_kind"])
        if row["addressee_id"]:
            _fact(lines, f"to {_name(cast, row['addressee_id'])}")
        if row["date_start"]:
            _fact(lines, f"on {_days(row['date_start'], row['date_end'])}")
        _fact(lines, f"{row['rule']} {row['confidence']:.2f}")
    _end(lines)


def draw_dates(rows: Sequence[Row], labels: Labels, lines: Lines, *, colour: bool) -> None:
    """Expression → value and modifier, then type, days, granularity, anchor, the range's other end, rule."""
    _title(lines, "dates", rows, "expression → value, days, unit, what it was resolved against")
    expressions = [_marked(one_line(row["text"]), Layer.DATE, colour) for row in rows]
    values = [f"→ {row['value']}" + (f" {row['mod']}" if row["mod"] else "") for row in rows]
    ranges: dict[str, list[str]] = {}
    for row in rows:
        ranges.setdefault(row["range_id"] or "", []).append(labels[row["date_id"]])
    second = _after_labels(rows, labels, "date_id")
    third = second + _widest(expressions, "expression")
    fourth = third + _widest(values, "value")
    for row, expression, value in zip(rows, expressions, values, strict=True):
        label = labels[row["date_id"]]
        _label(lines, label, Layer.DATE, second)
        lines.put(expression, STYLES[Layer.DATE])
        lines.tab(third)
        lines.put(value)
        lines.tab(fourth)
        days = _days(row["date_start"], row["date_end"])
        if row["timex_type"] != TimexType.DATE:
            _fact(lines, row["timex_type"])
        if days and days != row["value"]:
            _fact(lines, days)
        _fact(lines, row["granularity"])
        if row["anchor"] != Anchor.NONE:
            _fact(lines, f"from {row['anchor']}")
        if row["range_id"]:
            _fact(lines, f"range with {', '.join(end for end in ranges[row['range_id']] if end != label) or '–'}")
        _fact(lines, row["rule"])
    _end(lines)


def draw_actors(mentions: Sequence[Row], cast: Mapping[str, Row], lines: Lines) -> None:
    """Number of mentions, name, kind, country, sectors, and the forms it goes by here, commonest first."""
    found: dict[str, list[str]] = {}
    for row in mentions:
        found.setdefault(row["actor_id"], []).append(one_line(row["text"]))
    ordered = sorted(found, key=lambda actor_id: -len(found[actor_id]))
    _title(lines, "actors", ordered, "mentions, name, kind, country, sectors, and what the text calls it")
    names = [_name(cast, actor_id) for actor_id in ordered]
    digits = max((len(str(len(forms))) for forms in found.values()), default=1)
    second = _MARGIN + digits + len("×  ")
    third = second + _widest(names, "name")
    for actor_id, name in zip(ordered, names, strict=True):
        actor = cast.get(actor_id, {})
        lines.new(_MARGIN)
        lines.put(f"{len(found[actor_id]):>{digits}}×", _FACT)
        lines.tab(second)
        lines.put(name, _NAME)
        lines.tab(third)
        for fact in (actor.get("kind"), actor.get("country"), " ".join(actor.get("sectors", ()))):
            if fact:
                _fact(lines, fact)
        forms = _forms(name, found[actor_id])
        if forms:
            first, *rest = forms
            _fact(lines, f"as {first}{',' if rest else ''}")
            _list(lines, rest)
    _end(lines)


# ------------------------------------------------------------------ pieces of an entry


def _title(lines: Lines, name: str, rows: Sequence[object], reading: str) -> None:
    lines.new()
    if rows:
        lines.put(f"{name} ({len(rows)})", "bold")
        lines.put(reading, _FACT, glue="  ")
    else:
        lines.put(f"{name} (0): none", _FACT)


def _end(lines: Lines) -> None:
    lines.new()


def _label(lines: Lines, label: str, layer: Layer, column: int) -> None:
    lines.new(_MARGIN)
    lines.put(label, LABELS[layer])
    lines.tab(column)


def _fact(lines: Lines, fact: str, style: Style | str = _FACT) -> None:
    lines.put(one_line(fact), style, glue=" · ", joint=_FACT)


def _sides(lines: Lines, row: Row) -> None:
    actors, recipients = row["actor_names"], row["recipient_names"]
    if not actors and not recipients:
        lines.put("nobody named", _FACT)
        return
    if actors:
        _list(lines, actors, _NAME)
    else:
        lines.put("–", _FACT)
    if recipients:
        first, *rest = recipients
        lines.put(f"→ {one_line(first)}{',' if rest else ''}", _NAME)
        _list(lines, rest, _NAME)


def _list(lines: Lines, items: Iterable[str], style: Style | str = _FACT) -> None:
    """The items with commas between them, each kept whole where it can be."""
    items = [one_line(item) for item in items]
    for n, item in enumerate(items, 1):
        lines.put(f"{item}{',' if n < len(items) else ''}", style)


def _marked(text: str, layer: Layer, colour: bool) -> str:
    if colour:
        return text
    left, right = BRACKETS[layer]
    return f"{left}{text}{right}"


def _after_labels(rows: Sequence[Row], labels: Labels, key: str) -> int:
    return _MARGIN + max((len(labels[row[key]]) for row in rows), default=0) + 2


def _widest(cells: Iterable[str], kind: str) -> int:
    """Columns for a cell and two spaces."""
    return min(max(map(cell_len, cells), default=0), _WIDEST[kind]) + 2


def _when(row: Row, labels: Labels) -> str:
    days = _days(row["date_start"], row["date_end"])
    label = labels.get(row["date_id"] or "")
    source = row["date_source"] + (f" {label}" if label else "")
    if not days:
        return "no date" if source == DateSource.NONE else f"no date ({source})"
    return f"{days} ({source})"


def _place(row: Row) -> str:
    place, country = row["place"], row["place_country"]
    return f"{place} ({country})" if place and country else place or country


def _name(cast: Mapping[str, Row], actor_id: str) -> str:
    return one_line(cast[actor_id]["name"]) if actor_id in cast else actor_id


def _content(row: Row) -> str:
    fragments = (row["text"][span["start"] - row["start"] : span["end"] - row["start"]] for span in row["spans"])
    return " … ".join(map(one_line, fragments))


def _forms(name: str, mentions: Iterable[str]) -> list[str]:
    """Other ways in which it is mentioned, commonest first, ways that differ in case only as one."""
    counts = Counter(mention.casefold() for mention in mentions)
    first: dict[str, str] = {}
    for mention in mentions:
        first.setdefault(mention.casefold(), mention)
    ways = [shorten(first[way], _FORM) for way, _ in counts.most_common() if way != name.casefold()]
    more = len(ways) - _FORMS_SHOWN
    shown = [f"“{way}”" for way in ways[:_FORMS_SHOWN]]
    return [*shown, f"{more} more"] if more > 0 else shown


def _days(start: date | None, end: date | None) -> str:
    if start is None:
        return ""
    return f"{start}" if end in (start, None) else f"{start} to {end}"
