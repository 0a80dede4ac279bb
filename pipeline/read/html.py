"""``.html``: one article a page, its text taken out by trafilatura, its fields from the page's own tags.

The date is one that the page states (meta tags, JSON-LD, ``time`` elements), never one
that a program guessed from numbers in the text or the address.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from typing import Any

import trafilatura
from trafilatura.metadata import extract_metadata

from pipeline.errors import RecordError
from pipeline.read.decode import decode
from pipeline.read.fields import Outcome, Raw, ReadOptions, build, reject, too_large
from pipeline.read.published import parse_published
from pipeline.read.sources import Source
from pipeline.read.streams import OnBytes, read_up_to

LARGEST_PAGE = 8_000_000
_CHARSET = re.compile(
    rb"""<(?:meta|\?xml)[^>]{0,200}?(?:charset|encoding)\s*=\s*["']?\s*([A-Za-z0-9_.:-]{2,30})""", re.I
)
_LEAST_WORDS = 25
# Names that sites give the day of first publication: Open Graph, Dublin Core, Schema.org,
# and those of common analytics and content systems; the surest first.
_META = (
    "article:published_time",
    "article:published",
    "datepublished",
    "og:published_time",
    "og:article:published_time",
    "parsely-pub-date",
    "sailthru.date",
    "cxenseparse:recs:publishtime",
    "cxenseparse:publishtime",
    "dcterms.issued",
    "dcterms.created",
    "dcterms.date",
    "dc.date.issued",
    "dc.date.created",
    "dc.date",
    "citation_publication_date",
    "citation_online_date",
    "article.published",
    "publication_date",
    "publicationdate",
    "publish_date",
    "publish-date",
    "published_date",
    "published-date",
    "pubdate",
    "pub_date",
    "date",
    "originalpublicationdate",
    "datecreated",
    "rnews:datepublished",
    "shareaholic:article_published_time",
    "article_date_original",
    "displaydate",
)
_ARTICLES = re.compile(r"\w*(?:Article|Posting|WebPage)\Z")  # Schema.org's types of page

logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # what fails is said once, as a reject
logging.getLogger("htmldate").setLevel(logging.CRITICAL)


def read_html(source: Source, options: ReadOptions, on_bytes: OnBytes) -> Iterator[Outcome]:
    """The page's article. RecordError for the file as a whole."""
    data, whole = read_up_to(source, max(LARGEST_PAGE, 4 * options.max_chars), on_bytes)
    if not whole:
        message = too_large(f"a page of over {len(data) / 1e6:.1f} MB", options.max_chars)
        yield reject(source, None, "too-large", message, data[:800])
        return
    page, notices = page_text(data)
    raw = read_page(page)
    raw.notices.extend(notices)
    yield from build(raw, source, options)


def page_text(data: bytes, charset: str | None = None) -> tuple[str, list[tuple[str, str]]]:
    """A page's bytes as text, and notices about it. ``charset`` is what came with it, before its own word.

    RecordError if it is empty or not text.
    """
    declared = _CHARSET.search(data[:4096])
    page, encoding = decode(data, charset or (declared[1].decode("ascii") if declared else None))
    if not page.strip("\0 \t\r\n"):
        raise RecordError("empty", "the page is empty")
    broken = encoding.endswith("broken bytes")
    return page, [("encoding", f"the page was read as {encoding}")] if broken else []


def read_page(page: str) -> Raw:
    """Text and fields of a page. RecordError ``no-article`` if it holds none."""
    try:
        tree = trafilatura.load_html(page.replace("\0", " "))
        text = None
        if tree is not None:
            date = page_date(tree)
            found = extract_metadata(tree, date_config={"extensive_search": False, "original_date": True})
            text = trafilatura.extract(
                tree, output_format="txt", include_comments=False, include_tables=False, with_metadata=False
            )
    except Exception as error:  # other people's pages, other people's parsers: no odd page may end the run
        raise RecordError("no-article", f"the page can't be taken apart: {type(error).__name__}") from error
    if not text or len(text.split()) < _LEAST_WORDS:
        raise RecordError("no-article", "no article was found on the page")
    fields = {
        "text": text,
        "title": found.title,
        "url": found.url,
        "author": found.author,
        "publisher": found.sitename,
    }
    return Raw(None, {name: value for name, value in fields.items() if value}, page=date)


def page_date(tree: Any) -> str | None:
    """The day of first publication as the page states it; None if it states none that is sure."""
    for found in (_from_json(tree), _from_meta(tree), _from_time(tree)):
        for value in found:
            if parse_published(value) is not None:
                return value
    return None


def _from_json(tree: Any) -> list[str]:
    out: list[tuple[int, str]] = []
    for script in tree.xpath('.//script[@type="application/ld+json"]')[:20]:
        try:
            waiting: list[Any] = [json.loads(script.text_content(), strict=False)]
        except (ValueError, RecursionError):
            continue
        for _ in range(500):
            if not waiting:
                break
            here = waiting.pop(0)
            if isinstance(here, list):
                waiting.extend(here)
            elif isinstance(here, dict):
                kinds = here.get("@type")
                kinds = kinds if isinstance(kinds, list) else [kinds]
                value = here.get("datePublished")
                if isinstance(value, str) and any(isinstance(k, str) and _ARTICLES.match(k) for k in kinds):
                    out.append(("WebPage" in kinds, value))
                waiting.extend(here[name] for name in ("@graph", "mainEntity", "mainEntityOfPage") if name in here)
    return [value for _, value in sorted(out, key=lambda pair: pair[0])]


def _from_meta(tree: Any) -> list[str]:
    given: dict[str, str] = {}
    for tag in tree.iter("meta"):
        name = tag.get("property") or tag.get("name") or tag.get("itemprop")
        value = tag.get("content")
        if name and value:
            given.setdefault(name.strip().lower(), value.strip())
    return [given[name] for name in _META if name in given]


def _from_time(tree: Any) -> list[str]:
    marked: list[str] = []
    plain: list[str] = []
    for tag in tree.iter("time"):
        value = (tag.get("datetime") or tag.text_content() or "").strip()
        said = " ".join(filter(None, (tag.get("itemprop"), tag.get("class"), tag.get("id")))).lower()
        if "modified" in said or "updated" in said or not value:
            continue
        if tag.get("pubdate") is not None or "publish" in said:
            marked.append(value)
        else:
            plain.append(value)
    # an unmarked time is the article's only if the page has no other day
    days = {found.day for value in plain if (found := parse_published(value)) is not None}
    return marked + (plain if len(days) == 1 else [])
