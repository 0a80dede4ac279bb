"""The page: which stretch of the text is headline, dateline, heading, body, furniture.

Lines are joined to paragraphs where the text was broken to a width; each paragraph is
held against the rules of ``models/layout/``; then what only its neighbours can tell is
settled: the headline, headings without a mark of their own, questions and answers.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.records import Block, BlockKind
from pipeline.rules.layout import LayoutRules, tail
from pipeline.spans import Span, trim

_LINE = re.compile(r"[^\n\r]*\S[^\n\r]*")
_BREAK = re.compile(r"\r\n|\n|\r")
_NEWLINES = str.maketrans("\r\n", "  ")
_WORD = re.compile(r"[^\W\d_][\w’'.-]*")
_GLUED = re.compile(r"(Q)(?=[A-Z])")  # pages that lost the mark between label and question
_LABEL = re.compile(r"[*_]{0,2}((?:[A-ZÀ-ÖØ-Þ][^\s:?!,]*)(?:[ ][^\s:?!,]+){0,4})[*_]{0,2}:[*_]{0,2}(?=\s|$)")
_CLOSED = tuple(".!?…:;\"”’')]»›*_")
_STOPPED = tuple('.!?…"”’')
_QUOTING = ("“", '"', "``", "''")
_OPENING = tuple("\"“«‘`'")

_WIDEST = 110  # no text is broken to a greater width than this
_LONG = 140  # from here on a paragraph is taken for running text
_TOP = 8  # paragraphs after which the head of a page has ended
_HEADLINE = 170
_HEADING = 80
_ANY, _TOPMOST, _HEAD, _BOTTOM = (frozenset(p.split()) for p in ("any", "top", "top head", "bottom"))


@dataclass(slots=True)
class _Paragraph:
    """A block in the making. ``text`` has blanks for line ends; ``gap``: a blank line stands before it."""

    start: int
    end: int
    text: str
    gap: bool
    kind: BlockKind = BlockKind.BODY
    rule: str = ""
    speaker: str | None = None
    turn: bool = False

    @property
    def is_body(self) -> bool:
        return self.kind is BlockKind.BODY

    @property
    def is_running(self) -> bool:
        return self.is_body and len(self.text) >= _LONG

    def become(self, kind: BlockKind, rule: str) -> None:
        self.kind, self.rule = kind, rule


def read_layout(text: str, rules: LayoutRules) -> list[Block]:
    """Blocks in text order: they do not overlap, and hold every character that is no white space.

    A block is a paragraph: one line, or several where the text is broken to a width.
    The place and agency before a report's first words are a block of their own (kind
    dateline), as are the day or clock time before an entry of a timeline (heading).
    """
    page = _classify(_paragraphs(text), rules)
    if len(page) > 1:
        _spread(page, rules, len(text))
        _settle_days(page)
        _settle_capitals(page)
        _find_headline(page, rules)
        _find_headings(page)
        _find_turns(page, rules)
    return [Block(Span(p.start, p.end), p.kind, p.rule, p.speaker, p.turn) for p in page]


# ----------------------------------------------------------------- lines to paragraphs


def _paragraphs(text: str) -> list[_Paragraph]:
    lines: list[_Paragraph] = []
    indents: list[int] = []
    last = 0
    for found in _LINE.finditer(text):
        start, end = trim(text, found.span())
        gap = len(_BREAK.findall(text, last, found.start())) != 1
        lines.append(_Paragraph(start, end, text[start:end], gap))
        indents.append(start - found.start())
        last = found.end()
    width = _width(lines)
    out: list[_Paragraph] = []
    for i, line in enumerate(lines):
        indented = i > 0 and indents[i] > indents[i - 1] + 1
        if i and not line.gap and not indented and _runs_on(lines[i - 1].text, line.text, width, out[-1]):
            out[-1].end = line.end
        else:
            out.append(line)
    for paragraph in out:
        if len(paragraph.text) != paragraph.end - paragraph.start:
            paragraph.text = text[paragraph.start : paragraph.end].translate(_NEWLINES)
    return out


def _width(lines: Sequence[_Paragraph]) -> int:
    """The width that the text was broken to; 0 if its line ends are its author's.

    In broken text, at nearly every line end the next line's first word would not have
    fitted, and most line ends stand within a sentence.
    """
    pairs = [(lines[i - 1].text, lines[i].text) for i in range(1, len(lines)) if not lines[i].gap]
    if len(pairs) < 3:
        return 0
    lengths = sorted(len(before) for before, _ in pairs)
    width = lengths[len(lengths) * 95 // 100]
    if not 40 <= width <= _WIDEST:
        return 0
    full = sum(_is_full(before, after, width) for before, after in pairs)
    inside = sum(not before.endswith(_CLOSED) for before, _ in pairs)
    return width if 10 * full >= 7 * len(pairs) and 10 * inside >= 4 * len(pairs) else 0


def _is_full(before: str, after: str, width: int) -> bool:
    return len(before) + 1 + len(after.split(None, 1)[0]) > width


def _runs_on(before: str, after: str, width: int, paragraph: _Paragraph) -> bool:
    if after[0].islower() and not before.endswith(_CLOSED) and before[-1] not in "{},":
        return paragraph.end - paragraph.start >= 30
    return width > 0 and _is_full(before, after, width)


# ------------------------------------------------------------------- paragraphs to kinds


def _classify(paragraphs: list[_Paragraph], rules: LayoutRules) -> list[_Paragraph]:
    running = [i for i, p in enumerate(paragraphs) if len(p.text) >= _LONG]
    top = min(running[0] if running else _TOP, _TOP)
    bottom = max(min(running[-1] + 1 if running else 0, len(paragraphs) - 3), 2)
    out: list[_Paragraph] = []
    for i, paragraph in enumerate(paragraphs):
        found = _match(paragraph.text, rules, _places(i, top, bottom))
        if found is None:
            out.append(paragraph)
            continue
        number, end = found
        rule = rules.lines[number]
        if rule.match == "prefix":
            cut = paragraph.start + end
            rest = paragraph.text[end:]
            body = rest.lstrip()
            if body:
                start = cut + len(rest) - len(body)
                head = paragraph.text[:end].rstrip()
                out.append(
                    _Paragraph(
                        paragraph.start, paragraph.start + len(head), head, paragraph.gap, rule.kind, rule.rule_id
                    )
                )
                out.append(_Paragraph(start, paragraph.end, body, False))
                continue
        elif len(paragraphs) == 1 or (i == 0 and rule.rest):
            out.append(paragraph)
            continue
        paragraph.become(rule.kind, rule.rule_id)
        out.append(paragraph)
    return out


def _places(i: int, top: int, bottom: int) -> frozenset[str]:
    return _ANY | (_TOPMOST if i == 0 else _HEAD if i <= top else _ANY) | (_BOTTOM if i >= bottom else _ANY)


def _match(line: str, rules: LayoutRules, places: frozenset[str]) -> tuple[int, int] | None:
    """The first rule that the paragraph meets, and the end of the match."""
    best: tuple[int, int] | None = None
    for group in rules.groups:
        if len(line) > group.max_chars:
            break  # the groups are in falling order of length
        if group.at not in places:
            continue
        found = group.pattern.search(line, tail(line)) if group.anywhere else group.pattern.match(line)
        if found is not None and found.lastindex is not None:
            number = group.rules[found.lastindex - 1]
            if best is None or number < best[0]:
                best = (number, found.end())
    return best


def _spread(page: list[_Paragraph], rules: LayoutRules, length: int) -> None:
    """What furniture says of the lines below it: all are furniture, or the links that follow."""
    rest = {rule.rule_id: rule.rest for rule in rules.lines if rule.rest}
    for i, paragraph in enumerate(page):
        mode = rest.get(paragraph.rule, "")
        if mode == "all" and 3 * paragraph.start >= length:
            for below in page[i + 1 :]:
                if below.kind is not BlockKind.BOILERPLATE:
                    below.become(BlockKind.BOILERPLATE, paragraph.rule)
            return
        if mode == "links":
            for below in page[i + 1 : i + 13]:
                if not below.is_body or len(below.text) > 130 or below.text.endswith(_STOPPED):
                    break
                below.become(BlockKind.BOILERPLATE, paragraph.rule)


def _settle_days(page: list[_Paragraph]) -> None:
    """A lone day at the head or foot of a page is the page's own; with others like it, a timeline's."""
    days = [i for i, p in enumerate(page) if p.rule.startswith(("heading.day", "heading.year"))]
    if not 1 <= len(days) <= 2:
        return
    first = next((i for i, p in enumerate(page) if p.is_running), len(page))
    for i in days:
        title = page[i].rule == "heading.day.title"
        if not title and (i < max(first, 2) or i == len(page) - 1) and (i or page[0].rule == "heading.day.entry"):
            page[i].become(BlockKind.DATELINE, "dateline.day")


def _settle_capitals(page: list[_Paragraph]) -> None:
    """Where much of the text is in capitals they mark nothing."""
    capitals = [p for p in page if p.rule == "heading.capitals"]
    if len(capitals) > 3 and 3 * len(capitals) > len(page):
        for paragraph in capitals:
            paragraph.become(BlockKind.BODY, "")


# -------------------------------------------------------------- headline and headings


def _find_headline(page: list[_Paragraph], rules: LayoutRules) -> None:
    """The first paragraph, if it reads like a headline, and a subtitle after it."""
    first = next((i for i, p in enumerate(page[:5]) if not _is_above_headline(p)), len(page))
    if first + 1 >= len(page) or not _is_headline(page, first, rules):
        return
    page[first].become(BlockKind.HEADLINE, "headline.first")
    for i in range(first + 1, min(first + 3, len(page) - 1)):
        if not _is_subtitle(page, i):
            break
        page[i].become(BlockKind.HEADLINE, "headline.subtitle")


def _is_above_headline(paragraph: _Paragraph) -> bool:
    """Lines that may stand before a headline; a place before the first words may not."""
    if paragraph.kind is BlockKind.DATELINE:
        return not paragraph.rule.startswith(("dateline.place", "dateline.agency"))
    return paragraph.kind in (BlockKind.BOILERPLATE, BlockKind.CAPTION) and paragraph.rule != "caption.video.end"


def _is_headline(page: list[_Paragraph], i: int, rules: LayoutRules) -> bool:
    """By length, end and letters; a sentence with a full stop has to look like no lead."""
    line = page[i]
    marked = line.rule in ("heading.capitals", "heading.markdown", "heading.key-dates", "caption.video.end")
    if not (line.is_body or marked) or len(line.text) > _HEADLINE:
        return False
    words = line.text.split()
    below = page[i + 1]
    if sum(len(p.text) for p in page[i + 1 :]) < 2 * len(line.text) or (line.text[0] in "-•*▪–—" and not marked):
        return False
    if _LABEL.match(line.text) and _LABEL.match(below.text):
        return False
    ending = line.text.rstrip("\"”’'»)")[-1:]
    if ending == ";":
        return len(words) <= 28  # how news databases end a headline that a subtitle follows
    if ending not in (".", ":", ","):
        # without a blank line after it, it has to be shorter than what follows
        return len(words) <= 28 and (below.gap or not below.is_body or len(below.text) > len(line.text))
    if ending != ".":
        return False
    if _in_title_case(line.text):
        return True
    if any(e.where == "lead" and e.pattern.search(line.text) for e in rules.evidence):
        return False
    return len(words) <= (25 if below.kind is BlockKind.DATELINE else 15) and (below.gap or not below.is_body)


def _is_subtitle(page: list[_Paragraph], i: int) -> bool:
    line, above, below = page[i], page[i - 1], page[i + 1]
    if not line.is_body or len(line.text) > _LONG or line.text.startswith(_OPENING):
        return False
    words = len(line.text.split())
    if line.text.endswith((".", "!", "?", "”", '"', ":", "’")):
        marked = above.text.endswith(";") or below.kind is BlockKind.DATELINE or below.rule == "furniture.database"
        return marked and words <= 20
    return words >= 3 and (below.is_running or not below.is_body)


def _in_title_case(line: str) -> bool:
    """Whether nearly all words but the small ones have capitals, as in American headlines."""
    words = [w for w in _WORD.findall(line)[1:] if len(w) > 3]
    return len(words) >= 3 and 10 * sum(w[0].isupper() for w in words) >= 8 * len(words)


def _find_headings(page: list[_Paragraph]) -> None:
    """Short lines without a stop between paragraphs of running text."""
    for i in range(1, len(page) - 1):
        line, above, below = page[i], page[i - 1], page[i + 1]
        if not line.is_body or len(line.text) > _HEADING or line.text.endswith(_CLOSED) or line.text.endswith(","):
            continue
        if not (line.text[0].isupper() or line.text[0].isdigit() or line.text[0] in _OPENING):
            continue
        if not 1 <= len(line.text.split()) <= 11 or not below.is_body or len(below.text) < 80:
            continue
        if above.is_body and not above.text.endswith(_STOPPED):
            continue
        if above.gap == line.gap or line.gap:
            line.become(BlockKind.HEADING, "heading.plain")


# --------------------------------------------------------------- questions and answers


def _find_turns(page: list[_Paragraph], rules: LayoutRules) -> None:
    if _label_turns(page, rules):
        return
    asked = [i for i, p in enumerate(page) if i and p.is_body and _is_question(p.text) and i + 1 < len(page)]
    asked = [i for i in asked if page[i + 1].is_body or page[i + 1].kind is BlockKind.CAPTION]
    again = set(asked)
    asked = [i for i in asked if i + 1 not in again]  # of two questions in a row the last is answered
    if len(asked) < 2:
        return
    if len(asked) < 3 or not _is_interview(page, asked, rules):
        short = [i for i in asked if len(page[i].text) <= _HEADING and page[i + 1].is_running]
        for i in short if len(short) > 1 else ():
            page[i].become(BlockKind.HEADING, "heading.question")
        return
    for i in asked:
        page[i].become(BlockKind.QUESTION, "question.line")
        page[i].speaker = ""
    for i in _answers(page, asked):
        page[i].turn, page[i].speaker, page[i].rule = True, "", "turn.after-question"


def _is_question(line: str) -> bool:
    return len(line) <= 400 and line.rstrip("*_").endswith("?") and not line.startswith(_OPENING)


def _answers(page: list[_Paragraph], asked: Sequence[int]) -> list[int]:
    questions = set(asked)
    return [i for i in range(asked[0] + 1, len(page)) if page[i].is_body and i not in questions]


def _is_interview(page: list[_Paragraph], asked: Sequence[int], rules: LayoutRules) -> bool:
    """Two kinds of evidence out of: words about talking, questions to "you", answers in the first person.

    Answers printed without marks hold few quotations; where many do, it is an article
    whose writer asks questions.
    """
    around = " ".join(p.text for p in [*page[: asked[0]], *page[-3:]])
    answers = [page[i].text for i in _answers(page, asked)]
    if 5 * sum(any(mark in text for mark in _QUOTING) for text in answers) > 2 * len(answers):
        return False
    signs = 0
    for evidence in rules.evidence:
        if evidence.where == "search":
            signs += evidence.pattern.search(around) is not None
        elif evidence.where == "question":
            signs += sum(evidence.pattern.search(page[i].text) is not None for i in asked) >= 2
        elif evidence.where == "answer":
            signs += 4 * sum(evidence.pattern.search(text) is not None for text in answers) >= len(answers) > 0
    return signs >= 2


def _label_turns(page: list[_Paragraph], rules: LayoutRules) -> bool:
    """Turns that are labelled (``Q:``, ``A:``, ``Jane Doe:``); False if the page has none."""
    labels: dict[int, str] = {}
    glued = sum(p.text.endswith("?") and _GLUED.match(p.text) is not None for p in page) > 1
    for i, paragraph in enumerate(page):
        found = (
            (_LABEL.match(paragraph.text) or (glued and _GLUED.match(paragraph.text))) if paragraph.is_body else None
        )
        if found and rules.labels.get(found[1].casefold().strip("*_ "), "") != "none" and len(found[1]) <= 40:
            labels[i] = found[1].strip("*_ ")
    counts = Counter(labels.values())
    labels = {i: label for i, label in labels.items() if counts[label] > 1}
    parts = {label: rules.labels.get(label.casefold(), "") for label in counts if counts[label] > 1}
    if len(parts) < 2 or len(labels) < 4 or 4 * len(labels) < len(page) - min(labels):
        return False
    spoken = sum(page[i].text.endswith(_STOPPED) for i in labels)
    if 3 * spoken < 2 * len(labels) or sum(len(page[i].text.split()) for i in labels) < 7 * len(labels):
        return False  # figures and catchwords are labelled too
    asking = {label for label, part in parts.items() if part == "question"} or _askers(page, labels, counts)
    current: str | None = None
    for i in range(min(labels), len(page)):
        paragraph = page[i]
        if not paragraph.is_body:
            current = current if paragraph.kind is BlockKind.CAPTION else None
            continue
        current = labels.get(i, current)
        if current is None:
            continue
        paragraph.speaker = "" if parts[current] else current
        if current in asking:
            paragraph.become(BlockKind.QUESTION, "question.label")
        else:
            paragraph.turn, paragraph.rule = True, "turn.label"
    return True


def _askers(page: list[_Paragraph], labels: dict[int, str], counts: Counter[str]) -> set[str]:
    """Those most of whose turns end with a question."""
    turns = sorted(labels)
    ends = [after - 1 for after in turns[1:]] + [turns[-1]]
    asked = Counter(labels[i] for i, end in zip(turns, ends, strict=True) if page[end].text.endswith("?"))
    return {label for label, number in asked.items() if 2 * number > counts[label]}
