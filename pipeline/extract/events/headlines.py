"""Headlines in capitals, whose verb the tagger takes for a part of a name.

"Bank Fires Director Over Loan": with every word capitalised there may be no verb in the
parse. Such a headline is short and plain, so its clause is read off the order of words:
who, does, whom, and phrases after prepositions.
"""

from __future__ import annotations

from collections.abc import Collection

from pipeline.extract.events.frames import FINITE, Frame
from pipeline.parsed import ParsedText
from pipeline.records import Sentence

_NAMES = frozenset({"NNP", "NNPS", "NNS", "NN"})
_PREPOSITIONS = frozenset({"IN", "TO"})
_FEWEST = 3  # words of a headline with subject, verb and object
_MOST = 20


def headline_frame(text: ParsedText, sentence: Sentence, verbs: Collection[str]) -> tuple[Frame, str] | None:
    """The frame and lemma of a headline's verb, or None if the parse has a verb or nothing looks like one.

    ``verbs`` are the lemmas that it may be of. The verb is the first word that is one of
    them in the third person, with a name or noun before it and another after it.
    """
    first, last = sentence.first, sentence.last
    if not _FEWEST <= last - first + 1 <= _MOST:
        return None
    if any(text.tag[i] in FINITE or text.tag[i] == "MD" for i in range(first, last + 1)):
        return None
    for i in range(first + 1, last):
        if text.tag[i] not in _NAMES or not text.word[i][0].isupper() or text.tag[i - 1] not in _NAMES:
            continue
        lemma = next((b for b in _bases(text.lower[i]) if b in verbs), None)
        if lemma is not None and text.tag[i + 1] not in ("POS", ",", ":"):
            return _frame(text, i, last), lemma
    return None


def _bases(word: str) -> tuple[str, ...]:
    if not word.endswith("s") or word.endswith("ss"):
        return ()
    if word.endswith("ies"):
        return (word[:-3] + "y",)
    return (word[:-1], word[:-2]) if word.endswith("es") else (word[:-1],)


def _frame(text: ParsedText, verb: int, last: int) -> Frame:
    frame = Frame(verb, verb)
    frame.add("subject", [verb - 1])
    slot, head = "object", -1
    for i in range(verb + 1, last + 2):
        tag = text.tag[i] if i <= last else ""
        if tag in _NAMES and text.word[i].isalpha():
            head = i
            continue
        if tag in ("DT", "JJ", "CD", "PRP$", "POS", "HYPH"):
            continue
        if head >= 0:
            frame.add(slot, [head])
        if tag not in _PREPOSITIONS:
            break
        slot, head = text.lower[i], -1
    return frame
