"""Whether an expression's clause tells of the past or of what is to come.

A future word somewhere in the sentence is a bad cue; the tense and modal of the verb
that governs the expression is a good one (counted on news with labelled dates).
"""

from __future__ import annotations

from enum import StrEnum

from pipeline.parsed import ParsedText
from pipeline.rules.dates import DateRules

_CLIMB = 10


class Tense(StrEnum):
    """What a clause's verb says of its time."""

    PAST = "past"
    FUTURE = "future"
    PRESENT = "present"
    ONGOING = "ongoing"  # a progressive: what goes on, or what is planned
    NONE = "none"


def governor(text: ParsedText, first: int, last: int) -> int | None:
    """The verb that governs the tokens ``first`` to ``last``: the nearest above them; None if there is none."""
    at = next((i for i in range(first, last + 1) if not first <= text.head[i] <= last or text.head[i] == i), last)
    for _ in range(_CLIMB):
        above = text.head[at]
        if above == at:
            return None
        at = above
        if text.pos[at] in ("VERB", "AUX") and text.tag[at][:1] in ("V", "M"):
            return at
    return None


def tense(text: ParsedText, first: int, last: int, rules: DateRules) -> Tense:
    """The tense of what the expression dates."""
    before = text.lower[first - 1] if first else ""
    if before in rules.cues["past-preposition"]:
        return Tense.PAST
    if before in rules.cues["unsettled"]:
        return Tense.NONE  # a pact that took effect or one that will
    noun = _noun_cue(text, first, last, rules)
    if noun is not Tense.NONE:
        return noun
    verb = governor(text, first, last)
    if verb is None:
        return Tense.NONE
    found = _verb_tense(text, verb, rules, 0)
    scheduled = found is Tense.ONGOING or (found is Tense.PRESENT and text.lemma[verb] in rules.cues["scheduled"])
    if scheduled and _at_verb(text, first, last, verb):
        return Tense.FUTURE  # "the court meets on Monday", "he is campaigning on Monday"
    if found is Tense.PRESENT and _conditional(text, verb, rules):
        return Tense.FUTURE
    if found is not Tense.FUTURE and before in rules.cues["up-to"] and text.lemma[verb] in rules.cues["prolonging"]:
        return Tense.FUTURE  # "the loan was extended through January"
    if found is Tense.NONE and before in rules.cues["as"] and first > 1:
        return Tense.FUTURE if text.lower[first - 2] in rules.cues["as-early"] else found  # "could come as early as"
    if found in (Tense.FUTURE, Tense.ONGOING) and _under(text, last, rules):
        return Tense.NONE  # "will be sold under a June agreement": which is made already
    if found is Tense.PAST and _names_a_noun(text, first, last):
        return Tense.NONE  # "he spoke of the July meeting" may be before or after it
    if _possessive(text, last) and found is Tense.FUTURE and text.dep[text.head[last]] not in ("nsubj", "nsubjpass"):
        return Tense.NONE  # "to get around Wednesday's ruling": the ruling has been
    above = text.head[verb]
    over = _had(text, verb, rules) or (text.dep[verb] == "advcl" and _had(text, above, rules))
    if over and (before in rules.cues["deadline"] or before in rules.cues["until"]):
        return Tense.PAST  # "had raised a million to win by June", "had paid for it until May"
    if before in rules.cues["deadline"] and found is not Tense.PAST:
        return Tense.FUTURE
    if before in rules.cues["until"]:
        return found if found is Tense.PAST and first < verb else Tense.FUTURE
    return found


def plain_past(text: ParsedText, first: int, last: int) -> bool:
    """Whether the expression's verb is a plain past or its passive: "he left", "he was seen"; no perfect."""
    verb = governor(text, first, last)
    return verb is not None and is_plain_past(text, verb)


def is_plain_past(text: ParsedText, verb: int) -> bool:
    """Whether a verb is a plain past or its passive."""
    passive = text.tag[verb] == "VBN" and any(text.tag[c] == "VBD" for c in text.children[verb])
    return passive or text.tag[verb] == "VBD"


def surely_over(text: ParsedText, first: int, last: int, rules: DateRules) -> bool:
    """Whether a plain past tense leaves no doubt that the day has been: "he resigned in April", "ended Oct. 31".

    Verbs that may tell of what is to come ("set", "announced … in April") leave one.
    """
    before = text.lower[first - 1] if first else ""
    if before in rules.cues["over"]:
        return True
    verb = governor(text, first, last)
    if verb is None or before not in rules.cues["firm-preposition"] or text.head[first - 1] != verb:
        return False
    if not is_plain_past(text, verb) or _noun_cue(text, first, last, rules) is not Tense.NONE:
        return False
    lemma = text.lemma[verb]
    return lemma not in rules.cues["foretelling"] and lemma not in rules.cues["future-verb"]


