"""Whom an act is aimed at, where only its content tells: "marched to protest the killings by soldiers"."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pipeline.parsed import ParsedArticle, ParsedText
from pipeline.records import ActorKind, EventMention, MentionType, ResolvedMention
from pipeline.resolve.events.participants import identity
from pipeline.rules.aims import Aim
from pipeline.rules.events import EventRules

if TYPE_CHECKING:
    from pipeline.resolve.actors import Cast

_RELATIONS = {
    "dobj": "object",
    "dative": "object",
    "attr": "object",
    "xcomp": "clause",
    "ccomp": "clause",
    "nsubj": "subject",
    "nsubjpass": "object",
    "poss": "owner",
    "amod": "owner",
    "compound": "owner",
    "nmod": "owner",
}
_NOMINAL = frozenset({"NOUN", "PROPN", "PRON", "NUM"})
_STATES = frozenset({ActorKind.STATE, ActorKind.GOVERNMENT})
_LANDS = _STATES | {ActorKind.PLACE}
_PUBLIC = frozenset({"GOV", "MIL", "COP", "LEG", "JUD"})
_THINGS = frozenset({"dobj", "nsubjpass", "compound"})
_SUBJECTS = frozenset({"nsubj", "nsubjpass"})
_CONDITIONS = frozenset({"unless", "until"})
_OWN = frozenset({"object", "subject", "owner", "clause"})
_DEPTH = 8
_WIDTH = 40

_Step = tuple[str, int]


class Aims:
    """Finds the target of acts that name none as an argument, as the ontology's ``aims`` tell."""

    def __init__(self, article: ParsedArticle, cast: Cast, rules: EventRules) -> None:
        self.article = article
        self.cast = cast
        self.aims = rules.ontology.aims
        self.makers = rules.ontology.makers

    def proper(
        self, event: EventMention, actors: tuple[ResolvedMention, ...], recipients: tuple[ResolvedMention, ...]
    ) -> tuple[ResolvedMention, ...]:
        """The recipients that an act of its type can have, else those its content names."""
        aim = self.aims.get(event.event_type or "")
        if aim is not None and aim.land != "any":
            lands = {a.actor.country for a in actors}
            recipients = tuple(
                r
                for r in recipients
                if r.actor.kind not in _LANDS
                or (aim.land == "none" and r.actor.kind is not ActorKind.PLACE)
                or (aim.land == "abroad" and r.actor.country is not None and r.actor.country not in lands)
            )
        return recipients or self.of(event, actors) or self._maker(event, actors)

    def _maker(self, event: EventMention, actors: tuple[ResolvedMention, ...]) -> tuple[ResolvedMention, ...]:
        """Who made the thing that an act is about, if it is a body of the actors' own state that the article names."""
        lands = {a.actor.country for a in actors if a.actor.country}
        if not lands:
            return ()
        text = self.article.text(event.field)
        things = {text.lemma[i].lower() for i in (event.trigger, *(a.head for a in event.arguments))}
        things.update(text.lemma[c].lower() for c in text.children[event.trigger] if text.dep[c] in _THINGS)
        for maker in self.makers:
            if event.event_type not in maker.types or not things & maker.things:
                continue
            taken = {a.actor.actor_id for a in actors}
            bodies: dict[str, list[ResolvedMention]] = {}
            for item in self.cast.mentions:
                actor = item.actor
                if (
                    actor.kind is ActorKind.GOVERNMENT
                    and actor.country in lands
                    and actor.actor_id not in taken
                    and maker.sectors.intersection(actor.sectors)
                ):
                    bodies.setdefault(actor.actor_id, []).append(item)
            if bodies:
                return (max(bodies.values(), key=len)[0],)  # the parliament rather than its committee
        return ()

    def of(self, event: EventMention, actors: tuple[ResolvedMention, ...]) -> tuple[ResolvedMention, ...]:
        """The nearest actors in the content of an act that can be its target; empty if there is none.

        Those at one of the aim's ``at`` go before nearer ones at one of ``public`` or ``abroad``.
        Those joined to the nearest ("against Oslo and Rome") come with it. Nobody who
        acts is a target, nor is another body of a state that acts.
        """
        aim = self.aims.get(event.event_type or "")
        if aim is None or event.reciprocal:
            return ()
        text = self.article.text(event.field)
        taken = {identity(a) for a in actors}
        lands = {a.actor.country for a in actors if a.actor.country}
        level = [event.trigger] if event.clause == event.trigger else [event.trigger, event.clause]
        seen = set(level)
        allowed, top = aim.through, True
        weaker: tuple[ResolvedMention, ...] = ()
        for _ in range(_DEPTH):
            steps = [step for node in level for step in self._steps(text, node)]
            steps = [(relation, token) for relation, token in steps if token not in seen]
            seen.update(token for _, token in steps)
            for relation, token in steps:
                if top and relation in _OWN:
                    continue  # the trigger's own arguments were weighed already
                found = self._targets(text, aim, relation, token, taken)
                if found and relation in aim.at:
                    return found
                if not found and relation in aim.abroad:
                    found = self._abroad(text, token, lands)
                weaker = weaker or found
            level = [token for relation, token in steps if relation in allowed][:_WIDTH]
            if not level:
                break
            allowed, top = aim.inner, False
        return weaker

    def _steps(self, text: ParsedText, node: int) -> Iterator[_Step]:
        """What hangs on a token, with its relation: a preposition stands for its phrase."""
        for child in text.children[node]:
            dep = text.dep[child]
            if dep in ("prep", "agent"):
                for inner in text.children[child]:
                    if text.dep[inner] in ("pobj", "pcomp"):
                        yield text.lower[child], inner
            elif dep in ("advcl", "acl", "relcl"):
                marks = [text.lower[c] for c in text.children[child] if text.dep[c] in ("aux", "mark")]
                if _CONDITIONS.intersection(marks):
                    # "threatened to strike unless Rome agreed": whoever has to comply
                    yield from (("complier", c) for c in text.children[child] if text.dep[c] in _SUBJECTS)
                elif "to" in marks:
                    yield ("purpose" if dep == "advcl" else "clause"), child
                elif dep != "relcl" and not marks and text.tag[child] in ("VBG", "VBN"):
                    yield ("participle" if dep == "acl" else "gerund"), child
            elif dep in _RELATIONS:
                yield _RELATIONS[dep], child

    def _targets(
        self, text: ParsedText, aim: Aim, relation: str, token: int, taken: set[str]
    ) -> tuple[ResolvedMention, ...]:
        """Whom a noun phrase means, if at its place somebody is aimed at."""
        public = relation not in aim.at
        if public and relation not in aim.public:
            return ()
        heads = [token]
        for head in heads:
            heads.extend(c for c in text.children[head] if text.dep[c] == "conj" and text.pos[c] in _NOMINAL)
        out: list[ResolvedMention] = []
        for head in heads:
            item = self.cast.at(text.field, head)
            if item is None or item.mention.head != head or item.mention.mention_type is MentionType.PRONOUN:
                continue
            every = self.cast.each(item)
            out.extend(one for one in every if identity(one) not in taken and self._can_be(one, aim, public))
        return tuple(out)

    def _abroad(self, text: ParsedText, token: int, lands: set[str]) -> tuple[ResolvedMention, ...]:
        """A state or place, if it is certainly not the actors' own."""
        item = self.cast.at(text.field, token)
        if item is None or item.mention.head != token or not lands:
            return ()
        actor = item.actor
        foreign = actor.kind in _LANDS and actor.country is not None and actor.country not in lands
        return (item,) if foreign else ()

    @staticmethod
    def _can_be(item: ResolvedMention, aim: Aim, public: bool) -> bool:
        actor = item.actor
        if actor.kind is ActorKind.PLACE:
            return aim.places and actor.country is not None
        return not public or actor.kind in _STATES or bool(_PUBLIC.intersection(actor.sectors))
