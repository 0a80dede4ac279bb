"""What a cue reports, as ranges of tokens: the grammar of reported speech.

One function a construction; the first that applies gives the content. Ranges are
first and last token, both included.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from pipeline.extract.quotes.cues import Cue
from pipeline.extract.quotes.page import Page
from pipeline.extract.quotes.speakers import extra_subject, near
from pipeline.parsed import ParsedText
from pipeline.records import BlockKind
from pipeline.rules.quotes import NounCue, VerbCue

_FINITE = frozenset({"VBD", "VBZ", "VBP", "MD"})
_WH = frozenset({"WP", "WDT", "WRB", "WP$"})
_PAUSES = frozenset({",", "—", "–", "--", "-", "''", '"', "”", "’", "'", "_", ".", "?", "!"})
_ADVERBIAL = frozenset({"prep", "advmod", "advcl", "npadvmod", "punct"})
_REACH = 60  # tokens after an interrupting cue in which the clause goes on
_LONGEST = 500  # tokens of a clause that is looked through for the narrator's words


class Range(NamedTuple):
    """Tokens ``first`` to ``last``, both included."""

    first: int
    last: int


class Report(NamedTuple):
    """A cue, the construction it stands in, and what it reports."""

    cue: Cue
    frame: str
    ranges: list[Range]


def reports(page: Page, cues: list[Cue]) -> Iterator[Report]:
    """Every cue outside quotation marks that has a source and reports something."""
    settled: dict[int, int] = {}  # sentence → end of the last cue that followed its content
    for cue in cues:
        if page.inside[cue.token] >= 0:
            continue
        found: tuple[str, list[Range]] | None
        if isinstance(cue.entry, VerbCue):
            found = _of_verb(page, cue, cue.entry, settled)
        elif isinstance(cue.entry, NounCue):
            found = _of_noun(page, cue, cue.entry)
        else:
            found = _according(page, cue)
        if found is not None and found[1] and (cue.source is not None or _headed(page, cue)):
            yield Report(cue, *found)


def _headed(page: Page, cue: Cue) -> bool:
    """Whether a headline or heading leaves out who says it ("4 May: says the vote was fair")."""
    text = page.text
    if text.tag[cue.token] != "VBZ" or text.kind_at(cue.token) not in (BlockKind.HEADING, BlockKind.HEADLINE):
        return False
    return not any(text.dep[c] == "expl" or text.lower[c] == "it" for c in near(text, cue.token))


def _of_verb(page: Page, cue: Cue, entry: VerbCue, settled: dict[int, int]) -> tuple[str, list[Range]] | None:
    text, verb, frames = page.text, cue.token, entry.frames
    if cue.source is None and not _headed(page, cue):
        return None
    if "as-clause" in frames and _is_as_clause(page, verb):
        return "as-clause", _without(text, _top(text, text.head[verb]), verb)
    clauses = [c for c in near(text, verb) if text.dep[c] == "ccomp"]
    if entry.particle is not None and not clauses:
        # of "made clear that it rained" the clause may hang on "clear"
        parts = [c for c in near(text, verb) if text.lower[c] == entry.particle]
        clauses = [c for part in parts for c in near(text, part) if text.dep[c] == "ccomp"]
    after = [c for c in clauses if c > verb and not _describes(page, cue, c)]
    if after:
        clause = after[0]
        hidden = "that" in frames and any(text.dep[c] == "ccomp" and _finite(text, c) for c in near(text, clause))
        if _infinitive(text, clause) and "gerund" not in frames and not hidden:
            return ("order", [_from_to(text, clause)]) if frames & {"order", "to"} else None
        if "that" in frames and (hidden or _finite(text, clause) or page.inside[clause] >= 0):
            found = [_joined(page, verb, _tidy(page, cue, _range(text, clause)))]
            extra = extra_subject(text, verb)
            condition = _condition(page, cue, clause)
            if extra is not None:
                found.insert(0, Range(text.left[extra], text.right[extra]))
            elif condition is not None:
                found.insert(0, condition)
            elif (opening := _opening(page, cue, clause)) is not None:
                found.insert(0, opening)
            return "that", found
        if "wh" in frames and _question(text, clause):
            return "wh", [_tidy(page, cue, _range(text, clause))]
    if "that" in frames:
        inner = _within(page, verb)
        if inner is not None:
            return "that", [_tidy(page, cue, _range(text, inner))]
    if frames & {"to", "order"}:
        for c in near(text, verb):
            if c > verb and text.dep[c] in ("xcomp", "advcl") and _infinitive(text, c):
                addressed = (cue.addressee is not None and cue.addressee < c) or entry.particle is not None
                if ("to" in frames and text.dep[c] == "xcomp") or ("order" in frames and addressed):
                    return "to" if "to" in frames else "order", [_tidy(page, cue, _from_to(text, c))]
    if "refuse" in frames:
        for c in near(text, verb):
            if text.dep[c] == "xcomp" and text.lemma[c] in page.rules.lists["speech-refusable"] and c > verb:
                if any(text.dep[g] in ("ccomp", "xcomp") for g in text.children[c]):
                    return None  # "declined to say whether": that verb reports
                return "refuse", [_tidy(page, cue, _from_to(text, c))]
    if "gerund" in frames:
        wanted = _wanted(text, verb, entry)
        if wanted is not None:
            return "gerund", [_tidy(page, cue, wanted)]
        charge = _charged(text, verb, entry)
        if charge is not None:
            return "gerund", [_tidy(page, cue, charge)]
        clause_or_none = _gerund(text, verb, entry)
        if clause_or_none is not None:
            found_range = _range(text, clause_or_none)
            if text.lower[found_range.first] in entry.preps:
                found_range = Range(found_range.first + 1, found_range.last)
            return "gerund", [_tidy(page, cue, found_range)]
    if "fronted" in frames:
        ranges = _fronted(page, cue, [c for c in clauses if c < verb], settled)
        if ranges:
            return "fronted", ranges
    if "name" in frames:
        named = _complement(page, verb)
        if named is not None:
            return "name", [_closed(page, named)]
    if frames & {"words", "long-np"}:
        words = _words(page, cue, entry)
        if words is not None:
            return "words", [words]
    if "colon" in frames:
        led = _led_in(page, verb)
        if led is not None:
            return "colon", [led]
    return None


# ------------------------------------------------------------------- clauses


def _describes(page: Page, cue: Cue, clause: int) -> bool:
    """Whether a clause that the parser hung on the cue describes a noun before it.

    Such are "said in a note [sent at noon]" and "went on with a race [that is close]".
    """
    text, first = page.text, page.text.left[clause]
    if page.inside[clause] >= 0 or first - 1 <= cue.last or text.pos[first - 1] not in ("NOUN", "PROPN"):
        return False
    subjects = [c for c in text.children[clause] if text.dep[c] in ("nsubj", "nsubjpass", "expl", "csubj")]
    if first == clause and text.tag[clause] in ("VBN", "VBD"):
        return not subjects
    told = any(text.dep[c] == "dobj" and cue.last < c < first and c != cue.addressee for c in near(text, cue.token))
    return told and text.tag[first] == "WDT" and first in subjects


def _condition(page: Page, cue: Cue, clause: int) -> Range | None:
    """Of "If it rains, she said, “we stay in”" the first clause: the quotation's small letter says that it goes on."""
    text, number = page.text, page.inside[clause]
    if number < 0 or cue.source is None or text.word[page.first[number] - 1] != ",":
        return None
    inner = text.tokens_in(page.quotations[number].inner)[0]
    if not text.word[inner][0].islower() or page.first[number] < cue.token:
        return None
    for c in near(text, cue.token):
        if text.dep[c] != "advcl" or text.right[c] + 1 >= cue.source.first or text.lemma[c] in page.rules.verbs:
            continue
        if _finite(text, c) and text.word[text.right[c] + 1] == ",":
            return Range(text.left[c], text.right[c])
    return None


