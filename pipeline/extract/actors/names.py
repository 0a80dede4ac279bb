"""Names: gazetteer forms and named entities, made one list in which nothing overlaps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.parsed import ParsedText
from pipeline.records import ActorKind, BlockKind
from pipeline.rules.actors import ActorRules
from pipeline.rules.gazetteer import How, Sense

LABELS = frozenset({"PERSON", "ORG", "GPE", "NORP", "FAC", "LOC", "PRODUCT"})
_REGIONAL = frozenset({"GPE", "NORP", "LOC"})
_PROPER = frozenset({"NNP", "NNPS"})
_LAND_LABELS = frozenset({"GPE", "LOC", "FAC"})
_CLITICS = frozenset({"'s", "’s", "'", "’"})
_QUOTES = frozenset("\"'“”‘’`")
_ARGUMENTS = frozenset({"nsubj", "nsubjpass", "dobj", "pobj", "poss", "appos", "conj", "dative", "ROOT", "attr"})


@dataclass(frozen=True, slots=True)
class Name:
    """A name: tokens ``first`` to ``last``, the token that heads it, spaCy's label, and its meanings.

    ``inside`` are meanings of forms within a longer name ("Russia" in "Bank of Russia");
    ``country`` is that of what it means or of the place it names.
    """

    first: int
    last: int
    head: int
    label: str | None
    senses: tuple[Sense, ...] = ()
    inside: tuple[Sense, ...] = ()
    country: str | None = None


def find_names(text: ParsedText, rules: ActorRules) -> list[Name]:
    """All names in text order; none overlaps another."""
    hits = _hits(text, rules)
    taken: dict[int, int] = {}
    for number, (first, last, _) in enumerate(hits):
        for i in range(first, last + 1):
            taken[i] = number
    out: list[Name] = []
    dropped: set[int] = set()
    covered: set[int] = set()
    laws: set[str] = set()  # acronyms of the laws named
    for entity in text.entities:
        if entity.label not in LABELS:
            if entity.label == "LAW" and entity.last > entity.first:
                laws.add(_initials(text, entity.first, entity.last))
            continue
        for first, last in _pieces(text, rules, entity.label, entity.first, entity.last):
            if entity.label != "PERSON" and last > first and text.lower[last] in rules.words["law-word"]:
                laws.add(_initials(text, first, last))
                continue
            if entity.label in ("ORG", "FAC") and " ".join(text.lower[first : last + 1]) in rules.agents:
                continue
            common = first == last and text.tag[first] in ("NN", "NNS")
            if entity.label == "PERSON" and common and text.lemma[first].lower() in rules.agents:
                continue  # "Firefighters", at the start of a sentence
            inner = sorted({taken[i] for i in range(first, last + 1) if i in taken})
            if entity.label == "NORP" and text.tag[last] in ("NNS", "NNPS") and _agent_word(text, rules, last):
                continue
            if not inner:
                if _namelike(text, first, last):
                    out.append(Name(first, last, head_of(text, first, last), entity.label))
                    covered.update(range(first, last + 1))
                continue
            if any(hits[n][0] < first or hits[n][1] > last for n in inner):
                continue
            if any(hits[n][0] == first and hits[n][1] == last for n in inner):
                continue
            if _splits(text, rules, entity.label, first, last, [hits[n] for n in inner], taken):
                continue
            dropped.update(inner)
            inside = tuple(s for n in inner for s in hits[n][2])
            out.append(Name(first, last, head_of(text, first, last), entity.label, (), inside))
            covered.update(range(first, last + 1))
    for number, (first, last, senses) in enumerate(hits):
        if number not in dropped:
            label = text.ent[last] or None
            out.append(Name(first, last, head_of(text, first, last), label, senses))
            covered.update(range(first, last + 1))
    out.extend(_runs(text, rules, covered))
    nobody = rules.words["no-name"]
    out = [
        name
        for name in out
        if name.senses
        or name.last > name.first
        or (text.lower[name.first] not in nobody and text.word[name.first] not in laws)
    ]
    out.sort(key=lambda name: name.first)
    for number, name in enumerate(out):
        country = _country(text, rules, name)
        if country is not None:
            out[number] = Name(name.first, name.last, name.head, name.label, name.senses, name.inside, country)
    return out


def _country(text: ParsedText, rules: ActorRules, name: Name) -> str | None:
    """Country of a name: of what it means, of a name within it, or of the place it names.

    A word for one side ("anti-Chad") tells nothing of whose it is.
    """
    if text.lower[name.first] in rules.words["towards"]:
        return None
    if name.senses and name.senses[0].how is How.SEAT:
        place = rules.places.get(" ".join(text.lower[name.first : name.last + 1]))
        if place is not None:
            return place  # of the city, which the body it stands for may not have
    if not name.senses and name.label in _LAND_LABELS:
        place = rules.places.get(" ".join(text.lower[name.first : name.last + 1]))
        if place is not None:
            return place
    if not name.senses and name.label not in _LAND_LABELS:
        seat = _seat(text, rules, name)
        if seat is not None:
            return seat
    inside = () if name.label == "PERSON" else name.inside  # a surname tells no country
    for sense in (*name.senses, *inside):
        country = rules.gazetteer.entries[sense.entry].country
        if country:
            return country
    return _of_region(text, rules, name) if name.label in _LAND_LABELS else None


def _initials(text: ParsedText, first: int, last: int) -> str:
    """The acronym of a long name: the first letters of its words with a capital."""
    return "".join(text.word[i][0] for i in range(first, last + 1) if text.word[i][0].isupper())


def _seat(text: ParsedText, rules: ActorRules, name: Name) -> str | None:
    """Country of the place in which a body is said to be ("Chamber of Commerce of Mombasa")."""
    for i in range(name.last - 1, name.first, -1):
        if text.lower[i] in ("of", "in"):
            return rules.places.get(" ".join(text.lower[i + 1 : name.last + 1]))
    return None


def _of_region(text: ParsedText, rules: ActorRules, name: Name) -> str | None:
    """Country of a place whose name says what it is or where in it ("West Darfur State", "northern Mali")."""
    first, last = name.first, name.last
    for start, end in ((first, last), (first, last - 1), (first + 1, last), (first + 1, last - 1)):
        if start > end or (start > first and text.lower[first] not in rules.words["region-side"]):
            continue
        if end < last and text.lower[last] not in rules.words["region-noun"]:
            continue
        country = rules.places.get(" ".join(text.lower[start : end + 1]))
        if country:
            return country
    return None


def head_of(text: ParsedText, first: int, last: int) -> int:
    """The token of a stretch whose own head lies outside; the last of several that is a noun."""
    outside = [i for i in range(first, last + 1) if not first <= text.head[i] <= last or text.head[i] == i]
    nouns = [i for i in outside if text.pos[i] in ("PROPN", "NOUN", "ADJ", "NUM")]
    return (nouns or outside or [last])[-1]


def _hits(text: ParsedText, rules: ActorRules) -> list[tuple[int, int, tuple[Sense, ...]]]:
    """Gazetteer forms, the longest first where they overlap, in text order."""
    found = rules.matcher(text.doc)
    out: list[tuple[int, int, tuple[Sense, ...]]] = []
    reach = -1
    for key, start, end in sorted(found, key=lambda m: (m[1], -m[2])):
        if start < reach:
            continue
        form, senses = rules.forms[key]
        if form.islower():
            continue
        if (
            start
            and end - start == 1
            and text.word[start - 1] == "-"
            and start > 1
            and text.word[start - 2][0].isupper()
        ):
            senses = tuple(s for s in senses if s.how is not How.NAME or not s.entry.startswith("person:"))
            if not senses:
                continue
        out.append((start, end - 1, senses))
        reach = end
    return out


def _pieces(text: ParsedText, rules: ActorRules, label: str, first: int, last: int) -> list[tuple[int, int]]:
    """An entity cut at white space and trimmed of determiners, titles, quotation marks and genitives."""
    out: list[tuple[int, int]] = []
    start = first
    for i in range(first, last + 2):
        if i > last or text.word[i].isspace():
            piece = _trim(text, rules, label, start, i - 1)
            if piece:
                out.append(piece)
            start = i + 1
    return out


def _trim(text: ParsedText, rules: ActorRules, label: str, first: int, last: int) -> tuple[int, int] | None:
    determiners, titles = rules.words["determiner"], rules.titles
    while last >= first and (
        text.word[last] in _CLITICS
        or text.word[last] in _QUOTES
        or text.word[last] in ",.;:"
        or text.pos[last] in ("ADP", "CCONJ")
    ):
        last -= 1
    if first + 1 < last and text.word[first + 1] == "-" and text.lower[first] in rules.words["towards"]:
        first += 2  # "pro-Adoma"
    if label == "PERSON" and first < last and _inverted(text, first, last):
        first += 1
    while first <= last and (
        text.lower[first] in determiners
        or text.word[first] in _QUOTES
        or text.word[first] in _CLITICS
        or (label == "PERSON" and first < last and (text.lower[first] in titles or _role_word(text, rules, first)))
    ):
        first += 1
    return (first, last) if first <= last else None


def _inverted(text: ParsedText, first: int, last: int) -> bool:
    """Whether the verb of speech before its subject opens a sentence and was taken for a name ('Said Adoma, "…"')."""
    return (
        text.lower[first] == "said"
        and text.word[last + 1 : last + 2] in ([","], [":"])
        and text.word[last + 2 : last + 3][:1] in (['"'], ["“"], ["''"], ["‘"])
    )


def _namelike(text: ParsedText, first: int, last: int) -> bool:
    """Whether a labelled stretch has a capital or digit, so that it can be a name at all."""
    return any(text.word[i][:1].isupper() for i in range(first, last + 1))


def _splits(
    text: ParsedText,
    rules: ActorRules,
    label: str,
    first: int,
    last: int,
    inner: Sequence[tuple[int, int, tuple[Sense, ...]]],
    taken: dict[int, int],
) -> bool:
    """Whether the known forms inside an entity are names of their own, and the entity is none."""
    people = [
        (start, end)
        for start, end, senses in inner
        if any(s.how is How.NAME and s.entry.startswith("person:") for s in senses)
    ]
    if people:
        # a first name before a known surname is another person ("Ivana Trump")
        start, end = people[0]
        return not (
            len(people) == 1
            and start == end == last
            and start > first
            and label == "PERSON"
            and text.word[first][:1].isupper()
            and text.lower[start - 1] not in rules.agents
        )
    if label in _REGIONAL:
        rest = [i for i in range(first, last + 1) if i not in taken]
        return all(text.word[i] in "-–/,&" or text.lower[i] in ("and", "the") for i in rest) or len(inner) > 1
    if label == "ORG" and len(inner) == 2 and _chapter(text, first, last, inner):
        return False
    rest = [i for i in range(first, last + 1) if i not in taken]
    phrase = " ".join(text.lower[i] for i in rest)
    return phrase.removesuffix(" of") in rules.agents or all(
        text.lower[i] in rules.titles or text.lower[i] in rules.agents or not text.word[i].isalnum() for i in rest
    )


def _chapter(text: ParsedText, first: int, last: int, inner: Sequence[tuple[int, int, tuple[Sense, ...]]]) -> bool:
    """Whether an entity is the name of a body with that of a country after it ("Adoma International Peru")."""
    (start, middle, bodies), (after, end, lands) = inner
    adjacent = (start, middle + 1, end) == (first, after, last)
    body = any(s.how is How.NAME and s.entry.startswith("org:") for s in bodies)
    land = any(s.how is How.NAME and s.entry.startswith("state:") for s in lands)
    return adjacent and body and land and text.dep[last] not in ("compound", "nmod", "amod")


def _runs(text: ParsedText, rules: ActorRules, covered: set[int]) -> list[Name]:
    """Runs of proper nouns that nobody labelled, outside headlines, where one is an argument."""
    out: list[Name] = []
    i, n = 0, len(text)
    while i < n:
        if text.tag[i] not in _PROPER or i in covered or text.ent[i] or not text.word[i][:1].isupper():
            i += 1
            continue
        first = i
        while i < n and text.tag[i] in _PROPER and i not in covered and not text.ent[i]:
            i += 1
        last = i - 1
        while first <= last and (text.lower[first] in rules.titles or _agent_word(text, rules, first)):
            first += 1
        if first > last or _agent_word(text, rules, last) or text.kind_at(first) is not BlockKind.BODY:
            continue
        head = head_of(text, first, last)
        if text.dep[head] in _ARGUMENTS and len(text.word[last]) > 1:
            out.append(Name(first, last, head, None))
    return out


def _role_word(text: ParsedText, rules: ActorRules, i: int) -> bool:
    """Whether a word before a person's name is a role and no first name ("Minister Adoma", but "Dean Adoma")."""
    return text.lower[i] in rules.agents and not (
        text.word[i][0].isupper() and text.lower[i] in rules.words["surname-noun"]
    )


