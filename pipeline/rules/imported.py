"""PETRARCH dictionaries as a layer of our own: actors, dated standings and agents that ``--models`` takes.

Names in capitals become names as the news writes them; codes become country and PLOVER
sectors (``rules.cameo``). A phrase that our gazetteer or another layer knows adds its new
names and its dates to the actor that is known. What can't be taken over is told by file
and line.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import product
from pathlib import Path

from pipeline.errors import OutputError, RuleError
from pipeline.records import ActorKind
from pipeline.rules.actors import ActorRules, load_actors
from pipeline.rules.cameo import CameoCodes, Meaning, load_cameo
from pipeline.rules.gazetteer import Entry, How, slug
from pipeline.rules.petrarch import ActorRecord, AgentRecord, Phrase, Problem, read_dictionaries
from pipeline.rules.provenance import COLUMN, SourceKind
from pipeline.rules.source import Item, layers, read

REPORT = "not-imported.txt"
_MADE = "Imported from PETRARCH dictionaries by dateline rules import-petrarch."
_TABLES: Mapping[str, tuple[str, ...]] = {
    "states": ("id", "name", "aliases", "adjectives", "people", "seats", "palaces", "source"),
    "organisations": (
        "id",
        "name",
        "kind",
        "country",
        "sectors",
        "aliases",
        "from",
        "to",
        "wikidata",
        "body",
        "seats",
        "source",
    ),
    "people": ("id", "name", "country", "sectors", "gender", "aliases", "wikidata", "source"),
    "standings": ("id", "actor", "country", "sectors", "from", "to", "source"),
}
_ARMED = frozenset({"REB", "UAF", "PRM", "CRM"})
_FORMER = "ELI"
_LONGEST_PERSON = 4  # words
_MOST_SPELLINGS = 8
_ACRONYM = 5  # letters, of a name that may be one


@dataclass(slots=True)
class Imported:
    """What came of an import. ``problems`` were left out, ``notes`` taken over in part; both stand in the report."""

    folder: Path
    counts: Counter[str] = field(default_factory=Counter)
    problems: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)

    def describe(self) -> str:
        """In a few lines: what was made, what was known, what was left out, and what to do next."""
        made = [
            f"{self.counts[name]:,} {name}" for name in ("people", "organisations", "names", "dated roles", "agents")
        ]
        out = [f"{self.folder}: {', '.join(made)}; {self.counts['known phrases']:,} phrases were known"]
        if self.problems or self.notes:
            told = f"{len(self.problems):,} left out, {len(self.notes):,} taken over in part"
            out.append(f"  {told}: {self.folder / REPORT}")
        out.append(f"  use: dateline run … --models {self.folder}")
        return "\n".join(out)


def import_petrarch(
    paths: Sequence[Path], folder: Path, overlays: Sequence[Path] = (), *, overwrite: bool = False
) -> Imported:
    """Write the layer made of dictionaries to ``folder``, and check that it loads over our own and ``overlays``.

    RuleError if a dictionary can't be read or nothing of it can be imported; OutputError
    if the folder has something in it, unless ``overwrite``, which replaces the files that an
    import made and no others.
    """
    stack = layers(overlays)
    rules = load_actors(stack)
    states = [entry.country for entry in rules.gazetteer.entries.values() if entry.kind is ActorKind.STATE]
    codes = load_cameo(stack, [code for code in states if code])
    found = read_dictionaries(paths)
    made = _Layer(stack, rules, codes, Imported(folder))
    made.done.problems.extend(found.problems)
    made.actors(found.actors)
    made.agents(found.agents)
    if not made.lines() and not made.nouns:
        told = f" ({made.done.problems[0]})" if made.done.problems else ""
        known = made.done.counts["known phrases"]
        raise RuleError(paths[0], 0, f"nothing to import: {known} phrases are known already{told}")
    made.write(overwrite=overwrite)
    load_actors((*stack, folder))
    return made.done


class _Layer:
    """The layer in the making."""

    def __init__(self, stack: Sequence[Path], rules: ActorRules, codes: CameoCodes, done: Imported) -> None:
        self.rules = rules
        self.codes = codes
        self.done = done
        words = _words(stack)
        self.small, self.either = words["small-word"], words["either-case"]
        self.bodies = words["body-word"] | rules.words["organisation-word"]
        self.items: dict[str, Item] = {
            item.id: item
            for name in ("states", "organisations", "people")
            for item in read(stack, f"actors/{name}.tsv")
        }
        self.entries: dict[str, Entry] = dict(rules.gazetteer.entries)
        self.names: dict[str, str] = {}
        self.acronyms: set[str] = set()
        for form, senses in rules.gazetteer.senses.items():
            for sense in senses:
                if sense.how is How.NAME:
                    self.names.setdefault(form, sense.entry)
            if form.isupper() and form.isalpha() and len(form) <= _ACRONYM:
                self.acronyms.add(form)
        self.where: dict[str, Phrase] = {}
        self.aliases: dict[str, list[str]] = {}
        self.changed: dict[str, Meaning | None] = {}
        self.standings: list[tuple[str, Meaning, date | None, date | None]] = []
        self.nouns: dict[tuple[str, str, str, bool, bool], list[str]] = {}

    # ---------------------------------------------------------------------- actors

    def actors(self, records: Sequence[ActorRecord]) -> None:
        """Take over actors, in file order."""
        cycles = _cycles(records)
        for record in records:
            links = [s for s in record.synonyms if (record.phrase.words, s.words) not in cycles]
            for synonym in record.synonyms:
                if synonym not in links:
                    self._problem(synonym, f"{synonym.words}: a cycle of synonyms with {record.phrase.words}")
            self._actor(record, links)

    def _actor(self, record: ActorRecord, synonyms: Sequence[Phrase]) -> None:
        default: Meaning | None = None
        dated: list[tuple[Meaning, date | None, date | None]] = []
        for code in record.codes:
            meaning = self.codes.meaning(code.code)
            here = Phrase(record.phrase.words, record.phrase.file, code.line)
            if isinstance(meaning, str):
                self._problem(here, f"{record.phrase.words}: {meaning}")
                continue
            if meaning.dropped:
                self._note(here, f"{record.phrase.words}: {code.code} without its {', '.join(meaning.dropped)}")
            if code.since is None and code.until is None:
                default = default or meaning
            else:
                dated.append((meaning, code.since, code.until))
        if default is None and not dated:
            if not record.codes:
                self._problem(record.phrase, f"{record.phrase.words}: no code")
            return
        identity = self._identity(record, synonyms, default, dated)
        if identity is None:
            return
        for phrase in (record.phrase, *synonyms):
            self._name(phrase, identity)
        entry = self.entries[identity]
        if default is not None and entry.kind is not ActorKind.STATE:
            same = (default.country, default.sectors) == (entry.country, entry.sectors)
            if not same and (default.country or default.sectors):
                self.changed[identity] = default
        self.standings.extend((identity, meaning, since, until) for meaning, since, until in dated)

    def _identity(
        self,
        record: ActorRecord,
        synonyms: Sequence[Phrase],
        default: Meaning | None,
        dated: Sequence[tuple[Meaning, date | None, date | None]],
    ) -> str | None:
        """The entry that a record is about: one that is known, a state, or a new one."""
        known = next((self.names[f] for f in self._spellings(record.phrase.words) if f in self.names), None)
        if known is not None:
            return known
        if default is not None and default.country and not (default.sectors or dated or default.international):
            return f"state:{default.country}"
        meanings = [m for m in (default, *(m for m, _, _ in dated)) if m is not None]
        kind = self._kind(record.phrase.words, meanings, len(dated))
        spelled = [self._spellings(phrase.words) for phrase in (record.phrase, *synonyms)]
        usable = [forms[0] for forms in spelled if forms and forms[0] not in self.names and self._may_name(forms[0])]
        if not usable:
            self._problem(record.phrase, f"{record.phrase.words}: a word for anybody, no name: import it as an agent")
            return None
        name = usable[0]
        ascii_slug = re.sub(r"[^a-z0-9]+", "-", slug(name)).strip("-")
        identity = f"person:{slug(name)}" if kind is ActorKind.PERSON else f"org:{ascii_slug or 'unnamed'}"
        if identity in self.entries:
            if kind is ActorKind.PERSON:
                return identity
            identity = f"{identity}-{record.phrase.line}"
        country, sectors = (default.country, default.sectors) if default else (None, ())
        self.entries[identity] = Entry(id=identity, name=name, kind=kind, country=country, sectors=sectors)
        self.changed[identity] = default
        self.done.counts["people" if kind is ActorKind.PERSON else "organisations"] += 1
        return identity

    def _kind(self, phrase: str, meanings: Sequence[Meaning], dated: int) -> ActorKind:
        """A person by dates, a former office, a first name or the number of words; else what the code's bodies are."""
        words = phrase.lower().split()
        body = next((m.body for m in meanings if m.body), None) or ActorKind.ORGANISATION
        if any(w in self.bodies for w in words):
            return body
        first = phrase.split(maxsplit=1)[0].capitalize() in self.rules.first_names
        if first or dated > 1 or any(_FORMER in m.sectors for m in meanings):
            return ActorKind.PERSON
        if len(words) == 1 or len(words) > _LONGEST_PERSON or any(m.international for m in meanings):
            return body
        if body is ActorKind.ORGANISATION and not any(m.sectors for m in meanings):
            return body
        return ActorKind.PERSON

    def _may_name(self, form: str) -> bool:
        agents, lower = self.rules.agents, form.lower()
        return len(form) > 1 and lower not in agents and lower.removesuffix("s") not in agents

    def _name(self, phrase: Phrase, identity: str) -> None:
        """Let a phrase's spellings mean an entry; a problem if they mean another."""
        forms = self._spellings(phrase.words)
        others = {self.names[f] for f in forms if f in self.names} - {identity}
        if others:
            other = min(others)
            where = self.where.get(phrase.words)
            told = f" ({where.file}:{where.line})" if where else ""
            self._problem(phrase, f"{phrase.words}: already means {other}{told}, not {identity}")
            return
        if not all(self._may_name(f) for f in forms[:1]):
            self._problem(phrase, f"{phrase.words}: a word for anybody, no name: import it as an agent")
            return
        self.where.setdefault(phrase.words, phrase)
        country = self.entries[identity].country
        new = False
        for form in forms:
            if form in self.names or self._known_otherwise(form, identity, country):
                continue
            new = True
            self.names[form] = identity
            if form != self.entries[identity].name:
                self.aliases.setdefault(identity, []).append(form)
        self.done.counts["names" if new else "known phrases"] += 1

    def _known_otherwise(self, form: str, identity: str, country: str | None) -> bool:
        """Whether a state's form is its adjective, its people, its capital or a place in it."""
        if not identity.startswith("state:"):
            return False
        senses = self.rules.gazetteer.senses.get(form, ())
        return any(self.entries[s.entry].country == country for s in senses) or (
            self.rules.places.get(form.lower()) == country
        )

    def _spellings(self, phrase: str) -> list[str]:
        """A phrase in capitals as the news may write it, the usual way first."""
        words = phrase.split()
        ways: list[list[str]] = []
        for number, word in enumerate(words):
            ways.append(self._ways(word, first=number == 0, alone=len(words) == 1))
        out: list[str] = []
        for choice in product(*ways):
            text = ""
            for word in choice:
                text += word if not text or text.endswith("-") else f" {word}"
            if text and text not in out and not text.islower():
                out.append(text)
            if len(out) == _MOST_SPELLINGS:
                break
        return out

    def _ways(self, word: str, *, first: bool, alone: bool) -> list[str]:
        lower = word.lower()
        if lower in self.either and not alone:
            cap, small = lower.capitalize(), lower
            both = [cap, small] if first else [small, cap]
            joined = [f"{w}-" for w in both] if lower in ("al", "el", "ul") else []
            return [*both, *joined]
        if lower in self.small and not first:
            return [lower]
        if word in self.acronyms or not re.search(r"[AEIOUY]", word):
            return [word, *([_capital(word)] if alone and len(word) > 3 else [])]
        if "-" in word:
            parts = [self._ways(p, first=first and n == 0, alone=False) for n, p in enumerate(word.split("-")) if p]
            return list(dict.fromkeys("-".join(p.rstrip("-") for p in choice) for choice in product(*parts)))
        if alone and len(word) <= _ACRONYM - 1:
            return [_capital(word), word]
        return [_capital(word)]

    # ---------------------------------------------------------------------- agents

    def agents(self, records: Sequence[AgentRecord]) -> None:
        """Take over agents: nouns by code and by what they are."""
        for record in records:
            meaning = self.codes.meaning(record.code, agent=True)
            if isinstance(meaning, str):
                self._problem(record.phrase, f"{record.phrase.words}: {meaning}")
                continue
            if meaning.dropped:
                dropped = ", ".join(meaning.dropped)
                self._note(record.phrase, f"{record.phrase.words}: {record.code} without its {dropped}")
            if record.before:
                self._note(record.phrase, f"{record.phrase.words}: {record.code} as a sector, not before a country")
            noun = record.phrase.words.lower()
            body = record.single or noun.partition(" of ")[0].split()[-1] in self.bodies
            kind = (meaning.body or ActorKind.ORGANISATION) if body else ActorKind.PERSON
            several = ActorKind.ARMED_GROUP if _ARMED & set(meaning.sectors) else kind if body else ActorKind.GROUP
            self._noun(noun, meaning.sectors, kind, several, plural=False)
            for plural in record.plurals or ():
                self._noun(plural.lower(), meaning.sectors, several, several, plural=True)

    def _noun(self, noun: str, sectors: Sequence[str], kind: ActorKind, several: ActorKind, *, plural: bool) -> None:
        known = self.rules.agents.get(noun)
        if known is not None and known.sectors == tuple(sectors):
            self.done.counts["known phrases"] += 1
            return
        key = ("|".join(sectors), kind.value, several.value, plural, kind is ActorKind.PERSON)
        listed = self.nouns.setdefault(key, [])
        if noun not in listed:
            listed.append(noun)
            self.done.counts["agents"] += 1

    # --------------------------------------------------------------------- writing

    def lines(self) -> dict[str, list[str]]:
        """Lines of the tables, without headers; only of tables that have any."""
        out: dict[str, list[str]] = {}
        for identity in dict.fromkeys((*self.changed, *self.aliases)):
            entry = self.entries[identity]
            table = {"state": "states", "person": "people"}.get(identity.partition(":")[0], "organisations")
            cells = self._cells(identity, entry)
            out.setdefault(table, []).append("\t".join(cells.get(c, "") for c in _TABLES[table]).rstrip("\t"))
        numbers: Counter[str] = Counter()
        for identity, meaning, since, until in dict.fromkeys(self.standings):
            numbers[identity] += 1
            cells = {
                "id": f"petrarch.{identity.partition(':')[2]}.{numbers[identity]}",
                "actor": identity,
                "country": meaning.country or "",
                "sectors": "|".join(meaning.sectors),
                "from": since.isoformat() if since else "",
                "to": until.isoformat() if until else "",
                COLUMN: SourceKind.PETRARCH.value,
            }
            out.setdefault("standings", []).append("\t".join(cells[c] for c in _TABLES["standings"]).rstrip("\t"))
        self.done.counts["dated roles"] = len(out.get("standings", ()))
        return out

    def _cells(self, identity: str, entry: Entry) -> dict[str, str]:
        """A line of an entry: as the layers below have it, with what the dictionaries say over it."""
        item = self.items.get(identity)
        cells = {"id": identity, **{k: v for k, v in item.data.items() if k != "id"}} if item else {}
        if not cells:
            cells = {"id": identity, "name": entry.name, "kind": entry.kind.value, "gender": entry.gender or ""}
            cells |= {"country": entry.country or "", "sectors": "|".join(entry.sectors)}
        meaning = self.changed.get(identity)
        if meaning is not None:
            cells |= {"country": meaning.country or "", "sectors": "|".join(meaning.sectors)}
        listed = [a for a in cells.get("aliases", "").split("|") if a]
        cells["aliases"] = "|".join((*listed, *self.aliases.get(identity, ())))
        cells[COLUMN] = SourceKind.PETRARCH.value
        return cells

    def write(self, *, overwrite: bool) -> None:
        """Write the layer's files and the report."""
        folder = self.done.folder
        files = {f"actors/{name}.tsv": _table(name, lines) for name, lines in self.lines().items()}
        if self.nouns:
            files["actors/agents.yaml"] = self._agents_yaml()
        left = [str(p) for p in self.done.problems] or ["nothing"]
        if self.done.notes:
            left += ["", "taken over in part:", *(str(n) for n in self.done.notes)]
        if self.done.problems or self.done.notes:
            files[REPORT] = "\n".join((f"# {_MADE} Left out:", *left)) + "\n"
        _clear(folder, overwrite=overwrite)
        try:
            for name, text in files.items():
                path = folder / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
        except OSError as error:
            raise OutputError(f"{folder}: can't be written: {error.strerror}") from error

    def _agents_yaml(self) -> str:
        out = [f"note: {json.dumps(_MADE)}", "rules:"]
        for number, ((sectors, kind, several, plural, role), nouns) in enumerate(self.nouns.items(), 1):
            codes = sectors.split("|") if sectors else []
            out.append(f"- id: petrarch.{number}.{'-'.join(codes).lower() or 'none'}.{kind}")
            out.append(f"  nouns: {json.dumps(nouns, ensure_ascii=False)}")
            out.append(f"  kind: {kind}")
            out.append(f"  plural_kind: {several}")
            if plural:
                out.append("  plural: true")
            out.append(f"  sectors: [{', '.join(codes)}]")
            if role:
                out.append("  role: true")
            out.append(f"  examples: [{json.dumps(f'[The {nouns[0]}] left.', ensure_ascii=False)}]")
        return "\n".join(out) + "\n"

    def _problem(self, phrase: Phrase, message: str) -> None:
        self.done.problems.append(Problem(phrase.file, phrase.line, message))

    def _note(self, phrase: Phrase, message: str) -> None:
        self.done.notes.append(Problem(phrase.file, phrase.line, message))