def _opening(page: Page, cue: Cue, clause: int) -> Range | None:
    """Of "In May, she said, the mill would open" the first words, since commas say that the cue interrupts."""
    text, source = page.text, cue.source
    if source is None or source.first > cue.token or text.word[cue.last + 1 : cue.last + 2] != [","]:
        return None
    first, comma = text.sentences[text.sent[cue.token]].first, source.first - 1
    if comma <= first + 1 or text.word[comma] != "," or comma - first > _REACH or text.left[clause] <= cue.last:
        return None
    inside = range(first, comma)
    if any(page.inside[i] >= 0 or (text.pos[i] == "VERB" and text.lemma[i] in page.rules.verbs) for i in inside):
        return None
    hung = [c for c in near(text, cue.token) if first <= c < comma]
    return Range(first, comma - 1) if hung and all(text.dep[c] in _ADVERBIAL for c in hung) else None


def _joined(page: Page, verb: int, found: Range) -> Range:
    """The range and a clause after it that the parser joined to the cue, though it holds quoted words itself."""
    text = page.text
    for c in near(text, verb):
        if c <= found.last:
            continue
        # the narrator tells in the past, so a clause in the present is still what is said
        present = text.dep[c] == "advcl" and text.tag[verb] == "VBD" and text.tag[c] in ("VBZ", "VBP")
        if present and not any(w[0].isalnum() for w in text.word[found.last + 1 : text.left[c]]):
            return Range(found.first, text.right[c])
        if text.dep[c] != "conj" or text.lemma[c] in page.rules.verbs:
            continue
        subjects = [g for g in text.children[c] if text.dep[g] in ("nsubj", "nsubjpass") and g < c]
        between = range(found.last + 1, min(text.left[c], c))
        if not subjects or any(text.word[i][0].isalnum() and text.pos[i] != "CCONJ" for i in between):
            continue
        clause = range(text.left[c], text.right[c] + 1)
        quotes = any(page.inside[i] >= 0 for i in clause)
        if quotes and not any(text.lemma[i] in page.rules.verbs and page.inside[i] < 0 for i in clause):
            return Range(found.first, text.right[c])
    return found


