"""From resolved records to rows: ids, sentence numbers, and who is counted where.

Ids are made of the article's id and offsets alone, so that they are the same in every
run, whatever the order or company of the articles.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from pipeline.parsed import ParsedArticle, ParsedText
from pipeline.records import (
    Actor,
    ActorKind,
    Article,
    Field,
    MentionType,
    PublishedSource,
    Reject,
    ResolvedDate,
    ResolvedEvent,
    ResolvedMention,
    ResolvedQuote,
    Role,
)
from pipeline.rows import (
    ActorRow,
    DateRow,
    DocumentRow,
    EventRow,
    MentionRow,
    ParticipantRow,
    QuoteRow,
    RejectRow,
    SentenceRow,
    Tables,
)
from pipeline.spans import Span, cover


@dataclass(frozen=True, slots=True)
class Found:
    """Everything that was found in one article, resolved."""

    parsed: ParsedArticle
    published: tuple[date | None, PublishedSource]
    dates: Sequence[ResolvedDate]
    mentions: Sequence[ResolvedMention]
    quotes: Sequence[ResolvedQuote]
    events: Sequence[ResolvedEvent]


class _Ids:
    """Hands out row ids of one article: `doc#e12-20`, `doc#te3-9` in the title, `doc#q5-90.2` for a second."""

    def __init__(self, doc_id: str) -> None:
        self._doc_id = doc_id
        self._taken: Counter[str] = Counter()

    def __call__(self, letter: str, field: Field, span: tuple[int, int]) -> str:
        mark = f"{'t' if field is Field.TITLE else ''}{letter}"
        base = f"{self._doc_id}#{mark}{span[0]}-{span[1]}"
        self._taken[base] += 1
        return base if self._taken[base] == 1 else f"{base}.{self._taken[base]}"


class _Sentences:
    """Numbers the sentences of an article, the title's first."""

    def __init__(self, parsed: ParsedArticle) -> None:
        self._texts = {text.field: text for text in parsed.texts}
        self._first: dict[Field, int] = {}
        number = 0
        for text in parsed.texts:
            self._first[text.field] = number
            number += len(text.sentences)
        self.count = number

    def at(self, field: Field, start: int) -> int:
        """The sentence in which a code point lies, or the last before it."""
        text = self._texts[field]
        token = text.token_at(start)
        while token > 0 and text.sent[token] < 0:
            token -= 1
        return self._first[field] + max(text.sent[token], 0)

    def rows(self, doc_id: str) -> Iterable[SentenceRow]:
        for field, text in self._texts.items():
            for number, sentence in enumerate(text.sentences, self._first[field]):
                yield SentenceRow(
                    doc_id=doc_id,
                    sentence_id=number,
                    start=sentence.span.start,
                    end=sentence.span.end,
                    kind=sentence.kind,
                    field=field,
                )


def assemble(found: Found, article: Article, run_id: str) -> Tables:
    """The rows of one article, each table in text order (title first), actors by id."""
    doc_id = article.doc_id
    ids = _Ids(doc_id)
    sentences = _Sentences(found.parsed)
    out = Tables()
    out.sentences = list(sentences.rows(doc_id))
    out.documents.append(_document(article, found, sentences.count, run_id))

    date_ids: dict[int, str] = {}
    for when in found.dates:
        date_ids[id(when)] = ids("d", when.mention.field, when.mention.span)
        out.dates.append(_date(when, date_ids[id(when)], doc_id, found.parsed, sentences))

    mention_ids: dict[int, str] = {}
    for mention in found.mentions:
        m = mention.mention
        mention_ids[id(mention)] = ids("m", m.field, m.span)
        mention_ids.setdefault(id(m), mention_ids[id(mention)])  # for the members of a group that it names
        out.mentions.append(
            MentionRow(
                mention_id=mention_ids[id(mention)],
                doc_id=doc_id,
                sentence_id=sentences.at(m.field, m.span.start),
                start=m.span.start,
                end=m.span.end,
                text=m.span.of(found.parsed.text(m.field).text),
                mention_type=m.mention_type,
                actor_id=mention.actor.actor_id,
                ner_label=m.ner_label,
                field=m.field,
            )
        )

    quote_ids: dict[int, str] = {}
    for quote in found.quotes:
        q = quote.mention
        quote_ids[id(quote)] = ids("q", q.field, cover(q.spans))
        out.quotes.append(_quote(quote, quote_ids[id(quote)], doc_id, found.parsed.text(q.field), sentences))

    event_ids = [ids("e", e.mention.field, e.mention.span) for e in found.events]
    for event, event_id in zip(found.events, event_ids, strict=True):
        row = _event(event, event_id, doc_id, found.parsed.text(event.mention.field), sentences)
        out.events.append(
            replace(
                row,
                date_id=None if event.date is None else date_ids[id(event.date)],
                quote_id=None if event.quote is None else quote_ids[id(event.quote)],
                same_as=None if event.same_as is None else event_ids[event.same_as],
            )
        )
        out.participants.extend(_participants(event, event_id, doc_id, mention_ids))

    out.actors = _actors(found)
    return out


