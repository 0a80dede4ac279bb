"""Conditions that a rule may set on the text around its match, by name.

A guard says whether a match may stand. It looks at the parse (part of speech, entity,
neighbours) where the words alone are ambiguous: "may", "fall", "second", 1999.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pipeline.extract.dates.atoms import Atoms
from pipeline.extract.dates.match import Found
from pipeline.parsed import ParsedText
from pipeline.records import Granularity, TimexType
from pipeline.rules.dates import DateRules
from pipeline.timex import finer

_NAMES = frozenset(("PERSON", "ORG", "PRODUCT", "WORK_OF_ART", "FAC", "GPE", "LOC", "LAW", "NORP"))
_TIMES = frozenset(("DATE", "TIME"))
_CLAUSES = frozenset(("ROOT", "ccomp", "advcl", "relcl", "conj", "parataxis"))
_LONGEST_SPAN = 30  # years that a pair such as "1991-94" spans at most
_AMOUNTS = frozenset(("MONEY", "QUANTITY", "PERCENT", "CARDINAL"))


class Place:
    """A match in its text: what guards look at."""

    __slots__ = ("atoms", "found", "rules", "text")

    def __init__(self, text: ParsedText, atoms: Atoms, found: Found, rules: DateRules) -> None:
        self.text = text
        self.atoms = atoms
        self.found = found
        self.rules = rules

    def token(self, capture: str) -> int | None:
        """The first token of a capture."""
        span = self.found.captures.get(capture)
        return self.atoms.token[span[0]] if span else None

    def words(self, capture: str) -> list[str]:
        """The atoms of a capture, in lower case."""
        span = self.found.captures.get(capture)
        return self.atoms.text[span[0] : span[1]] if span else []

    @property
    def cues(self) -> Mapping[str, frozenset[str]]:
        """The words that cue one reading or another, by what they cue."""
        return self.rules.cues

    @property
    def first(self) -> int:
        """The match's first token."""
        return self.atoms.token[self.found.first]

    @property
    def last(self) -> int:
        """The match's last token."""
        return self.atoms.token[self.found.last]

    def before(self, steps: int = 1) -> str:
        """The atom so many places before the match, in lower case; ``""`` at the start."""
        at = self.found.first - steps
        return self.atoms.text[at] if at >= 0 else ""

    def after(self, steps: int = 1) -> str:
        """The atom so many places after the match, in lower case; ``""`` at the end."""
        at = self.found.last + steps
        return self.atoms.text[at] if at < len(self.atoms.text) else ""

    def next_token(self) -> int | None:
        """The token after the match in the same sentence, white space skipped."""
        text, at = self.text, self.last + 1
        while at < len(text) and text.word[at].isspace():
            at += 1
        return at if at < len(text) and text.sent[at] == text.sent[self.last] else None

    def class_of(self, word: str, name: str) -> bool:
        """Whether the lexicon puts a word into a class."""
        entry = self.rules.words.get(word)
        return entry is not None and name in entry.classes

    def capital(self, token: int) -> bool:
        """Whether a token begins with a capital."""
        return self.text.word[token][:1].isupper()


def _content(p: Place) -> int:
    """The token of the first content atom."""
    for at in range(p.found.first, p.found.last + 1):
        if p.atoms.symbols[at] in p.rules.content:
            return p.atoms.token[at]
    return p.first


def _capital(p: Place) -> bool:
    token = _content(p)
    return p.capital(token) or p.text.ent[token] in _TIMES


def _not_name(p: Place) -> bool:
    text, token = p.text, _content(p)
    if text.ent[token] in _NAMES:
        inner = next((e for e in text.entities if e.first <= token <= e.last), None)
        return inner is None or (inner.last <= p.last and inner.first >= p.first)
    return True