def _cycles(records: Iterable[ActorRecord]) -> frozenset[tuple[str, str]]:
    """Pairs of a record's phrase and a synonym from which synonyms lead back to the phrase."""
    links: dict[str, set[str]] = {}
    for record in records:
        links.setdefault(record.phrase.words, set()).update(s.words for s in record.synonyms)
    out = set()
    for start, targets in links.items():
        for target in targets:
            seen: set[str] = set()
            todo = [target]
            while todo:
                phrase = todo.pop()
                if phrase == start:
                    out.add((start, target))
                    break
                if phrase not in seen:
                    seen.add(phrase)
                    todo.extend(links.get(phrase, ()))
    return frozenset(out)


def _capital(word: str) -> str:
    """A word with its first letter in capitals, that after an apostrophe, and that after Mc."""
    text = "'".join(part.capitalize() for part in word.lower().split("'"))
    return f"Mc{text[2:].capitalize()}" if re.match(r"Mc\w{3}", text) else text


def _words(stack: Sequence[Path]) -> dict[str, frozenset[str]]:
    out = {}
    for item in read(stack, "petrarch/words.yaml"):
        item.only(frozenset({"words", "note"}))
        out[item.id] = frozenset(item.texts("words"))
    for needed in ("small-word", "either-case", "body-word"):
        if not out.get(needed):
            raise RuleError(stack[-1] / "petrarch/words.yaml", 0, f"the list {needed} is missing")
    return out


def _table(name: str, lines: Sequence[str]) -> str:
    return "\n".join((f"# {_MADE}", "\t".join(_TABLES[name]), *lines)) + "\n"


def _clear(folder: Path, *, overwrite: bool) -> None:
    """Make sure that nothing but an earlier import stands in the folder, and take that away."""
    if folder.exists() and not folder.is_dir():
        raise OutputError(f"{folder}: is a file")
    if not folder.exists() or not any(folder.iterdir()):
        return
    if not overwrite:
        raise OutputError(f"{folder}: has something in it: take another folder, or pass --overwrite")
    names = (*(f"actors/{name}.tsv" for name in _TABLES), "actors/agents.yaml", REPORT)
    for path in (folder / name for name in names):
        if path.is_file():
            with path.open(encoding="utf-8", errors="replace") as file:
                ours = _MADE in file.readline()
            if not ours:
                raise OutputError(f"{path}: was not made by an import, and is left as it is: take another folder")
    for path in (folder / name for name in names):
        path.unlink(missing_ok=True)