def _agent_word(text: ParsedText, rules: ActorRules, i: int) -> bool:
    if text.word[i][0].isupper() and text.lower[i] in rules.words["surname-noun"]:
        return False
    return text.lower[i] in rules.agents or text.lower[i].rstrip("s") in rules.agents


def kind_of(text: ParsedText, rules: ActorRules, name: Name) -> ActorKind:
    """What an unknown name names, from its label and words."""
    first, last = name.first, name.last
    words = [text.lower[i] for i in range(first, last + 1)]
    label = name.label
    company = rules.words["organisation-word"]
    plain = label not in ("PERSON", "NORP") and len(words) <= 4 and not any(w in company for w in words)
    if plain and _described(text, rules, name):
        return ActorKind.PERSON
    if label in ("GPE", "LOC", "FAC"):
        if label == "GPE" and len(words) > 1 and text.word[first] in rules.first_names:
            return ActorKind.PERSON
        return ActorKind.PLACE
    if label == "NORP":
        one = text.tag[name.head] in ("NN", "NNP") and any(
            text.lower[c] in rules.words["indefinite"] for c in text.children[name.head] if c < first
        )
        return ActorKind.PERSON if one else ActorKind.GROUP  # "a Muslim"
    if label == "PERSON":
        trade = last > first and words[-1] in rules.words["organisation-ending"]
        body = any(w in company for w in words) or _is_body(text, rules, name)
        body = body or (trade and text.word[first] not in rules.first_names)  # "Adoma Coal"
        body = body or (text.word[last + 1 : last + 2] == [","] and text.lower[last + 2 : last + 3] == ["which"])
        return ActorKind.ORGANISATION if body else ActorKind.PERSON
    if 1 < len(words) <= 4 and text.word[first] in rules.first_names and not any(w in company for w in words):
        return ActorKind.PERSON
    if label is None and words[-1] in rules.gazetteer.surnames:
        return ActorKind.PERSON
    return ActorKind.ORGANISATION


