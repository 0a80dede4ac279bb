"""Names to entities: one person under three names is one, two of one surname are two."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from pipeline.parsed import ParsedText
from pipeline.records import ActorKind, BlockKind, Field, Mention, MentionType
from pipeline.resolve.actors.entities import Entity
from pipeline.rules.actors import ActorRules

_LINKS = frozenset({"conj"})
_NOT_A_NAME = frozenset({".", ",", "'", "’", '"'})
_BODIES = frozenset({ActorKind.ORGANISATION, ActorKind.ARMED_GROUP, ActorKind.GOVERNMENT})
_MAX_ACRONYM = 7
_NAMING = frozenset({"name.name", "name.entity", "name.proper-noun", "name.seat"})


Place = tuple[Field, int]


class NameLinker:
    """Links the names of one article, first full names, then short ones."""

    def __init__(self, rules: ActorRules, on: date | None) -> None:
        self.rules = rules
        self.on = on
        self.by_entry: dict[str, Entity] = {}
        self.people: dict[str, list[tuple[tuple[str, ...], Entity]]] = {}  # by last word
        self.given: dict[str, list[Entity]] = {}  # by first word
        self.others: dict[tuple[ActorKind, tuple[str, ...]], Entity] = {}
        self.acronyms: dict[str, Entity] = {}
        self.openings: dict[str, Entity] = {}  # organisations of several words by their first
        self.endings: dict[str, list[tuple[Place, Entity]]] = {}  # … by their last, with where they are named
        self.ends: dict[Place, Entity] = {}  # … by the token that ends the name
        self.entities: list[Entity] = []
        self.grounds: set[tuple[str, ...]] = set()  # names that the article uses for places
        self._small = rules.words["acronym-link"]

    def link(self, items: Sequence[tuple[int, Mention, ParsedText]]) -> dict[int, Entity]:
        """The entity of each name mention, by the mention's number. ``items`` are in text order."""
        out: dict[int, Entity] = {}
        self.grounds = self._grounds(items)
        short: list[tuple[int, Mention, tuple[str, ...]]] = []
        for number, mention, text in items:
            words = words_of(mention, text, self.rules)
            if mention.entries:
                entity = self._known(mention, text)
                if entity is None:
                    continue
                if entity.kind is ActorKind.PERSON:
                    self._register(words, entity)
            elif mention.kind is ActorKind.PERSON:
                if len(words) < 2:
                    short.append((number, mention, words))
                    continue
                entity = self._full(words, mention)
            else:
                if len(words) == 1 and not mention.country:
                    short.append((number, mention, words))
                    continue
                entity = self._other(words, mention, text)
            self._take(entity, mention, text)
            self._lengthy(words, entity, mention)
            out[number] = entity
        texts = {mention.field: text for _, mention, text in items}
        people = {words[0] for _, mention, words in short if mention.kind is ActorKind.PERSON and words}
        for number, mention, words in short:
            text = texts[mention.field]
            if words in self.grounds and words[0] not in self.people and words[0] not in self.given:
                entity = self._place(words, mention)  # a town that the model takes for a person or body
            elif mention.kind is ActorKind.PERSON or any(
                words[0] in known for known in (self.people, self.given, people)
            ):
                # a surname or first name that the model takes for an organisation's name or a place's
                entity = self._short(words, mention, number, out)
            else:
                entity = self._other(words, mention, text)
            self._take(entity, mention, text)
            out[number] = entity
        return out

    def _lengthy(self, words: tuple[str, ...], entity: Entity, mention: Mention) -> None:
        """Remember where a body's name of several words ends, and with which word."""
        if mention.name is None or len(words) < 2 or entity.kind not in _BODIES:
            return
        place = (mention.field, mention.name[1])
        self.ends[place] = entity
        self.endings.setdefault(words[-1], []).append((place, entity))

    def _beside(self, mention: Mention, text: ParsedText) -> Entity | None:
        """The body whose acronym follows its name: "Federation of Adoma Miners (ABC)", "…, or ABC,"."""
        assert mention.name is not None
        first, last = mention.name
        form = text.word[first].replace(".", "")
        if first != last or not form.isupper() or not 1 < len(form) <= _MAX_ACRONYM or last + 1 >= len(text):
            return None
        before, after = first - 1, text.word[last + 1]
        if (text.word[before], after) == ("(", ")"):
            return self.ends.get((mention.field, before - 1))
        if text.lower[before] == "or" and text.word[before - 1] == "," and after == ",":
            return self.ends.get((mention.field, before - 2))
        return None

    def _ended(self, words: tuple[str, ...], mention: Mention, text: ParsedText) -> Entity | None:
        """The body named last before whose name ends in the word ("the Front", after "the Adoma People's Front")."""
        assert mention.name is not None
        first, last = mention.name
        before = first - 1
        if len(words) != 1 or first != last or words[0] not in self.rules.words["organisation-word"]:
            return None
        if before < 0 or text.lower[before] != "the" or not text.word[first][0].isupper():
            return None
        known = [e for (field, at), e in self.endings.get(words[0], ()) if field is not mention.field or at < first]
        return known[-1] if known else None

    def _grounds(self, items: Sequence[tuple[int, Mention, ParsedText]]) -> set[tuple[str, ...]]:
        """One-word names that the model takes for a place where something happens ("in Tema"), and never titled."""
        found: set[tuple[str, ...]] = set()
        maybe: set[tuple[str, ...]] = set()
        titled: set[tuple[str, ...]] = set()
        acting: set[tuple[str, ...]] = set()
        for _, mention, text in items:
            if mention.entries or mention.name is None or mention.name[0] != mention.name[1]:
                continue
            head = mention.head
            words = words_of(mention, text, self.rules)
            where = text.dep[head] == "pobj" and text.lower[text.head[head]] in self.rules.words["locative"]
            if mention.kind is ActorKind.PERSON:
                if mention.roles:
                    titled.add(words)
                elif where and self._lies(mention, text):
                    maybe.add(words)
                else:
                    acting.add(words)
            elif where and mention.kind is ActorKind.PLACE:
                found.add(words)
        return (found | (maybe - acting)) - titled

    def _lies(self, mention: Mention, text: ParsedText) -> bool:
        """Whether a name that the model takes for a person stands where only a place can ("doctors in Tema")."""
        preposition, after = text.head[mention.head], mention.last + 1
        if after < len(text) and text.tag[after] == "POS":
            return False  # "drinks at Lee's"
        governor = text.lemma[text.head[preposition]].lower()
        return preposition == mention.first - 1 and governor not in self.rules.words["inward"]

    def known(self, entry: str) -> Entity:
        """The article's entity for a gazetteer row, made when it is first asked for."""
        entity = self.by_entry.get(entry)
        if entity is None:
            row = self.rules.entry(entry)
            country, sectors = self.rules.gazetteer.standing(entry, self.on)
            entity = Entity(row.kind, entry, country=country, sectors=sectors, gender=row.gender)
            if row.kind is ActorKind.PERSON:
                if entity.gender is None:
                    entity.gender = self.rules.first_names.get(row.name.split()[0])
                for term in self.rules.gazetteer.in_office(entry, self.on):
                    entity.roles.update(self.rules.gazetteer.offices[term.office].roles)
            self.by_entry[entry] = entity
            self.entities.append(entity)
        return entity

    def again(self, mention: Mention, text: ParsedText) -> Entity | None:
        """Whom a name found late means, if the article has named them: by surname, first name, or the same words."""
        words = words_of(mention, text, self.rules)
        if not words:
            return None
        if len(words) == 1:
            people = [e for _, e in self.people.get(words[0], ())] or self.given.get(words[0], [])
            people = list(dict.fromkeys(people))
            if people:
                return people[0] if len(people) == 1 else None
        return next((e for (_, known), e in self.others.items() if known == words), None)

    def new(self, kind: ActorKind) -> Entity:
        """A fresh entity."""
        entity = Entity(kind)
        self.entities.append(entity)
        return entity

    def _take(self, entity: Entity, mention: Mention, text: ParsedText) -> None:
        entity.learn(mention.country, mention.sectors, mention.gender, mention.roles)
        if mention.name is not None and mention.rule in _NAMING:
            name = display(text, mention)
            if name not in entity.names:
                entity.names.append(name)

    def _known(self, mention: Mention, text: ParsedText) -> Entity | None:
        entries = [self.rules.entry(e) for e in mention.entries]
        alive = [e for e in entries if e.period.holds(self.on)] or entries
        if len(alive) > 1 and alive[0].kind is ActorKind.PERSON:
            alive = [e for e in alive if self.rules.gazetteer.in_office(e.id, self.on)] or alive
        if mention.rule == "name.seat" and not acts(text, mention.head, self.rules):
            words = words_of(mention, text, self.rules)
            return self._place(words, mention)
        if mention.rule == "name.palace" and _goal(text, mention.head):
            return None
        return self.known(alive[0].id)

    def _place(self, words: tuple[str, ...], mention: Mention) -> Entity:
        entity = self.others.get((ActorKind.PLACE, words))
        if entity is None:
            entity = self.new(ActorKind.PLACE)
            self.others[ActorKind.PLACE, words] = entity
        return entity

    def _person(self, words: tuple[str, ...], entity: Entity) -> None:
        listed = self.people.setdefault(words[-1], [])
        if not any(form == words and known is entity for form, known in listed):
            listed.append((words, entity))
            self.given.setdefault(words[0], []).append(entity)

    def _register(self, words: tuple[str, ...], entity: Entity) -> None:
        full = tuple(w.lower() for w in self.rules.entry(entity.entry).name.split()) if entity.entry else words
        for form in (words, full):
            if len(form) > 1:
                self._person(form, entity)

    def _full(self, words: tuple[str, ...], mention: Mention) -> Entity:
        for form, entity in self.people.get(words[-1], ()):
            if same_person(form, words) and _agree(entity.gender, mention.gender):
                if len(words) > len(form):
                    self._person(words, entity)
                return entity
        known = self.rules.gazetteer.full_names.get((words[0], words[-1])) if len(words) > 2 else None
        entity = self.known(known) if known else self.new(ActorKind.PERSON)
        self._person(words, entity)
        return entity

    def _short(self, words: tuple[str, ...], mention: Mention, number: int, linked: dict[int, Entity]) -> Entity:
        """The entity of a surname or first name alone."""
        word = words[0] if words else ""
        found = [e for _, e in self.people.get(word, ())] or self.given.get(word, [])
        found = [e for e in dict.fromkeys(found) if _agree(e.gender, mention.gender)]
        if len(found) > 1:
            titled = [e for e in found if e.roles & set(mention.roles)]
            found = titled or found
        if len(found) > 1:
            before = [n for n, e in linked.items() if n < number and e in found]
            return linked[max(before)] if before else found[0]
        if found:
            return found[0]
        known = self._officeholders(word, mention)
        if len(known) == 1:
            entity = self.known(known[0])
            self._person(words, entity)
            return entity
        key = (ActorKind.PERSON, words)
        if key not in self.others:
            entity = self.others[key] = self.new(ActorKind.PERSON)
            countries = {self.rules.entry(person).country for person in known}
            if len(countries) == 1:
                entity.country = countries.pop()  # one of two presidents of one name
        return self.others[key]

    def _officeholders(self, surname: str, mention: Mention) -> list[str]:
        """Whom a surname without a first name can mean on the article's date: those who held an office then."""
        gazetteer = self.rules.gazetteer
        found: list[str] = []
        for person in gazetteer.surnames.get(surname, ()):
            if self.on is None and not mention.roles:
                continue
            if not _agree(gazetteer.entries[person].gender, mention.gender):
                continue
            for term in gazetteer.in_office(person, self.on):
                office = gazetteer.offices[term.office]
                if mention.country and office.country and mention.country != office.country:
                    continue
                titled = any(
                    r in office.roles or any(r in role.split() for role in office.roles) for r in mention.roles
                )
                if mention.roles and not titled and not self.rules.words["civil-title"].intersection(mention.roles):
                    continue
                found.append(person)
                break
        return list(dict.fromkeys(found))

    def _other(self, words: tuple[str, ...], mention: Mention, text: ParsedText) -> Entity:
        kind = mention.kind or ActorKind.ORGANISATION
        entity = self._beside(mention, text) or self.others.get((kind, words))
        if entity is None and kind is ActorKind.ORGANISATION:
            entity = self._ended(words, mention, text)
        if entity is not None:
            if len(words) == 1 and kind is ActorKind.ORGANISATION and words[0] not in self.endings:
                self.others.setdefault((kind, words), entity)
                self.acronyms.setdefault(words[0], entity)
            return entity
        if kind is ActorKind.PLACE:
            entity = self._acronym(words, mention, text)  # "the PF", which the model takes for a place
            if entity is not None:
                return entity
        if kind is ActorKind.ORGANISATION:
            entity = self._acronym(words, mention, text)
            if entity is None and len(words) == 1:
                entity = self.openings.get(words[0])
        if entity is None:
            entity = self.new(kind)
            entity.plural = mention.plural
        self.others[kind, words] = entity
        if kind is ActorKind.ORGANISATION:
            if len(words) > 1:
                self.openings.setdefault(words[0], entity)
            for form in initials(words, self._small) if len(words) > 1 else words:
                self.acronyms.setdefault(form, entity)
        return entity

    def _acronym(self, words: tuple[str, ...], mention: Mention, text: ParsedText) -> Entity | None:
        """The entity whose long form a name abbreviates, before or after it."""
        assert mention.name is not None
        first, last = mention.name
        if first == last:
            form = text.word[first].replace(".", "")
            short = form.isupper() and 1 < len(form) <= _MAX_ACRONYM
            return self.acronyms.get(form.lower()) if short else None
        for form in initials(words, self._small):
            known = self.others.get((ActorKind.ORGANISATION, (form,)))
            if known is not None and len(form) > 1:
                return known
        return None