def _month(p: Place) -> bool:
    token = p.token("m")
    if token is None:
        return True
    text, word = p.text, p.text.lower[token]
    if not p.capital(token):
        return False
    if "d" not in p.found.captures and p.after() in ("-", "–") and p.after(2).isalpha() and len(word) < 4:
        return False  # Mar-a-Lago
    if word == "march" and len(p.found.captures) == 1:
        marched = p.before() == "the" and p.after() in p.cues["rally-for"]
        if marched or p.before() in p.cues["rally-before"]:
            return False  # the annual March for Life
    if word == "march" and p.after() == "on" and not p.after(2)[:1].isdigit() and not p.class_of(p.after(2), "weekday"):
        return False  # the March on Washington
    if text.ent[token] == "PERSON" and "d" not in p.found.captures:
        return False
    if "d" in p.found.captures or "k" in p.found.captures:
        return "d" not in p.found.captures or p.after() not in p.cues["amount"]
    if word in p.cues["homograph-month"]:
        if word in p.cues["verb-month"] and (text.tag[token][:2] in ("MD", "VB")):
            return False
        if p.after() in ("-", "–", "to", "through") and p.class_of(p.after(2), "month"):
            return True
        return text.ent[token] == "DATE" or p.before() in p.cues["before-month"]
    return _not_name(p) or text.ent[token] in _TIMES


def _year(p: Place) -> bool:
    text, token = p.text, p.token("y")
    if token is None:
        return True
    word = p.words("y")[0]
    if p.found.first != p.found.last:
        return True
    value = int(word[:4]) if word[:4].isdigit() and len(word) >= 4 else 0
    before, after = p.before(), p.after()
    if before in p.cues["number-sign"] or after in p.cues["after-number"]:
        return False
    if p.class_of(after, "unit") and p.class_of(after, "units"):
        return False
    if text.ent[token] == "DATE" and (1500 <= value <= 2100 or before in p.cues["before-year"]):
        return True
    if text.ent[token] in ("MONEY", "PERCENT", "QUANTITY", "TIME"):
        return False
    head = text.head[token]
    if text.dep[token] == "nummod" and text.tag[head] in ("NNS",) and head > token:
        return False
    if before in ("-", "–", "/") and p.before(2).isdigit() and len(p.before(2)) != 4:
        return False
    if before not in p.cues["before-year"] or not 1700 <= value <= 2060:
        return False
    return text.dep[token] != "nummod" or before in ("the", "of")


def _spoken_year(p: Place) -> bool:
    if p.before() in p.cues["number-sign"]:
        return False
    words = p.atoms.text[p.found.first : p.found.last + 1]
    if "year" in words:
        return True
    if "two" in words and "thousand" in words:
        return p.before() in p.cues["before-spoken-year"] and not _number_of_something(p)
    if len(words) < 2 or p.class_of(p.after(), "unit"):
        return False
    # the tagger takes "nineteen ninety-one" before a noun for its number, the entity recognizer does not
    return all(p.text.ent[i] == "DATE" for i in range(p.first, p.last + 1)) or not _number_of_something(p)


def _number_of_something(p: Place) -> bool:
    after = p.next_token()
    return after is not None and p.text.pos[after] in ("NOUN", "PROPN", "SYM", "ADJ") and p.text.head[p.last] >= after


def _two_digit(p: Place) -> bool:
    words = [w for w in p.words("y") if w[:1].isdigit()]
    return bool(words) and all(len(w) == 2 for w in words)


def _short_year(p: Place) -> bool:
    return p.before() in p.cues["before-short-year"]


def _year_pair(p: Place) -> bool:
    """Two years ("2019-20", "in 1991-94"), not a score or a price."""
    first, second = p.words("y")[0], p.atoms.text[p.found.last]
    if len(second) != 2 or not second.isdigit() or p.before() in p.cues["number-sign"]:
        return False
    apart = (int(second) - int(first[:4])) % 100
    if apart == 1:
        return True
    dated = p.text.ent[p.last] == "DATE" or p.before() in p.cues["before-definite"]
    return dated and 1 < apart <= _LONGEST_SPAN


def _decade(p: Place) -> bool:
    text = p.atoms.text[p.found.first : p.found.last + 1]
    figures = text[-1]
    if len(figures) == 5:
        return True
    if p.before() in p.cues["possessor"] or p.before(2) in p.cues["possessor"]:
        return False
    if any(w in ("'", "’", "‘") for w in text) or p.text.ent[p.last] == "DATE":
        return True
    if p.before() in p.cues["decade-glue"] and p.before(2)[-2:] == "0s":
        return True
    return text[0] == "the" and figures >= "50s" and p.before() in p.cues["before-decade"]


