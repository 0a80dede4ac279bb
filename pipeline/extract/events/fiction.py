"""What films, plays and books tell: happenings that have not happened."""

from __future__ import annotations

from pipeline.extract.events.found import Found
from pipeline.extract.events.topics import Topics
from pipeline.parsed import ParsedText
from pipeline.records import BlockKind
from pipeline.rules.events import EventRules

_CLIMB = 12
_CLAUSES = frozenset({"relcl", "acl"})
_PRESENT = ("VBZ", "VBP")


class Fiction:
    """Tells plots from news; the words are data (``models/events/grammar.yaml``, ``topics.yaml``)."""

    def __init__(self, text: ParsedText, rules: EventRules, topics: Topics) -> None:
        self.text, self.topics = text, topics
        self.works = rules.words("fiction_work")
        self.inside = rules.words("fiction_inside")
        self.about = rules.words("fiction_about")
        self.indefinite = rules.words("indefinite")
        self.plots = rules.words("fiction_topic")

    def tells(self, found: Found) -> bool:
        """Whether an event is only told in a work of fiction.

        In a clause of the work's own ("a film in which rebels kill the king"); of somebody
        the work is about ("a novel about a clerk who robs a bank"); or, as plots are told,
        in the simple present of a paragraph on the arts, if the type is a deed.
        """
        return self._embedded(found.frame.trigger) or (found.rule.type.material and self._plot(found.frame.clause))

    def _embedded(self, token: int) -> bool:
        text, at, somebody = self.text, token, False
        for _ in range(_CLIMB):
            head, dep = text.head[at], text.dep[at]
            if head == at:
                return False
            work = text.lemma[head].lower() in self.works
            if dep == "relcl" and work and self._within(at):
                return True
            if somebody and dep in ("pobj", "pcomp") and text.lower[head] in self.about:
                return text.lemma[text.head[head]].lower() in self.works
            if dep in _CLAUSES:
                somebody = any(text.lower[c] in self.indefinite for c in text.children[head])
            at = head
        return False

    def _within(self, clause: int) -> bool:
        """Whether a relative clause tells what is in its noun: "where", "in which"."""
        text = self.text
        return any(
            text.tag[t] in ("WDT", "WP", "WRB")
            and (text.lower[t] in self.inside or text.lower[text.head[t]] in self.inside)
            for t in range(text.left[clause], clause)
        )

    def _plot(self, clause: int) -> bool:
        text = self.text
        if text.kind_at(clause) is not BlockKind.BODY:
            return False
        auxiliaries = [c for c in text.children[clause] if text.dep[c] in ("aux", "auxpass")]
        if text.tag[clause] == "VBN":
            present = len(auxiliaries) == 1 and text.dep[auxiliaries[0]] == "auxpass"
            present = present and text.tag[auxiliaries[0]] in _PRESENT
        else:
            present = text.tag[clause] in _PRESENT and not auxiliaries
        return present and any(self.topics.at(topic, clause) for topic in self.plots)