def _within(page: Page, verb: int) -> int | None:
    """Of "said in a statement that …" the clause, which the parser hangs on the statement."""
    text = page.text
    for c in near(text, verb):
        if c > verb and text.dep[c] == "prep":
            for noun in text.children[c]:
                if text.dep[noun] != "pobj":
                    continue
                for clause in near(text, noun):
                    if text.dep[clause] in ("acl", "ccomp", "relcl") and _has_that(text, clause):
                        return clause
    return None


def _fronted(page: Page, cue: Cue, clauses: list[int], settled: dict[int, int]) -> list[Range]:
    """What stands before the cue, and goes on after it where the cue interrupts."""
    text, verb, source = page.text, cue.token, cue.source
    sentence = text.sentences[text.sent[verb]]
    begin = min(verb, source.first) if source and sentence.first <= source.first <= sentence.last else verb
    if text.dep[verb] != "parataxis" and not clauses:
        return []
    if text.dep[verb] == "parataxis" and text.head[verb] == verb:
        return []
    if source is not None and text.pos[source.head] == "PRON" and clauses and page.inside[clauses[-1]] < 0:
        top = clauses[-1]
        if text.lemma[top] in page.rules.verbs and any(text.dep[c] == "ccomp" for c in text.children[top]):
            return []  # "Blok said …, she said": told once
    comma = begin - 1
    while comma > sentence.first and (text.pos[comma] in ("ADV", "AUX", "CCONJ") or text.dep[comma] == "mark"):
        comma -= 1
    if comma <= sentence.first or text.word[comma] not in _PAUSES:
        return []
    first = max(sentence.first, settled.get(text.sent[verb], -1) + 1)
    if page.inside[comma] >= 0 and text.word[page.first[page.inside[comma]] - 1] == ":":
        first = max(first, page.first[page.inside[comma]])  # "Blok scolded him: “…,” she said."
    out = [Range(first, comma)]
    top = clauses[-1] if clauses else text.head[verb]
    reach = range(verb + 1, min(text.right[top], verb + _REACH) + 1)
    beyond = next((i for i in reach if _under(text, i, top, verb)), None)
    if beyond is not None and _only_quoted(page, out[0]):
        later = (i for i in range(beyond, min(text.right[top], beyond + _LONGEST) + 1) if page.inside[i] >= 0)
        if next(later, None) is None:
            beyond = None  # “…,” she said, and left: the rest is the narrator's
    end = text.right[verb]
    if beyond is not None:
        out.append(Range(beyond, text.right[top]))
        end = text.right[top]
    elif _interrupts(page, cue, sentence.last) and not _only_quoted(page, out[0]):
        out.append(Range(cue.last + 2, sentence.last))
        end = sentence.last
    settled[text.sent[verb]] = end
    return out


