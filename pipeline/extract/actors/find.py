"""From a parsed text to its mentions of actors."""

from __future__ import annotations

from pipeline.extract.actors.names import Name, find_names, kind_of
from pipeline.extract.actors.nominals import aged, is_age, nominal, unfilled
from pipeline.extract.actors.phrase import NOUNS, Context, Features, mention_of
from pipeline.parsed import ParsedText
from pipeline.records import ActorKind, Mention, MentionType
from pipeline.rules.actors import ActorRules, Agent
from pipeline.rules.gazetteer import How, Sense

_ACTS_ON = frozenset({"dobj", "ccomp", "xcomp", "dative", "agent", "conj"})  # what the verb of somebody who acts has
_PRONOUN_TAGS = frozenset({"PRP", "PRP$", "WP", "WP$", "WDT"})
_ATTACHED = frozenset({"compound", "amod", "nmod", "npadvmod"})
_SEAT = 24  # characters of a party and place in brackets
_STATE_ROLE = frozenset({"state", "gov"})


def find_mentions(text: ParsedText, rules: ActorRules) -> list[Mention]:
    """All mentions of actors in a text, in order of their first character.

    Names (gazetteer forms and named entities), descriptions whose head noun names those
    who act, and pronouns that can stand for an actor. A title or role before a name is
    part of the name's mention. An adjective or name of a state that modifies an agent
    noun gives that noun's country and is no mention of its own.
    """
    context = Context(text, rules, find_names(text, rules))
    agents: dict[int, tuple[Agent, int, int]] = {}
    pronouns: list[int] = []
    ages: list[int] = []
    words = rules.agent_words
    for i, tag in enumerate(text.tag):
        if tag in NOUNS:
            lemma = text.lemma[i].lower()
            if i not in context.owner and (
                lemma in words or text.lower[i] in words or (tag == "NNPS" and lemma.rstrip("s") in words)
            ):
                found = context.agent_at(i)
                if found:
                    agents[i] = found
        elif tag == "JJ" and text.lower[i] == "old" and is_age(text, i):
            ages.append(text.head[i] if text.dep[i] == "amod" else i)
        elif tag in _PRONOUN_TAGS and text.lower[i] in rules.pronouns:
            pronouns.append(i)
    titles: set[int] = set()
    out: list[Mention] = []
    for name in context.names:
        mention = _named(context, name, agents, titles)
        if mention is not None:
            out.append(mention)
    skip = titles | _inner(context, agents)
    out.extend(nominal(context, i, found) for i, found in agents.items() if i not in skip)
    out.extend(aged(context, i) for i in ages if i not in agents and i not in context.owner)
    out.extend(m for m in (_pronoun(context, i) for i in pronouns) if m is not None)
    covered = {i for m in out if m.roles for i in range(m.first, m.last + 1) if m.name is None or i < m.name[0]}
    out = [
        m
        for m in out
        if not (
            m.rule == "name.entity"
            and m.name
            and m.name[0] in covered
            and m.kind is not ActorKind.PLACE
            and not _whose(text, m)
        )
    ]
    out.sort(key=lambda m: (m.span, m.head))
    return out


def _whose(text: ParsedText, mention: Mention) -> bool:
    """Whether a body's name within a description says whose somebody is ("the chairman of Adoma Steel")."""
    return mention.kind is ActorKind.ORGANISATION and text.dep[mention.head] in ("poss", "pobj")


def _inner(context: Context, agents: dict[int, tuple[Agent, int, int]]) -> set[int]:
    """Agent nouns that only modify another agent noun or are part of its phrase ("police" in "police officers")."""
    text = context.text
    out: set[int] = set()
    for i, (_, first, last) in agents.items():
        out.update(j for j in range(first, last + 1) if j != i)
        if text.dep[i] in ("compound", "nmod", "amod"):
            parent = text.head[i]
            if parent in agents or (parent in context.owner and parent > i) or not _is_act(context, parent):
                out.add(i)
        elif unfilled(context, i, agents[i]):
            out.add(i)
    return out


