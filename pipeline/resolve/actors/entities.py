"""One entity of an article while its mentions are being gathered."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field

from pipeline.records import Actor, ActorKind
from pipeline.rules.actors import ActorRules
from pipeline.rules.gazetteer import slug

THINGS = frozenset({ActorKind.ORGANISATION, ActorKind.STATE, ActorKind.GOVERNMENT, ActorKind.ARMED_GROUP})


@dataclass(slots=True, eq=False)
class Entity:
    """An actor in the making.

    ``entry`` is its gazetteer id, ``names`` the names it goes by, ``phrase`` its first
    description. ``sentence`` and ``token`` tell of its latest mention, ``subject`` of that sentence
    (2: its main clause's subject, 1: another clause's), ``told`` of the sentences of all;
    ``count`` is the number of mentions so far. ``members`` are those a group is made of,
    where the article names them ("Lee and Kim", "the two leaders").
    """

    kind: ActorKind
    entry: str | None = None
    names: list[str] = field(default_factory=list)
    phrase: str = ""
    country: str | None = None
    sectors: tuple[str, ...] = ()
    gender: str | None = None
    plural: bool | None = None
    roles: set[str] = field(default_factory=set)
    sentence: int = -1
    token: int = -1
    told: list[int] = field(default_factory=list)
    subject: int = 0
    count: int = 0
    spoke: int = -1
    members: tuple[Entity, ...] = ()
    actor: Actor | None = None

    def learn(
        self,
        country: str | None = None,
        sectors: tuple[str, ...] = (),
        gender: str | None = None,
        roles: tuple[str, ...] = (),
    ) -> None:
        """Take over features that are not known yet; roles gather."""
        self.country = self.country or country
        self.sectors = self.sectors or sectors
        self.gender = self.gender or gender
        self.roles.update(roles)

    def seen(self, sentence: int, token: int, subject: int) -> None:
        """Note a mention at a sentence and token."""
        self.subject = max(subject, self.subject) if sentence == self.sentence else subject
        self.sentence, self.token = sentence, token
        self.told.append(sentence)
        self.count += 1

    def ago(self, sentence: int) -> int | None:
        """How many sentences before one the entity was told of last; None if it comes in later."""
        number = bisect_right(self.told, sentence)
        return sentence - self.told[number - 1] if number else None

    def name(self, rules: ActorRules) -> str:
        """The fullest name the article has: of several words if it can be, else the gazetteer's, else a description."""
        if self.members:
            return " and ".join(member.name(rules) for member in self.members)
        best = max(self.names, key=lambda n: (len(n.split()), len(n)), default="")
        if self.entry is None:
            return best or self.phrase
        entry = rules.entry(self.entry)
        # a person or a body of a state goes by what the article calls them ("the German parliament")
        described = entry.kind in (ActorKind.PERSON, ActorKind.GOVERNMENT) and entry.id != f"gov:{entry.country}"
        if described and not best and len(self.phrase.split()) > 1:
            return self.phrase
        if len(best.split()) > 1 and entry.kind not in (ActorKind.STATE, ActorKind.GOVERNMENT):
            return entry.name if rules.same_spelling(best, entry.name) else best
        if not best:
            return rules.gazetteer.described(entry.id)
        return entry.name

    def finish(self, rules: ActorRules) -> Actor:
        """The actor. Its id depends on nothing but gazetteer id, or kind, name and (of a description) country."""
        if self.actor is None:
            if self.entry is not None:
                entry = rules.entry(self.entry)
                self.actor = Actor(
                    actor_id=entry.id,
                    name=self.name(rules),
                    kind=entry.kind,
                    country=self.country or entry.country,
                    sectors=self.sectors or entry.sectors,
                    wikidata_id=entry.wikidata_id,
                    canonical=entry.name,
                )
            else:
                name = self.name(rules)
                place = f"-{self.country.lower()}" if self.country and not self.names else ""
                self.actor = Actor(
                    actor_id=f"{self.kind.value}:{slug(name)}{place}",
                    name=name,
                    kind=self.kind,
                    country=self.country,
                    sectors=self.sectors,
                )
        return self.actor