def _interrupts(page: Page, cue: Cue, last: int) -> bool:
    """Whether a cue stands between commas and what is said goes on after it: "It ran, she said, until May"."""
    text, after = page.text, cue.last + 2
    if cue.source is None or cue.source.last > cue.token or after >= last or text.word[after - 1] != ",":
        return False
    if text.tag[after] in _WH or text.pos[after] == "CCONJ" or page.inside[after] >= 0:
        return False
    if text.tag[after] == "VBG" and text.dep[after] != "prep":
        return False  # "she said, pointing to the river"
    # another cue there has a sentence of its own
    return not any(text.lemma[i] in page.rules.verbs and text.pos[i] == "VERB" for i in range(after, last + 1))


def _only_quoted(page: Page, found: Range) -> bool:
    """Whether all words of a range stand in quotation marks."""
    return page.plain(found.first, found.last) == 0


def _under(text: ParsedText, token: int, top: int, bar: int) -> bool:
    """Whether a token hangs on ``top`` without passing ``bar``."""
    for _ in range(60):
        if token == top:
            return True
        if token == bar or text.head[token] == token:
            return False
        token = text.head[token]
    return False


def _is_as_clause(page: Page, verb: int) -> bool:
    text = page.text
    return (
        text.dep[verb] == "advcl"
        and any(text.lower[c] == "as" and text.dep[c] in ("mark", "prep", "advmod") for c in near(text, verb))
        and not any(text.dep[c] in ("ccomp", "dobj", "xcomp") for c in near(text, verb))
        and text.word[text.left[verb] - 1] not in page.rules.lists["same-words"]
        and text.lower[text.left[verb] - 2 : text.left[verb] - 1] != ["as"]  # "as bad as she said"
    )


def _finite(text: ParsedText, clause: int) -> bool:
    """Whether a clause has a finite verb or says "that"."""
    if text.tag[clause] in _FINITE:
        return True
    subject = helped = False
    for c in near(text, clause):
        if text.dep[c] in ("aux", "auxpass", "cop"):
            if text.tag[c] in _FINITE:
                return True
            helped = True
        if text.dep[c] == "mark" and text.lower[c] == "that":
            return True
        subject = subject or (text.dep[c] == "nsubj" and c < clause)
    # "the roof leaked": a past form that the tagger took for a participle; "demanded that it stop" without "that"
    return text.tag[clause] in ("VBN", "VB") and subject and not helped


def _question(text: ParsedText, clause: int) -> bool:
    first = text.left[clause]
    return text.lower[first] in ("if", "whether") or text.tag[first] in _WH


def _infinitive(text: ParsedText, clause: int) -> bool:
    return any(text.dep[c] == "aux" and text.lower[c] == "to" for c in near(text, clause)) and not _question(
        text, clause
    )


def _from_to(text: ParsedText, clause: int) -> Range:
    first, last = text.left[clause], text.right[clause]
    for c in near(text, clause):
        if text.dep[c] == "aux" and text.lower[c] == "to":
            first = c
            if c > 0 and text.dep[c - 1] == "neg":
                first = c - 1
    return Range(first, last)


def _range(text: ParsedText, clause: int) -> Range:
    first, last = text.left[clause], text.right[clause]
    head = text.head[clause]
    if clause < head:
        last = min(last, head - 1)
    else:
        first = max(first, head + 1)
    return Range(first, last)


def _gerund(text: ParsedText, verb: int, entry: VerbCue) -> int | None:
    for c in near(text, verb):
        if c < verb:
            continue
        if text.dep[c] == "xcomp" and text.tag[c] == "VBG" and not entry.preps:
            return c
        if text.dep[c] in ("advcl", "ccomp") and _infinitive(text, c) and text.lower[text.left[c]] in entry.preps:
            return c  # "called for the files to be opened"
        if text.dep[c] == "prep" and text.lower[c] in entry.preps:
            for g in text.children[c]:
                if text.dep[g] == "pcomp" and text.tag[text.left[g]] == "VBG":
                    return g
                if text.dep[g] == "pobj" and text.tag[g] == "NN" and text.lower[g].endswith("ing"):
                    return g  # "accused them of spying"
    return None