def _is_act(context: Context, i: int) -> bool:
    """Whether a noun names an act, so that a noun before it can be who acts ("police raid")."""
    lemma = context.text.lemma[i].lower()
    rules = context.rules
    return lemma in rules.words["not-an-actor"] or (len(lemma) > 4 and lemma.endswith(rules.endings))


def _named(context: Context, name: Name, agents: dict[int, tuple[Agent, int, int]], titles: set[int]) -> Mention | None:
    """The mention of a name; None if it only modifies an agent noun."""
    text, rules = context.text, context.rules
    head = name.head
    governor = head
    while text.dep[governor] == "conj" and text.head[governor] < governor and text.head[governor] in context.owner:
        governor = text.head[governor]
    parent = text.head[governor]
    attached = text.dep[governor] in _ATTACHED and parent > name.last
    states = [s for s in name.senses if s.entry.partition(":")[0] in _STATE_ROLE]
    if states and attached and (parent in agents or (parent in context.owner and _personal(context, parent))):
        return None
    if states and _before_title(context, name, agents):
        return None
    if name.label == "NORP" and not name.senses and (attached or text.tag[head] in ("JJ", "VBN")):
        return None
    senses, kind, plural = _sense(context, name, attached)
    if senses is None:
        return None
    first = name.first
    features = Features(country=name.country)
    if kind is ActorKind.PERSON:
        first = _title_start(context, name, agents, titles)
        if first < name.first:
            features.country = None
            context.features(first, name.first - 1, features)
            features.country = features.country or name.country
            features.roles.extend(agents[i][0].noun for i in range(first, name.first) if i in agents)
            features.roles.extend(
                text.lower[i] for i in range(first, name.first) if i not in agents and text.lower[i] in rules.titles
            )
            if not features.sectors:
                for i in range(name.first - 1, first - 1, -1):
                    if i in agents:
                        features.sectors = agents[i][0].sectors
                        break
    elif senses and senses[0].how is How.PEOPLE:
        first = context.start(head)
        context.features(first, name.first - 1, features := Features())
        ethnic = any(text.lower[i] == "ethnic" for i in range(first, name.first))
        features.country = features.country or context.country_after(head) or (None if ethnic else name.country)
        features.sectors = features.sectors or ("CVL",)
    elif kind is ActorKind.ORGANISATION and not senses:
        _sorted(context, name, features)
    if kind is ActorKind.PERSON and features.country is None:
        features.country = _seat(context, name.last)
    if kind is ActorKind.PERSON and features.gender is None and name.last > name.first:
        features.gender = rules.first_names.get(text.word[name.first])
    features.entries = [s.entry for s in senses]
    return mention_of(
        text,
        (first, name.last),
        head,
        MentionType.NAME,
        "name." + (senses[0].how.value if senses else "entity" if name.label else "proper-noun"),
        kind=kind,
        plural=plural,
        features=features,
        label=name.label,
        name=(name.first, name.last),
    )


def _seat(context: Context, last: int) -> str | None:
    """Country of the place in brackets after a person's name ("Ann Lee (D-Ohio)")."""
    text = context.text
    if text.word[last + 1 : last + 2] != ["("]:
        return None
    start = text.end[last + 1]
    place, closed, _ = text.text[start : start + _SEAT].partition(")")
    seat, places = place.replace("–", "-").rpartition("-")[2].strip().lower(), context.rules.places
    return places.get(seat) or places.get(f"({seat})") if closed else None


def _sorted(context: Context, name: Name, features: Features) -> None:
    """What a body is by the noun before its name ("the union Adoma") or the known name that it begins with."""
    text, rules = context.text, context.rules
    before = name.first - 1
    if before >= 0 and text.head[before] == name.head and text.dep[before] == "compound" and text.tag[before] == "NN":
        agent = rules.agents.get(text.lower[before])
        if agent is not None and agent.kind is ActorKind.ORGANISATION:
            features.roles.append(agent.noun)
            features.sectors = agent.sectors
            return
    if name.inside and name.inside[0].entry.startswith("org:") and name.inside[-1].entry.startswith("state:"):
        features.sectors = rules.entry(name.inside[0].entry).sectors