def _decade_year(p: Place) -> bool:
    return p.words("a")[0].endswith("0") and p.text.lower[p.last] in ("'s", "’s") and not _owner(p)


def _owner(p: Place) -> bool:
    after = p.next_token()
    return (
        after is not None
        and p.text.pos[after] in ("NOUN", "ADJ", "PROPN")
        and p.before() != "the"
        and (p.atoms.text[p.found.first] != "the")
    )


def _not_age(p: Place) -> bool:
    before = [p.before(), p.before(2)]
    if p.found.rule.timex_type is not TimexType.DURATION and any(w in p.cues["before-age"] for w in before):
        return False
    after = [p.after(), p.after(2), p.after(3)]
    if after[0] in p.cues["old"] or (after[0] in ("-", "–") and after[1] in p.cues["after-age"]):
        return False
    if any(word in p.cues["extent"] for word in before):
        return p.atoms.text[p.found.first] == "the"
    return "of" not in after[:1] or after[1] != "age"


def _quarter(p: Place) -> bool:
    words = p.atoms.text[p.found.first : p.found.last + 1]
    return not any(w in p.cues["sports-quarter"] for w in (p.after(), p.after(2))) or words[0] == "fiscal"


def _season(p: Place) -> bool:
    token = p.token("s")
    if token is None:
        return False
    text = p.text
    if text.tag[token][:2] == "VB" or text.pos[token] == "VERB":
        return False
    after = p.next_token()
    if not _not_name(p) or (after is not None and p.capital(token) and p.capital(after) and after == token + 1):
        return False  # the Summer Olympics
    if text.lower[token] in p.cues["verb-season"]:
        if p.after() in p.cues["of-thing"] and not p.after(2)[:1].isdigit() and text.lower[token] in p.cues["fallen"]:
            return False  # "the fall of the city"
        return text.ent[token] == "DATE" or (
            p.before() in p.cues["before-verb-season"] and p.after() not in p.cues["after-verb-season"]
        )
    before = p.atoms.text[p.found.first]
    return text.ent[token] == "DATE" or before == "the" or p.before() in p.cues["before-season"]


def _weekday_abbr(p: Place) -> bool:
    if p.before() == "the":
        return False
    word = p.atoms.text[p.found.first]
    clear = word[-1] == "." or word not in p.cues["ambiguous-weekday"]
    return p.text.ent[p.first] == "DATE" or (clear and p.before() in p.cues["before-weekday"])


def _not_black(p: Place) -> bool:
    return p.before() not in p.cues["epithet-of-day"]


def _holiday(p: Place) -> bool:
    """Not "Christmas trees", no title of a film."""
    after = p.next_token()
    if p.text.lower[p.last] in p.cues["adjective-holiday"] and after is not None:
        return not (p.text.pos[after] in ("NOUN", "PROPN") and p.text.head[p.last] == after)
    return p.capital(_content(p)) and p.text.ent[_content(p)] != "WORK_OF_ART"


def _part(p: Place) -> bool:
    return p.before() in p.cues["before-part"] or (p.after() == "of" and p.after(2)[:1].isdigit())


def _adverb(p: Place) -> bool:
    return p.text.pos[p.first] in ("ADV", "NOUN") and p.text.dep[p.first] not in ("amod", "compound")


def _definite(p: Place) -> bool:
    """ "the year", "the quarter" as a time, not as a thing ("the day care", "player of the year")."""
    text, last = p.text, p.last
    after = p.next_token()
    if after is not None:
        if text.lower[after] in p.cues["after-thing"] and not _of_an_amount(p, after):
            return False
        if text.dep[last] in ("compound", "amod", "nmod") and text.head[last] > last:
            return False
    if p.class_of(p.after(), "weekday"):
        return False  # "during the day Friday"
    if _told_by_clause(p):
        return False
    before = p.before()
    if text.lower[last] in ("quarter",):
        return True
    if before in p.cues["before-definite"]:
        return before != "of" or p.before(2) in p.cues["part-of-unit"]
    if text.dep[last] == "dobj" and text.lemma[text.head[last]] in p.cues["bounds-a-day"]:
        return True  # "to end the day at 40": the day of trading
    return text.dep[last] in ("npadvmod",) or (
        text.ent[last] == "DATE" and text.dep[last] not in ("nsubj", "nsubjpass", "dobj", "attr")
    )


