"""The date that an event's own clause gives it.

An expression dates the predicate it modifies, whatever noun the parser hung it on inside
the clause; never the clause that a dated verb of speech reports. A clause that tells of
the same moment as another (coordinated, participial, simultaneous, around an event noun)
has that one's date.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

from pipeline.parsed import ParsedText
from pipeline.records import Anchor, DateSource, EventMention, Field, Granularity, Modality, ResolvedDate
from pipeline.resolve.events.dating.clauses import VERBAL
from pipeline.resolve.events.dating.dated import UNDATED, Dated
from pipeline.resolve.events.dating.expressions import When
from pipeline.resolve.events.dating.given import Given

_CLOCK = frozenset({Granularity.SECOND, Granularity.MINUTE, Granularity.HOUR})
_SUBJECTS = frozenset({"nsubj", "nsubjpass"})
_DEPTH = 4  # clauses that go with one another
_NEAR = 3  # tokens between a date on the subject and the verb that it dates


def _no_date(field: Field, verb: int) -> Dated:
    return UNDATED


class OwnDates:
    """Dates events by the expressions of their sentence."""

    def __init__(self, given: Given) -> None:
        self.article, self.events, self.published = given.article, given.events, given.published
        self.expressions, self.clauses = given.expressions, given.clauses
        rules = given.rules
        self.no_date = rules.words("undating_preposition")
        self.deadline = rules.words("deadline_preposition")
        self.content = rules.words("content_preposition")
        self.going = rules.words("going_verb")
        self.occasion = rules.words("occasion_preposition")
        self.ordering = rules.words("ordering_verb")
        self.one_day = rules.words("one_day")
        self.backward = rules.words("backward")
        self.sequent = rules.words("sequent")
        self.inside = rules.words("within_preposition")
        self.carried = rules.words("planned_participle") | rules.words("light")
        self.visits = rules.words("going_mode")
        self.occurrence = rules.words("occurrence")
        self.speech = rules.words("speech")
        # the date of a main clause that is no event, once passages have been dated
        self.passage: Callable[[Field, int], Dated] = _no_date
        self.triggers = {(e.field, e.trigger): i for i, e in enumerate(self.events)}
        self.at: dict[tuple[Field, int], list[int]] = {}
        for i, event in enumerate(self.events):
            for token in {event.trigger, event.clause}:
                self.at.setdefault((event.field, token), []).append(i)
        self.beginning = {
            (field, when.first): when
            for (field, _), whens in self.expressions.in_sentence.items()
            for when in whens
            if when.path and self.article.text(field).pos[when.path[0]] in VERBAL
        }

    def find(self) -> list[Dated]:
        """The date of each event, in their order; undated where its clause gives none."""
        found = [self.explicit(event) for event in self.events]
        for _ in range(2):
            for i, event in enumerate(self.events):
                if not found[i]:
                    found[i] = self.beside(event, found)
        return found

    # ------------------------------------------------------------------ expressions

    def explicit(self, event: EventMention) -> Dated:
        """The date of the expression that modifies an event's own predicate."""
        text = self.article.text(event.field)
        best: tuple[bool, bool, int, int] | None = None
        chosen: When | None = None
        for token in self._anchors(text, event):
            for when in self.expressions.on(event.field, token):
                if not self._fits(when, event) or not self._reaches(text, when, event, token):
                    continue
                if token not in (event.trigger, event.clause) and self._for_verb(text, when, event.field, token):
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
            return self._deadline(text, event)
        dated = self.expressions.dated(chosen.date)
        if chosen.preposition == "since" and self.published is not None:
            return replace(dated, end=self.published, granularity=Granularity.OTHER)
        return dated

    def _deadline(self, text: ParsedText, event: EventMention) -> Dated:
        """From the article's day to the end of a time within which something is to happen: "within 15 days"."""
        if event.modality is not Modality.FUTURE or self.published is None:
            return UNDATED
        for token in {event.trigger, event.clause}:
            for when in self.expressions.lengths.get((event.field, token), ()):
                end = self.expressions.after(self.published, when.date)
                if when.path[0] == token and when.preposition in self.deadline and end is not None:
                    return Dated(self.published, end, Granularity.OTHER, DateSource.EXPLICIT, when.date)
        return UNDATED

    def _anchors(self, text: ParsedText, event: EventMention) -> list[int]:
        """The tokens on which an expression that dates the event may hang."""
        out = [event.trigger]
        if event.clause != event.trigger and text.lemma[event.clause].lower() not in self.ordering:
            out.append(event.clause)
        out.extend(  # "a meeting planned for March 19"
            c for c in text.children[event.trigger] if text.dep[c] == "acl" and text.lemma[c].lower() in self.carried
        )
        out.extend(  # "the attacks, which occurred last year"
            c
            for c in text.children[event.trigger]
            if text.dep[c] == "relcl" and text.lemma[c].lower() in self.occurrence and (event.field, c) not in self.at
        )
        if event.clause == event.trigger and text.pos[event.trigger] not in VERBAL:
            head = text.head[event.trigger]
            if text.dep[event.trigger] == "pobj" and text.lower[head] == "for":
                verb = text.head[head]  # "flew to Oslo on Friday for talks"
                if text.lemma[verb].lower() in self.going and (event.field, verb) not in self.at:
                    out.append(verb)
            out.extend(self._right_behind(text, event))
            if text.dep[event.trigger] == "dobj" and text.lemma[head].lower() not in self.speech:
                if (event.field, head) not in self.at or text.lemma[head].lower() in self.ordering:
                    out.append(head)  # "the strike followed talks on 31 August"
                elif self._to_come(event.field, head):
                    out.append(head)  # "will investigate the massacre of 1,000 villagers last year"
        elif event.tense in ("past", "pluperfect", "perfect"):
            # "invited them to return two weeks ago": what is past by now was the asking
            out.extend(c for c in text.children[event.clause] if text.dep[c] == "xcomp" and text.tag[c] == "VB")
        return out

    def _right_behind(self, text: ParsedText, event: EventMention) -> list[int]:
        """The verb with a date that stands right behind the event noun: "died after his capture on March 2"."""
        out = []
        for away in (1, 2, 3):
            when = self.beginning.get((event.field, event.trigger + away))
            if when is None or when.preposition in self.no_date or (event.field, when.path[0]) in self.at:
                continue
            if text.sent[when.first] != text.sent[event.trigger]:
                continue
            if away < 3 or self._after_comma(text, event.trigger):
                out.append(when.path[0])
        return out

    def _to_come(self, field: Field, verb: int) -> bool:
        """Whether a verb tells of what has not happened, which no date of the past can date."""
        events = [self.events[i] for i in self.at[field, verb]]
        return all(e.modality is not Modality.ASSERTED for e in events)

    def _for_verb(self, text: ParsedText, when: When, field: Field, verb: int) -> bool:
        """Whether an expression goes with an event verb, not with the event noun that is its object."""
        if (field, verb) not in self.at or text.lemma[verb].lower() in self.ordering:
            return False
        return not self._past(when)

    def _after_comma(self, text: ParsedText, noun: int) -> bool:
        """ "After an earlier coup, in February 2010, …"."""
        return text.word[noun + 1] == "," and text.pos[noun + 2] == "ADP"

    def _fits(self, when: When, event: EventMention) -> bool:
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

    def _reaches(self, text: ParsedText, when: When, event: EventMention, token: int) -> bool:
        """Whether an expression that hangs below a token dates it, not something between."""
        between = when.path[: when.path.index(token)]
        last = when.date.mention.last
        if self._heads(text, when, token):
            return True
        if token not in (event.clause, event.trigger) and text.dep[token] == "xcomp":
            end = when.date.end
            return not between and self.published is not None and end is not None and end <= self.published
        if not between:
            return True
        if any((event.field, noun) in self.triggers and noun != event.trigger for noun in between):
            return False
        if when.preposition == "of":
            return False
        if text.tag[last + 1 : last + 2] == ["POS"] and not self._held_then(text, last, between[0]):
            return False
        if any(text.dep[noun] == "appos" for noun in between):
            return False  # "the strike, the third this year"
        if event.modality is Modality.HYPOTHETICAL and self._past(when):
            return False  # "wants to overturn the ruling of 1973"
        if last < between[0] == text.head[last] and not self._occasion(text, between[0]):
            return False  # "signed the 2019 act": a date before a noun is that noun's
        if token < when.first:
            # past the verb, on its object or place: "detained two men in Lagos on Friday"
            return self._on_the_way(event) or not self._in_content(text, between[-1], token)
        # before it, in a phrase of its own: "In a speech on Friday, the king praised"
        link = text.head[between[-1]]
        if text.head[link] == token and text.dep[link] == "prep" and text.lower[link] in self.inside:
            return True
        # before it, on the subject: "The senator on Friday called"
        return len(between) == 1 and text.dep[between[0]] in _SUBJECTS and 0 < token - last <= _NEAR

    def _occasion(self, text: ParsedText, noun: int) -> bool:
        """Whether something happened in what a noun names ("was hurt in the Tuesday march"), or that speaks itself."""
        if text.dep[noun] == "nsubj":
            return True  # "the 2019 resolution calls for a truce"
        return text.dep[noun] == "pobj" and text.lower[text.head[noun]] in self.occasion

    def _held_then(self, text: ParsedText, owner: int, noun: int) -> bool:
        """Whether a date owns the occasion on which an act was done: "attacked her rival in Sunday's debate"."""
        if text.head[owner] != noun or text.dep[noun] != "pobj":
            return False
        return text.lower[text.head[noun]] in self.occasion

    def _on_the_way(self, event: EventMention) -> bool:
        """Whether somebody went for something, and so when it was: "visited Lagos for the games in May"."""
        return event.event_mode in self.visits and event.trigger == event.clause

    def _past(self, when: When) -> bool:
        end = when.date.end
        return self.published is not None and end is not None and end < self.published

    def _in_content(self, text: ParsedText, noun: int, verb: int) -> bool:
        """Whether a noun tells what an act is about: "jailed for the murder of nine people in 2010"."""
        at = noun
        for _ in range(_DEPTH):
            if text.head[at] in (at, verb):
                break
            at = text.head[at]
        return text.head[at] == verb and text.dep[at] == "prep" and text.lower[at] in self.content

    def _heads(self, text: ParsedText, when: When, verb: int) -> bool:
        """ "In 1987 two parties signed": the parser took the year for a number, but its preposition is the verb's."""
        before = when.first - 1
        return (
            len(when.path) > 1
            and before >= 0
            and text.pos[before] == "ADP"
            and text.lower[before] not in self.no_date
            and text.head[before] == verb
            and text.pos[verb] in VERBAL
            and when.date.mention.last + 1 < when.path[0]
        )

    # -------------------------------------------------------------- the same moment

    def beside(self, event: EventMention, found: Sequence[Dated]) -> Dated:
        """The date of a clause or noun of the same moment, unless its tense tells of another time."""
        dated = self._beside(event, found)
        if (
            event.tense == "present"
            and self.published is not None
            and dated.end is not None
            and dated.end < self.published
        ):
            return UNDATED
        return dated

    def _beside(self, event: EventMention, found: Sequence[Dated]) -> Dated:
        """The date of a clause that tells of the same moment: coordinated, participial, simultaneous, around a noun."""
        text = self.article.text(event.field)
        clause = event.clause
        if text.pos[clause] not in VERBAL:
            return self._around(event, text, found)
        dated = self._inside(event, found) or self._since(event, text, found)
        if dated:
            return dated
        head, dep = text.head[clause], text.dep[clause]
        if head == clause:
            return self._subordinate(event, text, found)
        if dep == "conj":
            dated = self._coordinated(event, text, found)
            main = None if dated else self._next_to(text, event)
            return self._moment(event.field, main, found) if main is not None else dated
        if dep == "xcomp":
            return self._moment(event.field, head, found)
        covering = self.expressions.covered.get((event.field, head))
        if dep in ("relcl", "acl", "advcl") and covering is not None and covering.anchor is not Anchor.EVENT:
            return self.expressions.dated(covering)  # "in March 2010, when police searched it"
        if dep == "relcl" and self.clauses.together(text, clause) and event.tense in ("past", "perfect"):
            modifier = self._before_noun(event.field, head)
            if modifier is not None:
                return self.expressions.dated(modifier)  # "at the 1992 congress, when the senator called for war"
        if dep == "relcl" and text.tag[clause] == "VBG" and event.tense == "past":
            # "shot at workers who were marching"
            return self._of_token(event.field, self.clauses.verb_above(text, head), found)
        if dep == "acl" and text.tag[clause] == "VBG" and text.dep[head] in _SUBJECTS and text.head[head] < clause:
            return self._moment(event.field, text.head[head], found)  # "soldiers were killed fighting"
        if dep == "acl" and text.tag[clause] == "VBN" and text.pos[head] in ("NOUN", "PROPN"):
            modifier = self._before_noun(event.field, head)
            if modifier is not None:
                return self.expressions.dated(modifier)  # "the March 3 accord signed in Oslo"
        if dep in ("relcl", "acl"):
            index = self.triggers.get((event.field, head))
            if index is not None and event.tense != "pluperfect" and event.modality is Modality.ASSERTED:
                above = found[index].date
                # a happening known from elsewhere dates itself, not what is told beside it
                return UNDATED if above is not None and above.anchor is Anchor.EVENT else found[index]
        if dep == "ccomp" and text.tag[clause] == "VB" and not event.tense and event.modality is Modality.ASSERTED:
            return self._moment(event.field, head, found)  # "heard speakers demand reforms"
        if text.pos[head] in VERBAL and self._goes_with(text, clause, event):
            return self._moment(event.field, head, found)
        main = self._next_to(text, event)
        if main is not None:
            dated = self._moment(event.field, main, found)
            if dated.granularity is Granularity.DAY or (dated and dep == "pcomp"):
                return dated if dated.date is None or dated.date.anchor is not Anchor.EVENT else UNDATED
        return self._measured(event, text, found) or self._subordinate(event, text, found)

    def _measured(self, event: EventMention, text: ParsedText, found: Sequence[Dated]) -> Dated:
        """The day that lies so many days before or after that of the main clause: "a day after police shot him"."""
        clause, head = event.clause, text.head[event.clause]
        if text.dep[clause] != "advcl" or event.modality is not Modality.ASSERTED:
            return UNDATED
        for mark in text.children[clause]:
            if text.dep[mark] != "mark" or text.lower[mark] not in self.sequent:
                continue
            days = self._days_before(text, mark)
            if days is None:
                continue
            dated = self._moment(event.field, head, found)
            if dated.start is None or dated.granularity is not Granularity.DAY:
                return UNDATED
            try:
                day = dated.start + timedelta(-days if text.lower[mark] in self.backward else days)
            except OverflowError:
                return UNDATED
            return replace(dated, start=day, end=day, source=DateSource.CONTEXT)
        return UNDATED

    def _days_before(self, text: ParsedText, mark: int) -> int | None:
        """How many days stand before an "after" or "before"; None if nothing does, or other than a count of days."""
        length = self.expressions.ending.get((text.field, mark - 1))
        if length is not None:
            return self.expressions.days(length)
        return 1 if mark > 1 and text.lower[mark - 1] in self.one_day and text.dep[mark - 2] == "det" else None

    def _goes_with(self, text: ParsedText, clause: int, event: EventMention) -> bool:
        """Whether a clause that hangs on a verb tells what happened as that did."""
        dep = text.dep[clause]
        if dep in ("advcl", "acl") and self.clauses.together(text, clause):
            return True
        # "burned flags to protest the killings": told as a fact
        infinitive = any(text.lower[c] == "to" for c in text.children[clause] if text.dep[c] == "aux")
        return dep == "advcl" and infinitive and event.modality is Modality.ASSERTED

    def _next_to(self, text: ParsedText, event: EventMention) -> int | None:
        """The verb of the clause right after or before which an event took place ("left after meeting the king").

        None if the text says how long after ("two weeks after"), or tells it in the pluperfect.
        """
        clause = event.clause
        for _ in range(2):
            if text.dep[clause] != "conj" or text.pos[text.head[clause]] not in VERBAL:
                break
            clause = text.head[clause]
        if event.tense == "pluperfect" or event.modality is not Modality.ASSERTED:
            return None
        link, head = clause, text.head[clause]
        if text.dep[clause] == "advcl":
            marks = [c for c in text.children[clause] if text.dep[c] == "mark" and text.lower[c] in self.sequent]
            if not marks:
                return None
            measured = text.left[clause] < marks[0] and (event.field, marks[0] - 1) not in self.expressions.covered
        elif text.dep[clause] == "pcomp" and text.lower[head] in self.sequent:
            link, head = head, text.head[head]
            measured = text.left[link] < link
        else:
            return None
        return head if text.pos[head] in VERBAL and not measured else None

    def _may_go(self, text: ParsedText, verb: int) -> bool:
        return self.clauses.together(text, verb) or any(text.lower[c] == "to" for c in text.children[verb])

    def _coordinated(self, event: EventMention, text: ParsedText, found: Sequence[Dated]) -> Dated:
        """A date that stands before both of two coordinated verbs."""
        head = text.head[event.clause]
        if text.tag[event.clause] in ("VBG", "VBN") and text.dep[head] in ("advcl", "acl"):
            return self._moment(event.field, head, found)  # "wounding two and arresting nine"
        dated = self._of_token(event.field, head, found, before=head) or self._opening(event, text, head)
        if dated:
            return dated
        for index in self.at.get((event.field, head), ()):
            given = found[index].date
            if given is not None and given.mention.field is event.field and given.mention.last < head:
                return found[index] if text.sent[given.mention.first] == text.sent[head] else UNDATED
        return UNDATED

    def _opening(self, event: EventMention, text: ParsedText, head: int) -> Dated:
        """The date of the occasion that opens a sentence, for all it tells: "In an interview in May, he praised X and
        attacked Y"."""
        for when in self.expressions.on(event.field, head):
            if not self._fits(when, event) or when.first >= head or len(when.path) < 2:
                continue
            occasion = when.path[when.path.index(head) - 1]
            link = text.head[occasion]
            opens = text.head[link] == head and text.dep[link] == "prep" and text.lower[link] in self.occasion
            subjects = [c for c in text.children[head] if text.dep[c] in _SUBJECTS]
            if opens and subjects and occasion < subjects[0] and when.path[0] == occasion:
                return self.expressions.dated(when.date)
        return UNDATED

    def _moment(self, field: Field, verb: int, found: Sequence[Dated]) -> Dated:
        """The date of a verb's clause, or of the clause above with which it goes."""
        text = self.article.text(field)
        for _ in range(_DEPTH):
            dated = self._of_token(field, verb, found)
            if dated:
                return dated
            above, dep = text.head[verb], text.dep[verb]
            if above == verb or text.pos[above] not in VERBAL:
                break
            if dep == "conj":
                dated = self._of_token(field, above, found, before=above)
                if dated or text.tag[verb] not in ("VBG", "VBN", "VB"):
                    return dated
            elif dep not in ("xcomp", "advcl") or (dep == "advcl" and not self._may_go(text, verb)):
                break
            verb = above
        return UNDATED

    def _before_noun(self, field: Field, noun: int) -> ResolvedDate | None:
        """The date that stands before a noun as its modifier."""
        for when in self.expressions.on(field, noun):
            if when.path[0] == noun and when.first < noun and not when.preposition:
                return when.date
        return None

    def _since(self, event: EventMention, text: ParsedText, found: Sequence[Dated]) -> Dated:
        """From a dated happening to the article's day: "have shelled the town since the truce ended on Monday"."""
        clause, borrowed = event.clause, self.clauses.borrowed(text, event.clause)
        if self.published is None or "perfect" not in (event.tense, borrowed):
            return UNDATED
        verbs = [clause, *(c for c in text.children[clause] if text.dep[c] == "conj")]
        if borrowed:
            verbs.append(text.head[clause])
        for verb in verbs:
            for child in text.children[verb]:
                marks = {text.lower[c] for c in text.children[child] if text.dep[c] == "mark"}
                if text.dep[child] != "advcl" or "since" not in marks:
                    continue
                dated = self._moment(event.field, child, found)
                if dated.start is not None and dated.start <= self.published:
                    return replace(dated, end=self.published, granularity=Granularity.OTHER)
        return UNDATED

    def _subordinate(self, event: EventMention, text: ParsedText, found: Sequence[Dated]) -> Dated:
        """The date of a simultaneous clause below: "were killed when shells hit the market on Friday"."""
        for child in text.children[event.clause]:
            if text.dep[child] != "advcl":
                continue
            # "speaking on Monday, the king praised the army"
            speaking = text.tag[child] == "VBG" and child < event.clause and self.clauses.together(text, child)
            if speaking or any(text.lower[c] in self.clauses.simultaneous for c in text.children[child]):
                dated = self._of_token(event.field, child, found)
                if dated:
                    return dated
        return UNDATED

    def _inside(self, event: EventMention, found: Sequence[Dated]) -> Dated:
        """The date of an event noun that is the verb's subject or means ("killed in Friday's raid")."""
        for index in self.means(event):
            if found[index] and found[index].source is DateSource.EXPLICIT:
                return found[index]
        return UNDATED

    def means(self, event: EventMention) -> list[int]:
        """The event nouns in which an event consists or by which it came about, in text order."""
        text = self.article.text(event.field)
        nouns: list[int] = []
        for child in text.children[event.clause]:
            if text.dep[child] == "nsubj":
                nouns.append(child)
            elif text.dep[child] in ("prep", "agent") and text.lower[child] in self.inside:
                nouns.extend(g for g in text.children[child] if text.dep[g] == "pobj")
        return [self.triggers[event.field, noun] for noun in nouns if (event.field, noun) in self.triggers]

    def _around(self, event: EventMention, text: ParsedText, found: Sequence[Dated]) -> Dated:
        """The date of the clause in which an event noun stands as means or occasion."""
        at, dep = event.trigger, text.dep[event.trigger]
        for child in text.children[at]:
            if text.dep[child] == "relcl":
                for index in self.at.get((event.field, child), ()):
                    told = found[index].source is DateSource.EXPLICIT
                    if told and self.events[index].modality is Modality.ASSERTED:
                        return found[index]
        if dep == "nsubj":
            other = self.triggers.get((event.field, text.head[at]))  # "the bombs on 7 May killed nine"
            if other is not None and self.events[other].event_type == event.event_type:
                return found[other] if found[other].source is DateSource.EXPLICIT else UNDATED
        if dep == "conj":
            other = self.triggers.get((event.field, text.head[at]))
            return found[other] if other is not None else UNDATED
        first = True
        for _ in range(3):
            # "paid tribute to the dead on a visit": on the way up, whatever the noun hangs on
            if dep != "pobj" or (
                text.lower[text.head[at]] not in self.inside and (first or self.clauses.pointing(text, event.trigger))
            ):
                return UNDATED
            first = False
            governor = text.head[text.head[at]]
            if text.pos[governor] in VERBAL:
                return self._of_token(event.field, governor, found) if text.dep[governor] != "pcomp" else UNDATED
            at, dep = governor, text.dep[governor]
        return UNDATED

    def _of_token(self, field: Field, token: int, found: Sequence[Dated], before: int | None = None) -> Dated:
        """The date of the event of a token, or of an expression that hangs directly on it (``before`` a token)."""
        for when in self.expressions.on(field, token):
            if when.preposition in self.no_date or when.preposition == "since" or when.path[0] != token:
                continue
            if before is None or when.first < before:
                return self.expressions.dated(when.date)
        if before is None:
            for index in self.at.get((field, token), ()):
                if found[index]:
                    return found[index]
            if (field, token) not in self.at:
                return self.passage(field, token)
        return UNDATED