def _personal(context: Context, token: int) -> bool:
    """Whether the name that owns a token is a person's."""
    name = context.owner[token]
    if any(s.entry.startswith("person:") for s in name.senses):
        return True
    return not name.senses and kind_of(context.text, context.rules, name) is ActorKind.PERSON


def _before_title(context: Context, name: Name, agents: dict[int, tuple[Agent, int, int]]) -> bool:
    """Whether a state's name opens the title of a person ("US President Lee", whatever the parse)."""
    text = context.text
    i = name.last + 1
    end = min(len(text), i + 8)
    while i < end and i not in context.owner and (text.tag[i] in NOUNS or text.tag[i] == "JJ"):
        i += 1
    return (
        i > name.last + 1
        and i < len(text)
        and i in context.owner
        and (i - 1 in agents or text.lower[i - 1] in context.rules.titles)
        and _personal(context, i)
    )


def _sense(context: Context, name: Name, attached: bool) -> tuple[tuple[Sense, ...] | None, ActorKind, bool | None]:
    """Which meanings of a form fit its grammar, and what kind and number it then has."""
    text, rules = context.text, context.rules
    senses = name.senses
    if not senses:
        kind = kind_of(text, rules, name)
        plural = text.tag[name.head] == "NNPS" and kind is not ActorKind.ORGANISATION  # "Adoma Motors" is one firm
        return (), kind, (plural or kind is ActorKind.GROUP) or None
    tag = text.tag[name.head]
    names = tuple(s for s in senses if s.how is How.NAME)
    if names:
        return names, rules.entry(names[0].entry).kind, None
    people = tuple(s for s in senses if s.how is How.PEOPLE)
    adjectives = tuple(s for s in senses if s.how is How.ADJECTIVE)
    if adjectives and (attached or (tag in ("JJ", "NNP") and text.dep[name.head] in (*_ATTACHED, "acomp"))):
        if text.dep[name.head] == "acomp":
            return None, ActorKind.STATE, None
        return adjectives, ActorKind.STATE, None
    if people:
        several = tag in ("NNPS", "NNS") or people[0].plural
        return people, ActorKind.GROUP if several else ActorKind.PERSON, bool(several)
    if adjectives:
        if text.ent[name.head] == "LANGUAGE" or text.lemma[text.head[name.head]] in rules.words["language-verb"]:
            return None, ActorKind.STATE, None
        if tag in ("NNPS", "NNS") or (tag == "JJ" and text.dep[name.head] in ("nsubj", "nsubjpass", "dobj", "pobj")):
            return adjectives, ActorKind.GROUP, True
        return (None, ActorKind.STATE, None) if tag == "JJ" else (adjectives, ActorKind.STATE, None)
    return senses, rules.entry(senses[0].entry).kind, None


def _title_start(context: Context, name: Name, agents: dict[int, tuple[Agent, int, int]], titles: set[int]) -> int:
    """First token of the titles and roles directly before a person's name; marks them as taken."""
    text, rules = context.text, context.rules
    i = name.first - 1
    low = max(0, name.first - 12)
    seen = False
    first = name.first
    while i >= low and not text.word[i].isspace():
        lower = text.lower[i]
        if i in agents:
            agent_first = agents[i][1]
            if agents[i][2] > i and not seen and agents[i][2] != name.first - 1:
                break
            seen, first = True, min(first, agent_first)
            titles.add(i)
            i = agent_first - 1
            continue
        if lower in rules.titles and (text.tag[i] in NOUNS or text.word[i][0].isupper()):
            seen, first = True, i
        elif seen and i in context.owner:
            owner = context.owner[i]
            if any(s.entry.startswith("person:") for s in owner.senses) and text.dep[owner.head] != "compound":
                break
            first = i = owner.first
        elif seen and (text.pos[i] in ("ADJ", "NOUN", "PROPN") or lower in rules.words["name-link"]):
            if text.pos[i] in ("NOUN", "PROPN") and not first <= text.head[i] <= name.last:
                break
            first = i
        elif not seen and lower == "state" and text.lower[i - 1] == "of" and i - 2 in agents:
            i -= 1
        else:
            break
        i -= 1
    if seen and first > 0 and text.tag[first - 1] == "DT" and first - 1 >= low:
        first -= 1
    return first


