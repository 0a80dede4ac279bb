"""Who utters a cue: its subject, agent, owner, or the one its clause hangs on."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

from pipeline.parsed import ParsedText
from pipeline.rules.quotes import QuoteRules

_SUBJECT = frozenset({"nsubj", "csubj"})
_CUT = frozenset({"relcl", "acl", "appos", "advcl", "parataxis", "ccomp"})
_NO_SOURCE = frozenset({"DATE", "TIME", "MONEY", "QUANTITY", "ORDINAL"})
_ASTRAY = frozenset({"advmod", "npadvmod", "intj", "dep"})  # what a subject becomes whose word the tagger mistakes
_MANY = 100  # dependents of one head from which on only those so many tokens around it are looked at
_CHAIN = 20  # joined heads followed in one phrase
_NOMINAL = frozenset({"NOUN", "PROPN", "PRON", "NUM", "ADJ", "DET"})


@dataclass(frozen=True, slots=True)
class Source:
    """A noun phrase: ``head`` is what it refers by (a relative pronoun's antecedent), the rest its tokens."""

    head: int
    first: int
    last: int


def phrase(text: ParsedText, head: int, depth: int = 0) -> Source:
    """The noun phrase of a head with the modifiers that identify it: no relative clause, no apposition."""
    first, last = head, head
    for child in near(text, head):
        if child < head:
            if text.dep[child] not in ("punct", "cc", "advmod", "preconj", "mark", "prep"):
                first = min(first, text.left[child])
        elif text.dep[child] in _CUT or text.dep[child] == "punct":
            if text.dep[child] != "punct" or text.word[child] in ",;:—–-(":
                break
        elif text.right[child] > last:
            last = _identifying(text, child)
    for child in near(text, head):
        if child > head and text.dep[child] in ("conj", "cc") and last < child:
            between = text.word[last + 1 : child]
            if not any(w in (",", ";", "—") for w in between):
                last = phrase(text, child, depth + 1).last if text.dep[child] == "conj" and depth < _CHAIN else last
    while last > head and not text.word[last][0].isalnum() and text.word[last] not in ("'s", "’s", ")", "%", "."):
        last -= 1
    while first < head and not text.word[first][0].isalnum() and text.word[first][0] not in "@#$(":
        first += 1
    return Source(head, first, last)


def _identifying(text: ParsedText, child: int) -> int:
    """The last token of a modifier, without a relative clause that a comma sets off in it."""
    for i in range(child + 1, text.right[child]):
        if text.word[i] == "," and any(text.dep[c] in ("relcl", "acl") and c > i for c in near(text, text.head[i])):
            return i - 1
    return text.right[child]


def refer(text: ParsedText, head: int, rules: QuoteRules) -> Source:
    """The phrase of a head; of a relative pronoun the pronoun itself, with the antecedent as ``head``."""
    if text.lower[head] in rules.lists["relative-pronouns"] and text.tag[head] in ("WP", "WDT", "WP$", "IN"):
        clause = text.head[head]
        while text.dep[clause] not in ("relcl", "acl", "ROOT") and text.head[clause] != clause:
            clause = text.head[clause]
        if text.dep[clause] in ("relcl", "acl"):
            return Source(text.head[clause], head, head)
        return Source(head, head, head)
    found = phrase(text, head)
    for child in near(text, head):
        if text.dep[child] == "prep" and text.lower[child] == "of" and text.dep[head] in _SUBJECT:
            for who in text.children[child]:
                # "families, many of whom say": those that the clause hangs on
                clause = text.head[head]
                if text.tag[who] == "WP" and text.dep[clause] in ("relcl", "acl"):
                    return Source(text.head[clause], found.first, found.last)
    if text.pos[head] in ("NOUN", "NUM"):
        for child in near(text, head):
            # "its negotiator, Ada Blok": the name says who it is
            if text.dep[child] == "appos" and text.pos[child] == "PROPN" and child > head:
                named = phrase(text, child)
                return Source(child, found.first, named.last)
    return found


def source_of(text: ParsedText, verb: int, rules: QuoteRules) -> Source | None:
    """Who utters a verb; None where the text does not say."""
    head = _utterer(text, verb, rules, 0)
    if head is None or text.dep[head] == "expl" or _is_doing(text, head):
        return None
    if text.ent[head] in _NO_SOURCE and not _is_age(text, head):
        return None
    if text.lower[head] == "what" or (text.lower[head] in rules.lists["pointing-pronouns"] and text.tag[head] == "DT"):
        return None
    found = refer(text, head, rules)
    return None if found.first <= verb <= found.last else found


def _is_doing(text: ParsedText, head: int) -> bool:
    """Whether a subject is what somebody does ("hearing it says a lot"), unless the name of a firm begins so."""
    if text.dep[head] != "csubj" or text.tag[head] != "VBG" or text.left[head] != head:
        return False
    after, before = text.word[head + 1 : head + 2], text.word[max(head - 1, 0) : head]
    return after != [] and after[0].islower() and before != [","]


def _is_age(text: ParsedText, head: int) -> bool:
    """Whether a date expression is an age that stands for a person ("the 44-year-old said")."""
    return text.lower[head] == "old" and text.lower[head - 2] == "year" and text.lower[text.left[head]] == "the"


def near(text: ParsedText, head: int) -> list[int]:
    """The dependents of a head; of very many, as a parser makes of a list, those around it."""
    found = text.children[head]
    if len(found) <= _MANY:
        return found
    return found[bisect_left(found, head - _MANY) : bisect_left(found, head + _MANY)]


def own_subject(text: ParsedText, verb: int) -> int | None:
    """The verb's own subject, or agent in the passive.

    Of two subjects the nearest before the verb: the other is what is said ("This plan, she said, …").
    """
    before = after = passive = mistaken = None
    for child in near(text, verb):
        if text.dep[child] in _SUBJECT:
            if child < verb:
                before = child
            elif after is None:
                after = child
        if text.dep[child] == "agent":
            for grandchild in text.children[child]:
                if text.dep[grandchild] == "pobj":
                    passive = grandchild
        if child < verb and text.dep[child] in _ASTRAY and _is_name(text, child):
            mistaken = child
    if before is not None and text.pos[before] == "PRON" and text.tag[before] == "EX":
        return None
    if before is None and after is None and passive is None and text.tag[verb] in ("VBD", "VBZ", "VBP"):
        return mistaken
    return before if before is not None else after if after is not None else passive


def _is_name(text: ParsedText, token: int) -> bool:
    """Whether a word that the tagger took for something else is a name elsewhere in the text."""
    word = text.word[token]
    return word[0].isupper() and text.left[token] == token and text.pos[token] != "PROPN" and word in text.proper


def extra_subject(text: ParsedText, verb: int) -> int | None:
    """The first of two subjects before a verb: the start of what is said."""
    found = [c for c in near(text, verb) if text.dep[c] in ("nsubj", "nsubjpass", "csubj") and c < verb]
    if len(found) < 2 or "," not in text.word[text.right[found[0]] : found[-1]]:
        return None
    return None if text.ent[found[0]] in _NO_SOURCE else found[0]


def owner(text: ParsedText, noun: int, rules: QuoteRules) -> Source | None:
    """Whose word a noun of speech is: "her claim", "a warning from the bank", "they made the claim"."""
    head = _owner(text, noun, rules, 0)
    return None if head is None or head == noun else refer(text, head, rules)


def is_passive(text: ParsedText, verb: int) -> bool:
    """Whether a verb stands in the passive."""
    return any(text.dep[c] in ("nsubjpass", "auxpass") for c in near(text, verb))


def _utterer(text: ParsedText, verb: int, rules: QuoteRules, depth: int) -> int | None:
    found = own_subject(text, verb)
    if found is not None or depth > 6:
        return found
    head, dep = text.head[verb], text.dep[verb]
    if head == verb:
        return None
    if is_passive(text, verb) or (text.tag[verb] == "VBN" and dep in ("advcl", "acl", "ROOT")):
        return None
    if dep == "advcl" and text.tag[verb] in ("VBD", "VBN") and text.lower[verb - 1] in rules.lists["asked-openers"]:
        return None  # "when asked about it, she said": others asked
    if dep == "conj":
        outer = _outer_cue(text, verb, rules)
        if outer is not None:
            return _utterer(text, outer, rules, depth + 1)
    if dep in ("conj", "xcomp", "advcl", "ccomp", "dep", "parataxis", "aux") and text.pos[head] in ("VERB", "AUX"):
        if dep == "xcomp" and not is_passive(text, head):
            for child in near(text, head):
                if text.dep[child] in ("dobj", "dative") and child < verb:
                    return child
        for child in near(text, head):
            if text.dep[child] == "nsubjpass":
                return child
        return _utterer(text, head, rules, depth + 1)
    if dep in ("acl", "relcl", "conj", "appos", "xcomp", "advcl") and text.pos[head] in ("NOUN", "PROPN", "PRON"):
        return _owner(text, head, rules, depth)
    if dep == "pcomp":
        governor = text.head[head]
        if text.pos[governor] in ("VERB", "AUX"):
            quoting = text.lemma[governor] in rules.lists["quoting-verbs"] and text.lower[head] == "as"
            for child in near(text, governor):
                if text.dep[child] == "nsubjpass" or (quoting and text.dep[child] == "dobj"):
                    return child
            return _utterer(text, governor, rules, depth + 1)
        if text.pos[governor] in ("NOUN", "PROPN"):
            return _owner(text, governor, rules, depth)
    return None


def _outer_cue(text: ParsedText, verb: int, rules: QuoteRules) -> int | None:
    """Of "she said it was late and warned …" the first cue, where the parser hung the second on what it reports."""
    top = verb
    for _ in range(10):
        if text.dep[top] != "conj":
            break
        top = text.head[top]
    outer = text.head[top]
    if text.dep[top] in ("ccomp", "xcomp") and outer < top and text.lemma[outer] in rules.verbs:
        return outer if text.tag[outer] == text.tag[verb] else None
    return None


def _owner(text: ParsedText, noun: int, rules: QuoteRules, depth: int) -> int | None:
    """Of "a statement saying": whose statement; else the statement itself."""
    if text.lemma[noun].lower() in rules.nouns:
        for child in near(text, noun):
            if text.dep[child] == "poss":
                return child
        for child in near(text, noun):
            if text.dep[child] == "prep" and text.lower[child] in ("by", "from"):
                for grandchild in text.children[child]:
                    if text.dep[grandchild] == "pobj":
                        return grandchild
        governor = text.head[noun]
        if text.dep[noun] == "dobj" and text.lemma[governor] in rules.lists["giving-verbs"]:
            found = _utterer(text, governor, rules, depth + 1)
            if found is not None:
                return found
        reply = text.dep[governor] == "prep" and text.lemma[text.head[governor]] in rules.verbs
        if text.dep[noun] == "pobj" and reply:
            found = _utterer(text, text.head[governor], rules, depth + 1)
            if found is not None:
                return found
    return noun


def neighbour(text: ParsedText, begin: int, verb: int, rules: QuoteRules) -> Source | None:
    """The noun phrase between a closing mark and its verb, or right after the verb ("“…,” said Ada Blok")."""
    for low, high in ((begin, verb), (verb + 1, min(verb + 4, len(text)))):
        for i in range(low, high):
            if text.sent[i] != text.sent[verb]:
                break
            nominal = text.pos[i] in ("PROPN", "NOUN", "PRON") or _is_name(text, i)
            if nominal and text.dep[i] not in ("compound", "poss", "amod", "npadvmod"):
                found = refer(text, i, rules)
                if found.first >= low and found.last < (verb if low == begin else len(text)):
                    return found
                break
    return None


def addressee_of(text: ParsedText, verb: int) -> int | None:
    """Head of the phrase that names to whom it is said."""
    for child in near(text, verb):
        if child > verb and text.dep[child] in ("dobj", "dative", "iobj") and text.pos[child] in _NOMINAL:
            if text.dep[child] == "dative" and text.pos[child] == "ADP":
                continue
            return child
    for child in near(text, verb):
        if text.dep[child] in ("prep", "dative") and text.lower[child] == "to":
            for grandchild in text.children[child]:
                if text.dep[grandchild] == "pobj":
                    return grandchild
    return None


def negated(text: ParsedText, verb: int, rules: QuoteRules) -> bool:
    """Whether the saying itself is denied ("did not say", "declined to say")."""
    at = verb
    for _ in range(4):
        if any(text.dep[c] == "neg" for c in near(text, at)):
            return True
        if text.dep[at] != "xcomp" or text.head[at] == at:
            return False
        at = text.head[at]
        if text.lemma[at] in rules.lists.get("refusals", frozenset()):
            return True
    return False
