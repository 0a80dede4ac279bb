"""A trigger that was found, before its arguments are named."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.extract.events.frames import Frame
from pipeline.extract.events.modality import Force
from pipeline.parsed import ParsedText
from pipeline.rules.events import Entry, TriggerRule


@dataclass(slots=True)
class Found:
    """A trigger that met a rule's needs."""

    entry: Entry
    frame: Frame
    noun: bool
    force: Force

    @property
    def rule(self) -> TriggerRule:
        """The rule that fired."""
        return self.entry.rule


def content(text: ParsedText, found: Found, slot: str) -> list[int]:
    """The heads of what fills a slot; for a noun's clause also the infinitives that hang on it."""
    frame = found.frame
    tokens = list(frame.slots.get(slot, ()))
    if not tokens and slot in ("of", "for") and not found.noun:
        # "accused the army of firing": the participle hangs on the object
        tokens = [
            g
            for t in frame.slots.get("object", ())
            for c in text.children[t]
            if text.lower[c] == slot
            for g in text.children[c]
            if text.dep[g] == "pcomp"
        ]
    if slot == "clause" and found.noun:
        tokens += [
            c for c in text.children[frame.trigger] if text.dep[c] in ("acl", "ccomp") and text.tag[c] in ("VB", "VBG")
        ]
    return tokens