def reject_row(reject: Reject) -> RejectRow:
    """The row of a reject."""
    return RejectRow(
        source=reject.source,
        record=reject.record,
        doc_id=reject.doc_id,
        stage=reject.stage,
        error=reject.error,
        message=reject.message,
        excerpt=reject.excerpt,
    )


def merge_actors(rows: Sequence[ActorRow]) -> ActorRow:
    """One row for several of one actor_id, from different articles; the order does not matter.

    Of names, which differ in case and marks alone, the plainest stands: the shortest,
    not in capitals, the smallest. So does the smallest country and item that is known;
    sectors and aliases are united, counts added.
    """
    name = min((row.name for row in rows), key=lambda n: (len(n), n.isupper(), n))
    aliases = {a for row in rows for a in (row.name, *row.aliases)} - {name}
    return ActorRow(
        actor_id=rows[0].actor_id,
        name=name,
        kind=min(row.kind for row in rows),
        country=min((row.country for row in rows if row.country), default=None),
        sectors=tuple(sorted({s for row in rows for s in row.sectors})),
        aliases=tuple(sorted(aliases)),
        wikidata_id=min((row.wikidata_id for row in rows if row.wikidata_id), default=None),
        n_documents=sum(row.n_documents for row in rows),
        n_mentions=sum(row.n_mentions for row in rows),
    )


def _document(article: Article, found: Found, n_sentences: int, run_id: str) -> DocumentRow:
    tokens = sum(1 for text in found.parsed.texts for number in text.sent if number >= 0)
    return _document_row(article, found.published, tokens, n_sentences, run_id)


def _document_row(
    article: Article, published: tuple[date | None, PublishedSource], n_tokens: int, n_sentences: int, run_id: str
) -> DocumentRow:
    day, source = published
    return DocumentRow(
        doc_id=article.doc_id,
        source=article.source,
        url=article.url,
        title=article.title,
        author=article.author,
        publisher=article.publisher,
        language=article.language,
        published_at=article.published_at,
        published_date=day,
        published_source=source,
        text=article.text,
        text_sha256=article.text_sha256,
        n_chars=len(article.text),
        n_tokens=n_tokens,
        n_sentences=n_sentences,
        duplicate_of=article.duplicate_of,
        run_id=run_id,
    )


def list_document(article: Article, n_tokens: int, run_id: str) -> DocumentRow:
    """The row of an article that is listed and not extracted: as read, with no sentence told."""
    return _document_row(article, (article.published_date, article.published_source), n_tokens, 0, run_id)


def _date(when: ResolvedDate, date_id: str, doc_id: str, parsed: ParsedArticle, sentences: _Sentences) -> DateRow:
    m = when.mention
    return DateRow(
        date_id=date_id,
        doc_id=doc_id,
        sentence_id=sentences.at(m.field, m.span.start),
        start=m.span.start,
        end=m.span.end,
        text=m.span.of(parsed.text(m.field).text),
        timex_type=when.timex_type,
        value=when.value,
        mod=when.mod,
        date_start=when.start,
        date_end=when.end,
        granularity=when.granularity,
        anchor=when.anchor,
        range_id=f"{doc_id}#r{m.range_key}" if m.range_key else None,
        rule=when.rule,
        field=m.field,
    )


