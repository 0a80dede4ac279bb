"""The arguments of a found trigger: who acts, who is acted upon, where; and what type a plan becomes."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.extract.events.found import Found, content
from pipeline.extract.events.frames import Frame, Syntax
from pipeline.extract.events.match import Matcher
from pipeline.parsed import ParsedText
from pipeline.records import Argument, EventMention, Modality, Role
from pipeline.rules.events import EventRules, TriggerRule

_VERB_POS = frozenset({"VERB", "AUX"})
_NOUN_POS = frozenset({"NOUN", "PROPN"})
_PLACES = frozenset({"GPE", "LOC", "FAC"})


class Arguments:
    """Names the arguments of the triggers of one parsed text."""

    def __init__(self, text: ParsedText, rules: EventRules, syntax: Syntax, matcher: Matcher) -> None:
        self.text = text
        self.rules = rules
        self.syntax = syntax
        self.matcher = matcher
        self.place_prepositions = rules.words("place_preposition")
        self.static_prepositions = rules.words("static_preposition")
        self.inside = rules.words("inside_preposition")
        self.undergoing, self.holding = rules.words("undergoing"), rules.words("holding")
        self.agentive, self.owning = rules.words("agentive"), rules.words("owning")
        self.announcing, self.personal = rules.words("announcing"), rules.words("personal")
        self.perfect, self.pluperfect = rules.words("perfect_auxiliary"), rules.words("pluperfect_auxiliary")
        self.present, self.past = rules.words("present_auxiliary"), rules.words("past_auxiliary")
        self.owner_of = rules.words("owner_of")
        self.things = rules.classes.get("metaphor", frozenset()) | rules.classes.get("nature", frozenset())
        self.agent_endings = tuple(sorted(rules.words("agent_ending")))

    def mention(self, found: Found) -> EventMention:
        """The event mention of a trigger."""
        text, frame, rule, force = self.text, found.frame, found.rule, found.force
        kind, mode = rule.type, rule.mode
        if force.modality is Modality.FUTURE and not (force.negated and kind.quad_class == "material conflict"):
            if force.conditional and kind.conditional:
                kind, mode = self.rules.ontology.types[kind.conditional], None
            elif kind.announced and self._announced(frame):
                kind, mode = self.rules.ontology.types[kind.announced], None
            elif kind.future and not (kind.quad_class == "material conflict" and self._nobody(found)):
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
            tense=self.tense(frame),
        )

    def _nobody(self, found: Found) -> bool:
        """Whether nobody is said to mean to do it: "the planned attack", "will get killed" are no threats."""
        frame = found.frame
        if found.noun:
            return frame.verb is None
        return frame.passive and "agent" not in frame.slots

    def _announced(self, frame: Frame) -> bool:
        """Whether who will do it is who says so."""
        text = self.text
        verb = text.head[frame.clause]
        if text.dep[frame.clause] != "ccomp" or text.lemma[verb].lower() not in self.announcing:
            return False
        subjects = {text.lower[t] for t in frame.slots.get("subject", ())}
        speakers = set(self.syntax.verb(verb).slots.get("subject", ()))
        return bool(subjects & self.personal) or bool(speakers & set(frame.slots.get("subject", ())))

    def tense(self, frame: Frame) -> str:
        """``present``, ``perfect``, ``pluperfect`` or ``past`` of the clause; empty if it has none."""
        text, verb = self.text, frame.clause
        if text.pos[verb] not in _VERB_POS:
            return ""
        auxiliaries = [text.lower[c] for c in text.children[verb] if text.dep[c] in ("aux", "auxpass")]
        if not self.perfect.isdisjoint(auxiliaries):
            return "perfect"
        if not self.pluperfect.isdisjoint(auxiliaries):
            return "pluperfect"
        if not self.present.isdisjoint(auxiliaries) or text.tag[verb] in ("VBZ", "VBP"):
            return "present"
        if text.tag[verb] == "VBD" or not self.past.isdisjoint(auxiliaries):
            return "past"
        return ""

    def _arguments(self, found: Found) -> Iterator[Argument]:
        rule, frame = found.rule, found.frame
        roles = rule.noun_roles if found.noun else rule.roles
        taken: dict[int, Role] = {}
        if found.noun:
            carried = self._light_roles(frame)
            if roles.get("subject") is Role.RECIPIENT:
                carried.pop("subject", None)  # the rule says that who "wins support" is supported
            roles = {**roles, **carried}
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
        place = self._place(found)
        if place is not None:
            yield self.place(place)

    def place(self, token: int) -> Argument:
        """The place that a token names, with the words of its name before it."""
        first = token
        while first > 0 and self.text.ent[first - 1] and self.text.head[first - 1] == token:
            first -= 1
        return Argument(Role.PLACE, token, first, token)

    def _place(self, found: Found) -> int | None:
        """The name in the locative phrase of the predicate, else of its object or subject ("police in Lagos")."""
        text, frame = self.text, found.frame
        place = self.located(frame)
        if place is not None:
            return place
        for child in text.children[frame.trigger]:
            if text.dep[child] == "acl" and text.tag[child] == "VBN":  # "a meeting planned for May in Oslo"
                for slot, tokens in self.syntax.verb(child).slots.items():
                    if slot in self.static_prepositions:
                        for token in tokens:
                            place = self._located(token, 0)
                            if place is not None:
                                return place
        for slot in ("object", "subject") if found.rule.type.material else ("object",):
            for token in frame.slots.get(slot, ()):
                if token == frame.trigger or text.ent[token] in ("PERSON", "ORG", "NORP"):
                    continue
                unlabelled = text.pos[token] == "PROPN" and not text.ent[token]
                if slot == "object" and (text.ent[token] in _PLACES or unlabelled) and found.rule.type.goes_to:
                    return token
                if text.ent[token] in _PLACES:
                    continue
                place = self.located_on(token)
                if place is not None:
                    return place
        return None

    def located_on(self, noun: int) -> int | None:
        """The name of a place in a locative phrase of a noun ("police in Lagos")."""
        text = self.text
        for child in text.children[noun]:
            if text.dep[child] == "prep" and text.lower[child] in self.static_prepositions:
                for inner in text.children[child]:
                    place = self._located(inner, 0)
                    if place is not None:
                        return place
        return None

    def located(self, frame: Frame) -> int | None:
        """The name of a place in a locative phrase of the predicate."""
        for slot, tokens in frame.slots.items():
            if slot in self.place_prepositions:
                for token in tokens:
                    place = self._located(token, 0)
                    if place is not None:
                        return place
        return None

    def _located(self, token: int, depth: int) -> int | None:
        """A place's name: the token itself, or one that the noun is of, in or near ("the village of X")."""
        text = self.text
        before = text.lower[text.head[token]] if text.dep[token] == "pobj" else ""
        if text.ent[token] in _PLACES:
            return token
        if text.pos[token] == "PROPN" and text.ent[token] in ("", "PERSON") and (before in self.inside or depth):
            # nobody is "in" a person: a place's name that was taken for one
            return token
        if depth > 2 or text.pos[token] not in ("NOUN", "PROPN") or text.ent[token]:
            return None
        for child in text.children[token]:
            if text.dep[child] == "appos" and text.ent[child] in _PLACES:
                return child
            if text.dep[child] == "prep" and (
                text.lower[child] in self.owner_of or text.lower[child] in self.place_prepositions
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
        """Whether a noun in an owner's place can be an actor, by its form; the cast has the last word."""
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
                # "a march staged by students", "sanctions imposed on Iraq"
                slots = self.syntax.verb(child).slots
                out.extend(
                    h for name in ("agent", *sorted(prepositions)) for h in slots.get(name, ()) if self._may_act(h)
                )
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
        for token in content(self.text, found, "clause"):
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