def looks_ahead(text: ParsedText, first: int, last: int, rules: DateRules) -> bool:
    """Whether what the expression dates is told as still to come: "ahead of Tuesday's vote"."""
    if first and text.lower[first - 1] in rules.cues["ahead"] and text.sent[first - 1] == text.sent[first]:
        return True
    at = last
    for _ in range(_CLIMB):
        above = text.head[at]
        if above == at or (text.pos[above] in ("VERB", "AUX") and text.lower[above] not in rules.cues["ahead"]):
            return False
        at = above
        if text.lower[at] in rules.cues["ahead"]:
            return True
    return False


def dates_its_verb(text: ParsedText, first: int, last: int) -> bool:
    """Whether the expression hangs on its verb itself, not on a noun of the clause."""
    verb = governor(text, first, last)
    return verb is not None and _at_verb(text, first, last, verb)


def plainly_to_come(text: ParsedText, first: int, last: int, rules: DateRules) -> bool:
    """ "will meet on Thursday", "a meeting set for Thursday could": the plain future of the verb that it hangs on."""
    verb = governor(text, first, last)
    if verb is None or not _at_verb(text, first, last, verb):
        return False
    if text.tag[verb] == "VBN" and not _has_child(text, verb, rules.cues["past-aux"]):
        above = governor(text, verb, verb)
        return above is None or _verb_tense(text, above, rules, 0) is not Tense.PAST
    return _has_child(text, verb, rules.cues["plain-future"])


def looks_back(text: ParsedText, first: int, last: int, rules: DateRules) -> bool:
    """Whether the expression only names a thing ("a Friday tweet"), or what had been due by then."""
    if _names_a_noun(text, first, last) and not _possessive(text, last):
        return True
    verb = governor(text, first, last)
    return verb is not None and _was_due(text, verb, rules)


def _was_due(text: ParsedText, verb: int, rules: DateRules) -> bool:
    """ "It had been due to end on Friday": by now it has ended, or another day was set."""
    above = text.head[verb]
    if above == verb or not any(text.tag[c] == "TO" for c in text.children[verb]):
        return False
    return _had(text, above, rules) or (text.pos[above] == "ADJ" and _had(text, text.head[above], rules))


def _at_verb(text: ParsedText, first: int, last: int, verb: int) -> bool:
    heads = [text.head[i] for i in range(first, last + 1) if not first <= text.head[i] <= last]
    return any(h == verb or (text.pos[h] == "ADP" and text.head[h] == verb) for h in heads)


def _names_a_noun(text: ParsedText, first: int, last: int) -> bool:
    head = text.head[last]
    return head > last and text.dep[last] in ("compound", "nmod", "amod") and text.pos[head] in ("NOUN", "PROPN")


def _under(text: ParsedText, last: int, rules: DateRules) -> bool:
    """Whether the noun that the expression names is the ground or the past of what is told."""
    if not _names_a_noun(text, last, last):
        return False
    noun = text.head[last]
    return text.dep[noun] == "pobj" and text.lower[text.head[noun]] in rules.cues["given"]


def _possessive(text: ParsedText, last: int) -> bool:
    return last + 1 < len(text) and text.tag[last + 1] == "POS"


def _has_object(text: ParsedText, verb: int) -> bool:
    return any(text.dep[c] in ("dobj", "nsubjpass") for c in text.children[verb]) or text.dep[verb] == "acl"


def _has_child(text: ParsedText, token: int, words: frozenset[str]) -> bool:
    return any(text.lower[c] in words for c in text.children[token])


def _among_the_first(text: ParsedText, noun: int, rules: DateRules) -> bool:
    """ "the first country to join": it has joined."""
    return text.lower[noun] in rules.cues["pioneer"] or _has_child(text, noun, rules.cues["pioneer"])


def _noun_cue(text: ParsedText, first: int, last: int, rules: DateRules) -> Tense:
    at = text.head[last]
    for _ in range(3):
        if text.lemma[at] in rules.cues["future-noun"] or text.lower[at] in rules.cues["future-noun"]:
            return Tense.FUTURE
        if text.pos[at] == "VERB" or text.head[at] == at:
            break
        if any(text.lower[c] in rules.cues["future-noun"] for c in text.children[at]):
            return Tense.FUTURE
        if any(text.lower[c] in rules.cues["planned"] and text.dep[c] == "amod" for c in text.children[at]):
            return Tense.FUTURE  # "a planned rally on Saturday"
        at = text.head[at]
    return Tense.NONE


