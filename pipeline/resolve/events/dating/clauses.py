"""Clauses as time sees them: their tense, and whether they carry the narration."""

from __future__ import annotations

from pipeline.parsed import ParsedText
from pipeline.rules.events import EventRules

_NAMES = frozenset({"GPE", "LOC", "FAC", "ORG", "EVENT", "PERSON"})
VERBAL = frozenset({"VERB", "AUX"})
CLIMB = 6
_ARGUMENTS = frozenset({"nsubj", "nsubjpass", "dobj", "attr", "acomp", "conj", "xcomp"})


class Clauses:
    """What the words of grammar tell of clauses; holds no text."""

    def __init__(self, rules: EventRules) -> None:
        self.simultaneous = rules.words("simultaneous")
        self.inside = rules.words("within_preposition")
        self.definite = rules.words("definite")
        self.new = rules.words("new_happening")
        self.perfect = rules.words("perfect_auxiliary")

    def tense(self, text: ParsedText, verb: int) -> str:
        """``past``, ``present``, ``perfect``, ``pluperfect`` or ``modal``; empty for what has no tense."""
        if text.pos[verb] not in VERBAL:
            return ""
        auxiliaries = [c for c in text.children[verb] if text.dep[c] in ("aux", "auxpass")]
        words = {text.lower[c] for c in auxiliaries}
        if words & self.perfect:
            return "perfect"
        if "had" in words:
            return "pluperfect"
        if any(text.tag[c] == "MD" for c in auxiliaries):
            return "modal"
        tags = {text.tag[verb], *(text.tag[c] for c in auxiliaries)}
        if tags & {"VBZ", "VBP"}:
            return "present"
        return "past" if "VBD" in tags else ""

    def borrowed(self, text: ParsedText, verb: int) -> str:
        """The tense that a coordinated verb shares with the one before ("have shelled … and burned"), else empty."""
        head = text.head[verb]
        if text.dep[verb] != "conj" or text.tag[verb] not in ("VBD", "VBN"):
            return ""
        if any(text.dep[c] in ("nsubj", "nsubjpass", "aux", "auxpass") for c in text.children[verb]):
            return ""
        return self.borrowed(text, head) or self.tense(text, head)

    def together(self, text: ParsedText, clause: int) -> bool:
        """Whether an adverbial clause tells of the moment of its main clause: participles, "when", "as"."""
        marks = {
            text.lower[c]
            for c in text.children[clause]
            if text.dep[c] == "mark" or (text.dep[c] == "advmod" and text.tag[c] == "WRB")
        }
        return bool(marks & self.simultaneous) or (not marks and text.tag[clause] in ("VBG", "VBN"))

    def host(self, text: ParsedText, token: int) -> int | None:
        """The finite verb in whose clause a noun or participle tells of the same moment; None if there is none."""
        at = token
        for _ in range(CLIMB):
            head, dep = text.head[at], text.dep[at]
            if text.pos[at] in VERBAL and self.tense(text, at):
                return at
            if head == at:
                return None
            if dep == "pobj" and text.lower[head] in self.inside:
                at = text.head[head]
            elif dep in _ARGUMENTS or (dep == "advcl" and self.together(text, at)):
                at = head
            elif dep == "acl" and text.tag[at] == "VBG":
                at = head  # "the minister, speaking at a summit, said"
            else:
                return None
        return None

    def pointing(self, text: ParsedText, noun: int) -> bool:
        """Whether a noun may take up something told before: it has a definite determiner or an owner.

        One that says itself that it is another, or which one it is ("the attack that …"), does not.
        """
        if text.pos[noun] not in ("NOUN", "PROPN"):
            return False
        points = False
        for child in text.children[noun]:
            dep = text.dep[child]
            if dep == "relcl" or text.lower[child] in self.new:
                return False
            points = points or dep == "poss" or (dep == "det" and text.lower[child] in self.definite)
        return points

    def verb_above(self, text: ParsedText, token: int) -> int:
        """The verb that governs a noun; the noun itself if none does."""
        at = token
        for _ in range(CLIMB):
            if text.pos[at] in VERBAL:
                return at
            if text.head[at] == at:
                break
            at = text.head[at]
        return token

    def narrating(self, text: ParsedText, clause: int, events: frozenset[int]) -> bool:
        """Whether a clause carries the narration; ``events`` are the triggers of the text.

        A main clause does, one coordinated with it, what is reported to be so, what
        happens at the same time, and what happened at an event that is told.
        """
        for _ in range(CLIMB):
            head, dep = text.head[clause], text.dep[clause]
            if head == clause:
                return True
            if dep == "relcl" and head in events:
                return True
            if text.pos[head] not in VERBAL:
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


def named_by(text: ParsedText, noun: int) -> frozenset[str]:
    """The words of the name that a happening goes by ("the Paris attacks"), in lower case."""
    if text.pos[noun] not in ("NOUN", "PROPN"):
        return frozenset()
    return frozenset(
        text.lower[c] for c in text.children[noun] if text.dep[c] in ("compound", "nmod") and text.ent[c] in _NAMES
    )


def names_around(text: ParsedText, token: int) -> frozenset[str]:
    """The words of all names in the sentence of a token, in lower case."""
    number = text.sent[token]
    if number < 0:
        return frozenset()
    sentence = text.sentences[number]
    return frozenset(text.lower[i] for i in range(sentence.first, sentence.last + 1) if text.ent[i] in _NAMES)