def _told_by_clause(p: Place) -> bool:
    """ "the day I went home": which one a clause tells."""
    text = p.text
    return any(text.dep[c] == "relcl" and c > p.last for c in text.children[p.last])


def _of_an_amount(p: Place, at: int) -> bool:
    """ "a high for the year of $42", "rose in the quarter to $2 billion": what follows belongs to the amount."""
    text = p.text
    return text.lower[at] in p.cues["of-amount"] and at + 1 < len(text) and text.pos[at + 1] in ("SYM", "NUM")


def _which_unit(p: Place) -> bool:
    """Not "at this minute", "that day when", "this decade-old"."""
    words = p.atoms.text[p.found.first : p.found.last + 1]
    if _title(p):
        return False
    if words[0] == "that":
        head = p.text.head[p.last]
        if p.text.tag[p.first] in ("WDT", "IN") or p.text.head[p.first] != p.last:
            return False
        return p.text.dep[p.last] not in ("nsubj", "nsubjpass") or head < 0
    if words[-1] in p.cues["clock-unit"] and words[0] not in p.cues["which-clock-unit"]:
        return False
    return not (p.after() in ("-", "–") and p.after(2) in p.cues["after-compound-unit"])


def _title(p: Place) -> bool:
    """The programme "This Week", not the week."""
    text, first, last = p.text, p.first, p.last
    if text.lower[first] != "this" or last == first:
        return False
    return all(text.word[i][:1].isupper() for i in range(first, last + 1))


def _not_show(p: Place) -> bool:
    return not _title(p)


def _weekend(p: Place) -> bool:
    """Not "a weekend of talks", "every weekend"."""
    if p.before() in p.cues["before-some-weekend"]:
        return False
    return p.text.dep[p.last] != "compound" or p.before() in p.cues["before-weekend"]


def _clause_end(p: Place) -> bool:
    after = p.next_token()
    if p.text.lower[p.last] == "previously":
        return True
    return after is None or (p.text.pos[after] in ("PUNCT", "CCONJ") and p.text.word[after] not in ("“", '"', "``"))


def _comparison(p: Place) -> bool:
    words = p.atoms.text[p.found.first : p.found.last + 1]
    return "last" in words or "a" in words or "previous" in words or "prior" in words or "-" in words


def _length(p: Place) -> bool:
    text = p.text
    if p.before() in p.cues["number-sign"]:
        return False
    words = p.atoms.text[p.found.first : p.found.last + 1]
    last = words[-1]
    if words[0] in p.cues["article"] and len(words) == 2:
        if last == "second":
            return False
        if last == "quarter":
            return False  # "a quarter of the market"
        if last in p.cues["idiom-unit"] and p.before() not in p.cues["lasting"]:
            return False
        return _indefinite(p) and not _rate(p)
    if last == "second":
        return False
    after = p.next_token()
    if after is not None and text.lower[after] in p.cues["old"]:
        return False
    if last in p.cues["fraction-unit"] and p.words("n") and p.words("n")[0] in p.cues["fraction-number"]:
        return p.words("n")[0] == "three" and p.before() in p.cues["which-length"]
    return True


def _indefinite(p: Place) -> bool:
    """ "a year", "a week" that measures time, not "a day of mourning"."""
    text, last = p.text, p.last
    if text.head[p.first] != last and text.dep[p.first] != "det":
        return False
    after = p.next_token()
    if after is not None and text.lower[after] in p.cues["after-indefinite"]:
        return text.lower[after] == "of" and text.lower[last] != "day"
    if text.dep[last] in ("nsubj", "nsubjpass", "attr", "compound", "nmod"):
        return text.dep[last] == "attr" and text.ent[last] in _TIMES and False
    return True


def _bare_units(p: Place) -> bool:
    """ "years", "for weeks": an unknown amount, not "the years" of something or "three years"."""
    before = p.before()
    if p.after() in p.cues["ago"] or p.class_of(before, "num"):
        return False
    if before in p.cues["before-bare-units"]:
        return p.text.lower[p.last] not in p.cues["never-bare-unit"] and before != "last"
    return p.after() in p.cues["after-bare-units"] and p.text.lower[p.last] not in ("quarters",)


