"""The syntax around a trigger: what stands in its slots.

A *slot* is a grammatical place (``subject``, ``object``, a preposition, ``clause`` …)
and holds head tokens in text order. Frames are built from the dependency parse alone;
who the heads are is nobody's business here.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from pipeline.parsed import ParsedText
from pipeline.records import BlockKind
from pipeline.rules.events import EventRules

NOMINAL = frozenset({"NOUN", "PROPN", "PRON", "NUM"})
_SUBJECT = frozenset({"nsubj", "csubj"})
_PASSIVE = frozenset({"nsubjpass", "csubjpass"})
_OBJECT = frozenset({"dobj", "obj"})
_CLAUSE = frozenset({"xcomp", "ccomp"})
_INFINITIVE = _CLAUSE | {"advcl"}
_PARTICLE = frozenset({"prt", "advmod", "acomp", "npadvmod"})
_NAMED = frozenset({"PERSON", "NORP", "GPE", "ORG", "LOC", "FAC"})
_MEASURES = frozenset({"MONEY", "QUANTITY"})
FINITE = ("VBD", "VBZ", "VBP")
DEPTH = 8


@dataclass(slots=True)
class Frame:
    """The slots of one trigger.

    ``clause`` heads its clause; ``verb`` is its light verb, if any, and ``carrier`` the
    participle that stands for one ("talks held in Oslo").
    """

    trigger: int
    clause: int
    slots: dict[str, list[int]] = field(default_factory=dict)
    passive: bool = False
    inherited: bool = False
    verb: int | None = None
    carrier: int | None = None
    light: str = ""
    occurs: bool = False

    def add(self, slot: str, tokens: list[int]) -> None:
        """Append heads to a slot, each once."""
        known = self.slots.setdefault(slot, [])
        for token in tokens:
            if token not in known:
                known.append(token)


def is_finite(text: ParsedText, verb: int) -> bool:
    """Whether a verb, or its first auxiliary, has tense."""
    if text.tag[verb] in FINITE:
        return True
    return any(text.dep[c] in ("aux", "auxpass") and text.tag[c] in (*FINITE, "MD") for c in text.children[verb])


def coordinated_with(text: ParsedText, verb: int) -> int:
    """The verb that a coordinated one goes with.

    A verb with tense can't go with an infinitive or participle, to which the parser
    likes to hang it: "urged both to pull back and agreed" is urged and agreed.
    """
    head = text.head[verb]
    if text.tag[verb] not in FINITE:
        return head
    for _ in range(DEPTH):
        if text.pos[head] not in ("VERB", "AUX") or is_finite(text, head) or text.head[head] == head:
            return head
        if text.dep[head] not in ("xcomp", "ccomp", "advcl", "pcomp", "acl", "conj"):
            return head
        above = text.head[head]
        while text.pos[above] in ("ADP", "NOUN", "ADJ") and text.head[above] != above:
            above = text.head[above]
        head = above
    return head


def _join(text: ParsedText) -> dict[int, tuple[str, ...]]:
    """Compounds that the tokenizer took apart at their hyphens, by their last token: as lemma and as written.

    "a cease-fire" has both "cease-fire"; "petrol-bombed" has "petrol-bomb" and
    "petrol-bombed".
    """
    out: dict[int, tuple[str, ...]] = {}
    before: dict[int, str] = {}
    for i, word in enumerate(text.word):
        if word != "-" or not 0 < i < len(text) - 1:
            continue
        if text.end[i - 1] != text.start[i] or text.end[i] != text.start[i + 1]:
            continue
        first = before.get(i - 1, text.lower[i - 1])
        before[i + 1] = f"{first}-{text.lower[i + 1]}"
        out[i + 1] = (f"{first}-{text.lemma[i + 1].lower()}", before[i + 1])
    return out


class Syntax:
    """Frames of one parsed text. Holds the word lists that tell how nouns and verbs go together."""

    def __init__(self, text: ParsedText, rules: EventRules) -> None:
        self.text = text
        self.children = text.children
        self.transparent = rules.words("transparent")
        self.light = rules.words("light")
        self.light_passive = rules.words("light_passive")
        self.hosts = (
            self.light
            | self.light_passive
            | rules.words("plan_light")
            | rules.words("wish_light")
            | rules.words("end_light")
        )
        self.occurrence = rules.words("occurrence")
        self.object_control = rules.words("object_control")
        self.clausal = rules.words("clausal")
        self.relative = rules.words("relative")
        self.plural = rules.words("plural_auxiliary")
        self.carrying = rules.words("carrying")
        self.carrying_preposition = rules.words("carrying_preposition")
        self.holding = rules.words("holding")
        self.bearing = rules.words("bearing_preposition")
        self._verbs: dict[int, Frame] = {}
        self.joined = _join(text)

    # -------------------------------------------------------------- noun phrases

    def heads(self, token: int) -> list[int]:
        """A noun phrase's head and those coordinated with it, in text order.

        Past "dozens of" it goes to what is counted, and past a description to the name
        in apposition ("the builder, Acme").
        """
        out: list[int] = []
        stack = [token]
        while stack and len(out) < 12:
            head = stack.pop(0)
            named = self._named(head)
            out.extend(named or [self.through(head)])
            stack = [c for c in self.children[head] if self.text.dep[c] == "conj"] + self._misplaced(head) + stack
        return out

    def _named(self, noun: int) -> list[int]:
        """The names in apposition to a description; empty if it has none or is a name itself."""
        text = self.text
        if text.pos[noun] != "NOUN" or text.ent[noun] in _NAMED:
            return []
        out: list[int] = []
        for child in self.children[noun]:
            if text.dep[child] == "appos" and text.ent[child] in ("PERSON", "ORG", "GPE"):
                out.append(child)
                out.extend(c for c in self.children[child] if text.dep[c] == "conj")
        return out

    def _misplaced(self, head: int) -> list[int]:
        """People that the parser coordinated with a place: "Greve of Suriname and Ramos of Guyana"."""
        text = self.text
        if text.ent[head] != "PERSON":
            return []
        return [
            c
            for p in self.children[head]
            if text.dep[p] == "prep"
            for g in self.children[p]
            if text.ent[g] in ("GPE", "ORG")
            for c in self.children[g]
            if text.dep[c] == "conj" and text.ent[c] == "PERSON"
        ]

    def through(self, token: int) -> int:
        """The noun behind a transparent one ("a group of gunmen" → gunmen)."""
        for _ in range(3):
            counted = self.text.ent[token] in _MEASURES
            if not counted and (
                self.text.lemma[token].lower() not in self.transparent or self.text.ent[token] in _NAMED
            ):
                return token
            inner = [
                g
                for c in self.children[token]
                if self.text.dep[c] == "prep" and self.text.lower[c] == "of"
                for g in self.children[c]
                if self.text.dep[g] == "pobj"
            ]
            if not inner:
                return token
            token = inner[0]
        return token

    def modifiers(self, noun: int) -> list[int]:
        """Adjectives, compounds and possessors to the left of a noun, text order, with their own."""
        out = []
        for child in self.children[noun]:
            if child < noun and self.text.dep[child] in ("amod", "compound", "nmod", "npadvmod", "poss", "nummod"):
                out.extend(self.modifiers(child))
                out.append(child)
                out.extend(c for c in self.children[child] if self.text.dep[c] == "conj" and c < noun)
        return out

    # --------------------------------------------------------------------- verbs

    def verb(self, verb: int) -> Frame:
        """The frame of a verb; its subject is inherited where control and coordination say so."""
        known = self._verbs.get(verb)
        if known is None:
            known = self._verbs[verb] = self._verb(verb)
        return known

    def _verb(self, verb: int) -> Frame:
        text, frame = self.text, Frame(verb, verb)
        self._own(verb, frame)
        dep = text.dep[verb]
        if dep == "acl" and self._told_of(verb, frame):
            frame.add("subject", self.heads(text.head[verb]))
            return frame
        if not frame.passive and text.tag[verb] == "VBN" and dep in ("acl", "advcl", "conj", "ROOT", "amod"):
            have = any(text.dep[c] == "aux" and text.lemma[c] in ("have", "'ve") for c in self.children[verb])
            own = "subject" in frame.slots and "agent" not in frame.slots
            active = own and dep == "ROOT" and not self._titled(verb)
            if not have and not active and (dep in ("acl", "amod") or "object" not in frame.slots):
                frame.passive = (
                    dep != "conj" or self.verb(coordinated_with(text, verb)).passive or "agent" in frame.slots
                )
        if self._bare_passive(verb, frame):
            frame.passive = True
        if frame.passive and "subject" in frame.slots and "object" not in frame.slots and dep != "relcl":
            # a headline's participle: "Two killed in raid"
            frame.slots["object"] = frame.slots.pop("subject")
        if "agent" in frame.slots:
            frame.slots["subject"] = frame.slots["agent"]
        if frame.passive:
            if "object" not in frame.slots:
                frame.add("object", self._controller(verb, 0))
                frame.inherited = True
        elif "subject" not in frame.slots:
            found = self._controller(verb, 0)
            if found:
                frame.add("subject", found)
                frame.inherited = True
        if dep == "relcl" or (dep == "acl" and not frame.passive and text.tag[verb] != "VBG"):
            self._relative(verb, frame)
        for slot in ("subject", "object"):
            if slot in frame.slots:
                frame.slots[slot] = [a for t in frame.slots[slot] for a in self._antecedents(verb, t)]
        return frame

    def _told_of(self, verb: int, frame: Frame) -> bool:
        """Whether a participle is a past tense that the tagger missed: "said rebels shelled the town".

        The parser then takes the rebels for what was said, which nobody says.
        """
        text, noun = self.text, self.text.head[verb]
        if text.tag[verb] != "VBN" or "agent" in frame.slots or "subject" in frame.slots or verb < noun:
            return False
        return text.dep[noun] == "dobj" and text.lemma[text.head[noun]].lower() in self.clausal

    def _bare_passive(self, verb: int, frame: Frame) -> bool:
        """Whether a participle is passive though nothing says so.

        In headlines: "Two killed in raid", which the tagger takes for a past tense. Under
        verbs that report or find: "nine were reported killed". And where the parser took
        it for an adjective: "was exiled to an island".
        """
        text = self.text
        if frame.passive or "object" in frame.slots or "clause" in frame.slots:
            return False
        if text.tag[verb] == "VBN" and text.dep[verb] in ("xcomp", "oprd", "ccomp", "acomp"):
            return "subject" not in frame.slots and not any(text.dep[c] == "aux" for c in self.children[verb])
        return (
            text.tag[verb] in ("VBD", "VBN")
            and text.dep[verb] == "ROOT"
            and self._titled(verb)
            and "subject" in frame.slots
            and text.dep[frame.slots["subject"][0]] != "nsubjpass"
            and not any(text.dep[c] in ("aux", "auxpass") for c in self.children[verb])
        )

    def _titled(self, token: int) -> bool:
        """Whether a token stands in a headline or heading."""
        number = self.text.sent[token]
        return number >= 0 and self.text.sentences[number].kind in (BlockKind.HEADLINE, BlockKind.HEADING)

    def _own(self, verb: int, frame: Frame) -> None:
        text = self.text
        for child in self.children[verb]:
            dep = text.dep[child]
            if dep in _SUBJECT:
                frame.add("subject", self.heads(child))
            elif dep in _PASSIVE:
                frame.passive = True
                frame.add("object", self.heads(child))
            elif dep == "auxpass":
                frame.passive = True
            elif dep in _OBJECT:
                frame.add("object", self.heads(child))
            elif dep in ("attr", "oprd"):
                frame.add("attribute", self.heads(child))
            elif dep == "dative" and text.pos[child] in NOMINAL:
                frame.add("dative", self.heads(child))
            elif dep in ("prep", "agent", "dative"):
                self._preposition(child, frame, agent=dep == "agent")
            elif dep in _CLAUSE:
                if child > verb or not self._apart(verb):
                    frame.add("clause", [child])
            elif dep in _PARTICLE:
                frame.add("particle", [child])
            if (
                dep in _INFINITIVE
                and text.tag[child] == "VB"
                and any(text.tag[c] == "TO" for c in self.children[child])
            ):
                frame.add("infinitive", [child])
            if dep == "npadvmod":
                frame.add("beside", [child])

    def _apart(self, verb: int) -> bool:
        """Whether a semicolon parts a verb from what the parser took for its complement before it."""
        return any(self.text.word[c] == ";" for c in self.children[verb] if c < verb)

    def _preposition(self, prep: int, frame: Frame, *, agent: bool = False) -> None:
        text, name = self.text, self.text.lower[prep]
        for child in self.children[prep]:
            dep = text.dep[child]
            if dep == "pobj":
                frame.add("agent" if agent else name, self.heads(child))
            elif dep == "pcomp":
                frame.add(name, [child])
            elif dep == "prep" or (dep == "conj" and text.pos[child] == "ADP"):
                self._preposition(child, frame)
        if not agent and name not in frame.slots:
            frame.add("particle", [prep])

    def _controller(self, verb: int, depth: int) -> list[int]:
        """Who does a verb that has no subject of its own."""
        text = self.text
        if depth > DEPTH:
            return []
        head, dep = text.head[verb], text.dep[verb]
        if head == verb:
            return []
        if dep in ("acl", "amod"):
            if text.tag[verb] in ("VBG", "VBN"):
                return self.heads(head) if dep == "acl" else [head]
            possessor = [self.through(c) for c in self.children[head] if text.dep[c] == "poss"]
            if possessor:
                return possessor
            return self._controller_of_noun(head, depth + 1)
        if dep == "relcl":
            return self.heads(head)
        if dep == "advcl" and text.dep[head] == "ROOT" and text.pos[head] == "PROPN":
            return self.heads(head)  # "Norway to send tents", read as a name with a clause
        if dep in ("pcomp", "prep"):
            governor = text.head[head] if dep == "pcomp" else head
            if text.pos[governor] in ("VERB", "AUX"):
                return self._subject(governor, depth + 1, objects=text.lower[head] in ("from", "of", "for", "with"))
            if text.pos[governor] in NOMINAL:
                possessor = [self.through(c) for c in self.children[governor] if text.dep[c] == "poss"]
                return possessor or self._controller_of_noun(governor, depth + 1)
            if text.pos[governor] == "ADP":
                return self._controller(head, depth + 1)
            return []
        if text.pos[head] not in ("VERB", "AUX"):
            if text.pos[head] == "ADJ" and text.dep[head] in ("acomp", "oprd", "xcomp", "conj"):
                return self._subject(text.head[head], depth + 1, objects=False)
            return []
        if dep == "xcomp":
            return self._subject(head, depth + 1, objects=text.lemma[head].lower() in self.object_control)
        if dep == "conj":
            return self._subject(coordinated_with(text, verb), depth + 1, objects=False)
        if dep in ("acomp", "oprd"):
            return self._subject(head, depth + 1, objects=False)  # "Oslo is ready to help"
        if dep in ("advcl", "dep", "ccomp", "parataxis"):
            return self._subject(head, depth + 1, objects=False)
        return []

    def _controller_of_noun(self, noun: int, depth: int) -> list[int]:
        """Who does what a noun's clause says: the subject of the verb that the noun belongs to."""
        text = self.text
        if depth > DEPTH:
            return []
        head, dep = text.head[noun], text.dep[noun]
        if dep in _OBJECT and text.pos[head] in ("VERB", "AUX"):
            return self._subject(head, depth + 1, objects=False)
        if dep == "pobj" and text.pos[text.head[head]] in ("VERB", "AUX"):
            return self._subject(text.head[head], depth + 1, objects=False)
        if dep == "pobj" and text.pos[text.head[head]] in NOMINAL:
            return self._controller_of_noun(text.head[head], depth + 1)
        if dep == "conj":
            return self._controller_of_noun(head, depth + 1)
        return []

    def _subject(self, verb: int, depth: int, *, objects: bool) -> list[int]:
        """The subject of a governing verb, or its object where that controls what follows."""
        if depth > DEPTH:
            return []
        text = self.text
        own: list[int] = []
        goal: list[int] = []
        passive = False
        for child in self.children[verb]:
            dep = text.dep[child]
            if dep in _SUBJECT:
                own = self.heads(child)
            elif dep in _PASSIVE:
                own, passive = self.heads(child), True
            elif dep in _OBJECT or (dep == "dative" and text.pos[child] in NOMINAL):
                goal = self.heads(child)
        if objects and goal and not passive:
            return goal
        if own:
            return [a for t in own for a in self._antecedents(verb, t)]
        return self._controller(verb, depth + 1)

    def _relative(self, verb: int, frame: Frame) -> None:
        """A relative clause without object of its own has its noun for one, if it has a subject."""
        text = self.text
        noun = text.head[verb]
        if text.dep[verb] == "acl":
            return
        subjects = frame.slots.get("subject", [])
        relative = [
            t for t in subjects if text.lower[t] in self.relative and text.tag[t] in ("WDT", "WP", "WP$", "IN", "DT")
        ]
        if not relative and subjects and "object" not in frame.slots and not frame.passive and not frame.inherited:
            frame.add("object", [noun])

    def _antecedents(self, verb: int, token: int) -> list[int]:
        """The nouns that a relative pronoun stands for; other tokens stay.

        With a plural verb a singular noun at the end of a coordination stands for all of
        it: "two Poles and a Dane who were held".
        """
        text = self.text
        if text.lower[token] not in self.relative or not text.tag[token].startswith(("W", "IN", "DT")):
            return [token]
        clause = verb
        for _ in range(DEPTH):
            if text.dep[clause] == "relcl":
                break
            if text.head[clause] == clause:
                return [token]
            clause = text.head[clause]
        noun = text.head[clause]
        plural = any(text.lower[c] in self.plural for c in (clause, *self.children[clause]))
        if plural and text.dep[noun] == "conj" and text.tag[noun] in ("NN", "NNP"):
            first = noun
            while text.dep[first] == "conj" and text.pos[text.head[first]] in NOMINAL:
                first = text.head[first]
            return self.heads(first)
        return self._named(noun) or [noun]

    # --------------------------------------------------------------------- nouns

    def noun(self, noun: int) -> Frame:
        """The frame of an event noun, with that of the light verb that carries it."""
        text, frame = self.text, Frame(noun, noun)
        for child in self.children[noun]:
            dep = text.dep[child]
            if dep == "poss":
                frame.add("poss", self.heads(child))
            elif dep in ("prep", "agent"):
                self._preposition(child, frame)
            elif dep in ("amod", "compound", "nmod", "npadvmod"):
                frame.add("modifier", [child])
            elif dep == "appos" and text.ent[child] in _NAMED:
                frame.add("beside", [child])
            elif dep == "acl":
                if text.tag[child] == "VBN" and text.lemma[child].lower() in self.hosts:
                    self._carried(child, frame)
                elif text.tag[child] in ("VB", "VBG"):
                    frame.add("clause", [child])
            elif dep == "relcl" and text.lemma[child].lower() in self.hosts:
                inner = self.verb(child)
                if noun in inner.slots.get("object", []):
                    self._carry(child, inner, frame)
        for modifier in self.modifiers(noun):
            if text.ent[modifier] in ("NORP", "GPE", "PERSON", "ORG", "LOC", "FAC") and text.dep[modifier] != "poss":
                named = "adjective" if text.ent[modifier] == "NORP" or text.pos[modifier] == "ADJ" else "compound"
                if (
                    modifier == noun - 1
                    or text.ent[modifier + 1] != text.ent[modifier]
                    or text.dep[modifier] != "compound"
                ):
                    frame.add(named, [modifier])
            if text.dep[modifier] in ("amod", "compound", "nmod"):
                frame.add("modifier", [modifier])
        self._host(noun, frame, 0)
        return frame

    def _carried(self, participle: int, frame: Frame) -> None:
        inner = self.verb(participle)
        frame.light = self.text.lemma[participle].lower()
        frame.carrier = participle
        for slot, tokens in inner.slots.items():
            if slot not in ("object", "particle", "clause", "beside"):
                frame.add(slot, tokens)

    def _carry(self, verb: int, inner: Frame, frame: Frame) -> None:
        frame.verb, frame.clause, frame.light = verb, verb, self.text.lemma[verb].lower()
        for slot, tokens in inner.slots.items():
            if slot in ("object", "particle", "beside", "attribute"):
                continue
            if slot == "clause" and frame.trigger in inner.slots["clause"]:
                continue
            frame.add(slot, [t for t in tokens if t != frame.trigger])

    def _host(self, noun: int, frame: Frame, depth: int) -> None:
        """The verb that the noun belongs to, if it only carries it or tells that it took place."""
        text = self.text
        head, dep = text.head[noun], text.dep[noun]
        if depth > 3 or head == noun or frame.verb is not None:
            return
        if (
            dep == "pobj"
            and text.lower[head] in self.bearing
            and text.pos[text.head[head]] in ("NOUN", "PROPN", "PRON")
            and not any(text.dep[c] in ("det", "poss") for c in self.children[noun])
        ):
            frame.add("bearer", [self.through(text.head[head])])  # "people in custody"
        if dep == "conj":
            self._host(head, frame, depth + 1)
            return
        if dep == "pobj" and text.lower[head] == "of" and text.lemma[text.head[head]].lower() in self.transparent:
            self._host(text.head[head], frame, depth + 1)
            return
        lemma = text.lemma[head].lower()
        if dep in _OBJECT or dep in ("nsubjpass", "attr"):
            if lemma in self.hosts or dep == "attr":
                inner = self.verb(head)
                if dep == "attr":
                    frame.clause, frame.occurs = head, True
                else:
                    self._carry(head, inner, frame)
            elif text.pos[head] == "VERB":
                frame.add("governor", [head])
        elif dep == "nsubj" and text.pos[head] in ("VERB", "AUX"):
            if lemma in self.occurrence:
                frame.clause, frame.occurs = head, True
                inner = self.verb(head)
                for slot in ("between", "with", "by", "against"):
                    if slot in inner.slots:
                        frame.add(slot, inner.slots[slot])
            else:
                frame.add("governor", [head])
        elif dep == "pobj":
            verb = text.head[head]
            if text.pos[verb] in ("VERB", "AUX") and text.lower[head] in self.carrying_preposition:
                lemma = text.lemma[verb].lower()
                if lemma in self.carrying:
                    inner = self.verb(verb)
                    frame.verb, frame.clause = verb, verb
                    frame.light = f"{lemma} {text.lower[head]}"
                    for slot in ("subject", "with", "against", "by", "agent", "for", "dative"):
                        if slot in inner.slots:
                            frame.add(slot, [t for t in inner.slots[slot] if t != noun])
                    if inner.passive or lemma in self.holding:
                        frame.add("object", [t for t in inner.slots.get("object", []) if t != noun])
                    frame.passive = inner.passive
            frame.add("within", [head])
