"""Fields of a record: their names, and the article or reject that they make."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from pipeline.errors import RecordError, UsageError
from pipeline.read.decode import binary_share, mend
from pipeline.read.language import Language, detect, stated
from pipeline.read.metadata import Metadata
from pipeline.read.published import Published, parse_published
from pipeline.read.sources import Source
from pipeline.records import Article, Notice, PublishedSource, Reject

STAGE = "read"
# names under which each field is looked for, in this order, in any case
NAMES: Mapping[str, tuple[str, ...]] = {
    "id": ("id",),
    "text": ("text", "body", "content"),
    "title": ("title",),
    "published": ("published", "date", "published_at"),
    "url": ("url",),
    "author": ("author",),
    "publisher": ("publisher",),
    "language": ("language",),
}
_EXCERPT = 200
_LONGEST_ID = 1000
# the tokenizer takes time with the square of such a run; no article has one
_MARKS = re.compile(r"(?<![^\w\s])[^\w\s]{2000}")

Outcome = Article | Reject | Notice


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadOptions:
    """What a command says about its inputs.

    ``fields`` maps a field to the name it has in the records (``--map text=story``); a
    file or record that has no such name is read by the standard ones;
    ``metadata`` gives fields to records that lack them; ``published`` is the day of
    publication of all that say none; a text of more than ``max_chars`` code points is
    rejected; ``qualify_ids`` puts the file in front of every id.
    """

    fields: Mapping[str, str] = field(default_factory=dict)
    metadata: Metadata = field(default_factory=Metadata)
    published: date | None = None
    max_chars: int = 1_000_000
    qualify_ids: bool = False


@dataclass(slots=True)
class Raw:
    """One record as a format's reader hands it over, its fields under our names.

    ``record`` counts from 0; None for a file that is one article. ``page`` is the date
    that an HTML page states. ``notices`` are (kind, message) pairs.
    """

    record: int | None
    fields: Mapping[str, Any]
    page: str | None = None
    notices: list[tuple[str, str]] = field(default_factory=list)


def parse_map(pairs: Sequence[str]) -> dict[str, str]:
    """``["text=story,title=headline"]`` as a mapping. UsageError at an unknown field."""
    out: dict[str, str] = {}
    for pair in ",".join(pairs).split(","):
        if not pair.strip():
            continue
        ours, mark, theirs = (part.strip() for part in pair.partition("="))
        if not (ours and mark and theirs):
            raise UsageError(f"--map {pair.strip()!r}: write FIELD=NAME, such as text=body")
        if ours not in NAMES:
            raise UsageError(f"--map {pair.strip()!r}: unknown field {ours!r} (known: {', '.join(NAMES)})")
        if ours in out:
            raise UsageError(f"--map: field {ours!r} is given twice")
        out[ours] = theirs
    return out


def choose(names: Sequence[str], options: ReadOptions) -> dict[str, list[int]]:
    """For each of our fields, the positions in ``names`` that may hold it, best first."""
    exact = {name: i for i, name in reversed(list(enumerate(names)))}
    loose = {name.strip().casefold(): i for i, name in reversed(list(enumerate(names)))}
    out: dict[str, list[int]] = {}
    for ours, known in NAMES.items():
        mapped = (options.fields[ours],) if ours in options.fields else ()
        for wanted in (mapped, known):
            places = [exact.get(name, loose.get(name.casefold(), -1)) for name in wanted]
            if found := [place for place in dict.fromkeys(places) if place >= 0]:
                out[ours] = found
                break
    return out


def pick(values: Mapping[str, Any], options: ReadOptions) -> dict[str, Any]:
    """Our fields of an object with named values. A mapped name with dots reaches into objects inside."""
    loose = {str(name).strip().casefold(): value for name, value in reversed(list(values.items()))}
    out: dict[str, Any] = {}
    for ours, known in NAMES.items():
        mapped = options.fields.get(ours, "")
        there = mapped in values or mapped.casefold() in loose or mapped.partition(".")[0] in values
        for name in (mapped,) if mapped and there else known:
            value = values[name] if name in values else loose.get(name.casefold())
            if value is None and name == mapped and "." in name:
                value = _reach(values, name.split("."))
            if value is not None and value != "":
                out[ours] = value
                break
    return out


def reject(source: Source, record: int | None, error: str, message: str, excerpt: object = None) -> Reject:
    """A row of ``rejects`` for a record of this file, or for the file (``record`` None)."""
    shown = None
    if excerpt is not None:
        head = excerpt[: 4 * _EXCERPT] if isinstance(excerpt, str | bytes) else str(excerpt)[: 4 * _EXCERPT]
        text = head.decode("utf-8", "replace") if isinstance(head, bytes) else head
        shown = mend(" ".join(text.replace("\0", " ").split()))[0][:_EXCERPT] or None
    doc_id = source.own_id if source.single and record is None else None
    return Reject(source.name, record, doc_id, STAGE, error, mend(message)[0], shown)


def build(raw: Raw, source: Source, options: ReadOptions) -> Iterator[Outcome]:
    """The article of one record, after notices about it; or one reject. Never raises for what a record holds."""
    notices = list(raw.notices)
    doc_id: str | None = source.own_id if source.single else None
    try:
        own = _own_id(raw, notices)
        given, clash = options.metadata.fields_of(source, own)
        if own is None and source.single:
            own = given.get("id")
        doc_id = own or doc_id
        text = _text(raw, options.max_chars, notices)
        digest = hashlib.sha256(text.encode("utf-8")).hexdigest()
        doc_id = _doc_id(own, source, digest, options.qualify_ids)
        if clash:
            notices.append(("metadata", clash))
        strings = {name: _string(raw.fields.get(name), name, notices) or given.get(name) for name in _PLAIN}
        language = _language(strings["language"], text)
        published, origin = _published(raw, given, options, notices)
    except RecordError as error:
        excerpt = raw.fields.get("text")
        row = reject(source, raw.record, error.kind, str(error), excerpt if isinstance(excerpt, str) else None)
        yield Reject(row.source, row.record, doc_id, row.stage, row.error, row.message, row.excerpt)
        return
    for kind, message in notices:
        yield Notice(source.name, raw.record, doc_id, kind, message)
    yield Article(
        doc_id=doc_id,
        source=source.name,
        record=raw.record,
        text=text,
        title=strings["title"],
        url=strings["url"],
        author=strings["author"],
        publisher=strings["publisher"],
        language=language.code,
        published_at=published.at if published else None,
        published_date=published.day if published else None,
        published_source=origin,
        text_sha256=digest,
    )


_PLAIN = ("title", "url", "author", "publisher", "language")


def _reach(values: Mapping[str, Any], path: Sequence[str]) -> Any:
    here: Any = values
    for name in path:
        if not isinstance(here, Mapping):
            return None
        here = here.get(name)
    return here


def _own_id(raw: Raw, notices: list[tuple[str, str]]) -> str | None:
    own = _string(raw.fields.get("id"), "id", notices)
    if own is not None and len(own) > _LONGEST_ID:
        raise RecordError("bad-id", f"its id has {len(own)} characters; {_LONGEST_ID} are allowed")
    return own


def _doc_id(own: str | None, source: Source, digest: str, qualify: bool) -> str:
    if own is None and source.single:
        # an ending tells a.txt from a.html, the folder's name one folder given from another
        return f"{source.root.resolve().name}/{source.inside_printable}" if qualify else source.own_id
    if own is None:
        return f"{source.stem}:{digest[:12]}"
    return f"{source.own_id}:{own}" if qualify else own


def _text(raw: Raw, max_chars: int, notices: list[tuple[str, str]]) -> str:
    text = raw.fields.get("text")
    if text is None:
        raise RecordError("no-text", "the record has no text: --map text=NAME names the field that holds it")
    if not isinstance(text, str):
        raise RecordError("no-text", f"its text is not a string but {_kind(text)}")
    if not text.strip() or not text.strip("\0 \t\r\n\ufeff\u200b"):
        raise RecordError("empty", "its text is empty")
    if len(text) > max_chars:
        raise RecordError("too-large", too_large(f"{len(text):,} characters", max_chars))
    if binary_share(text) > 0.05:
        raise RecordError("binary", "its text is not text: too many control characters")
    if _MARKS.search(text):
        raise RecordError("marks", "its text has a run of 2,000 marks without a letter, digit or space between")
    text, mended = mend(text)
    if mended:
        notices.append(("characters", f"{mended} lone surrogates in the text were replaced by U+FFFD"))
    if nulls := text.count("\0"):
        notices.append(("characters", f"the text has {nulls} null bytes"))
    return text


def too_large(size: str, max_chars: int) -> str:
    """What to tell about a text that is too large."""
    return f"the text has {size}, more than {max_chars:,}: split it into articles, or raise --max-chars"


def _string(value: Any, name: str, notices: list[tuple[str, str]]) -> str | None:
    if value is None or isinstance(value, bool):
        return None
    if isinstance(value, list | tuple) and value and all(isinstance(v, str) for v in value):
        value = ", ".join(value)
    if isinstance(value, int | float):
        value = str(value) if abs(value) < 1e300 else ""
    if not isinstance(value, str):
        notices.append(("field", f"{name} is not text but {_kind(value)}: left empty"))
        return None
    text, mended = mend(" ".join(value.split()) if len(value) < 100_000 else "")
    if mended:
        notices.append(("characters", f"{mended} lone surrogates in {name} were replaced by U+FFFD"))
    return text.strip("\0") or None


def _language(value: str | None, text: str) -> Language:
    language = stated(value) if value else detect(text)
    if not language.english:
        how = "by its own word" if value else "by its letters"
        raise RecordError("language", f"the article is not in English but, {how}, in {language.code!r}")
    return language


def _published(
    raw: Raw, given: Mapping[str, str], options: ReadOptions, notices: list[tuple[str, str]]
) -> tuple[Published | None, PublishedSource]:
    """The record's own word first, then the metadata table's, the page's, the command's."""
    for value, origin in (
        (raw.fields.get("published"), PublishedSource.METADATA),
        (given.get("published"), PublishedSource.METADATA),
        (raw.page, PublishedSource.PAGE),
    ):
        if value is None or value == "":
            continue
        found = _moment(value)
        if found is not None:
            return found, origin
        shown = mend(str(value))[0][:60]
        notices.append(("published", f"its date {shown!r} is not one day that is sure: left empty"))
    if options.published is not None:
        return Published(None, options.published), PublishedSource.METADATA
    return None, PublishedSource.NONE


def _moment(value: Any) -> Published | None:
    if isinstance(value, datetime):
        return parse_published(value.isoformat())
    if isinstance(value, date):
        return Published(None, value)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    if isinstance(value, float):
        value = int(value) if abs(value) < 1e16 else ""
    return parse_published(str(value))


def _kind(value: Any) -> str:
    names = {dict: "an object", list: "a list", bool: "true or false", int: "a number", float: "a number"}
    return names.get(type(value), f"a {type(value).__name__}")