def _descending(p: Place) -> bool:
    """ "one hour and 20 minutes", not "a day, six days" or "between one week and three months"."""
    units = [p.rules.words[p.words(name)[0]].classes.get("unit", "") for name in ("u", "v")]
    if "" in units or p.before() in p.cues["between"]:
        return False
    return finer(Granularity(units[1]), Granularity(units[0]))


def _fraction(p: Place) -> bool:
    """Not "one-quarter of the voters"."""
    return not (p.words("u")[0] in p.cues["fraction-unit"] and p.words("n")[:1][0] in p.cues["fraction-number"])


def _running(p: Place) -> bool:
    """ "the last day" of a series, or that a clause tells, is not the one before today."""
    if p.words("u")[0] != "day" or p.atoms.text[p.found.last - 1] not in p.cues["last"]:
        return True
    return p.after() not in p.cues["of-thing"] and not _told_by_clause(p)


def _by_night(p: Place) -> bool:
    """Not what changes "overnight", that is at once."""
    verb = p.text.head[p.last]
    return p.text.lemma[verb] not in p.cues["sudden"]


def _rate(p: Place) -> bool:
    """ "15 planes a year", "$5 a day": a rate; the noun before is counted or priced."""
    text, first = p.text, p.first
    if p.before() in p.cues["counted-times"]:
        return True
    if text.dep[p.last] != "npadvmod":
        return False
    head = text.head[p.last]
    if head >= first:
        return False
    if text.pos[head] in ("NOUN", "NUM", "SYM") and text.ent[head] not in _TIMES:
        return True
    word = p.before()
    return word in p.cues["counted-thing"]


def _modifier(p: Place) -> bool:
    return p.text.dep[p.first] == "amod" and p.text.head[p.first] > p.first


def _not_compound(p: Place) -> bool:
    """Not "the now-closed plant", "now, now", the magazine "Now"."""
    after = p.after()
    if after in ("-", "–") and p.atoms.end[p.found.last] == p.atoms.start[p.found.last + 1]:
        return False
    if p.capital(p.last) and p.first and p.text.pos[p.first - 1] == "PROPN" and not _sentence_start(p):
        return False
    return not (after == "," and p.text.dep[p.last] == "intj") and p.text.ent[p.last] not in _NAMES


def _of_a_verb(p: Place) -> bool:
    """Not what modifies a noun or adjective alone: "currently head of the firm"."""
    text, head = p.text, p.text.head[p.last]
    if p.first and text.pos[p.first - 1] == "ADP":
        return True  # "between now and the vote"
    return head <= p.last or text.pos[head] not in ("NOUN", "PROPN", "ADJ") or text.dep[head] in _CLAUSES


def _placed(p: Place) -> bool:
    return p.before() in p.cues["before-definite"]


def _some_day(p: Place) -> bool:
    """ "will one day be", "hope one day to return": before a verb that is to come, which it modifies."""
    text, head = p.text, p.text.head[p.last]
    if text.dep[p.last] not in ("npadvmod", "advmod", "nsubj", "tmod") or head <= p.last or p.found.first == 0:
        return False
    return text.tag[head] in ("VB", "VBP") and text.sent[p.first - 1] == text.sent[p.first]


def _running_day(p: Place) -> bool:
    """ "closed for a third day", "today is the eighth day of": the day of which is told, no other of a series."""
    text, last = p.text, p.last
    after = p.next_token()
    if text.dep[last] == "attr":
        verb = text.head[last]
        return text.lemma[verb] == "be" and any(text.lower[c] in p.cues["running"] for c in text.children[verb])
    plain = after is None or text.pos[after] in ("PUNCT", "CCONJ", "ADP", "SCONJ", "VERB", "DET", "PROPN")
    return p.before() in p.cues["running-for"] and plain and p.after() not in p.cues["of-thing"]


def _noun(p: Place) -> bool:
    text, last = p.text, p.last
    return text.pos[last] in ("NOUN", "PROPN") and not (
        text.dep[last] in ("compound", "amod") and text.head[last] > last
    )


