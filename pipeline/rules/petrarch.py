"""Dictionaries in the format of PETRARCH and PETRARCH2, read as they stand.

Actors are records: a phrase, perhaps with a default code; synonyms on lines that begin
with ``+``; codes in brackets with a restriction on dates, on lines of their own or, as
TABARI had it, behind the phrase:

    SOME_NAME_  [XYZ]          a phrase, and its code when no restriction holds
    +OTHER_NAME_               another phrase for it
        [XYZGOV 790716-030409] from a day to a day, both included
        [XYZELI <790716]       up to a day
        [XYZELI >030409]       from a day on
        [XYZREB]               a default, too

Agents are phrases with one code, ``[~GOV]`` or ``[NGO~]``, an irregular plural between
braces (``{}`` for none) and substitutions: ``!PEOPLE! = MAN, MEN`` puts each word in the
place of ``!PEOPLE!``. Days are YYMMDD or YYYYMMDD; of two digits, 00 to 29 are of this
century. What stands in parentheses behind a name is its acronym, if it may be one
(``RIVER_FRONT_(RF)_``), else left out. Comments follow ``#`` or ``;`` or stand between
``<!--`` and ``-->``.

Nothing that is read is lost in silence: a line that can't be used becomes a ``Problem``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from pathlib import Path

from pipeline.errors import RuleError
from pipeline.rules.source import read_text

_BRACKET = re.compile(r"\[([^\]]*)\]")
_BRACES = re.compile(r"\{([^}]*)\}")
_MARKER = re.compile(r"![^!\s]+!")
_SUBSTITUTION = re.compile(r"(![^!\s]+!)\s*=(.*)")
_RESTRICTION = re.compile(r"(?:(?P<sign>[<>])\s*(?P<day>\d+)|(?P<start>\d+)\s*-\s*(?P<end>\d+))\Z")
_PATTERN = re.compile(r"-\s.*\*|---|&\w|~~|\+?\{|%")
_PARENTHESES = re.compile(r"\(([^)]*)\)?")
_ACRONYM = re.compile(r"[A-Z][A-Z0-9/-]{1,6}\Z")
_CENTURY = 30  # YYMMDD: below this year of this century, else of the last
_SHORT, _LONG = 6, 8
_MOST_FORMS = 500


class Sort(StrEnum):
    """What a dictionary holds."""

    ACTORS = "actors"
    AGENTS = "agents"
    VERBS = "verbs"
    DISCARDS = "discards"
    ISSUES = "issues"


@dataclass(frozen=True, slots=True)
class Problem:
    """A line that is not imported, or not in full, and why. ``line`` counts from 1; 0 is the file as a whole."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        """As ``file:line: message``."""
        return f"{self.file}:{self.line}: {self.message}" if self.line else f"{self.file}: {self.message}"


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase as the dictionary has it: words in capitals with single blanks between."""

    words: str
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class DatedCode:
    """A code and the days on which it holds, inclusive; None is open, both open a default."""

    code: str
    since: date | None
    until: date | None
    line: int


@dataclass(slots=True)
class ActorRecord:
    """One actor: its first phrase, its synonyms and its codes in file order."""

    phrase: Phrase
    synonyms: list[Phrase] = field(default_factory=list)
    codes: list[DatedCode] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class AgentRecord:
    """One agent.

    ``plurals`` is None where the plural is regular; ``single`` says that it is said to have
    none; ``before`` that the code precedes an actor's.
    """

    phrase: Phrase
    plurals: tuple[str, ...] | None
    code: str
    before: bool
    single: bool


@dataclass(slots=True)
class Dictionaries:
    """What several dictionaries hold, in the order of files and lines, and what could not be read."""

    actors: list[ActorRecord] = field(default_factory=list)
    agents: list[AgentRecord] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def read_dictionaries(paths: Sequence[Path]) -> Dictionaries:
    """Read the dictionaries. RuleError if a file can't be read as text, or has nothing in it."""
    out = Dictionaries()
    for path in paths:
        lines = list(_lines(read_text(path)))
        if not lines:
            raise RuleError(path, 0, "holds no entry")
        sort = sort_of(lines)
        if sort is Sort.ACTORS:
            _read_actors(str(path), lines, out)
        elif sort is Sort.AGENTS:
            _read_agents(str(path), lines, out)
        else:
            out.problems.append(Problem(str(path), 0, _left_out(sort, len(lines))))
    return out