def _conditional(text: ParsedText, verb: int, rules: DateRules) -> bool:
    """ "If he runs and loses in the fall": the condition stands before the first of the verbs."""
    if _has_child(text, verb, rules.cues["condition"]):
        return True
    return text.dep[verb] == "conj" and _has_child(text, text.head[verb], rules.cues["condition"])


def _had(text: ParsedText, verb: int, rules: DateRules) -> bool:
    """Whether a verb is a past perfect."""
    perfect = rules.cues["perfect-past"]
    return any(text.lower[c] in perfect for c in text.children[verb] if text.dep[c] in ("aux", "auxpass"))


def _awaited(text: ParsedText, verb: int, rules: DateRules, depth: int) -> bool:
    """ "likely to buy as soon as trading opened": the past tense of what is still awaited."""
    above = text.head[verb]
    if text.dep[verb] != "advcl" or above == verb:
        return False
    if text.pos[above] == "ADV" and text.lower[above] in rules.cues["as-soon"]:
        above = text.head[above]
    elif not _has_child(text, verb, rules.cues["as-soon"]):
        return False
    return text.pos[above] in ("VERB", "AUX") and _verb_tense(text, above, rules, depth + 1) is Tense.FUTURE


def _verb_tense(text: ParsedText, verb: int, rules: DateRules, depth: int) -> Tense:
    aux = [text.lower[c] for c in text.children[verb] if text.dep[c] in ("aux", "auxpass")]
    if any(a in rules.cues["future"] for a in aux):
        return Tense.FUTURE
    if any(a in rules.cues["unclear"] for a in aux):
        return Tense.NONE  # "could not be reached Wednesday" as well as "could begin Wednesday"
    if any(a in rules.cues["modal"] for a in aux):
        return Tense.PAST if any(a in rules.cues["perfect"] for a in aux) else Tense.FUTURE
    tag = text.tag[verb]
    above = text.head[verb]
    higher = depth < 4 and above != verb
    cue = text.lemma[verb] in rules.cues["future-verb"] or text.lower[verb] in rules.cues["future-verb"]
    if cue and text.lemma[verb] in rules.cues["future-object"] and _has_object(text, verb):
        return Tense.FUTURE
    if tag in ("VBZ", "VBP") and cue:
        return Tense.FUTURE
    as_ = any(text.lower[c] in rules.cues["as"] and c < verb for c in text.children[verb])
    if cue and tag == "VBN" and as_:  # "as planned"
        return _verb_tense(text, above, rules, depth + 1) if higher and text.pos[above] == "VERB" else Tense.NONE
    if tag == "VBN" and cue and not any(a in rules.cues["past-aux"] for a in aux):
        return Tense.FUTURE
    if "to" in aux and higher and (tag == "VB" or len(aux) > 1):  # not "a notice to affected workers"
        if _was_due(text, verb, rules):
            return Tense.NONE
        if text.lemma[above] in rules.cues["future-verb"] or text.lower[above] in rules.cues["future-verb"]:
            return Tense.FUTURE
        if text.lemma[above] == "be":
            return Tense.FUTURE
        if text.pos[above] in ("NOUN", "PROPN", "ADJ"):
            if _among_the_first(text, above, rules):
                return Tense.PAST
            made = text.pos[above] == "ADJ" and text.tag[text.head[above]] == "VBD"
            return Tense.PAST if made else Tense.FUTURE  # "the flood made it hard to meet demand in May"
        return _verb_tense(text, above, rules, depth + 1) if text.pos[above] in ("VERB", "AUX") else Tense.FUTURE
    if any(a in rules.cues["past-aux"] for a in aux) or tag == "VBD":
        return Tense.FUTURE if tag == "VBD" and depth < 4 and _awaited(text, verb, rules, depth) else Tense.PAST
    complement = text.dep[verb] in ("ccomp", "xcomp", "oprd") and text.pos[above] in ("VERB", "AUX")
    if tag == "VBN" and not aux and higher and complement:
        return _verb_tense(text, above, rules, depth + 1)  # "a chance to make it known on Tuesday"
    if tag == "VBN":
        return Tense.PAST if not aux else Tense.PRESENT
    if tag == "VBG" and any(a in rules.cues["progressive"] for a in aux):
        return Tense.FUTURE if text.lemma[verb] in rules.cues["scheduled"] or cue else Tense.ONGOING
    if tag in ("VBG", "VB") and higher:
        at = above
        for _ in range(4):
            if text.pos[at] in ("VERB", "AUX"):
                return _verb_tense(text, at, rules, depth + 1)
            if text.head[at] == at:
                break
            at = text.head[at]
        return Tense.NONE
    if tag in ("VBZ", "VBP"):
        return Tense.PRESENT
    return Tense.NONE