def _described(text: ParsedText, rules: ActorRules, name: Name) -> bool:
    """Whether the words around a name say that it is a person's: "Ms Adoma", "Ama Adoma, a scholar of ports"."""
    before = name.first - 1
    title = rules.titles.get(text.lower[before]) if before >= 0 else None
    if title is not None and title.gender is not None and text.word[before][0].isupper():
        return True
    if name.last > name.first and text.word[before][:1].isupper() and _one(text, rules, before, ("NN", "NNP")):
        return True  # "President Ama Adoma"
    if " ".join(text.lower[name.first : name.last + 1]) in rules.places:
        return False
    if text.dep[name.head] == "appos" and text.word[before] == "," and name.last > name.first:
        return _one(text, rules, text.head[name.head])
    if name.last == name.first or text.word[name.last + 1 : name.last + 2] != [","]:
        return False
    after = [c for c in text.children[name.head] if text.dep[c] == "appos" and text.tag[c] == "NN" and c > name.last]
    return any(
        text.left[c] == name.last + 2 < c and text.tag[text.left[c]] == "DT" and _one(text, rules, c) for c in after
    )


def _one(text: ParsedText, rules: ActorRules, i: int, tags: tuple[str, ...] = ("NN",)) -> bool:
    """Whether a noun names one person by what they do."""
    agent = rules.agents.get(text.lower[i])
    if agent is None or agent.kind is not ActorKind.PERSON or not agent.role or text.tag[i] not in tags:
        return False
    return agent.noun not in rules.words["person-or-body"]


def _is_body(text: ParsedText, rules: ActorRules, name: Name) -> bool:
    """Whether the words around a name say that it is a body's: "the union Adoma", "Adoma Berg, the law firm"."""
    before = name.first - 1
    if before >= 0 and text.head[before] == name.head and text.dep[before] in ("compound", "nmod"):
        return _sort(text, rules, before)
    after = [c for c in text.children[name.head] if text.dep[c] == "appos" and c > name.last + 2]
    return any(
        text.word[name.last + 1] == "," and text.left[c] == name.last + 2 and _sort(text, rules, c) for c in after
    )


def _sort(text: ParsedText, rules: ActorRules, i: int) -> bool:
    """Whether a noun says what sort of body a name names, and cannot be what a person does."""
    agent = rules.agents.get(text.lower[i]) or (rules.agents.get(f"{text.lower[i - 1]} {text.lower[i]}") if i else None)
    if agent is None or agent.kind is not ActorKind.ORGANISATION or text.tag[i] != "NN":
        return False
    return agent.noun not in rules.words["firm-or-person"]
