"""What stands in the slots that rules may name, beyond those of the frame itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from pipeline.extract.events.frames import Frame, Syntax
from pipeline.parsed import ParsedText
from pipeline.rules.events import EventRules

NEAR = 6  # words to either side of the trigger


class Slots:
    """The fillers of slots in one parsed text: heads, in text order."""

    def __init__(self, text: ParsedText, rules: EventRules, syntax: Syntax) -> None:
        self.text = text
        self.syntax = syntax
        words = rules.words
        self.introducing = (words("slot_word") - words("place_preposition") - words("owning")) | words(
            "clausal_preposition"
        )
        self.hung = words("hung_preposition")
        self.owner_of = words("owner_of")
        self._special: dict[str, Callable[[Frame], list[int]]] = {
            "near": self._near,
            "sentence": self._sentence,
            "auxiliary": lambda frame: self._auxiliaries([frame.trigger]),
            "clause_auxiliary": lambda frame: self._auxiliaries(frame.slots.get("clause", ())),
            "beside": lambda frame: frame.slots.get("beside", []) + self.text.children[frame.trigger],
            "light": lambda frame: [v for v in (frame.verb, frame.carrier) if v is not None],
            "governed": self._governing,
            "object_of": self._object_of,
            "object_poss": self._object_poss,
            "by": lambda frame: frame.slots.get("by", []) + frame.slots.get("agent", []),
        }

    def of(self, frame: Frame, slot: str, particle: str) -> list[int]:
        """What fills a slot; ``particle`` is that of the phrasal verb, or empty."""
        special = self._special.get(slot)
        if special is not None:
            return special(frame)
        found = frame.slots.get(slot)
        if found is not None:
            return found
        if slot in self.introducing:
            found = self._introduced(frame, slot)
            if found:
                return found
        if slot == "object":
            # "cordoned off the quarter": what follows a particle may be hung on it
            return frame.slots.get("dative") or frame.slots.get(particle, [])
        if slot in self.hung:
            # "asked donors for food": the parser hangs the phrase on the object as often as on the verb
            return self._below_object(frame, slot)
        return []

    def _near(self, frame: Frame) -> list[int]:
        here = frame.trigger
        return [t for t in range(max(here - NEAR, 0), min(here + NEAR + 1, len(self.text))) if t != here]

    def _sentence(self, frame: Frame) -> list[int]:
        sentence = self.text.sentences[self.text.sent[frame.trigger]]
        return [t for t in range(sentence.first, sentence.last + 1) if t != frame.trigger]

    def _governing(self, frame: Frame) -> list[int]:
        text, head = self.text, self.text.head[frame.trigger]
        if text.dep[frame.trigger] == "pobj":
            head = text.head[head]
        return [head] if head != frame.trigger else []

    def _object_of(self, frame: Frame) -> list[int]:
        text = self.text
        objects = frame.slots.get("object", ())
        return [
            g for t in objects for c in text.children[t] if text.lower[c] in self.owner_of for g in text.children[c]
        ]

    def _object_poss(self, frame: Frame) -> list[int]:
        text = self.text
        objects = frame.slots.get("object", ())
        return [h for t in objects for c in text.children[t] if text.dep[c] == "poss" for h in self.syntax.heads(c)]

    def _below_object(self, frame: Frame, preposition: str) -> list[int]:
        text = self.text
        objects = frame.slots.get("object", ())
        return [g for t in objects for c in text.children[t] if text.lower[c] == preposition for g in text.children[c]]

    def _auxiliaries(self, verbs: Iterable[int]) -> list[int]:
        text = self.text
        return [c for verb in verbs for c in text.children[verb] if text.dep[c] in ("aux", "auxpass")]

    def _introduced(self, frame: Frame, word: str) -> list[int]:
        """The clause that a word introduces below the trigger ("when", "if"), else the dependent of that form."""
        text = self.text
        for child in text.children[frame.trigger]:
            if text.lower[child] == word:
                return [child]
            if text.dep[child] in ("advcl", "ccomp") and any(text.lower[c] == word for c in text.children[child]):
                return [child]
        return []