def sort_of(lines: Sequence[tuple[int, str]]) -> Sort:
    """What a dictionary holds, by the look of its lines."""
    texts = [text for _, text in lines]
    if any(text.startswith("<ISSUE") for text in texts):
        return Sort.ISSUES
    patterns = sum(bool(_PATTERN.match(text)) for text in texts)
    coded = [b for text in texts for b in _BRACKET.findall(text)]
    if patterns * 10 >= len(texts) or (coded and sum(b.strip().isdigit() for b in coded) * 2 > len(coded)):
        return Sort.VERBS
    if any("~" in bracket for bracket in coded) or any(_SUBSTITUTION.match(text) for text in texts):
        return Sort.AGENTS
    return Sort.ACTORS if coded else Sort.DISCARDS


def _left_out(sort: Sort, lines: int) -> str:
    if sort is Sort.VERBS:
        return (
            f"a verb dictionary, its {lines} lines are not imported: its patterns are of constituents and CAMEO codes; "
            "trigger rules (ontologies/plover/triggers/) take their place"
        )
    if sort is Sort.ISSUES:
        return f"an issues dictionary, its {lines} lines are not imported: contexts (contexts.yaml) take its place"
    return f"no line has a code in brackets (a discard list?): its {lines} lines are not imported"


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines that hold something, with their numbers; comments are taken out."""
    inside = False
    for number, line in enumerate(text.splitlines(), 1):
        kept = ""
        rest = line
        while rest:
            if inside:
                _, end, rest = rest.partition("-->")
                inside = not end
                continue
            before, start, rest = rest.partition("<!--")
            kept += before
            inside = bool(start)
        kept = re.split(r"[#;]", kept, maxsplit=1)[0].strip()
        if kept:
            yield number, kept


# -------------------------------------------------------------------------- actors


def _read_actors(file: str, lines: Sequence[tuple[int, str]], out: Dictionaries) -> None:
    record: ActorRecord | None = None
    for number, line in lines:
        words, acronyms = _named(line.partition("[")[0].removeprefix("+"))
        if line.startswith("["):
            if record is None:
                out.problems.append(Problem(file, number, f"{line}: a code before any phrase"))
                continue
        elif not words:
            out.problems.append(Problem(file, number, f"{line!r}: no phrase"))
            continue
        elif line.startswith("+"):
            if record is None:
                out.problems.append(Problem(file, number, f"{line}: a synonym before any phrase"))
                continue
            record.synonyms.append(Phrase(words, file, number))
        else:
            record = ActorRecord(Phrase(words, file, number))
            out.actors.append(record)
        record.synonyms.extend(Phrase(acronym, file, number) for acronym in acronyms)
        if line.count("[") != line.count("]"):
            out.problems.append(Problem(file, number, f"{line}: a bracket is not closed"))
        for bracket in _BRACKET.findall(line):
            found = _dated(bracket.strip(), record, number)
            if isinstance(found, str):
                out.problems.append(Problem(file, number, f"[{bracket}]: {found}"))
            else:
                record.codes.append(found)


def _dated(bracket: str, record: ActorRecord, line: int) -> DatedCode | str:
    """A code with its restriction; a string says what is wrong with it. Without a code it is the record's last."""
    match = re.match(r"([^\s<>]*)\s*(.*)\Z", bracket)
    assert match is not None
    code, restriction = match.groups()
    if not bracket:
        return "empty brackets"
    if code[:1].isdigit():
        code, restriction = "", bracket
    if not code:
        if not record.codes:
            return "a restriction without a code"
        code = record.codes[-1].code
    if not restriction:
        return DatedCode(code, None, None, line)
    parts = _RESTRICTION.match(restriction.strip())
    if parts is None:
        return f"{restriction!r} is no restriction like <790716, >030409 or 790716-030409"
    try:
        if parts["sign"] == "<":
            return DatedCode(code, None, day(parts["day"]), line)
        if parts["sign"] == ">":
            return DatedCode(code, day(parts["day"]), None, line)
        since, until = day(parts["start"]), day(parts["end"])
    except ValueError as error:
        return str(error)
    return DatedCode(code, since, until, line) if since <= until else "it ends before it begins"


