"""Is it English? A detector without network, asked only where it can know."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from py3langid.langid import MODEL_FILE, LanguageIdentifier

_SAMPLE = 600
_ENOUGH = 120  # letters below which only another script is believed
_SURE = 0.9
_LETTERS = re.compile(r"[^\W\d_]")
_LATIN = re.compile("[A-Za-z\u00c0-\u024f]")
_ENGLISH = re.compile(r"(?i)en(?:g|glish)?(?:[-_ ].*)?")


class Language(NamedTuple):
    """A language code (ISO 639-1), ``None`` where the text is too short or mixed to tell; and whether to go on."""

    code: str | None
    english: bool


def stated(value: str) -> Language:
    """What a record says of itself: ``en``, ``eng``, ``en-GB``, ``English`` are English, all else is not."""
    value = value.strip()
    if _ENGLISH.fullmatch(value):
        return Language("en" if len(value) == 2 or value.lower() in ("eng", "english") else value, True)
    return Language(value, False)


def detect(text: str) -> Language:
    """The language of a text, by samples of its beginning, middle and end.

    It is held to be another than English only if all samples are, surely, so that a
    passage quoted in the original, a list of names or a short headline rejects nothing.
    """
    samples = _samples(text)
    found: str | None = None
    for sample in samples:
        letters = len(_LETTERS.findall(sample))
        if letters < _ENOUGH:
            latin = len(_LATIN.findall(sample))
            if letters < 12:
                return Language(None, True)
            if 2 * latin > letters:
                return Language("en" if load_detector().classify(sample)[0] == "en" else None, True)
        code, sure = load_detector().classify(sample)
        if code == "en":
            return Language("en", True)
        if sure < _SURE and _LATIN.search(sample):
            return Language(None, True)
        found = found or code
    return Language(found, found is None)


def _samples(text: str) -> list[str]:
    if len(text) <= 2 * _SAMPLE:
        return [text]
    middle = (len(text) - _SAMPLE) // 2
    return [text[:_SAMPLE], text[middle : middle + _SAMPLE], text[-_SAMPLE:]]


@lru_cache(maxsize=1)
def load_detector() -> LanguageIdentifier:
    """The model behind ``detect``: half a second, once a process."""
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
