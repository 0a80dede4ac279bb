"""Actions that no trigger rule names: the main verbs of what is narrated, for events of a null type.

Only finite clauses of running text count that carry the narration: main clauses, those
coordinated with them, what is reported to be so, relative clauses and clauses of time and
cause. The subject must be one who can act. Whether somebody named does it, and when, is
resolution's business; a clause that can have no date is left out here already.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from pipeline.extract.events.arguments import Arguments
from pipeline.extract.events.frames import DEPTH, FINITE, Frame, Syntax, is_finite
from pipeline.extract.events.modality import Assessor
from pipeline.parsed import ParsedText
from pipeline.records import Argument, BlockKind, EventMention, Modality, Role, Sentence
from pipeline.rules.events import EventRules
from pipeline.rules.untyped import UntypedRules

_KINDS = frozenset({BlockKind.BODY, BlockKind.CAPTION})
_TIMES = frozenset({"DATE", "TIME"})
_CLAUSES = frozenset({"ROOT", "conj", "ccomp", "relcl", "advcl", "parataxis"})
_VERBAL = frozenset({"VERB", "AUX"})
_SUBJECTS = frozenset({"nsubj", "agent"})
_NOW = frozenset({"present", "perfect"})
_LEAD = 2  # sentences of the first paragraph that may have the document's day


class UntypedFinder:
    """Finds actions of a null type in one parsed text."""

    def __init__(
        self, text: ParsedText, rules: EventRules, untyped: UntypedRules, syntax: Syntax, assessor: Assessor
    ) -> None:
        self.text = text
        self.rules = rules
        self.untyped = untyped
        self.syntax = syntax
        self.assessor = assessor
        self.times = rules.words("time_clause")
        self.personal = rules.words("personal")

    def find(self, arguments: Arguments, taken: Collection[int], quiet: Collection[int]) -> Iterator[EventMention]:
        """Mentions in text order.

        ``taken`` are the words that some trigger rule fits, whether or not an event came
        of it; ``quiet`` the blocks of which nothing is wanted.
        """
        text = self.text
        headings = any(s.kind is BlockKind.HEADING for s in text.sentences)
        lead = _lead(text)
        for number, sentence in enumerate(text.sentences):
            if sentence.kind not in _KINDS or sentence.block in quiet:
                continue
            dated = headings or any(text.ent[i] in _TIMES for i in range(sentence.first, sentence.last + 1))
            leading = number in lead
            if not dated and not leading:
                continue
            if text.word[sentence.last] == "?":
                continue
            for verb in self._verbs(sentence, taken):
                mention = self._mention(verb, arguments, taken, dated=dated)
                if mention is not None:
                    yield mention

    def _verbs(self, sentence: Sentence, taken: Collection[int]) -> Iterator[int]:
        """Verbs that may be heard of: by word, by form, by the clause that they head."""
        text, veto = self.text, self.untyped.veto - self.untyped.carrier
        for i in range(sentence.first, sentence.last + 1):
            if text.pos[i] != "VERB" or i in taken or text.dep[i] not in _CLAUSES:
                continue
            lemma = text.lemma[i].lower()
            if lemma in veto or not lemma.isalpha() or text.ent[i] in _TIMES:
                continue
            if not is_finite(text, i) and not (text.dep[i] == "conj" and self._shares_tense(i)):
                continue
            if self._narrated(i, taken):
                yield i

    def _shares_tense(self, verb: int) -> bool:
        """Whether a coordinated participle or infinitive shares the auxiliary before it: "has bought and moved"."""
        text, head = self.text, self.text.head[verb]
        return text.tag[verb] == text.tag[head] and text.tag[head] not in FINITE and is_finite(text, head)

    def _narrated(self, verb: int, taken: Collection[int]) -> bool:
        """Whether a clause carries the narration, or tells of the time or cause of what does."""
        text = self.text
        for _ in range(DEPTH):
            head, dep = text.head[verb], text.dep[verb]
            if head == verb:
                return True
            if dep == "relcl":
                return text.pos[head] in ("NOUN", "PROPN", "PRON")
            if text.pos[head] not in _VERBAL or head == verb:
                return False
            if dep == "advcl":
                if not any(text.lower[c] in self.times for c in text.children[verb]):
                    return False
            elif dep in ("ccomp", "parataxis"):
                fronted = head > verb and any(text.word[c] in (",", "”", '"') for c in text.children[head])
                if not fronted and (head in taken or text.lemma[head].lower() not in self.untyped.report):
                    return False
                if any(text.dep[c] == "mark" and text.lower[c] in ("whether", "if") for c in text.children[verb]):
                    return False
            elif dep != "conj":
                return False
            verb = head
        return False

    def _mention(self, verb: int, arguments: Arguments, taken: Collection[int], *, dated: bool) -> EventMention | None:
        text, untyped = self.text, self.untyped
        frame = self.syntax.verb(verb)
        tense = arguments.tense(frame)
        if not dated and tense not in _NOW:
            return None
        trigger = self._trigger(frame, taken)
        if trigger is None:
            return None
        roles: dict[int, Role] = {}
        for slot, role in untyped.roles.items():
            if role is None or (slot == "object" and trigger != verb):
                continue
            for token in frame.slots.get(slot, ()):
                if self._acts(token) if role is Role.ACTOR else arguments.matcher.acts(token):
                    roles.setdefault(token, role)
        if Role.ACTOR not in roles.values():
            return None
        force = self.assessor.assess(frame, noun=False)
        if force.purpose or (tense == "present" and force.modality is Modality.ASSERTED and not self._going_on(verb)):
            return None
        found = [Argument(role, token, text.left[token], text.right[token]) for token, role in sorted(roles.items())]
        place = arguments.located(frame)
        for token in frame.slots.get("object", ()):
            place = arguments.located_on(token) if place is None else place
        if place is not None and place not in roles:
            found.append(arguments.place(place))
        return EventMention(
            field=text.field,
            trigger=trigger,
            clause=verb,
            span=text.span(trigger, trigger),
            event_type=None,
            event_mode=None,
            negated=force.negated,
            modality=force.modality,
            arguments=tuple(found),
            rule=untyped.id,
            strength=0.0,
            tense=tense,
        )

    def _trigger(self, frame: Frame, taken: Collection[int]) -> int | None:
        """The verb, or the happening that it carries; None where an object is an event already."""
        text, verb = self.text, frame.trigger
        objects = frame.slots.get("object", ())
        if any(token in taken for token in objects):
            return None
        lemma = text.lemma[verb].lower()
        if lemma in self.untyped.carrier:
            for token in objects:
                if text.lemma[token].lower() in self.untyped.happening and token > verb:
                    return token
        return None if lemma in self.untyped.veto else verb

    def _acts(self, token: int) -> bool:
        text = self.text
        if text.pos[token] == "PRON":
            return text.lower[token] in self.personal
        return text.pos[token] in ("NOUN", "PROPN") and text.ent[token] not in _TIMES

    def _going_on(self, verb: int) -> bool:
        """Whether a verb in the present tells of what is under way, not of a habit."""
        return self.text.tag[verb] == "VBG"


def _lead(text: ParsedText) -> frozenset[int]:
    """The first sentences of the first paragraph."""
    for number, sentence in enumerate(text.sentences):
        if sentence.kind is BlockKind.BODY:
            end = min(number + _LEAD, len(text.sentences))
            return frozenset(n for n in range(number, end) if text.sentences[n].block == sentence.block)
    return frozenset()