def day(digits: str) -> date:
    """A day of YYMMDD or YYYYMMDD. ValueError, in words, if it is none."""
    try:
        if len(digits) == _LONG:
            return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
        if len(digits) == _SHORT:
            year = int(digits[:2])
            return date(year + (2000 if year < _CENTURY else 1900), int(digits[2:4]), int(digits[4:]))
    except ValueError:
        pass
    raise ValueError(f"{digits} is no day of YYMMDD or YYYYMMDD")


def _named(phrase: str) -> tuple[str, list[str]]:
    """A phrase without what stands in parentheses, and the acronyms that stood there."""
    inside = [_words(text) for text in _PARENTHESES.findall(phrase)]
    return _words(_PARENTHESES.sub(" ", phrase)), [text for text in inside if _ACRONYM.match(text)]


def _words(phrase: str) -> str:
    return " ".join(re.split(r"[\s_]+", phrase.strip(" \t_"))).strip()


# -------------------------------------------------------------------------- agents


def _read_agents(file: str, lines: Sequence[tuple[int, str]], out: Dictionaries) -> None:
    markers: dict[str, tuple[str, ...]] = {}
    where: dict[str, int] = {}
    for number, line in lines:
        match = _SUBSTITUTION.match(line)
        if match:
            name = match[1]
            if name in markers:
                out.problems.append(Problem(file, number, f"{name} is defined on line {where[name]} already"))
                continue
            markers[name] = tuple(part.strip() for part in match[2].split(",") if part.strip())
            where[name] = number
            if not markers[name]:
                out.problems.append(Problem(file, number, f"{name} stands for nothing"))
    known: dict[str, tuple[str, ...]] = {}
    for name in markers:
        try:
            known[name] = _expand(name, markers, ())
        except ValueError as error:
            out.problems.append(Problem(file, where[name], str(error)))
    for number, line in lines:
        if not _SUBSTITUTION.match(line):
            out.agents.extend(_agents(file, number, line, known, out))


def _expand(text: str, markers: Mapping[str, tuple[str, ...]], above: tuple[str, ...]) -> tuple[str, ...]:
    """All texts that the markers in a text make. ValueError at an unknown one, a cycle, or too many texts."""
    match = _MARKER.search(text)
    if match is None:
        return (text,)
    name = match[0]
    if name in above:
        raise ValueError(f"a cycle of substitutions: {' → '.join((*above, name))}")
    if name not in markers:
        raise ValueError(f"{name} is not defined")
    rest = _expand(text[match.end() :], markers, above)
    out = tuple(
        text[: match.start()] + word + tail
        for part in markers[name]
        for word in _expand(part, markers, (*above, name))
        for tail in rest
    )
    if len(out) > _MOST_FORMS:
        raise ValueError(f"{name} makes more than {_MOST_FORMS} phrases")
    return out


def _agents(
    file: str, number: int, line: str, markers: Mapping[str, tuple[str, ...]], out: Dictionaries
) -> Iterator[AgentRecord]:
    codes = [code.strip() for code in _BRACKET.findall(line)]
    phrase = _words(re.split(r"[\[{]", line, maxsplit=1)[0])
    code = codes[0] if len(codes) == 1 else ""
    bare = code.strip("~")
    if not phrase or not bare or code.count("~") != 1 or "~" in bare:
        out.problems.append(Problem(file, number, f"{line}: an agent is a phrase and one code like [~GOV] or [NGO~]"))
        return
    braces = _BRACES.search(line)
    plurals = tuple(_words(p) for p in braces[1].split(",") if _words(p)) if braces else None
    try:
        phrases = _expand(phrase, markers, ())
        more = None if plurals is None else tuple(text for p in plurals for text in _expand(p, markers, ()))
    except ValueError as error:
        out.problems.append(Problem(file, number, f"{line}: {error}"))
        return
    single = more == () and len(phrases) == 1
    if len(phrases) > 1 and more is None:
        more = ()  # what a substitution makes has its plurals among it
    for text in phrases:
        yield AgentRecord(Phrase(_words(text), file, number), more, bare, code.endswith("~"), single)
