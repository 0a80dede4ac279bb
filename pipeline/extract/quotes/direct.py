"""Quotations and the cues beside them: direct speech as newspapers print it.

Works by position, since the parser often loses its way among quotation marks: the
cue right after the closing mark, the one right before the opening mark, the sentence
between two quotations of one statement, the paragraph that goes on with it.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import replace

from pipeline.extract.quotes.cues import Cue
from pipeline.extract.quotes.draft import Draft
from pipeline.extract.quotes.page import Page
from pipeline.extract.quotes.speakers import addressee_of, neighbour, own_subject, owner, phrase, refer
from pipeline.records import BlockKind, QuoteType
from pipeline.rules.quotes import VerbCue
from pipeline.spans import Span, trim

_REACH = 25  # tokens between a quotation and its cue
_STOPS = frozenset({".", ",", ";", ":", "—", "–", "--", "-", "?", "!"})
_FINITE = frozenset({"VBD", "VBZ", "VBP", "MD"})
_DASHES = frozenset({"—", "–", "--", "-", "―"})
_NEAR = 12  # tokens between a quotation and a verb of no lexicon that reports it
_SENTENCE = 4  # words of a quotation that such a verb can report
_NAME = 10  # tokens of a name that stands beside a quotation
_LINKS = frozenset({"that", "as", ",", ":", "—", "–", "-", "--", "_"})


def attribute(page: Page, cues: list[Cue], drafts: list[Draft]) -> list[Draft]:
    """Quotes for the quotations that no draft holds yet; fragments are added to drafts they continue.

    One pass in text order: what each quotation may go on from is the draft that ended last.
    """
    speech = [
        c for c in cues if isinstance(c.entry, VerbCue) and "quote" in c.entry.frames and page.inside[c.token] < 0
    ]
    places = [c.token for c in speech]
    holder: dict[int, Draft] = {}
    for known in drafts:
        for number in known.quotations:
            holder.setdefault(number, known)
    ended = _Ended(drafts)
    out: dict[int, Draft] = {id(known): known for known in drafts}
    new: list[Draft] = []
    for number in range(len(page.quotations)):
        if number in holder or page.text.kind_at(page.first[number]) is BlockKind.BOILERPLATE:
            continue
        draft: Draft | None = (
            _interrupted(page, number, holder)
            or _after(page, number, speech, places)
            or _continued(page, number, holder)
            or _before(page, number, speech, places)
            or _beside(page, number)
            or _signed(page, number)
            or _led_in(page, number)
            or _floating(page, number, ended)
        )
        if draft is not None:
            holder[number] = draft
            ended.add(draft)
            if id(draft) not in out:
                out[id(draft)] = draft
                new.append(draft)
    return new


class _Ended:
    """Drafts by where they end, asked in text order for the last that ended before a place."""

    def __init__(self, drafts: list[Draft]) -> None:
        # of those that end at one place the first counts, so it comes last
        ends = [(draft.spans[-1].end, -number) for number, draft in enumerate(drafts)]
        self.waiting = [drafts[-number] for _, number in sorted(ends)]
        self.at = 0
        self.last: Draft | None = None

    def add(self, draft: Draft) -> None:
        """Take a draft that ends at or before every place asked for from now on."""
        if self.last is None or draft.spans[-1].end > self.last.spans[-1].end:
            self.last = draft

    def before(self, place: int) -> Draft | None:
        """The draft that ended last at or before a place; places never go back."""
        while self.at < len(self.waiting) and self.waiting[self.at].spans[-1].end <= place:
            draft = self.waiting[self.at]
            self.at += 1
            if self.last is None or draft.spans[-1].end >= self.last.spans[-1].end:
                self.last = draft
        return self.last


def _parts(page: Page, number: int) -> list[Span]:
    return list(page.quotations[number].parts)


def _ending(page: Page, number: int) -> str:
    """The last character inside a quotation, past the marks of a quotation inside it."""
    text, inner = page.text.text, page.quotations[number].inner
    at = inner.end - 1
    while at > inner.start and (text[at].isspace() or text[at] in page.rules.marks.characters):
        at -= 1
    return text[at]


def _after(page: Page, number: int, speech: list[Cue], places: list[int]) -> Draft | None:
    """The cue that follows: “…,” she said."""
    text = page.text
    last = page.last[number]
    begin = last + 1
    while begin < len(text) and not text.word[begin][0].isalnum() and page.inside[begin] < 0:
        begin += 1
    stop = min(begin + _REACH, len(text))
    if begin >= stop or page.inside[begin] >= 0 or page.block(begin) != page.block(last):
        return None
    ending = _ending(page, number)
    link = text.word[last + 1]
    open_end = ending in ",?!…—–-" or link in (",", "—", "–", "--", "-")
    if not open_end and ending == ".":
        open_end = _says_no_more(page, begin, speech, places)
    if not open_end and not text.word[begin][0].islower():
        return None
    sentence = text.sent[begin]
    for place in range(bisect_left(places, begin), len(speech)):
        cue = speech[place]
        if cue.token >= stop or text.sent[cue.token] != sentence:
            break
        between = range(begin, cue.token)
        if any(page.inside[i] >= 0 for i in between):
            break
        source = cue.source
        if source is None or source.last < begin:
            source = neighbour(text, begin, cue.token, page.rules)
            if source is not None:
                cue = replace(cue, source=source)
        if source is None or not open_end:
            break
        others = [i for i in between if text.tag[i] in _FINITE and not source.first <= i <= source.last]
        if any(text.dep[i] not in ("relcl", "aux", "auxpass", "acl") and text.head[i] != cue.token for i in others):
            break
        if source.last < begin and cue.token > begin + 2:
            break
        return Draft(_parts(page, number), QuoteType.DIRECT, f"{cue.rule}/after", cue, [number])
    return None


def _says_no_more(page: Page, begin: int, speech: list[Cue], places: list[int]) -> bool:
    """Whether a sentence is a cue with its source and nothing else, as after a quotation with a full stop too many."""
    text = page.text
    last = text.sentences[text.sent[begin]].last if text.sent[begin] >= 0 else begin
    at = bisect_left(places, begin)
    if at == len(speech) or places[at] > last or (source := speech[at].source) is None:
        return False
    cue = speech[at]
    first, end = min(cue.token, source.first), max(cue.last, source.last)
    while last > end and (text.word[last] in _STOPS or text.word[last].isspace()):
        last -= 1
    return first == begin and end == last and abs(source.head - cue.token) <= _NEAR


def _beside(page: Page, number: int) -> Draft | None:
    """Any verb with its subject that follows a quotation which ends in a comma: “…,” she grinned."""
    text = page.text
    begin = page.last[number] + 1
    first = page.first[number]
    if begin >= len(text) or _ending(page, number) != "," or page.words(page.quotations[number]) < _SENTENCE:
        return None
    opens = first == 0 or text.sent[first] != text.sent[first - 1] or page.block(first) != page.block(first - 1)
    if not opens or page.block(begin) != page.block(first):
        return None
    for verb in range(begin, min(begin + _NEAR, len(text))):
        if text.pos[verb] != "VERB" or text.tag[verb] not in _FINITE:
            continue
        source = own_subject(text, verb)
        if source is None or not begin <= text.left[source] <= max(source, begin) or verb > begin + _NEAR:
            return None
        found = refer(text, source, page.rules)
        if begin not in (found.first, verb):
            return None
        cue = Cue(verb, verb, verb, None, found, addressee_of(text, verb))
        return Draft(_parts(page, number), QuoteType.DIRECT, page.rules.constructions["beside"], cue, [number])
    return None


def _before(page: Page, number: int, speech: list[Cue], places: list[int]) -> Draft | None:
    """The cue that leads in: She said, “…”"""
    text = page.text
    open_token = page.first[number]
    low = max(0, open_token - _REACH)
    for cue in reversed(speech[bisect_left(places, low) : bisect_left(places, open_token)]):
        between = range(cue.last + 1, open_token)
        if any(page.inside[i] >= 0 for i in between):
            break
        link = text.word[open_token - 1]
        if link.isspace() and open_token > 1:
            link = text.word[open_token - 2]
        if cue.source is None:
            continue
        if link != ":" and any(text.tag[i] in _FINITE and text.pos[i] == "VERB" for i in between):
            break
        frames = cue.entry.frames if isinstance(cue.entry, VerbCue) else frozenset()
        if link == ":" and open_token - cue.last > 2 and not frames & {"that", "colon"}:
            break
        if link in _LINKS or not any(text.word[i][0].isalnum() for i in between):
            if link != ":" and text.sent[cue.token] != text.sent[open_token - 1]:
                break
            return Draft(_parts(page, number), QuoteType.DIRECT, f"{cue.rule}/before", cue, [number])
        break
    return None


def _interrupted(page: Page, number: int, holder: dict[int, Draft]) -> Draft | None:
    """The first part of a quotation whose second the cue already has: “…,” she said, “…”"""
    text = page.text
    draft = holder.get(number + 1)
    if draft is None or draft.cue is None or draft.quote_type is not QuoteType.DIRECT:
        return None
    start, stop = page.last[number] + 1, page.first[number + 1]
    if not start <= draft.cue.token < stop or _ending(page, number) not in ",?!—–-…":
        return None
    source = draft.cue.source
    before = range(start, draft.cue.token)
    if any(text.word[i][0].isalnum() and not (source and source.first <= i <= source.last) for i in before):
        return None
    draft.spans = [*_parts(page, number), *draft.spans]
    draft.quotations.insert(0, number)
    return draft


def _continued(page: Page, number: int, holder: dict[int, Draft]) -> Draft | None:
    """The second part of a quotation that its cue interrupts: “…,” she said. “…”

    Also where the cue ends a sentence, if the quotation goes on directly after it.
    """
    text = page.text
    draft = holder.get(number - 1)
    if draft is None or draft.cue is None:
        return None
    if draft.quote_type is not QuoteType.DIRECT and not draft.rule.endswith("/fronted"):
        return None
    last, first = page.last[number - 1], page.first[number]
    if page.block(first) != page.block(last) or not last < draft.cue.token < first:
        return None
    gap = range(draft.cue.token + 1, first)
    ends = text.word[first - 1] in _STOPS or text.sent[first - 1] != text.sent[first]
    full = [i for i in gap if text.word[i] in _STOPS]
    if not ends or [i for i in full if i < first - 1 and text.sent[i] != text.sent[first - 1]]:
        return None
    draft.spans.extend(_parts(page, number))
    draft.quotations.append(number)
    return draft


def _led_in(page: Page, number: int) -> Draft | None:
    """A sentence that ends with a colon and speaks of a text: She released the following statement: “…”"""
    text = page.text
    at = page.first[number] - 1
    while at >= 0 and text.word[at].isspace():
        at -= 1
    if at < 0 or text.word[at] != ":" or page.block(page.first[number]) - page.block(at) > 1 or text.sent[at] < 0:
        return None
    sentence = text.sentences[text.sent[at]]
    nouns = page.rules.nouns.keys() | page.rules.lists["document-nouns"]
    for i in range(at - 1, max(sentence.first, at - _REACH) - 1, -1):
        if text.pos[i] != "NOUN" or text.lemma[i] not in nouns or page.inside[i] >= 0:
            continue
        source = owner(text, i, page.rules)
        if source is not None and source.head != i:
            entry = page.rules.nouns.get(text.lemma[i])
            cue = Cue(i, i, i, entry, source, None)
            return Draft(_parts(page, number), QuoteType.DIRECT, page.rules.constructions["lead-in"], cue, [number])
    return None


def _signed(page: Page, number: int) -> Draft | None:
    """A bare name beside the quotation: “…” — Ada Blok; Ada Blok: “…”; “…”: an envoy on the war."""
    text = page.text
    first, last = page.first[number], page.last[number]
    block = page.block(first)
    after = [i for i in range(last + 1, min(last + 20, len(text))) if not text.word[i].isspace()]
    before = [i for i in range(max(first - 12, 0), first) if not text.word[i].isspace() and page.block(i) == block]
    name: list[int] = []
    if after and text.word[after[0]][0] in _DASHES and len(text.word[after[0]]) > 1 and page.block(after[0]) != block:
        name = [i for i in after if page.block(i) == page.block(after[0])]
    elif after and text.word[after[0]] in _DASHES and _ending(page, number) not in ",;":
        name = [i for i in after[1:] if page.block(i) == page.block(after[1])]
    elif after and text.word[after[0]] == ":" and page.block(after[0]) == block and not before:
        name = [i for i in after[1:] if page.block(i) == block]
    elif before and text.word[before[-1]] == ":":
        name = before[:-1]
        if name and text.start[name[0]] != text.blocks[block].span.start:
            return None
    if not name or len(name) > _NAME or any(text.pos[i] in ("VERB", "AUX") or page.inside[i] >= 0 for i in name):
        return None
    heads = [i for i in name if text.pos[i] in ("PROPN", "NOUN", "PRON") and not name[0] <= text.head[i] < i]
    heads = [i for i in heads if text.head[i] not in name or text.head[i] == i] or heads
    if not heads:
        return None
    source = phrase(text, heads[0])
    cue = Cue(name[0] - 1, name[0] - 1, name[0] - 1, None, source, None)
    return Draft(_parts(page, number), QuoteType.DIRECT, page.rules.constructions["signed"], cue, [number])


def _floating(page: Page, number: int, ended: _Ended) -> Draft | None:
    """A quotation without a cue that goes on with the quote before it; without one before it, none."""
    text = page.text
    quotation = page.quotations[number]
    first = page.first[number]
    block = page.block(first)
    before = first - 1
    while before >= 0 and text.word[before].isspace():
        before -= 1
    leads = before < 0 or page.block(before) != block or text.word[before][-1] in ".!?" or page.inside[before] >= 0
    if not leads or page.words(quotation) <= page.rules.numbers["scare-words"]:
        return None
    previous = ended.before(quotation.outer.start)
    if previous is None or block - text.block_at(previous.spans[-1].start) > page.rules.numbers["floating-reach"]:
        span = text.blocks[block].span
        alone = all(quotation.outer.start <= s.start and s.end <= quotation.outer.end for s in [trim(text.text, span)])
        if not alone or _ending(page, number) not in ".?!…":
            return None
        previous = None
    return Draft(_parts(page, number), QuoteType.DIRECT, page.rules.constructions["floating"], None, [number], previous)
