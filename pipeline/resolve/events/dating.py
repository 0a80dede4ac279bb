"""When each event happened, and how that is known.

An expression dates the predicate it modifies, whatever noun the parser hung it on inside
the clause; never the clause that a dated verb of speech reports. What no expression
dates may stand under a timeline's heading, go on with a narration that a date governs,
be told elsewhere in the text with its date, or be the news of a lead told in the
present, which has the article's day. Everything else stays without a date.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from pipeline.parsed import ParsedArticle, ParsedText
from pipeline.records import (
    Anchor,
    BlockKind,
    DateSource,
    EventMention,
    Field,
    Granularity,
    Modality,
    ResolvedDate,
    TimexType,
)
from pipeline.rules.events import EventRules

_CLIMB = 6
_CLOCK = frozenset({Granularity.SECOND, Granularity.MINUTE, Granularity.HOUR})
_GAP = 2  # sentences from one dated act of a narration to the next
_NEAR = 3  # tokens between a date on the subject and the verb that it dates
_VERBAL = frozenset({"VERB", "AUX"})
_COARSE = {
    Granularity.SECOND: Granularity.DAY,
    Granularity.MINUTE: Granularity.DAY,
    Granularity.HOUR: Granularity.DAY,
    Granularity.PART_OF_DAY: Granularity.DAY,
    Granularity.WEEKEND: Granularity.OTHER,
    Granularity.HALF: Granularity.OTHER,
    Granularity.CENTURY: Granularity.OTHER,
}


@dataclass(frozen=True, slots=True)
class Dated:
    """The date of an event, inclusive, with the expression that gives it and its source."""

    start: date | None = None
    end: date | None = None
    granularity: Granularity | None = None
    source: DateSource = DateSource.NONE
    date: ResolvedDate | None = None

    def __bool__(self) -> bool:
        return self.start is not None


UNDATED = Dated()


@dataclass(frozen=True, slots=True)
class _When:
    """A date expression in the syntax: its preposition, and what it hangs on, from the inside out."""

    date: ResolvedDate
    first: int
    preposition: str
    path: tuple[int, ...]


class Dating:
    """Dates the events of one article."""

    def __init__(
        self,
        article: ParsedArticle,
        events: Sequence[EventMention],
        dates: Sequence[ResolvedDate],
        published: date | None,
        rules: EventRules,
    ) -> None:
        self.article = article
        self.events = events
        self.dates = dates
        self.published = published
        self.no_date = rules.words("undating_preposition")
        self.within = rules.words("within_preposition")
        self.simultaneous = rules.words("simultaneous")
        self.carried = rules.words("planned_participle") | rules.words("light")
        self.speech = rules.words("speech")
        self.definite = rules.words("definite")
        self.one_happening = frozenset(name for name, kind in rules.ontology.types.items() if kind.dominant)
        self.triggers = {(e.field, e.trigger): i for i, e in enumerate(events)}
        self.clauses: dict[tuple[Field, int], list[int]] = {}
        for i, event in enumerate(events):
            for token in {event.trigger, event.clause}:
                self.clauses.setdefault((event.field, token), []).append(i)
        self.ranges: dict[tuple[Field, str], list[ResolvedDate]] = {}
        self.covered: dict[tuple[Field, int], ResolvedDate] = {}
        self.hanging: dict[tuple[Field, int], list[_When]] = {}
        self.verbs_with_date: dict[tuple[Field, int], list[int]] = {}
        self.dated_sentences: set[tuple[Field, int]] = set()
        for resolved in dates:
            self._hang(resolved)
        self.sections = self._sections()
        self.leads = {text.field: _lead(text) for text in article.texts}

    # ----------------------------------------------------------------- expressions

    def _hang(self, resolved: ResolvedDate) -> None:
        mention = resolved.mention
        if resolved.start is None or resolved.end is None or resolved.timex_type is TimexType.SET:
            return
        text = self.article.text(mention.field)
        if text.kind_at(mention.first) is BlockKind.DATELINE:
            return
        for token in range(mention.first, mention.last + 1):
            self.covered[mention.field, token] = resolved
        if mention.range_key is not None:
            self.ranges.setdefault((mention.field, mention.range_key), []).append(resolved)
        if text.sent[mention.first] >= 0:
            self.dated_sentences.add((mention.field, text.sent[mention.first]))
        when = self._when(text, resolved)
        for token in when.path:
            self.hanging.setdefault((mention.field, token), []).append(when)
        if when.path and text.pos[when.path[0]] in _VERBAL:
            self.verbs_with_date.setdefault((mention.field, text.sent[mention.first]), []).append(when.path[0])

    def _when(self, text: ParsedText, resolved: ResolvedDate) -> _When:
        mention = resolved.mention
        at = mention.last
        for i in range(mention.first, mention.last + 1):
            if not mention.first <= text.head[i] <= mention.last or text.head[i] == i:
                at = i
                break
        preposition = ""
        path: list[int] = []
        for _ in range(_CLIMB):
            above = text.head[at]
            if above == at:
                break
            if text.pos[above] in ("ADP", "SCONJ") and text.dep[above] in ("prep", "agent", "mark", "pcomp"):
                if not path:
                    preposition = preposition or text.lower[above]
            elif text.ent[above] not in ("DATE", "TIME") or text.pos[above] in _VERBAL:
                path.append(above)
                if text.pos[above] in _VERBAL:
                    break
            at = above
        return _When(resolved, mention.first, preposition, tuple(path))

    def _sections(self) -> tuple[list[int], list[Dated]]:
        """Where passages under headings begin (tokens of the body), and the date of each that has one."""
        starts: list[int] = []
        found: list[Dated] = []
        at = {d.mention.first: d for d in self.dates if d.mention.field is Field.BODY}
        some = False
        for text in self.article.texts:
            if text.field is not Field.BODY:
                continue
            block = -1
            for sentence in text.sentences:
                if sentence.kind is not BlockKind.HEADING or sentence.block == block:
                    continue
                block = sentence.block
                resolved = at.get(sentence.first)
                dated = UNDATED
                if resolved is not None and resolved.start is not None:
                    dated = replace(self._spanning(resolved), source=DateSource.HEADING)
                    some = True
                starts.append(sentence.first)
                found.append(dated)
        return (starts, found) if some else ([], [])

    def _spanning(self, resolved: ResolvedDate) -> Dated:
        """An expression's days; those of a whole range if it is an end of one."""
        mention = resolved.mention
        start, end = resolved.start, resolved.end
        granularity = _COARSE.get(resolved.granularity, resolved.granularity)
        source = DateSource.CONTEXT if resolved.anchor in (Anchor.PREVIOUS, Anchor.EVENT) else DateSource.EXPLICIT
        if mention.range_key is not None:
            ends = self.ranges.get((mention.field, mention.range_key), [])
            days = [d for other in ends for d in (other.start, other.end) if d is not None]
            if len(ends) > 1 and days:
                start, end, granularity = min(days), max(days), Granularity.OTHER
        return Dated(start, end, granularity, source, resolved)

    # --------------------------------------------------------------- each event's own

    def own(self) -> list[Dated]:
        """The date that each event's own clause gives it, in the order of the events."""
        found = [self._explicit(i) for i in range(len(self.events))]
        for _ in range(2):
            for i in range(len(self.events)):
                if not found[i]:
                    found[i] = self._beside(i, found)
        return found

    def _explicit(self, i: int) -> Dated:
        event = self.events[i]
        text = self.article.text(event.field)
        best: tuple[bool, bool, int, int] | None = None
        chosen: _When | None = None
        for token in self._anchors(text, event):
            for when in self.hanging.get((event.field, token), ()):
                if not self._dates(when, event) or not self._reaches(text, when, event, token):
                    continue
                resolved = when.date
                assert resolved.start is not None
                assert resolved.end is not None
                loose = when.path[0] not in (event.trigger, event.clause)
                clock = resolved.granularity in _CLOCK  # "at 10 a.m. Friday": Friday tells the day
                key = (clock, loose, (resolved.end - resolved.start).days, abs(when.first - event.trigger))
                if best is None or key < best:
                    best, chosen = key, when
        if chosen is None:
            return UNDATED
        dated = self._spanning(chosen.date)
        if chosen.preposition == "since" and self.published is not None:
            return replace(dated, end=self.published, granularity=Granularity.OTHER)
        return dated

    def _anchors(self, text: ParsedText, event: EventMention) -> list[int]:
        """The tokens on which an expression that dates the event may hang."""
        out = [event.trigger]
        if event.clause != event.trigger:
            out.append(event.clause)
        out.extend(  # "a meeting planned for March 19"
            c for c in text.children[event.trigger] if text.dep[c] == "acl" and text.lemma[c].lower() in self.carried
        )
        if event.clause == event.trigger and text.pos[event.trigger] not in _VERBAL:
            head = text.head[event.trigger]
            out.extend(self._right_behind(text, event))
            free = text.dep[event.trigger] == "dobj" and (event.field, head) not in self.clauses
            if free and text.lemma[head].lower() not in self.speech:
                out.append(head)  # "followed talks on 31 August"
        elif event.tense in ("past", "pluperfect", "perfect"):
            # "invited them to return two weeks ago": what is past by now was the asking
            out.extend(c for c in text.children[event.clause] if text.dep[c] == "xcomp" and text.tag[c] == "VB")
        return out

    def _right_behind(self, text: ParsedText, event: EventMention) -> list[int]:
        """The verb with a date that stands right behind the event noun: "died after his capture on March 2"."""
        return [
            verb
            for verb in self.verbs_with_date.get((event.field, text.sent[event.trigger]), ())
            if (event.field, verb) not in self.clauses
            for when in self.hanging[event.field, verb]
            if when.path[0] == verb and when.first - event.trigger in (1, 2) and when.preposition not in self.no_date
        ]

    def _dates(self, when: _When, event: EventMention) -> bool:
        """Whether an expression's preposition and time fit an event told so."""
        if when.preposition == "since":
            return event.tense == "perfect" and self.published is not None
        if when.preposition in self.no_date:
            return False
        start, end = when.date.start, when.date.end
        if self.published is None or start is None or end is None:
            return True
        if event.modality is Modality.FUTURE:
            return end >= self.published
        return event.modality is not Modality.ASSERTED or event.tense in ("", "present") or start <= self.published

    def _reaches(self, text: ParsedText, when: _When, event: EventMention, token: int) -> bool:
        """Whether an expression that hangs below a token dates it, not something between."""
        between = when.path[: when.path.index(token)]
        last = when.date.mention.last
        if token not in (event.clause, event.trigger) and text.dep[token] == "xcomp":
            end = when.date.end
            return not between and self.published is not None and end is not None and end <= self.published
        if not between:
            return True
        if any((event.field, noun) in self.triggers and noun != event.trigger for noun in between):
            return False
        if text.tag[last + 1 : last + 2] == ["POS"] or when.preposition == "of":
            return False
        if token < when.first:
            return True  # past the verb, on its object or place: "detained two men in Lagos on Friday"
        # before it, on the subject: "The senator on Friday called"
        return len(between) == 1 and text.dep[between[0]] in ("nsubj", "nsubjpass") and 0 < token - last <= _NEAR

    def _beside(self, i: int, found: Sequence[Dated]) -> Dated:
        """The date of a clause that tells of the same moment: coordinated, participial, simultaneous, around a noun."""
        event = self.events[i]
        text = self.article.text(event.field)
        clause = event.clause
        if text.pos[clause] not in _VERBAL:
            return self._around(event, text, found)
        dated = self._inside(event, text, found)
        if dated:
            return dated
        head, dep = text.head[clause], text.dep[clause]
        if head == clause:
            return self._subordinate(event, text, found)
        if dep == "conj":
            return self._of_token(event.field, head, found, before=head)
        if dep == "xcomp":
            return self._of_token(event.field, head, found)
        covering = self.covered.get((event.field, head))
        if dep in ("relcl", "acl", "advcl") and covering is not None and covering.anchor is not Anchor.EVENT:
            return self._spanning(covering)  # "in March 2010, when police searched it"
        if dep == "relcl" and text.tag[clause] == "VBG" and event.tense == "past":
            return self._of_token(
                event.field, self._verb_above(text, head), found
            )  # "shot at workers who were marching"
        if dep in ("relcl", "acl"):
            index = self.triggers.get((event.field, head))
            if index is not None and event.tense != "pluperfect" and event.modality is Modality.ASSERTED:
                above = found[index].date
                # a happening known from elsewhere dates itself, not what is told beside it
                return UNDATED if above is not None and above.anchor is Anchor.EVENT else found[index]
        if dep == "advcl":
            marks = {text.lower[c] for c in text.children[clause] if text.dep[c] in ("mark", "advmod")}
            if marks & self.simultaneous or (not marks and text.tag[clause] in ("VBG", "VBN")):
                return self._of_token(event.field, head, found)
        return self._subordinate(event, text, found)

    def _verb_above(self, text: ParsedText, token: int) -> int:
        """The verb that governs a noun; the noun itself if none does."""
        at = token
        for _ in range(_CLIMB):
            if text.pos[at] in _VERBAL:
                return at
            if text.head[at] == at:
                break
            at = text.head[at]
        return token

    def _subordinate(self, event: EventMention, text: ParsedText, found: Sequence[Dated]) -> Dated:
        """The date of a simultaneous clause below: "were killed when shells hit the market on Friday"."""
        for child in text.children[event.clause]:
            if text.dep[child] != "advcl":
                continue
            if any(text.lower[c] in self.simultaneous for c in text.children[child]):
                dated = self._of_token(event.field, child, found)
                if dated:
                    return dated
        return UNDATED

    def _inside(self, event: EventMention, text: ParsedText, found: Sequence[Dated]) -> Dated:
        """The date of an event noun that is the verb's subject or means ("killed in Friday's raid")."""
        for child in text.children[event.clause]:
            nouns: list[int] = []
            if text.dep[child] == "nsubj":
                nouns = [child]
            elif text.dep[child] in ("prep", "agent") and text.lower[child] in self.within:
                nouns = [g for g in text.children[child] if text.dep[g] == "pobj"]
            for noun in nouns:
                index = self.triggers.get((event.field, noun))
                if index is not None and found[index] and found[index].source is DateSource.EXPLICIT:
                    return found[index]
        return UNDATED

    def _around(self, event: EventMention, text: ParsedText, found: Sequence[Dated]) -> Dated:
        """The date of the clause in which an event noun stands as means or occasion."""
        at, dep = event.trigger, text.dep[event.trigger]
        for child in text.children[at]:
            if text.dep[child] == "relcl":
                for index in self.clauses.get((event.field, child), ()):
                    if found[index] and self.events[index].modality is Modality.ASSERTED:
                        return found[index]
        if dep == "conj":
            other = self.triggers.get((event.field, text.head[at]))
            return found[other] if other is not None else UNDATED
        for _ in range(3):
            if dep != "pobj" or text.lower[text.head[at]] not in self.within:
                return UNDATED
            governor = text.head[text.head[at]]
            if text.pos[governor] in _VERBAL:
                return self._of_token(event.field, governor, found)
            at, dep = governor, text.dep[governor]
        return UNDATED

    def _of_token(self, field: Field, token: int, found: Sequence[Dated], before: int | None = None) -> Dated:
        """The date of the event of a token, or of an expression that hangs directly on it (``before`` a token)."""
        for when in self.hanging.get((field, token), ()):
            if when.preposition in self.no_date or when.path[0] != token:
                continue
            if before is None or when.first < before:
                return self._spanning(when.date)
        if before is None:
            for index in self.clauses.get((field, token), ()):
                if found[index]:
                    return found[index]
        return UNDATED

    # ------------------------------------------------------------------ told elsewhere

    def shared(
        self, found: Sequence[Dated], same: Sequence[int | None], people: Sequence[frozenset[str]]
    ) -> list[Dated]:
        """The dates of all events: their own, of other tellings, of their passage; in the order of the events.

        ``same`` has the first telling of each, ``people`` who takes part in each.
        """
        out = list(found)
        for i, event in enumerate(self.events):
            if not out[i]:
                out[i] = self._heading(event)
        self._retold(out, same)
        for i, event in enumerate(self.events):
            if not out[i]:
                out[i] = self._main_happening(i, out) or self._document(event)
        self._narrate(out, people)
        return out

    def _retold(self, out: list[Dated], same: Sequence[int | None]) -> None:
        """Give tellings without a date the narrowest one of the same happening."""
        groups: dict[int, list[int]] = {}
        for i, first in enumerate(same):
            groups.setdefault(i if first is None else first, []).append(i)
        for members in groups.values():
            known = [out[m] for m in members if out[m]]
            if not known:
                continue
            best = min(known, key=_days)
            for m in members:
                if not out[m]:
                    out[m] = replace(best, source=DateSource.CONTEXT)

    def _main_happening(self, i: int, found: Sequence[Dated]) -> Dated:
        """The date of the one violent happening that the article is about, for a telling that adds none."""
        event = self.events[i]
        text = self.article.text(event.field)
        if event.event_type not in self.one_happening or event.modality is not Modality.ASSERTED or event.negated:
            return UNDATED
        noun = text.pos[event.trigger] in ("NOUN", "PROPN")
        if noun and not any(
            text.lower[c] in self.definite for c in text.children[event.trigger] if text.dep[c] in ("det", "poss")
        ):
            return UNDATED
        if not noun and event.tense not in ("past", "pluperfect", ""):
            return UNDATED
        known = [
            found[j]
            for j, other in enumerate(self.events)
            if other.event_type == event.event_type
            and found[j]
            and found[j].source is not DateSource.DOCUMENT
            and other.modality is Modality.ASSERTED
        ]
        if not known:
            return UNDATED
        best = min(known, key=_days)
        if best.granularity is not Granularity.DAY:
            return UNDATED
        if any(d.start != best.start and not _within(best, d) for d in known):
            return UNDATED
        return replace(best, source=DateSource.CONTEXT)

    # ------------------------------------------------------------- what governs a passage

    def _heading(self, event: EventMention) -> Dated:
        starts, found = self.sections
        if event.field is not Field.BODY or not starts:
            return UNDATED
        text = self.article.text(event.field)
        if text.kind_at(event.trigger) is not BlockKind.HEADING:
            if event.modality is not Modality.ASSERTED or event.tense not in ("past", "present"):
                return UNDATED
            if not self._narrating(event.field, text, event.clause):
                return UNDATED
        index = bisect_right(starts, event.trigger) - 1
        return found[index] if index >= 0 else UNDATED

    def _document(self, event: EventMention) -> Dated:
        text = self.article.text(event.field)
        if (
            self.published is None
            or event.modality is not Modality.ASSERTED
            or event.tense not in ("present", "perfect")
        ):
            return UNDATED
        number = text.sent[event.trigger]
        if number < 0 or not self._in_lead(text, number) or not self._narrating(event.field, text, event.clause):
            return UNDATED
        return Dated(self.published, self.published, Granularity.DAY, DateSource.DOCUMENT)

    def _in_lead(self, text: ParsedText, number: int) -> bool:
        sentence = text.sentences[number]
        if sentence.kind is BlockKind.HEADLINE:
            return True
        lead = self.leads[text.field]
        return sentence.block == lead and (number < 2 or text.sentences[number - 2].block != lead)

    def _narrating(self, field: Field, text: ParsedText, clause: int) -> bool:
        """Whether a clause carries the narration.

        A main clause does, one coordinated with it, what is reported to be so, what
        happens at the same time, and what happened at an event that is told.
        """
        for _ in range(_CLIMB):
            head, dep = text.head[clause], text.dep[clause]
            if head == clause:
                return True
            if dep == "relcl" and (field, head) in self.triggers:
                return True
            if text.pos[head] not in _VERBAL:
                return False
            if dep == "advcl":
                if not any(text.lower[c] in self.simultaneous for c in text.children[clause]):
                    return False
            elif dep not in ("conj", "ccomp", "parataxis", "xcomp"):
                return False
            if dep == "ccomp" and any(text.dep[c] in ("acomp", "attr", "oprd") for c in text.children[head]):
                return False
            clause = head
        return False

    def _narrate(self, out: list[Dated], people: Sequence[frozenset[str]]) -> None:
        """Carry a day on through a narration in the past: from main clause to main clause, sentence to sentence.

        It ends with the paragraph, unless the next goes on about the same people; with a
        sentence that has a date of its own but no dated event; and with more than one
        sentence that tells nothing.
        """
        now = UNDATED
        last: tuple[Field, int, int] | None = None
        who: frozenset[str] = frozenset()
        for i, event in enumerate(self.events):
            text = self.article.text(event.field)
            number = text.sent[event.trigger]
            if number < 0:
                continue
            block = text.sentences[number].block
            if last is None or last[0] is not event.field or last[1] + 1 < block or number - last[2] > _GAP:
                now = UNDATED
            told = event.tense == "past" and event.modality is Modality.ASSERTED
            if not told or not self._narrating(event.field, text, event.clause):
                continue
            if out[i]:
                day = out[i].granularity is Granularity.DAY and out[i].source is not DateSource.DOCUMENT
                now = out[i] if day else UNDATED
            elif (event.field, number) in self.dated_sentences and (last is None or last[2] != number):
                now = UNDATED
            elif now and (last is None or last[1] == block or who & people[i]):
                out[i] = replace(now, source=DateSource.CONTEXT)
            last, who = (event.field, block, number), people[i]


def _days(dated: Dated) -> int:
    return (dated.end - dated.start).days if dated.start is not None and dated.end is not None else 0


def _within(inner: Dated, outer: Dated) -> bool:
    if inner.start is None or inner.end is None or outer.start is None or outer.end is None:
        return False
    return outer.start <= inner.start and inner.end <= outer.end


def _lead(text: ParsedText) -> int:
    """The block of the first paragraph; -1 if the text has none."""
    for sentence in text.sentences:
        if sentence.kind is BlockKind.BODY:
            return sentence.block
    return -1