def _quote(quote: ResolvedQuote, quote_id: str, doc_id: str, text: ParsedText, sentences: _Sentences) -> QuoteRow:
    q = quote.mention
    whole = cover(q.spans)

    def words(span: Span | None) -> str | None:
        return None if span is None else span.of(text.text)

    return QuoteRow(
        quote_id=quote_id,
        doc_id=doc_id,
        sentence_id=sentences.at(q.field, whole.start),
        quote_type=q.quote_type,
        text=whole.of(text.text),
        start=whole.start,
        end=whole.end,
        spans=q.spans,
        cue=words(q.cue),
        cue_start=q.cue and q.cue.start,
        cue_end=q.cue and q.cue.end,
        speaker_text=words(q.speaker),
        speaker_start=q.speaker and q.speaker.start,
        speaker_end=q.speaker and q.speaker.end,
        speaker_id=None if quote.speaker is None else quote.speaker.actor.actor_id,
        speaker_name=quote.speaker_name,
        speaker_kind=quote.speaker_kind,
        speaker_method=quote.speaker_method,
        addressee_id=None if quote.addressee is None else quote.addressee.actor.actor_id,
        negated=q.negated,
        date_start=None if quote.date is None else quote.date.start,
        date_end=None if quote.date is None else quote.date.end,
        rule=q.rule,
        confidence=quote.confidence,
        field=q.field,
    )


def _event(event: ResolvedEvent, event_id: str, doc_id: str, text: ParsedText, sentences: _Sentences) -> EventRow:
    m = event.mention
    actors, recipients = _distinct(event.actors), _distinct(event.recipients)
    return EventRow(
        event_id=event_id,
        doc_id=doc_id,
        sentence_id=sentences.at(m.field, m.span.start),
        trigger=m.span.of(text.text),
        trigger_lemma=text.lemma[m.trigger],
        trigger_start=m.span.start,
        trigger_end=m.span.end,
        event_type=m.event_type,
        event_mode=m.event_mode,
        contexts=event.contexts,
        quad_class=event.quad_class,
        intensity=event.intensity,
        negated=m.negated,
        modality=m.modality,
        date_start=event.start,
        date_end=event.end,
        granularity=event.granularity,
        date_source=event.date_source,
        date_id=None,
        actors=tuple(a.actor.actor_id for a in actors),
        recipients=tuple(r.actor.actor_id for r in recipients),
        actor_names=tuple(a.actor.name for a in actors),
        recipient_names=tuple(r.actor.name for r in recipients),
        place=event.place_text,
        place_country=event.place_country,
        quote_id=None,
        same_as=None,
        rule=m.rule,
        confidence=event.confidence,
        field=m.field,
    )


def _distinct(mentions: Sequence[ResolvedMention]) -> list[ResolvedMention]:
    """The first mention of each actor, in their order."""
    first: dict[str, ResolvedMention] = {}
    for mention in mentions:
        first.setdefault(mention.actor.actor_id, mention)
    return list(first.values())


def _participants(
    event: ResolvedEvent, event_id: str, doc_id: str, mention_ids: dict[int, str]
) -> Iterable[ParticipantRow]:
    places = () if event.place is None else (event.place,)
    for role, mentions in (
        (Role.ACTOR, event.actors),
        (Role.RECIPIENT, event.recipients),
        (Role.PLACE, places),
    ):
        for mention in _distinct(mentions):
            yield ParticipantRow(
                event_id=event_id,
                doc_id=doc_id,
                role=role,
                actor_id=mention.actor.actor_id,
                mention_id=mention_ids.get(id(mention), mention_ids.get(id(mention.mention))),
            )


def _actors(found: Found) -> list[ActorRow]:
    """One row per actor of the article: its mentions counted, its other names listed."""
    actors: dict[str, Actor] = {}
    counts: Counter[str] = Counter()
    aliases: dict[str, set[str]] = {}
    in_roles = [m for e in found.events for m in (*e.actors, *e.recipients, *((e.place,) if e.place else ()))]
    spoken = [m for q in found.quotes for m in (q.speaker, q.addressee) if m is not None]
    for mention in (*found.mentions, *in_roles, *spoken):
        actors.setdefault(mention.actor.actor_id, mention.actor)
    for mention in found.mentions:
        identity = mention.actor.actor_id
        counts[identity] += 1
        if mention.mention.mention_type is MentionType.NAME or (
            mention.mention.mention_type is MentionType.NOMINAL and mention.actor.kind is ActorKind.GROUP
        ):
            text = found.parsed.text(mention.mention.field).text
            aliases.setdefault(identity, set()).add(" ".join(mention.mention.span.of(text).split()))
    return [
        ActorRow(
            actor_id=identity,
            name=actor.canonical or actor.name,
            kind=actor.kind,
            country=actor.country,
            sectors=tuple(sorted(set(actor.sectors))),
            aliases=tuple(sorted((aliases.get(identity, set()) | {actor.name}) - {actor.canonical or actor.name})),
            wikidata_id=actor.wikidata_id,
            n_documents=1,
            n_mentions=counts[identity],
        )
        for identity, actor in sorted(actors.items())
    ]
