"""Whether a rule's needs are met by a frame."""

from __future__ import annotations

from pipeline.extract.events.frames import FINITE, Frame, Syntax
from pipeline.extract.events.slots import Slots
from pipeline.parsed import ParsedText
from pipeline.rules.events import Entry, EventRules, Spec, TriggerRule

_ACTING = frozenset({"PERSON", "NORP", "GPE", "ORG"})
_SHORTEST = 5  # letters of the shortest words that are trusted by their ending, and one
_NOT_ACTING = frozenset({"DATE", "TIME", "MONEY", "PERCENT", "QUANTITY", "ORDINAL"})


class Matcher:
    """The most specific rule for a trigger of one text."""

    def __init__(self, text: ParsedText, rules: EventRules, syntax: Syntax) -> None:
        self.text = text
        self.syntax = syntax
        self.people = rules.classes.get("people", frozenset()) | rules.classes.get("armed", frozenset())
        self.mass = rules.words("mass_noun")
        self.slots = Slots(text, rules, syntax)
        self.personal = rules.words("personal")
        self._particle = ""
        self.locative = rules.words("locative_particle")
        self.endings = tuple(sorted(rules.words("agent_ending")))
        self.no_agents = (
            rules.words("not_agent")
            | rules.nouns.keys()
            | rules.classes.get("metaphor", frozenset())
            | rules.classes.get("nature", frozenset())
        )

    def acts(self, token: int) -> bool:
        """Whether a noun phrase's head may be an actor, by entity label or by the noun's meaning."""
        text = self.text
        label = text.ent[token]
        if label in _ACTING:
            return True
        if label in _NOT_ACTING:
            return False
        if text.pos[token] == "PRON":
            return text.lower[token] in self.personal or text.lower[token] in self.people
        if text.lower[token] in self.mass and not any(text.dep[c] in ("det", "poss") for c in text.children[token]):
            return False  # "use force"
        if text.lemma[token].lower() in self.people or text.lower[token] in self.people:
            return True
        if text.pos[token] == "NUM" or text.tag[token] == "CD":
            return True
        if text.pos[token] == "NOUN" and not label and self._agent(text.lemma[token].lower()):
            return True
        return text.pos[token] == "PROPN" and label not in ("DATE", "TIME", "EVENT", "LAW", "WORK_OF_ART", "PRODUCT")

    def _agent(self, lemma: str) -> bool:
        """Whether a noun is made like those for people who do something ("skipper", "cyclist")."""
        return lemma.endswith(self.endings) and len(lemma) > _SHORTEST and lemma not in self.no_agents

    def _fits(self, token: int, spec: Spec) -> bool:
        text = self.text
        if spec.anything:
            return True
        if text.lemma[token].lower() in spec.words or text.lower[token] in spec.words:
            return True
        if text.tag[token] in ("NNP", "NNPS") and text.lower[token].removesuffix("s") in spec.words:
            return True  # "Hostages Freed": in capitals a plural is taken for a name
        if token in self.syntax.joined and not spec.words.isdisjoint(self.syntax.joined[token]):
            return True
        if spec.labels and text.ent[token] in spec.labels:
            return True
        if spec.words and text.dep[token] == "appos" and text.lemma[text.head[token]].lower() in spec.words:
            # "summoned the ambassador, Henk Smit": the name stands for what it explains
            return True
        if spec.actor and self.acts(token):
            return True
        if spec.verb and text.pos[token] in ("VERB", "AUX"):
            return True
        return spec.number and (
            text.pos[token] == "NUM" or text.ent[token] in ("CARDINAL", "MONEY", "PERCENT", "QUANTITY")
        )

    def holds(self, frame: Frame, slot: str, spec: Spec) -> bool:
        """Whether a slot is filled as a spec wants."""
        tokens = self.slots.of(frame, slot, self._particle)
        if not tokens and (spec.none or (spec.actor and slot == "subject" and self._elliptic(frame))):
            return True
        if any(self._fits(token, spec) for token in tokens):
            return True
        if slot == "clause" or not spec.words:
            return False
        # a name's or a compound's own words: "a ceasefire deal", "police raid"
        return slot == "modifier" and any(
            self.text.lower[t] in spec.words for t in self.syntax.modifiers(frame.trigger)
        )

    def _locates(self, word: int) -> bool:
        """Whether a word that could be a particle is a preposition of place or time with its noun."""
        text = self.text
        return (
            text.lower[word] in self.locative
            and text.dep[word] == "prep"
            and any(text.dep[g] == "pobj" for g in text.children[word])
        )

    def _elliptic(self, frame: Frame) -> bool:
        """Whether a verb's subject is left out, as notes and headlines do ("14 May - attacks the base")."""
        text, verb = self.text, frame.trigger
        return text.dep[verb] == "ROOT" and text.tag[verb] in FINITE and not frame.passive

    def _extra(self, entry: Entry, frame: Frame, *, noun: bool) -> bool:
        text = self.text
        if noun:
            have = set()
            for token in self.syntax.modifiers(frame.trigger):
                have.add(text.lower[token])
                have.add(text.lemma[token].lower())
            return all(word in have for word in entry.extra)
        after = frame.trigger + 1
        if after < len(text) and entry.extra == (text.lower[after],) and not self._locates(after):
            # "handed over 700 kilos": a particle may be hung on what follows it
            return True
        near: set[str] = set()
        loaded = False
        for child in text.children[frame.trigger]:
            if child < frame.trigger:
                continue
            dep, lower = text.dep[child], text.lower[child]
            if dep in ("prep", "agent", "dative") and text.pos[child] in ("ADP", "SCONJ"):
                inner = text.children[child]
                if self._locates(child) or (loaded and any(text.dep[g] in ("pobj", "pcomp") for g in inner)):
                    continue  # "gave a speech in Rome" is not "gave in"
                near.update(text.lower[g] for g in inner)
            elif dep in ("dobj", "dative") and lower not in entry.extra:
                loaded = True
            near.add(lower)
        return all(word in near for word in entry.extra)

    def fits(self, entry: Entry, frame: Frame, *, noun: bool) -> bool:
        """Whether an entry's extra words, needs, alternatives and vetoes all agree."""
        rule: TriggerRule = entry.rule
        self._particle = entry.extra[0] if len(entry.extra) == 1 and not noun else ""
        if entry.extra and not self._extra(entry, frame, noun=noun):
            return False
        if rule.passive is not None and rule.passive != frame.passive:
            return False
        if not all(self.holds(frame, slot, spec) for slot, spec in rule.needs):
            return False
        if rule.alternatives and not any(
            all(self.holds(frame, slot, spec) for slot, spec in alternative) for alternative in rule.alternatives
        ):
            return False
        if rule.transitive and not frame.slots.get("object"):
            return False
        return not self.vetoed(rule, frame)

    def vetoed(self, rule: TriggerRule, frame: Frame) -> bool:
        """Whether something stands in a frame that a rule excludes."""
        return any(self.holds(frame, slot, spec) for slot, spec in rule.veto)
