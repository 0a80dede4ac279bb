"""The one pure function: a batch of articles through all rooms, to a record batch a table.

Nothing here reads a file, a clock or a setting: articles and tools in, tables out. Who
drives it, a loop, a pool of workers or a Spark task, is not its business.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from pipeline.assemble import Found, assemble, list_document, reject_row
from pipeline.errors import TableError
from pipeline.extract.actors import find_mentions
from pipeline.extract.dates import find_dates
from pipeline.extract.events import find_events
from pipeline.extract.quotes import find_quotes
from pipeline.layout import read_layout
from pipeline.meter import Meter
from pipeline.parsed import ParsedArticle
from pipeline.records import Article, Block, BlockKind, Field, Reject
from pipeline.resolve.actors import resolve_actors
from pipeline.resolve.dates import resolve_dates
from pipeline.resolve.events import resolve_events
from pipeline.resolve.published import resolve_published
from pipeline.resolve.quotes import resolve_quotes
from pipeline.rows import Tables
from pipeline.rules.load import Rules
from pipeline.spans import Span, trim
from pipeline.tables import ARTICLE_ACTORS, ARTICLE_ACTORS_SCHEMA, BY_NAME, OF_ARTICLES, check

if TYPE_CHECKING:  # spaCy: half a second that who makes no tools need not wait
    from pipeline.annotate import Annotator

EXCERPT = 120  # characters of an article that its reject shows


@dataclass(frozen=True, slots=True)
class Tools:
    """What the rooms work with: loaded once, the same for every batch."""

    annotator: Annotator
    rules: Rules
    run_id: str
    batch_size: int = 16


def process(articles: Sequence[Article], tools: Tools, meter: Meter) -> dict[str, pa.RecordBatch]:
    """Rows of a batch of articles by table (``OF_ARTICLES``), checked against the tables' contract.

    Rows stand in the order of the articles, and within one in text order, and no row
    depends on another article: ``article_actors`` holds each article's own actors, by id;
    ``actors`` is made of them by merging. An article that a room can't take becomes a row
    of ``rejects`` and costs no other article its rows. ``meter`` is told the CPU of each
    stage and changes nothing.
    """
    with tools.annotator.zone():  # no parse outlives its batch
        rejects: list[Reject] = []
        done: list[tuple[Article, Tables]] = []
        for article, parsed in zip(articles, _annotate(articles, tools, rejects, meter), strict=True):
            if parsed is None:
                continue
            try:
                found = resolve(parsed, tools.rules, meter)
                with meter("tables"):
                    done.append((article, assemble(found, article, tools.run_id)))
            except Exception as error:  # one odd article must not end the batch; the reason is kept
                rejects.append(failure(article, "extract", error))
    with meter("tables"):
        return _checked(done, rejects, tools.rules.events.ontology.types)


def resolve(parsed: ParsedArticle, rules: Rules, meter: Meter) -> Found:
    """Extraction and resolution of one parsed article."""
    texts = parsed.texts
    with meter("dates"):
        date_mentions = [m for text in texts for m in find_dates(text, rules.dates)]
    with meter("quotes"):
        quote_mentions = [m for text in texts for m in find_quotes(text, rules.quotes)]
    with meter("actors"):
        mentions = [m for text in texts for m in find_mentions(text, rules.actors)]
    with meter("events"):
        event_mentions = [m for text in texts for m in find_events(text, rules.events)]
    with meter("dates"):
        published, source = resolve_published(parsed, date_mentions, rules.dates)
        dates = resolve_dates(parsed, date_mentions, quote_mentions, published, rules.dates)
    with meter("actors"):
        cast = resolve_actors(parsed, mentions, published, rules.actors)
    with meter("quotes"):
        quotes = resolve_quotes(parsed, quote_mentions, cast, dates, rules.quotes)
    with meter("events"):
        events = resolve_events(parsed, event_mentions, cast, dates, quotes, published, rules.events)
    return Found(
        parsed=parsed, published=(published, source), dates=dates, mentions=cast.mentions, quotes=quotes, events=events
    )


def failure(article: Article, stage: str, error: Exception) -> Reject:
    """The reject of an article that a room failed on."""
    return Reject(
        source=article.source,
        record=article.record,
        doc_id=article.doc_id,
        stage=stage,
        error=type(error).__name__,
        message=str(error).splitlines()[0] if str(error) else type(error).__name__,
        excerpt=article.text[:EXCERPT],
    )


def _fields(article: Article, rules: Rules) -> list[tuple[Field, str, Sequence[Block]]]:
    out: list[tuple[Field, str, Sequence[Block]]] = []
    if article.title and article.title.strip():
        span: Span = trim(article.title, (0, len(article.title)))
        out.append((Field.TITLE, article.title, [Block(span, BlockKind.HEADLINE, "title")]))
    out.append((Field.BODY, article.text, read_layout(article.text, rules.layout)))
    return out


def _annotate(
    articles: Sequence[Article], tools: Tools, rejects: list[Reject], meter: Meter
) -> Iterator[ParsedArticle | None]:
    """Parses in the order of the articles; None, and a reject, for one that spaCy can't take."""
    try:
        with meter("layout"):
            work = [(article, _fields(article, tools.rules)) for article in articles]
        with meter("spacy"):
            return iter(list(tools.annotator.annotate(work, tools.batch_size)))
    except Exception:  # a batch fails with its worst article: take them one by one to find it
        out: list[ParsedArticle | None] = []
        with meter("spacy"):
            for article in articles:
                try:
                    one = [(article, _fields(article, tools.rules))]
                    out.extend(tools.annotator.annotate(one, tools.batch_size))
                except Exception as error:
                    rejects.append(failure(article, "annotate", error))
                    out.append(None)
        return iter(out)


def _checked(
    done: Sequence[tuple[Article, Tables]], rejects: list[Reject], types: Collection[str]
) -> dict[str, pa.RecordBatch]:
    """Batches that keep the contract. An article whose rows break it is rejected, and said to be a defect."""
    try:
        batches = _batches([rows for _, rows in done], rejects)
        check(batches, types=types)
        return batches
    except TableError:
        good = []
        for article, rows in done:
            try:
                check(_batches([rows], []), types=types)
                good.append(rows)
            except TableError as error:
                rejects.append(failure(article, "tables", error))
        return _batches(good, rejects)


def _batches(parts: Sequence[Tables], rejects: Sequence[Reject]) -> dict[str, pa.RecordBatch]:
    rows = {name: [row for part in parts for row in getattr(part, name)] for name in OF_ARTICLES}
    rows["rejects"].extend(reject_row(r) for r in rejects)
    batches = {name: table.batch(rows[name]) for name, table in OF_ARTICLES.items()}
    ids = [part.documents[0].doc_id for part in parts for _ in part.actors]
    actors = BY_NAME["actors"].batch([row for part in parts for row in part.actors])
    batches[ARTICLE_ACTORS] = pa.RecordBatch.from_arrays(
        [pa.array(ids, pa.string()), *actors.columns], schema=ARTICLE_ACTORS_SCHEMA
    )
    return batches


def only_rejects(rejects: Sequence[Reject]) -> dict[str, pa.RecordBatch]:
    """The same batches, empty but for these rejects."""
    return _batches([], rejects)


def only_listed(articles: Sequence[Article], tools: Tools) -> dict[str, pa.RecordBatch]:
    """The same batches, empty but for a row of ``documents`` an article: what is not extracted."""
    nlp = tools.annotator.nlp
    rows = [list_document(article, len(nlp.make_doc(article.text)), tools.run_id) for article in articles]
    return _batches([Tables(documents=[row]) for row in rows], [])