def _pronoun(context: Context, i: int) -> Mention | None:
    """The mention of a pronoun; None where it stands for no actor (expletive, question, conjunction)."""
    text, rules = context.text, context.rules
    pronoun = rules.pronouns[text.lower[i]]
    if pronoun.type == "relative" and not _relative(text, i):
        return None
    if text.lower[i] == "it" and (_expletive(text, rules, i) or _inert(text, rules, i)):
        return None
    kind = None
    if pronoun.gender in ("m", "f") or (pronoun.person == 1 and pronoun.number == "one"):
        kind = ActorKind.PERSON
    return mention_of(
        text,
        (i, i),
        i,
        MentionType.PRONOUN,
        pronoun.rule,
        kind=kind,
        plural={"one": False, "many": True}.get(pronoun.number),
        features=Features(gender=pronoun.gender if pronoun.gender in ("m", "f", "n") else None),
    )


def _relative(text: ParsedText, i: int) -> bool:
    """Whether a wh-word opens a clause that says something of a noun before it."""
    verb, steps = text.head[i], 0
    while text.dep[verb] != "relcl" and text.head[verb] != verb and steps < 4:
        verb, steps = text.head[verb], steps + 1
    return text.dep[verb] == "relcl" and text.head[verb] < i


def _inert(text: ParsedText, rules: ActorRules, i: int) -> bool:
    """Whether an "it" stands where things do, and seldom somebody who acts ("she denied it", "when it started")."""
    governor = text.head[i]
    if text.dep[i] == "nsubj" and text.pos[governor] == "VERB":
        said = text.dep[governor] == "ccomp" and text.lemma[text.head[governor]].lower() in rules.words["speech-verb"]
        if said or text.dep[governor] == "relcl" or text.lemma[governor].lower() in rules.words["animate-verb"]:
            return False
        return not any(text.dep[c] in _ACTS_ON for c in text.children[governor])
    if text.dep[i] in ("dobj", "dative"):
        return text.lemma[governor].lower() not in rules.words["done-to-actor"]
    if text.dep[i] != "pobj" or text.lower[governor] in rules.words["towards-actor"]:
        return False
    return text.lower[governor] not in rules.words["dealing-preposition"] or not _dealing(text, rules, governor)


def _dealing(text: ParsedText, rules: ActorRules, preposition: int) -> bool:
    """Whether the verb that governs a preposition, or the noun before it, is of dealings with somebody."""
    verb = text.head[preposition]
    if text.pos[verb] == "NOUN":
        verb = text.head[verb]  # "signed a treaty with it"
    return text.lemma[verb].lower() in rules.words["dealing-verb"]


def _expletive(text: ParsedText, rules: ActorRules, i: int) -> bool:
    """Whether "it" only fills the subject's place ("it is clear that", "it seems")."""
    if text.dep[i] not in ("nsubj", "nsubjpass", "expl"):
        return False
    verb = text.head[i]
    if text.pos[verb] == "ADJ":
        return True
    children = text.children[verb]
    clause = any(text.dep[c] in ("ccomp", "xcomp", "csubj", "advcl") for c in children)
    if text.lemma[verb] in ("be", "'s", "’s"):
        return any(text.dep[c] in ("acomp", "attr", "expl") for c in children)
    return text.lemma[verb].lower() in rules.words["expletive-verb"] and clause