def _wanted(text: ParsedText, verb: int, entry: VerbCue) -> Range | None:
    """Of "called for the files to be opened" what is wanted, where the parser made its subject an object."""
    for c in near(text, verb):
        if c > verb and text.dep[c] == "prep" and text.lower[c] in entry.preps and text.right[c] > c:
            for clause in near(text, verb):
                if text.dep[clause] == "xcomp" and text.left[clause] == text.right[c] + 1 and _infinitive(text, clause):
                    return Range(c + 1, text.right[clause])
    return None


def _tidy(page: Page, cue: Cue, found: Range) -> Range:
    """Cut from a clause's end what the parser hung there but the narrator says."""
    text = page.text
    first, last = found
    verbs, nouns = page.rules.verbs, page.rules.nouns
    finite = text.tag[cue.token] in ("VBD", "VBZ", "VBP")
    source = _source_named(page, first, last)
    if source is not None:
        found = Range(first, source)
        last = source
    for i in range(first + 1, min(last, first + _LONGEST) + 1):
        if page.inside[i] >= 0:
            continue
        dep = text.dep[i]
        if dep == "conj" and text.pos[i] == "VERB":
            same = text.tag[i] == text.tag[cue.token]
            bare = not any(text.dep[c] in ("nsubj", "nsubjpass", "aux", "mark") for c in text.children[i])
            other = text.tag[text.head[i]] != text.tag[i]
            if same and text.lemma[i] in verbs and (_leads_in(page, i) or _speaks(page, i)):
                return _before(text, found, i)
            if same and bare and (other or (finite and text.lemma[i] in verbs)):
                return _before(text, found, i)
        elif dep == "advcl":
            start = text.left[i]
            if start <= first or text.word[start - 1] != ",":
                continue
            if text.tag[i] == "VBG" and text.lemma[i] in verbs and i == start:
                return _before(text, found, i)
            if text.lower[start] in page.rules.lists["concessive"] and text.lemma[i] in verbs and i > cue.token:
                return _before(text, found, i)
        elif dep == "appos" and text.lemma[i] in nouns and text.word[text.left[i] - 1] == ",":
            return _before(text, found, i)
    return found


def _source_named(page: Page, first: int, last: int) -> int | None:
    """Of "said it was late, according to Blok" where the clause ends: the narrator names a source of it all."""
    text = page.text
    for i in range(first + 2, min(last, first + _LONGEST)):
        if page.inside[i] >= 0 or text.word[i - 1] != "," or text.right[i] < last - 1:
            continue
        if text.lower[i] in page.rules.phrases and _fixed(page, i):
            return i - 2
    return None


def _fixed(page: Page, token: int) -> bool:
    """Whether one of the fixed phrases begins at a token."""
    entries = page.rules.phrases[page.text.lower[token]]
    return any(tuple(page.text.lower[token : token + len(e.words)]) == e.words for e in entries)


def _speaks(page: Page, verb: int) -> bool:
    """Whether a joined verb reports a clause of its own and has a noun as subject: "…, and doctors warned that"."""
    text = page.text
    kids = near(text, verb)
    subject = any(text.dep[c] == "nsubj" and text.pos[c] in ("NOUN", "PROPN") and c < verb for c in kids)
    return subject and any(text.dep[c] in ("ccomp", "xcomp") and c > verb for c in kids)


def _leads_in(page: Page, verb: int) -> bool:
    """Whether a quotation follows a verb and a comma or colon."""
    at = min(verb + 2, len(page.text) - 1)
    return page.text.word[verb + 1 : verb + 2] in ([","], [":"]) and page.inside[at] >= 0


def _before(text: ParsedText, found: Range, token: int) -> Range:
    """The range up to the subtree of ``token``, and the conjunction and comma before it."""
    last = min(text.left[token], token) - 1
    while last > found.first and (text.pos[last] in ("CCONJ", "PUNCT", "ADV") and text.word[last] not in "\"'”’)"):
        last -= 1
    return Range(found.first, last) if last >= found.first else found


def _led_in(page: Page, verb: int) -> Range | None:
    """The paragraph without marks that "She added:" leads in."""
    text = page.text
    sentence = text.sentences[text.sent[verb]]
    number = text.sent[verb] + 1
    if text.word[sentence.last] != ":" or number >= len(text.sentences):
        return None
    following = text.sentences[number]
    if following.block == sentence.block or following.kind is not BlockKind.BODY or page.inside[following.first] >= 0:
        return None
    if any(text.tag[i] in _FINITE for i in range(verb + 1, sentence.last)):
        return None
    last = following.last
    while number + 1 < len(text.sentences) and text.sentences[number + 1].block == following.block:
        number += 1
        last = text.sentences[number].last
    return Range(following.first, last)


