"""From trigger words to event mentions: match, weigh, swallow, and name the arguments."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from pipeline.extract.events.frames import Frame, Syntax, coordinated_with
from pipeline.extract.events.match import Matcher
from pipeline.extract.events.modality import Assessor, Force
from pipeline.parsed import ParsedText
from pipeline.records import Argument, BlockKind, EventMention, Modality, Role
from pipeline.rules.events import Entry, EventRules, TriggerRule

_VERB_POS = frozenset({"VERB", "AUX"})
_NOUN_POS = frozenset({"NOUN", "PROPN"})
_NOT_HAPPENING = frozenset({"PERSON", "WORK_OF_ART", "PRODUCT", "DATE", "TIME"})
_PLACES = frozenset({"GPE", "LOC", "FAC"})
_ARGUMENT_SLOTS = (
    *(
        "poss",
        "by",
        "between",
        "with",
        "adjective",
        "compound",
        "on",
        "against",
        "of",
        "at",
        "to",
        "from",
        "into",
        "in",
    ),
    "subject",
)


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


def find_events(text: ParsedText, rules: EventRules) -> list[EventMention]:
    """Event mentions of one parsed text, in text order of their triggers.

    One mention a trigger token. Sentences of boilerplate yield none. Never raises on
    any parse.
    """
    if not len(text):
        return []
    finder = _Finder(text, rules)
    found = finder.find()
    return finder.mentions(found)


class _Finder:
    def __init__(self, text: ParsedText, rules: EventRules) -> None:
        self.text = text
        self.rules = rules
        self.syntax = Syntax(text, rules)
        self.matcher = Matcher(text, rules, self.syntax)
        self.assessor = Assessor(text, rules)
        self.place_prepositions = rules.words("place_preposition")
        self.definite, self.recent = rules.words("definite"), rules.words("recent")
        self.undergoing, self.holding = rules.words("undergoing"), rules.words("holding")
        self.agentive, self.owning = rules.words("agentive"), rules.words("owning")
        self.announcing, self.personal = rules.words("announcing"), rules.words("personal")
        self.things = rules.classes.get("metaphor", frozenset()) | rules.classes.get("nature", frozenset())
        self.agent_endings = tuple(sorted(rules.words("agent_ending")))
        self.apart = rules.words("before_clause")

    # ---------------------------------------------------------------- candidates

    def find(self) -> list[Found]:
        out: dict[int, Found] = {}
        verbs, nouns, adjectives = self.rules.verbs, self.rules.nouns, self.rules.adjectives
        text = self.text
        for sentence in text.sentences:
            if sentence.kind is BlockKind.BOILERPLATE:
                continue
            for i in range(sentence.first, sentence.last + 1):
                pos = text.pos[i]
                lemma = text.lemma[i].lower()
                if pos in _VERB_POS:
                    entries = verbs.get(lemma) or verbs.get(_base(text.lower[i]))
                    if entries:
                        self._try_verb(i, entries, out)
                    elif text.tag[i] in ("VBG", "VBN") and text.lower[i] in nouns:
                        self._try_noun(i, nouns[text.lower[i]], out)
                elif pos in _NOUN_POS:
                    entries = nouns.get(lemma) or (nouns.get(_singular(lemma)) if pos == "PROPN" else None)
                    if entries:
                        self._try_noun(i, entries, out)
                elif pos == "ADJ" and lemma in adjectives:
                    frame = self.syntax.verb(i) if text.dep[i] in ("acomp", "ROOT", "conj") else self.syntax.noun(i)
                    found = self._best(adjectives[lemma], frame, noun=False)
                    if found:
                        out[i] = found
        topics = self._topics(out)
        if topics:
            out = {i: f for i, f in out.items() if not self._vetoed(i, f, topics)}
        self._swallow(out)
        return [out[i] for i in sorted(out)]

    def _try_verb(self, i: int, entries: tuple[Entry, ...], out: dict[int, Found]) -> None:
        text = self.text
        if text.dep[i] in ("aux", "auxpass"):
            return
        if text.dep[i] in ("amod", "compound", "nmod") or text.ent[i] in ("DATE", "TIME"):
            return
        frame = self.syntax.verb(i)
        found = self._best(entries, frame, noun=False)
        if found:
            out[i] = found

    def _best(self, entries: tuple[Entry, ...], frame: Frame, *, noun: bool) -> Found | None:
        """The most specific rule whose needs the frame meets and whose tense its modality fits.

        A noun must be as particular as the rule wants.
        """
        force: Force | None = None
        for entry in entries:
            if not self.matcher.fits(entry, frame, noun=noun):
                continue
            if noun and not self._particular(frame.trigger, frame, entry.rule):
                continue
            force = force or self.assessor.assess(frame, noun=noun)
            if entry.rule.tense in ("", force.modality.value):
                return Found(entry, frame, noun, force)
        return None

    def _try_noun(self, i: int, entries: tuple[Entry, ...], out: dict[int, Found]) -> None:
        text = self.text
        if text.ent[i] in _NOT_HAPPENING or (text.ent[i] in ("ORG", "GPE", "FAC") and text.pos[i] == "PROPN"):
            return
        frame = self.syntax.noun(i)
        if text.dep[i] in ("compound", "npadvmod", "nmod") and not any(e.rule.bare == "any" for e in entries):
            return
        found = self._best(entries, frame, noun=True)
        if found:
            out[i] = found

    def _particular(self, i: int, frame: Frame, rule: TriggerRule) -> bool:
        """Whether a noun means a particular happening, not a kind of thing."""
        if rule.bare == "any":
            return True
        text = self.text
        carried = frame.verb is not None or frame.light != ""
        arguments = any(self.matcher.acts(t) for slot in _ARGUMENT_SLOTS for t in frame.slots.get(slot, ()))
        if rule.bare == "strict":
            return carried or arguments or frame.occurs
        if carried or arguments or frame.occurs:
            return True
        if text.dep[i] == "nsubj" and text.tag[text.head[i]] == "VBD":
            # "an air strike hit the depot": what did something once has happened
            return True
        for child in text.children[i]:
            dep = text.dep[child]
            if dep == "det" and text.lower[child] in self.definite:
                return True
            if dep in ("poss", "nummod") or text.ent[child] in ("DATE", "TIME", "ORDINAL"):
                return True
            if dep == "prep" and any(
                text.ent[g] in ("DATE", "TIME", "GPE", "LOC", "FAC") for g in text.children[child]
            ):
                return True
            if dep == "amod" and text.lower[child] in self.recent:
                return True
        return False

    # -------------------------------------------------------------------- topics

    def _topics(self, out: dict[int, Found]) -> dict[str, tuple[bool, frozenset[int]]]:
        """Topics of the text as a whole, and of which blocks."""
        text = self.text
        if not out or not self.rules.topics:
            return {}
        result: dict[str, tuple[bool, frozenset[int]]] = {}
        sentences = text.sentences
        for topic in self.rules.topics:
            counts: dict[int, set[str]] = {}
            total = 0
            words = topic.words
            for lemma, number in zip(text.lemma, text.sent, strict=True):
                if number >= 0 and lemma in words:
                    total += 1
                    counts.setdefault(sentences[number].block, set()).add(lemma)
            whole = topic.share > 0 and total >= 4 and total >= topic.share * len(text)
            blocks = frozenset(b for b, found in counts.items() if len(found) >= topic.least)
            if whole or blocks:
                result[topic.id] = (whole, blocks)
        return result

    def _vetoed(self, i: int, found: Found, topics: dict[str, tuple[bool, frozenset[int]]]) -> bool:
        number = self.text.sent[i]
        block = self.text.sentences[number].block if number >= 0 else -1
        return any(t in topics and topics[t][0] and block in topics[t][1] | {block} for t in found.rule.topics)

    # ------------------------------------------------------------------- swallow

    def _swallow(self, out: dict[int, Found]) -> None:
        """Take out what is only the content of a verbal act, or the purpose of another event."""
        text = self.text
        for i in sorted(out):
            found = out.get(i)
            if found is None or not found.rule.swallow:
                continue
            for slot in found.rule.swallow:
                for token in self._content(found, slot):
                    # a relative clause does not swallow the noun it belongs to
                    if not text.left[token] <= i <= text.right[token]:
                        self._drop(token, i, found, slot, out)
        for i in sorted(out):
            found = out[i]
            if not found.force.purpose:
                continue
            head = text.head[found.frame.clause]
            if not found.rule.type.purpose:
                del out[i]
            else:
                outer = (
                    out[head].force
                    if head in out and head != i
                    else self.assessor.assess(self.syntax.verb(head), noun=False)
                )
                found.force = replace(found.force, modality=outer.modality)
        for i in sorted(out):
            if i not in out:
                continue
            verb = out[i].frame.verb
            if (
                verb is not None
                and out[i].noun
                and verb in out
                and verb != i
                and self.text.lemma[verb].lower() in self.syntax.light
            ):
                del out[verb]  # "held talks": the verb only carries its noun

    def _content(self, found: Found, slot: str) -> list[int]:
        frame = found.frame
        tokens = list(frame.slots.get(slot, ()))
        if slot == "clause" and found.noun:
            tokens += [
                c
                for c in self.text.children[frame.trigger]
                if self.text.dep[c] in ("acl", "ccomp") and self.text.tag[c] in ("VB", "VBG")
            ]
        return tokens

    def _drop(self, token: int, by: int, found: Found, slot: str, out: dict[int, Found]) -> None:
        """Remove the events in a content's own clause, leaving particular happenings if the rule keeps them."""
        text = self.text
        stack = [token]
        while stack:
            t = stack.pop()
            inner = out.get(t)
            if inner is not None and t != by and not self._kept(inner, found, slot):
                del out[t]
            for child in text.children[t]:
                if child == by:
                    continue
                dep = text.dep[child]
                if dep == "relcl" or (dep == "acl" and text.tag[child] == "VBN"):
                    continue
                if dep == "conj" and text.pos[child] in _VERB_POS and coordinated_with(text, child) != t:
                    continue  # hung on the content, but it goes with the act itself
                if dep == "advcl" and any(text.lower[c] in self.apart for c in text.children[child]):
                    continue
                if dep == "prep" and text.lower[child] in self.apart:
                    continue
                stack.append(child)

    def _kept(self, inner: Found, outer: Found, slot: str) -> bool:
        """A particular happening with an agent, date or place of its own, inside a verbal act that allows it."""
        if not inner.noun:
            return False
        frame = inner.frame
        if (
            any(self.text.dep[c] == "acl" and self.text.tag[c] == "VBN" for c in self.text.children[frame.trigger])
            and slot == "object"
        ):
            return True
        if not outer.rule.keep or inner.force.modality is not Modality.ASSERTED:
            return False
        return inner.rule.type.quad_class in ("material conflict", "material cooperation") and (
            any(s in frame.slots for s in ("poss", "by", "adjective", "compound", "in", "at", "on", "against"))
            or any(self.text.ent[c] in ("DATE", "TIME") for c in self.text.children[frame.trigger])
        )

    # ----------------------------------------------------------------- arguments

    def mentions(self, found: Iterable[Found]) -> list[EventMention]:
        return [self._mention(f) for f in found]

    def _mention(self, found: Found) -> EventMention:
        text, frame, rule, force = self.text, found.frame, found.rule, found.force
        kind, mode = rule.type, rule.mode
        if force.modality is Modality.FUTURE and not (force.negated and kind.quad_class == "material conflict"):
            if force.conditional and kind.conditional:
                kind, mode = self.rules.ontology.types[kind.conditional], None
            elif kind.announced and self._announced(frame):
                kind, mode = self.rules.ontology.types[kind.announced], None
            elif kind.future:
                kind, mode = self.rules.ontology.types[kind.future], None
        arguments = tuple(self._arguments(found))
        strength = rule.strength
        return EventMention(
            field=text.field,
            trigger=frame.trigger,
            clause=frame.clause,
            span=text.span(frame.trigger, frame.trigger),
            event_type=kind.name,
            event_mode=mode,
            negated=force.negated,
            modality=force.modality,
            arguments=arguments,
            rule=rule.id,
            strength=strength,
            reciprocal=rule.reciprocal,
            tense=self._tense(frame),
        )

    def _announced(self, frame: Frame) -> bool:
        """Whether who will do it is who says so."""
        text = self.text
        verb = text.head[frame.clause]
        if text.dep[frame.clause] != "ccomp" or text.lemma[verb].lower() not in self.announcing:
            return False
        subjects = {text.lower[t] for t in frame.slots.get("subject", ())}
        speakers = set(self.syntax.verb(verb).slots.get("subject", ()))
        return bool(subjects & self.personal) or bool(speakers & set(frame.slots.get("subject", ())))

    def _tense(self, frame: Frame) -> str:
        """``present``, ``perfect``, ``pluperfect`` or ``past`` of the clause; empty if it has none."""
        text, verb = self.text, frame.clause
        if text.pos[verb] not in _VERB_POS:
            return ""
        auxiliaries = [text.lower[c] for c in text.children[verb] if text.dep[c] in ("aux", "auxpass")]
        if any(a in ("has", "have", "'ve", "’ve") for a in auxiliaries):
            return "perfect"
        if "had" in auxiliaries:
            return "pluperfect"
        if any(a in ("is", "are", "am", "'s", "'re") for a in auxiliaries) or text.tag[verb] in ("VBZ", "VBP"):
            return "present"
        if text.tag[verb] == "VBD" or any(a in ("was", "were", "did") for a in auxiliaries):
            return "past"
        return ""

    def _arguments(self, found: Found) -> Iterator[Argument]:
        rule, frame = found.rule, found.frame
        roles = rule.noun_roles if found.noun else rule.roles
        taken: dict[int, Role] = {}
        if found.noun:
            roles = {**roles, **self._light_roles(frame)}
        for slot, tokens in sorted(frame.slots.items(), key=lambda item: item[0] == "in"):
            role = roles.get(slot)
            if role is None or (slot == "in" and role in taken.values()):
                continue  # a place suffers only where nobody else is said to
            for token in tokens:
                for actor in self._actors(token, role, rule, subject=slot in ("subject", "agent", "by")):
                    taken.setdefault(actor, role)
        for slot, role in roles.items():
            if (
                role is Role.RECIPIENT
                and slot in self.owning
                and slot not in frame.slots
                and role not in taken.values()
            ):
                # "cut ties with", "suspended aid to": the phrase hangs on the object
                for token in self._on_object(frame, slot, rule):
                    taken.setdefault(token, role)
            if role is not None and slot.startswith("clause_") and role not in taken.values():
                for token in self._in_clause(found, slot.removeprefix("clause_")):
                    taken.setdefault(token, role)
        if rule.reciprocal:
            taken = {t: Role.ACTOR if rule.mode != "visit" else r for t, r in taken.items()}
        for token in sorted(taken):
            if token == frame.trigger:
                continue
            yield Argument(taken[token], token, self.text.left[token], self.text.right[token])
        place = self._place(frame)
        if place is not None:
            first = place
            while first > 0 and self.text.ent[first - 1] and self.text.head[first - 1] == place:
                first -= 1
            yield Argument(Role.PLACE, place, first, place)

    def _place(self, frame: Frame) -> int | None:
        """The name in the locative phrase of the predicate, else in that of its object: "a checkpoint on the road to X"."""
        text = self.text
        for slot in frame.slots:
            if slot in self.place_prepositions:
                for token in frame.slots[slot]:
                    found = self._located(token, 0)
                    if found is not None:
                        return found
        for token in frame.slots.get("object", ()):
            if token == frame.trigger or text.ent[token] in ("PERSON", "ORG", "NORP"):
                continue
            if text.ent[token] in _PLACES and frame.trigger == frame.clause:
                continue
            for child in text.children[token]:
                if text.dep[child] == "prep" and text.lower[child] in self.place_prepositions:
                    for inner in text.children[child]:
                        found = self._located(inner, 0)
                        if found is not None:
                            return found
        return None

    def _located(self, token: int, depth: int) -> int | None:
        """A place's name: the token itself, or one that the noun is of, in or near ("the village of X")."""
        text = self.text
        if text.ent[token] in _PLACES:
            return token
        if depth > 2 or text.pos[token] not in ("NOUN", "PROPN") or text.ent[token]:
            return None
        for child in text.children[token]:
            if text.dep[child] == "appos" and text.ent[child] in _PLACES:
                return child
            if text.dep[child] == "prep" and (
                text.lower[child] == "of" or text.lower[child] in self.place_prepositions
            ):
                for inner in text.children[child]:
                    found = self._located(inner, depth + 1)
                    if found is not None:
                        return found
        return None

    def _on_object(self, frame: Frame, preposition: str, rule: TriggerRule) -> list[int]:
        text = self.text
        hosts = [
            t for slot in ("object", *sorted(rule.swallow - {"object", "clause"})) for t in frame.slots.get(slot, ())
        ]
        return [
            h
            for t in hosts
            for c in text.children[t]
            if text.dep[c] == "prep" and text.lower[c] == preposition
            for g in text.children[c]
            if text.dep[g] == "pobj"
            for h in self.syntax.heads(g)
            if self._may_act(h)
        ]

    def _may_act(self, token: int) -> bool:
        """Whether a noun in an owner's place can be an actor, for all that its form tells; the cast has the last word."""
        if self.matcher.acts(token):
            return True
        text = self.text
        if text.pos[token] != "NOUN" or text.ent[token]:
            return False
        lemma = text.lemma[token].lower()
        return lemma not in self.rules.nouns and lemma not in self.things and lemma.endswith(self.agent_endings)

    def _light_roles(self, frame: Frame) -> dict[str, Role | None]:
        if frame.light in self.syntax.light_passive or frame.light in self.undergoing:
            return {"subject": Role.RECIPIENT, "object": None}
        verb, _, preposition = frame.light.partition(" ")
        if preposition and verb in self.holding:
            return {"subject": Role.ACTOR, "object": Role.RECIPIENT}
        if frame.light:
            return {"subject": Role.ACTOR, "object": None, "dative": Role.RECIPIENT}
        return {}

    def _actors(self, token: int, role: Role, rule: TriggerRule, *, subject: bool = False) -> list[int]:
        """The token itself if it can act, else who owns it ("Iran's proposal" → Iran).

        An event noun of which something is said ("condemned the raid") stands for who did
        it; if nobody is named it is handed on itself, so that its own actors can be asked
        for. In a request or refusal it stands for whoever it would take ("a truce with").
        """
        if self.matcher.acts(token):
            return [token]
        text = self.text
        if text.pos[token] not in _NOUN_POS:
            return []
        happening = text.lemma[token].lower() in self.rules.nouns
        agents = role is Role.ACTOR or (happening and rule.type.blames)
        owners = self._owners(token, self.agentive if agents else self.owning)
        if owners:
            return owners
        if (happening and role is Role.RECIPIENT) or (role is Role.ACTOR and not happening and subject):
            return [token]  # the cast knows whether it can act
        return []

    def _owners(self, noun: int, prepositions: frozenset[str]) -> list[int]:
        """Who has a thing: its possessor, else those its adjectives and phrases name."""
        text = self.text
        possessors = [h for c in text.children[noun] if text.dep[c] == "poss" for h in self.syntax.heads(c)]
        if possessors:
            return [p for p in possessors if self._may_act(p)]
        out = []
        for child in text.children[noun]:
            dep = text.dep[child]
            if dep in ("amod", "compound", "nmod") and text.ent[child] in ("GPE", "NORP", "ORG", "PERSON"):
                out.append(child)
            elif dep == "acl" and text.tag[child] == "VBN":
                out.extend(self.syntax.verb(child).slots.get("agent", ()))  # "a march staged by students"
            elif dep in ("prep", "agent") and text.lower[child] in prepositions:
                out.extend(
                    h
                    for g in text.children[child]
                    if text.dep[g] == "pobj"
                    for h in self.syntax.heads(g)
                    if self._may_act(h)
                )
        return out

    def _in_clause(self, found: Found, slot: str) -> list[int]:
        """Actors in the content of a verbal act: whom it is asked of, threatened with or promised to."""
        out: list[int] = []
        for token in self._content(found, "clause"):
            if self.text.pos[token] not in _VERB_POS:
                if slot == "subject":  # "called him a liar", read as a clause without a verb
                    out.extend(
                        h
                        for c in self.text.children[token]
                        if self.text.dep[c] == "nsubj"
                        for h in self.syntax.heads(c)
                    )
                continue
            inner = self.syntax.verb(token)
            if slot == "subject" and inner.inherited:
                continue
            if slot == "subject":
                out.extend(t for t in inner.slots.get(slot, ()) if self._may_act(t))
                continue
            for filler in inner.slots.get(slot, ()):
                out.extend(t for t in self._actors(filler, Role.RECIPIENT, found.rule) if t != found.frame.trigger)
        subjects = found.frame.slots.get("subject", [])
        return [t for t in out if t not in subjects]


def _base(word: str) -> str:
    """The verb of a regular past form or participle that the lemmatizer cut too short ("fined", "fin")."""
    if word.endswith("ed"):
        return word[:-1]
    return word[:-3] + "e" if word.endswith("ing") else word


def _singular(word: str) -> str:
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word