def words_of(mention: Mention, text: ParsedText, rules: ActorRules) -> tuple[str, ...]:
    """A name's words in lower case, without punctuation, initials and suffixes; those of a body in one spelling."""
    if mention.name is None:
        return ()
    first, last = mention.name
    suffixes = rules.words["honorific-suffix"]
    words = [text.lower[i] for i in range(first, last + 1) if text.word[i] not in _NOT_A_NAME]
    if mention.kind is not ActorKind.PERSON:
        words = [rules.spelling.get(word, word) for word in words]
    else:
        while len(words) > 1 and words[-1] in suffixes:
            words.pop()
    return tuple(words)


def display(text: ParsedText, mention: Mention) -> str:
    """A name as written, on one line."""
    assert mention.name is not None
    return " ".join(text.span(*mention.name).of(text.text).split()).strip("-–—*•_")


def same_person(known: tuple[str, ...], words: tuple[str, ...]) -> bool:
    """Whether two full names are one person's: equal, or equal first and last word, or one ends the other."""
    if known == words:
        return True
    if known[0] == words[0] and known[-1] == words[-1]:
        return True
    short, long = sorted((known, words), key=len)
    return len(short) > 1 and long[-len(short) :] == short


def initials(words: Iterable[str], small: frozenset[str]) -> frozenset[str]:
    """Acronyms a long name may have: of all its words, and without the small ones."""
    listed = [w for w in words if w[:1].isalnum()]
    big = [w for w in listed if w not in small]
    return frozenset({"".join(w[0] for w in listed), "".join(w[0] for w in big)})