# ------------------------------------------------------------ words and names


def _complement(page: Page, verb: int) -> Range | None:
    """Of "called him a “dictator”" and "described it as “…”" the complement, if words in it are in marks."""
    text = page.text
    for c in near(text, verb):
        if c < verb:
            continue
        top = None
        if text.dep[c] in ("oprd", "xcomp", "attr", "acomp"):
            top = c
        elif text.dep[c] == "ccomp":
            if _finite(text, c):
                continue
            subject = [g for g in text.children[c] if text.dep[g] == "nsubj"]
            if subject:
                if any(page.inside[i] >= 0 for i in range(text.right[subject[0]] + 1, text.right[c] + 1)):
                    return Range(text.right[subject[0]] + 1, text.right[c])
                continue
            top = c
        elif text.dep[c] == "dobj":
            named = _named_after(page, c)
            if named is not None:
                return named
        elif text.dep[c] == "prep" and text.lower[c] == "as":
            for g in text.children[c]:
                if text.dep[g] in ("pobj", "pcomp", "amod", "acomp"):
                    found = Range(c + 1, text.right[c])
                    return found if _quoted(page, found) else None
        if top is not None:
            found = Range(text.left[top], text.right[top])
            if _quoted(page, found):
                return found
    return None


def _closed(page: Page, found: Range) -> Range:
    """A complement that ends with its quotation: without a new phrase after it, with the "of" that belongs to it."""
    text = page.text
    for i in range(found.first, found.last + 1):
        number = page.inside[i]
        if number < 0 or page.last[number] != i or page.first[number] < found.first:
            continue
        if i < found.last and (text.pos[i + 1] in ("DET", "VERB", "AUX") or text.word[i + 1] in ("—", "–", "--", "-")):
            return Range(found.first, i)
    after = found.last + 1
    if after < len(text) and text.lower[after] == "of" and page.inside[found.last] >= 0:
        return Range(found.first, text.right[after])
    return found


def _named_after(page: Page, noun: int) -> Range | None:
    """The complement that the parser hung on the object: "called [the film “a sad waste”]"."""
    text = page.text
    for i in range(noun + 1, text.right[noun] + 1):
        if page.inside[i] >= 0 and page.first[page.inside[i]] == i:
            first = i
            while first - 1 > noun and text.tag[first - 1] in ("DT", "PRP$", "JJ", "RB", "JJR", "JJS", "POS"):
                first -= 1
            return Range(first, text.right[noun])
    return None


def _words(page: Page, cue: Cue, entry: VerbCue) -> Range | None:
    """An object that holds words in marks: "praised its “balanced” stance"."""
    text, verb = page.text, cue.token
    for c in near(text, verb):
        if c < verb:
            continue
        head = None
        if text.dep[c] in ("dobj", "attr", "oprd"):
            head = c
        elif text.dep[c] == "prep" and text.lower[c] in page.rules.lists["topic-prepositions"]:
            for g in text.children[c]:
                if text.dep[g] == "pobj" or (text.dep[g] == "pcomp" and text.lemma[g] not in page.rules.verbs):
                    head = g
        if head is None:
            continue
        if "hearer" in entry.frames and head == cue.addressee:
            hung = [g for g in near(text, head) if _has_that(text, g)]
            if hung:
                return _range(text, hung[0])
            continue
        if "gerund" in entry.frames and entry.preps and text.dep[c] == "dobj":
            charge = _charge(text, head, entry)
            if charge is not None and _quoted(page, charge):
                return _tidy(page, cue, charge)
        found = Range(text.left[head], text.right[head])
        if "words" in entry.frames and _quoted(page, found):
            beyond = [i for i in near(text, head) if text.dep[i] == "relcl"]
            if beyond and not _quoted(page, Range(found.first, text.left[beyond[0]] - 1)):
                continue  # "wrote a book in which she shows his “odd” ways": marks of the narrator
            return found
        long = "long-np" in entry.frames and text.dep[c] == "dobj" and _weighty(page, head)
        if long and not _given(text, verb, head):
            return found
    return None


