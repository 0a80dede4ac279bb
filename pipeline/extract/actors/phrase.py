"""What stands around a head noun: its modifiers' extent, roles, country, sectors, gender, number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from pipeline.extract.actors.names import Name
from pipeline.parsed import ParsedText
from pipeline.records import ActorKind, Mention, MentionType
from pipeline.rules.actors import ActorRules, Agent
from pipeline.rules.gazetteer import How

_MODIFIERS = frozenset(
    {"det", "amod", "compound", "nummod", "poss", "nmod", "quantmod", "advmod", "predet", "case", "npadvmod"}
)
_WORKS = frozenset({"LAW", "WORK_OF_ART", "EVENT", "LANGUAGE"})
_COUNTING = frozenset({"det", "poss", "nummod", "compound"})
_CUTS = frozenset({",", ";", ":", "(", ")", "[", "]", "—", "–", '"', "“", "”", "``", "''"})
_SINGULAR, _PLURAL = frozenset({"NN", "NNP"}), frozenset({"NNS", "NNPS"})
NOUNS = _SINGULAR | _PLURAL
_NAMES = frozenset({"NNP", "NNPS"})
_GENERIC = frozenset({("GOV",), ("CVL",), (), ("LAB",), ("SOC",), ("BUS",), ("EDU",), ("PTY",)})
_STRONG = frozenset({"REB", "OPP", "ELI"})
MAX_MODIFIERS = 12
_ACRONYM = 4  # letters of an acronym that looks like a noun; MP and CEO are nouns


@dataclass(slots=True)
class Features:
    """What the words of a mention tell of whom it means."""

    country: str | None = None
    sectors: tuple[str, ...] = ()
    gender: str | None = None
    roles: list[str] = field(default_factory=list)
    entries: list[str] = field(default_factory=list)


def mention_of(
    text: ParsedText,
    extent: tuple[int, int],
    head: int,
    mention_type: MentionType,
    rule: str,
    *,
    kind: ActorKind | None,
    plural: bool | None,
    features: Features | None = None,
    label: str | None = None,
    name: tuple[int, int] | None = None,
    definite: bool = False,
) -> Mention:
    """The mention of tokens ``extent`` (first and last, inclusive); without ``features`` its words tell nothing."""
    told = features or Features()
    return Mention(
        field=text.field,
        span=text.span(*extent),
        first=extent[0],
        last=extent[1],
        head=head,
        mention_type=mention_type,
        rule=rule,
        ner_label=label,
        entries=tuple(dict.fromkeys(told.entries)),
        kind=kind,
        country=told.country,
        sectors=told.sectors,
        plural=plural,
        gender=told.gender,
        name=name,
        roles=tuple(dict.fromkeys(told.roles)),
        definite=definite,
    )


class Context:
    """One text, its rules, and which name owns a token."""

    def __init__(self, text: ParsedText, rules: ActorRules, names: Sequence[Name]) -> None:
        self.text = text
        self.rules = rules
        self.names = names
        self.owner: dict[int, Name] = {i: name for name in names for i in range(name.first, name.last + 1)}

    def agent_at(self, i: int) -> tuple[Agent, int, int] | None:
        """The agent noun whose head is a token, with the first and last token of its phrase."""
        text, agents = self.text, self.rules.agents
        if text.tag[i] not in NOUNS or text.ent[i] in _WORKS:
            return None
        if i >= 2 and text.lower[i] == "chief" and text.lower[i - 1] == "in":
            return None
        if self._hyphened(i) or self._acronym(i) or self._surname(i):
            return None
        lemma = text.lemma[i].lower()
        if text.tag[i] == "NNPS" and lemma not in agents:
            lemma = lemma.rstrip("s")
        forms = (lemma, text.lower[i]) if lemma != text.lower[i] else (lemma,)
        if i + 2 < len(text) and text.lower[i + 1] in ("of", "in"):
            for form in forms:
                agent = agents.get(f"{form} {text.lower[i + 1]} {text.lower[i + 2]}")
                if agent:
                    return agent, i, i + 2
        for form in forms:
            if i >= 2 and text.word[i - 1] == "-":
                agent = agents.get(f"{text.lower[i - 2]}-{form}")
                if agent:
                    return agent, i - 2, i
            for back in (2, 1):
                if i >= back and text.lower[i - 1] not in ("of", "in"):
                    agent = agents.get(" ".join((*text.lower[i - back : i], form)))
                    if agent:
                        return agent, i - back, i
        if i and f"{text.lower[i - 1]} {lemma}" in self.rules.words["not-an-actor"]:
            return None  # "card unit"
        for form in reversed(forms):
            agent = agents.get(form)
            if agent and not (agent.only_plural and text.tag[i] not in _PLURAL):
                return None if self._mass(i) else (agent, i, i)
        return None

    def _acronym(self, i: int) -> bool:
        """Whether a noun in capitals among words in small letters is an acronym ("CREW asked the court")."""
        text = self.text
        word = text.word[i]
        if len(word) < _ACRONYM or not word.isupper() or text.tag[i] != "NNP":
            return False
        return not any(text.word[j].isupper() and len(text.word[j]) > 1 for j in (i - 1, i + 1) if 0 <= j < len(text))

    def _hyphened(self, i: int) -> bool:
        """Whether a noun is part of a compound adjective ("a head-to-head race", "state-run")."""
        text = self.text
        if i + 2 < len(text) and text.word[i + 1] == "-" and text.end[i] == text.start[i + 1]:
            return text.end[i + 1] == text.start[i + 2]
        return i >= 2 and text.word[i - 1] == "-" and text.pos[i - 2] == "ADP"

    def _surname(self, i: int) -> bool:
        """Whether a noun with a capital is rather somebody's name ("Baker said")."""
        return self.text.tag[i] in _NAMES and self.text.lower[i] in self.rules.words["surname-noun"]

    def organisation_of(self, noun: int) -> tuple[str, ...] | None:
        """Sectors of the organisation, no state's, that a role belongs to ("president of the union"); None if none."""
        text = self.text
        for child in text.children[noun]:
            if child <= noun or text.dep[child] != "prep" or text.lower[child] not in ("of", "at"):
                continue
            for inner in text.children[child]:
                name = self.owner.get(inner)
                if name is None or name.label != "ORG":
                    continue
                entries = [self.rules.entry(s.entry) for s in name.senses]
                if not entries:
                    return ()
                if all(e.kind is ActorKind.ORGANISATION for e in entries):
                    return entries[0].sectors
        return None

    def _mass(self, i: int) -> bool:
        """Whether a noun stands for a thing and not for a body of people ("excessive force", "under command")."""
        text = self.text
        if text.tag[i] != "NN" or text.lower[i] not in self.rules.words["mass-noun"]:
            return False
        return not any(
            text.dep[c] in _COUNTING or (text.dep[c] in _MODIFIERS and c in self.owner) for c in text.children[i]
        )

    def plural(self, i: int, agent: Agent | None = None) -> bool | None:
        """Grammatical number of a noun; None for a body, which takes either."""
        if self.text.tag[i] in _PLURAL:
            return True
        if agent is not None and agent.plural:
            return None
        return False

    def start(self, head: int) -> int:
        """First token of the modifiers that stand directly before a noun."""
        text = self.text
        first = head
        low = max(text.left[head], head - MAX_MODIFIERS)
        while first > low:
            i = first - 1
            if text.word[i] in _CUTS or text.word[i].isspace() or text.dep[i] in ("cc", "punct", "mark", "preconj"):
                if text.word[i] in ("-", "/") or (text.dep[i] == "cc" and self._joins_modifiers(i, head)):
                    first = i
                    continue
                break
            if text.tag[i] == "PRP" or (text.pos[i] in ("VERB", "AUX") and text.dep[i] not in ("amod", "compound")):
                break  # "considered himself the expert"
            first = i
        while first < head and (text.dep[first] in ("cc", "punct") or text.word[first] in _CUTS):
            first += 1
        return first

    def _joins_modifiers(self, conjunction: int, head: int) -> bool:
        """Whether a conjunction stands between two modifiers of the noun ("Hungarian and Romanian officials")."""
        parent = self.text.head[conjunction]
        return parent != head and self.text.dep[parent] in ("amod", "compound", "nmod")

    def definite(self, first: int) -> bool:
        """Whether a phrase that opens with a token points at somebody known."""
        words = self.rules.words
        return self.text.lower[first] in words["definite"] or self.text.lower[first] in words["possessive"]

    def features(self, first: int, last: int, into: Features) -> Features:
        """Read the modifiers ``first`` to ``last`` (inclusive)."""
        rules, text = self.rules, self.text
        sectors: list[str] = []
        i = first
        while i <= last:
            name = self.owner.get(i)
            if name is not None:
                if into.country is None and not self._apart(name):
                    into.country = name.country
                for sense in name.senses:
                    if sense.how is How.NAME:
                        into.entries.append(sense.entry)
                        if sense.entry.startswith("org:"):
                            sectors.extend(rules.entry(sense.entry).sectors)
                if name.senses:
                    i = name.last + 1
                    continue
            word = text.lower[i]
            title = rules.titles.get(word) if text.word[i + 1] != "-" else None  # "private-equity investors"
            if title:
                into.gender = into.gender or title.gender
                sectors.extend(title.sectors)
            modifier = rules.modifiers.get(word)
            if modifier:
                sectors.extend(modifier.sectors)
            i += 1
        into.sectors = tuple(dict.fromkeys((*into.sectors, *sectors)))
        return into

    def _apart(self, name: Name) -> bool:
        """Whether the word before a name says that it is not whose the noun is ("anti-Chad", "ethnic Albanian")."""
        text, i = self.text, name.first
        if i and text.word[i - 1] == "-":
            i -= 1
        return i > 0 and text.lower[i - 1] in self.rules.words["towards"]

    def country_after(self, head: int, depth: int = 2) -> str | None:
        """Country named by a preposition that hangs on a noun ("police in Lagos", "president of Mexico")."""
        text = self.text
        for child in text.children[head]:
            if depth and child > head and text.dep[child] == "acl" and text.tag[child] == "VBN":
                for phrase in text.children[child]:
                    if text.dep[phrase] == "prep" and text.lower[phrase] in self.rules.words["member-preposition"]:
                        for inner in text.children[phrase]:
                            name = self.owner.get(inner)
                            if name is not None and name.country:
                                return name.country  # "workers affiliated with the Chadian union"
            if (
                child > head
                and text.dep[child] == "prep"
                and text.lower[child] in self.rules.words["owner-preposition"]
            ):
                for inner in text.children[child]:
                    name = self.owner.get(inner)
                    if name is not None and name.country:
                        return name.country
                    if depth and text.dep[inner] == "pobj" and (name is not None or self._ground(inner)):
                        country = self.country_after(inner, depth - 1)
                        if country:
                            return country
        return None

    def _ground(self, i: int) -> bool:
        """Whether a noun is a place or a happening, which lies where its phrase says ("parties to the war in Chad")."""
        lemma = self.text.lemma[i].lower()
        return lemma in self.rules.words["place-noun"] or lemma in self.rules.words["not-an-actor"]


def combine(agent: Agent | None, modifiers: tuple[str, ...]) -> tuple[str, ...]:
    """Sectors of a noun and its modifiers: those of the modifiers, if the noun alone says little."""
    if agent is None:
        return modifiers
    if modifiers and (agent.sectors in _GENERIC or _STRONG & set(modifiers)):
        return modifiers
    return agent.sectors
