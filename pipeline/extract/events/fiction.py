"""What films, plays and books tell: happenings that have not happened."""

from __future__ import annotations

from functools import cached_property

from pipeline.extract.events.found import Found
from pipeline.extract.events.topics import Topics
from pipeline.parsed import ParsedText
from pipeline.records import BlockKind
from pipeline.rules.events import EventRules

# Words between a deed and the work it is told in: what lies deeper is hardly the work's own
# plot, and sentences without end (lists, tables) would make each climb long.
_CLIMB = 12
_CLAUSES = frozenset({"relcl", "acl"})
_PRESENT = ("VBZ", "VBP")
_REPORTED = ("ccomp", "parataxis")


class Fiction:
    """Tells plots from news; the words are data (``models/events/grammar.yaml``, ``topics.yaml``)."""

    def __init__(self, text: ParsedText, rules: EventRules, topics: Topics) -> None:
        self.text, self.topics = text, topics
        self.works = rules.words("fiction_work")
        self.inside = rules.words("fiction_inside")
        self.about = rules.words("fiction_about")
        self.indefinite = rules.words("indefinite")
        self.plots = rules.words("fiction_topic")
        self.speech = rules.words("speech")
        self.marks = rules.words("quotation")

    def tells(self, found: Found) -> bool:
        """Whether an event is only told in a work of fiction.

        In a clause of the work's own ("a film in which rebels kill the king") or of somebody
        the work is about ("a novel about a clerk who robs a bank"), in the simple present
        and undated; or, as plots are told, in the simple present of a paragraph on the arts
        where nobody is quoted, if the type is a deed.
        """
        return self._embedded(found.frame.trigger) or (found.rule.type.material and self._plot(found.frame.clause))

    def _embedded(self, token: int) -> bool:
        text, at, clause = self.text, token, -1
        for _ in range(_CLIMB):
            head, dep = text.head[at], text.dep[at]
            if head == at:
                return False
            work = text.lemma[head].lower() in self.works
            if dep == "relcl" and work and self._within(at):
                return self._timeless(at)
            if clause >= 0 and dep in ("pobj", "pcomp") and text.lower[head] in self.about:
                return text.lemma[text.head[head]].lower() in self.works and self._timeless(clause)
            if dep in _CLAUSES:
                somebody = any(text.lower[c] in self.indefinite for c in text.children[head])
                clause = at if somebody else -1
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
        if not self._present(clause) or not any(self.topics.at(topic, clause) for topic in self.plots):
            return False
        return not self._reported(clause) and not self._quoted[clause]

    def _timeless(self, clause: int) -> bool:
        """Whether a clause is in the simple present and names no date."""
        text = self.text
        return self._present(clause) and "DATE" not in text.ent[text.left[clause] : text.right[clause] + 1]

    def _present(self, clause: int) -> bool:
        text = self.text
        auxiliaries = [c for c in text.children[clause] if text.dep[c] in ("aux", "auxpass")]
        if text.tag[clause] == "VBN":
            passive = len(auxiliaries) == 1 and text.dep[auxiliaries[0]] == "auxpass"
            return passive and text.tag[auxiliaries[0]] in _PRESENT
        return text.tag[clause] in _PRESENT and not auxiliaries

    def _reported(self, clause: int) -> bool:
        """Whether somebody says it: "police arrest artists, she said"."""
        text, at = self.text, clause
        for _ in range(_CLIMB):
            said = [c for c in text.children[at] if text.dep[c] in _REPORTED]
            if text.dep[at] in _REPORTED:
                said.append(text.head[at])
            if any(text.lemma[t].lower() in self.speech for t in said):
                return True
            if text.head[at] == at:
                return False
            at = text.head[at]
        return False

    @cached_property
    def _quoted(self) -> list[bool]:
        """Of each token, whether a quotation that its paragraph opened is still open there."""
        text, out, block, opened = self.text, [], -1, False
        for word, number in zip(text.word, text.sent, strict=True):
            if number >= 0 and text.sentences[number].block != block:
                block, opened = text.sentences[number].block, False
            opened ^= word in self.marks
            out.append(opened)
        return out
