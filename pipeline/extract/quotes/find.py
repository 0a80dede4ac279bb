"""The finder of quotes: cues and quotation marks brought together."""

from __future__ import annotations

from pipeline.extract.quotes.content import Range, reports
from pipeline.extract.quotes.cues import Cue, find_cues
from pipeline.extract.quotes.direct import attribute
from pipeline.extract.quotes.draft import Draft
from pipeline.extract.quotes.page import Page
from pipeline.extract.quotes.speakers import near
from pipeline.extract.quotes.turns import find_turns
from pipeline.parsed import ParsedText
from pipeline.records import BlockKind, QuoteMention, QuoteType
from pipeline.rules.quotes import QuoteRules, VerbCue
from pipeline.spans import Span, merge

_LONGEST = 600  # tokens of one sentence that somebody can be said to say


def find_quotes(text: ParsedText, rules: QuoteRules) -> list[QuoteMention]:
    """All quotes of one text, by first and last code point of their content.

    Pure; raises nothing on any text. Spans are code points of the field's text, in
    order, not overlapping within a quote (quotes may nest). ``continues`` indexes the
    returned list. What stands in boilerplate gives nothing.
    """
    if not len(text):
        return []
    page = Page(text, rules)
    cues = list(find_cues(page))
    drafts = _reports(page, cues)
    drafts += attribute(page, cues, drafts)
    quotes = _finish(page, drafts)
    return quotes + find_turns(text, rules)


def _reports(page: Page, cues: list[Cue]) -> list[Draft]:
    out: list[Draft] = []
    for cue, frame, ranges in reports(page, cues):
        if _own_words(page, cue):
            continue
        draft = _draft(page, cue, frame, ranges)
        if draft is not None:
            out.append(draft)
    return out


def _own_words(page: Page, cue: Cue) -> bool:
    """Whether nothing was said: "she should say that …"; in an answer or column also "I would say …"."""
    text = page.text
    modals = [text.lower[c] for c in near(text, cue.token) if text.tag[c] == "MD" and c < cue.token]
    if not cue.negated and any(modal in page.rules.lists["unsaid-modals"] for modal in modals):
        return True
    if cue.source is None or text.lower[cue.source.head] not in page.rules.lists["participants"]:
        return False
    block = text.blocks[page.block(cue.token)]
    return block.turn or block.kind is BlockKind.QUESTION or bool(modals)


def _draft(page: Page, cue: Cue, frame: str, ranges: list[Range]) -> Draft | None:
    text = page.text
    spans: list[Span] = []
    quoted: list[int] = []
    plain = 0
    for first, last in ranges:
        while first <= last and (
            (not text.word[first][0].isalnum() and page.inside[first] < 0 and text.word[first] not in "$£€#@(")
            or (text.lower[first] == "that" and text.dep[first] == "mark")
        ):
            first += 1
        if first > last:
            continue
        if last - first > _LONGEST:
            return None
        last = _whole(page, cue, last)
        number = page.inside[first]
        if number >= 0:
            first = min(first, page.first[number])
        quoted.extend(n for n in page.held(first, last) if n not in quoted)
        plain += page.plain(first, last)
        spans.append(page.trimmed(first, last))
    spans = [s for s in spans if s.end > s.start]
    if not spans:
        return None
    if quoted and not plain and frame not in ("name", "words"):
        parts = [part for n in quoted for part in page.quotations[n].parts]
        return Draft(parts, QuoteType.DIRECT, f"{cue.rule}/{frame}", cue, quoted)
    kind = QuoteType.MIXED if quoted else QuoteType.INDIRECT
    return Draft(list(merge(text.text, spans)), kind, f"{cue.rule}/{frame}", cue, quoted)


def _whole(page: Page, cue: Cue, last: int) -> int:
    """The last token, moved to the end of a quotation that it cuts, or that "and" or "but" joins to it."""
    text = page.text
    if page.inside[last] >= 0:
        last = max(last, page.last[page.inside[last]])
    for _ in range(5):
        at = last if text.pos[last] == "CCONJ" else last + 1
        if (at == last + 1 and at < len(text) and text.pos[at] == "CCONJ" and page.inside[last] >= 0) or at == last:
            at += 1
        else:
            break
        if at >= len(text) or page.inside[at] < 0 or page.inside[at] == page.inside[cue.token]:
            break
        if text.sent[at] != text.sent[last]:
            break
        last = page.last[page.inside[at]]
    return last


def _finish(page: Page, drafts: list[Draft]) -> list[QuoteMention]:
    text = page.text
    unique: dict[tuple[Span, ...], Draft] = {}
    for draft in drafts:
        key = tuple(draft.spans)
        known = unique.get(key)
        if known is None or (known.cue is None and draft.cue is not None):
            unique[key] = draft
    ordered = sorted(unique.values(), key=lambda d: (d.spans[0].start, -d.spans[-1].end, d.cue.token if d.cue else -1))
    number = {id(d): i for i, d in enumerate(ordered)}
    out: list[QuoteMention] = []
    for d in ordered:
        cue = d.cue
        source = cue.source if cue else None
        out.append(
            QuoteMention(
                field=text.field,
                spans=tuple(d.spans),
                quote_type=d.quote_type,
                rule=d.rule,
                cue=text.span(cue.first, cue.last) if cue else None,
                cue_token=cue.token if cue else None,
                speaker=text.span(source.first, source.last) if source else None,
                speaker_head=source.head if source else None,
                addressee_head=cue.addressee if cue else None,
                continues=number.get(id(d.continues)) if d.continues is not None else None,
                negated=cue.negated if cue else False,
                personal=isinstance(cue.entry, VerbCue) and cue.entry.personal if cue else False,
            )
        )
    return out