def _future(p: Place) -> bool:
    """A time to come, not a thing that somebody or something has ("a future in which", "the future of the firm")."""
    text, last = p.text, p.last
    after = p.next_token()
    if p.atoms.end[p.found.last] != text.end[last]:
        return False  # a part of a name: Future45
    if not _noun(p) or text.dep[last] == "nsubj" or (after is not None and text.lower[after] == "of"):
        return False
    return "a" not in (p.before(), p.atoms.text[p.found.first]) or p.found.last - p.found.first > 1


def _soon(p: Place) -> bool:
    head = p.text.head[p.last]
    if head > p.last and (p.text.tag[head] == "VBD" or _was(p.text, head)):
        return False  # "he was soon released": soon after, in the past
    return p.before() not in p.cues["before-no-soon"] and p.after() not in p.cues["after-no-soon"]


def _was(text: ParsedText, verb: int) -> bool:
    """Whether a verb is "was released", "was running"."""
    return text.tag[verb] in ("VBN", "VBG") and any(text.tag[c] == "VBD" for c in text.children[verb] if c < verb)


def _lasting(p: Place) -> bool:
    """ "for a while" as an adverbial or what something took, no "while" loop."""
    text = p.text
    after = p.next_token()
    if after is not None and text.pos[after] in ("NOUN", "PROPN", "VERB"):
        return False
    return p.before() in p.cues["lasting"] or text.dep[p.last] in ("npadvmod", "dobj", "pobj")


def _week_after(p: Place) -> bool:
    """ "on Tuesday week", "meet Tuesday week": nothing follows that the week could belong to."""
    after = p.next_token()
    if p.before() in p.cues["no-week-before"]:
        return False
    return after is None or p.text.pos[after] in ("PUNCT", "CCONJ", "ADP", "SCONJ")


def _day_of_month(p: Place) -> bool:
    """ "by the 15th", where nothing follows that is counted, and no list of ordinals stands before."""
    after = p.next_token()
    if p.before() not in p.cues["before-day-of-month"]:
        return False
    if after is not None and p.text.pos[after] not in ("PUNCT", "CCONJ", "SCONJ", "VERB", "AUX", "PRON", "DET"):
        return False
    return p.text.ent[p.last] in ("", "DATE", "ORDINAL") and p.after() not in ("-", "–", "/")


def _trading(p: Place) -> bool:
    return p.after() in p.cues["session"] and p.before() != "the"


def _numeric_date(p: Place) -> bool:
    return p.before() not in p.cues["number-sign"]


def _clock(p: Place) -> bool:
    word = p.atoms.text[p.found.first]
    if p.before() in p.cues["before-no-clock"] or (
        p.capital(p.first - 1) and p.text.ent[p.first] != "TIME" if p.first else False
    ):
        return False
    hour, _, minute = word.partition(":")
    if len(minute.split(":")) > 1 or not (hour.isdigit() and int(hour) < 25 and int(minute) < 60):
        return False
    return p.text.ent[p.first] == "TIME" or p.before() in p.cues["before-clock"]


def _leading_zero(p: Place) -> bool:
    return p.words("h")[0].startswith("0")


def _event_day(p: Place) -> bool:
    """Whether an event of the table is called by this day: "the Sept. 11 attacks"."""
    month, day = p.rules.words[p.words("m")[0]].classes["month"], "".join(filter(str.isdecimal, p.words("d")[0]))
    return day != "" and any(row.month_day == f"{int(month):02d}-{int(day):02d}" for row in p.rules.events.values())


def _event(p: Place) -> bool:
    return p.before() in p.cues["before-event"] and p.text.ent[p.last] not in ("ORG",)


def _long_event(p: Place) -> bool:
    """A war, not the day of an attack."""
    row = p.rules.events[p.rules.phrases[" ".join(p.words("e"))]]
    return row.start != row.end


def _timed(p: Place) -> bool:
    """A time by the entity recognizer, and no part of a larger expression ("the early hours of Monday")."""
    if any(p.text.ent[i] not in _TIMES for i in range(p.first, p.last + 1)):
        return False
    if p.words("u")[0] in p.cues["never-bare-unit"]:
        return False
    if p.class_of(p.after(), "side") or p.after()[:1].isdigit():
        return False  # "the days before the vote": how long is not told; "the years 2010 to 2013"
    plain = p.found.last - p.found.first == 1
    at = p.found.last + 2
    return p.after() != "of" or not (plain or at >= len(p.atoms.symbols) or p.atoms.symbols[at] in p.rules.content)