def _agree(known: str | None, said: str | None) -> bool:
    return known is None or said is None or known == said


def acts(text: ParsedText, head: int, rules: ActorRules) -> bool:
    """Whether a seat of government stands for the government: by its place in the sentence.

    Subject, possessor, object and agent of an act do; after a preposition of place, and
    in a dateline, it is only a place.
    """
    if text.kind_at(head) is BlockKind.DATELINE:
        return False
    seen = 0
    while text.dep[head] in _LINKS and seen < 4:
        head, seen = text.head[head], seen + 1
    dep, parent = text.dep[head], text.head[head]
    if dep in ("nsubj", "nsubjpass"):
        lemma = text.lemma[parent].lower()
        return lemma in rules.words["animate-verb"] or any(
            text.dep[c] in ("dobj", "ccomp", "xcomp", "agent") for c in text.children[parent]
        )
    if dep == "poss":
        return True
    if dep in ("dobj", "dative", "agent"):
        return text.lemma[parent].lower() not in rules.words["motion-verb"]
    if dep == "pobj":
        preposition = text.lower[parent]
        if preposition in rules.words["seat-agent"]:
            return True
        if preposition in rules.words["seat-target"]:
            governor = text.head[parent]
            return text.pos[governor] == "NOUN" and rules.is_act(text.lemma[governor].lower())
        return False
    if dep in ("compound", "nmod", "amod"):
        return text.lower[parent] in rules.agents or text.lemma[parent].lower() in rules.words["act-noun"]
    return False


def _goal(text: ParsedText, head: int) -> bool:
    """Whether a palace is what somebody runs for ("his campaign for the White House")."""
    return text.dep[head] == "pobj" and text.lower[text.head[head]] == "for"


def is_name(mention: Mention) -> bool:
    """Whether a mention is linked by name (nouns for a people are described, not named)."""
    return mention.mention_type is MentionType.NAME and mention.rule != "name.people"