def _charge(text: ParsedText, noun: int, entry: VerbCue) -> Range | None:
    """Of "accused [the firm of “theft”]", where the parser hung the charge on the accused, the charge."""
    for c in near(text, noun):
        if c > noun and text.dep[c] == "prep" and text.lower[c] in entry.preps and c < text.right[c]:
            return Range(c + 1, text.right[c])
    return None


def _charged(text: ParsedText, verb: int, entry: VerbCue) -> Range | None:
    """Of "accused both armies of killing", where the parser hung the charge on the accused, the charge."""
    if not entry.preps:
        return None
    for c in near(text, verb):
        if c > verb and text.dep[c] == "dobj":
            found = _charge(text, c, entry)
            if found is not None and text.tag[found.first] == "VBG":
                return found
    return None


def _given(text: ParsedText, verb: int, noun: int) -> bool:
    """Whether the verb's object goes to somebody named before it: "denied [them] the right to speak"."""
    before = (c for c in near(text, verb) if verb < c < noun)
    return any(text.dep[c] in ("dative", "dobj") and text.pos[c] != "ADP" for c in before)


def _weighty(page: Page, head: int) -> bool:
    """A noun phrase that tells as much as a clause: long, with a clause or gerund in it."""
    text = page.text
    inside = range(text.left[head], text.right[head] + 1)
    if sum(1 for i in inside if text.word[i][0].isalnum()) < page.rules.numbers["phrase-words"]:
        return False
    if text.lower[text.left[head]] == "any":
        return True
    return any(text.dep[i] in ("relcl", "acl", "pcomp", "ccomp") for i in inside if i != head)


def _quoted(page: Page, found: Range) -> bool:
    """Whether a quotation begins in a range, or with the mark before it."""
    return any(page.first[n] >= found.first - 1 for n in page.held(found.first, found.last))


# ----------------------------------------------------------- nouns and phrases


def _of_noun(page: Page, cue: Cue, entry: NounCue) -> tuple[str, list[Range]] | None:
    text = page.text
    for c in near(text, cue.token):
        if c < cue.token:
            continue
        if text.dep[c] in ("acl", "ccomp", "relcl") and "that" in entry.frames and _has_that(text, c):
            return "noun-that", [_range(text, c)]
        if text.dep[c] in ("acl", "xcomp") and "to" in entry.frames and _infinitive(text, c):
            return "noun-to", [_from_to(text, c)]
    return None


def _has_that(text: ParsedText, clause: int) -> bool:
    return any(text.lower[c] == "that" and text.dep[c] == "mark" for c in near(text, clause))


def _according(page: Page, cue: Cue) -> tuple[str, list[Range]] | None:
    text = page.text
    top = text.head[cue.token]
    said = text.head[top]
    if text.dep[top] == "ccomp" and said < top < cue.token and text.word[cue.token - 1] == ",":
        # of "Blok said it was late, according to the paper" the paper says all
        top = said if text.lemma[said] in page.rules.verbs else top
    if top == cue.token:
        # the parser made the phrase the sentence's head: what is said follows the source and a comma
        assert cue.source is not None
        sentence = text.sentences[text.sent[cue.token]]
        start = cue.source.last + 1
        if cue.token != sentence.first or start >= sentence.last or text.word[start] != ",":
            return None
        return "according", [Range(start + 1, sentence.last)]
    ranges = _without(text, _top(text, top), cue.token)
    return ("according", ranges) if ranges else None


def _top(text: ParsedText, token: int) -> int:
    """The head of the clause that a token belongs to, up to the sentence or a reported clause."""
    at = token
    for _ in range(50):
        if text.head[at] == at or text.dep[at] in ("ccomp", "parataxis"):
            return at
        at = text.head[at]
    return at


def _without(text: ParsedText, top: int, part: int) -> list[Range]:
    """The subtree of ``top`` less that of ``part``: up to two ranges."""
    first, last = text.left[top], text.right[top]
    cut_first, cut_last = text.left[part], text.right[part]
    pieces = (Range(first, cut_first - 1), Range(cut_last + 1, last))
    return [p for p in pieces if any(text.word[i][0].isalnum() for i in range(p.first, p.last + 1))]