def _since(p: Place) -> bool:
    return p.before() in p.cues["since"]


def _after_it(p: Place) -> bool:
    return p.before() in p.cues["after-it"]


def _before_it(p: Place) -> bool:
    return p.before() in p.cues["before-it"]


def _possessive_era(p: Place) -> bool:
    """ "USA Today", "today's youth": a name; the era is left to the resolver."""
    if p.capital(p.first) and p.first and p.text.pos[p.first - 1] == "PROPN" and not _sentence_start(p):
        return False
    if p.capital(p.first) and (p.before() == "usa" or (p.before() in _MARKS and p.after() in _MARKS)):
        return False  # the programme “Today”, USA Today
    if p.text.ent[p.first] not in ("ORG", "WORK_OF_ART", "PRODUCT"):
        return True
    alone = all(not 0 <= i < len(p.text) or p.text.ent[i] in ("", *_TIMES) for i in (p.first - 1, p.last + 1))
    return alone and p.before() in _MARKS  # a quotation's first word, which the recognizer takes for a title


_MARKS = frozenset(('"', "''", "``", "`", "“", "”", "‘", "’", "'"))


def _ended(p: Place) -> bool:
    return p.after() in p.cues["closing-on"]


def _sentence_start(p: Place) -> bool:
    number = p.text.sent[p.first]
    return number >= 0 and p.text.sentences[number].first == p.first


def _plain_noon(p: Place) -> bool:
    return p.before() != "high"


def _adverbial(p: Place) -> bool:
    """Not the noun: "the party daily"."""
    return p.text.pos[p.last] not in ("NOUN", "PROPN")


def _not_title(p: Place) -> bool:
    """ "60 Minutes", "48 Hours": a programme."""
    word = p.text.word[p.last]
    if word.istitle() and p.text.word[p.first][0].isdigit() and p.first != p.last:
        return False
    return p.text.ent[p.last] not in ("WORK_OF_ART", "ORG", "PRODUCT") or word.islower()


def _counted(_: Place) -> bool:
    return True  # asked of pieces, where modifiers are put around them


GUARDS: Mapping[str, Callable[[Place], bool]] = {
    "capital": _capital,
    "not-name": _not_name,
    "month": _month,
    "year": _year,
    "spoken-year": _spoken_year,
    "two-digit": _two_digit,
    "short-year": _short_year,
    "year-pair": _year_pair,
    "decade": _decade,
    "decade-year": _decade_year,
    "not-age": _not_age,
    "quarter": _quarter,
    "season": _season,
    "weekday-abbr": _weekday_abbr,
    "not-black": _not_black,
    "holiday": _holiday,
    "part": _part,
    "adverb": _adverb,
    "definite": _definite,
    "which-unit": _which_unit,
    "weekend": _weekend,
    "clause-end": _clause_end,
    "comparison": _comparison,
    "length": _length,
    "bare-units": _bare_units,
    "descending": _descending,
    "by-night": _by_night,
    "running": _running,
    "fraction": _fraction,
    "rate": _rate,
    "modifier": _modifier,
    "not-compound": _not_compound,
    "of-a-verb": _of_a_verb,
    "placed": _placed,
    "some-day": _some_day,
    "running-day": _running_day,
    "noun": _noun,
    "soon": _soon,
    "future": _future,
    "since": _since,
    "after-it": _after_it,
    "before-it": _before_it,
    "timed": _timed,
    "long-event": _long_event,
    "lasting": _lasting,
    "week-after": _week_after,
    "day-of-month": _day_of_month,
    "trading": _trading,
    "numeric-date": _numeric_date,
    "clock": _clock,
    "event": _event,
    "not-possessive-era": _possessive_era,
    "ended": _ended,
    "not-title": _not_title,
    "counted": _counted,
    "plain-noon": _plain_noon,
    "adverbial": _adverbial,
    "not-show": _not_show,
    "leading-zero": _leading_zero,
    "event-day": _event_day,
}


def allowed(names: tuple[str, ...], place: Place) -> bool:
    """Whether all guards of these names let the match pass."""
    return all(GUARDS[name](place) for name in names)
