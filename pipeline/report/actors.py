"""The actors of a run: those seen most often, and those that nobody knows yet, with what a user needs to name them."""

from __future__ import annotations

import heapq
import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Group, RenderableType
from rich.text import Text

from pipeline.batch.folder import RUN_FILE
from pipeline.dataset import Dataset, Row, open_dataset
from pipeline.records import ActorKind, MentionType
from pipeline.report.lines import one_line, shorten
from pipeline.rules.gazetteer import BODIES, Gazetteer, load_gazetteer, slug
from pipeline.rules.source import layers

# kinds that a line of people.tsv or organisations.tsv can name; places have a table of their own, groups have no names
_NAMEABLE = frozenset(
    {ActorKind.PERSON, ActorKind.ORGANISATION, ActorKind.ARMED_GROUP, ActorKind.GOVERNMENT, ActorKind.STATE}
)
_HEADERS: Mapping[str, tuple[str, ...]] = {
    "people": ("id", "name", "country", "sectors", "gender", "aliases", "wikidata"),
    "organisations": ("id", "name", "kind", "country", "sectors", "aliases", "from", "to", "wikidata"),
}
_COLUMNS = ("mentions", "articles", "name", "kind", "country", "sectors", "actor_id")
_MORE = 4  # candidates looked at for each that is wanted: some turn out to have no name
_AROUND = 60
_SMALL = 3  # letters of a word inside a name that may be in lower case ("al", "de", "van")


@dataclass(frozen=True, slots=True)
class Seen:
    """One actor of a run; ``example`` is a passage that mentions it, empty if it was not asked for."""

    actor_id: str
    name: str
    kind: str
    country: str | None
    sectors: tuple[str, ...]
    aliases: tuple[str, ...]
    mentions: int
    documents: int
    example: str = ""
    doc_id: str = ""


@dataclass(frozen=True, slots=True)
class Cast:
    """Actors of a run, most mentions first, out of ``total``. ``unresolved``: only named ones that nobody knows."""

    run: Path
    actors: tuple[Seen, ...]
    total: int
    unresolved: bool


def run_overlays(run: Path) -> list[Path]:
    """The folders that the run had laid over our models, as its record names them; those that are still there."""
    try:
        record = json.loads((run / RUN_FILE).read_text(encoding="utf-8"))
        found = [Path(str(path)) for path in record["settings"]["models"]]
    except (OSError, ValueError, KeyError, TypeError):
        return []
    return [path for path in found if path.is_dir()]


def often_seen(run: Path, limit: int) -> Cast:
    """The ``limit`` actors with most mentions; of equals the smaller id first. InputError if the folder is no run."""
    dataset = open_dataset(run)
    total = dataset.count("actors")
    found = heapq.nsmallest(limit, dataset.stream("actors"), key=_order)
    return Cast(run, tuple(_seen(row) for row in found), total, unresolved=False)


def unresolved(run: Path, limit: int, overlays: Sequence[Path] = (), table: str = "") -> Cast:
    """The ``limit`` most mentioned of those that articles name and neither our models nor ``overlays`` know.

    ``table`` (people, organisations) takes only actors of that table. ``total`` counts all
    unknown actors that may have a name. Tables are streamed: what is held is a few times
    ``limit`` rows. InputError if the folder is no run, RuleError if an overlay is broken.
    """
    dataset = open_dataset(run)
    gazetteer = load_gazetteer(layers(overlays))
    kinds = _NAMEABLE if not table else {k for k in _NAMEABLE if (k is ActorKind.PERSON) == (table == "people")}
    total = 0

    def unknown() -> Iterator[Row]:
        nonlocal total
        for row in dataset.stream("actors"):
            known = row["actor_id"] in gazetteer.entries or row["name"] in gazetteer.senses
            if row["kind"] in kinds and not known and _capitalised(row["name"]):
                total += 1
                yield row

    candidates = heapq.nsmallest(limit * _MORE, unknown(), key=_order)
    named = _named(dataset, {row["actor_id"] for row in candidates})
    kept = [row for row in candidates if row["actor_id"] in named][:limit]
    examples = _examples(dataset, {row["actor_id"]: named[row["actor_id"]] for row in kept})
    actors = tuple(_seen(row, *examples.get(row["actor_id"], ("", ""))) for row in kept)
    return Cast(run, actors, total, unresolved=True)


def _order(row: Row) -> tuple[int, str]:
    return -row["n_mentions"], row["actor_id"]


def _seen(row: Row, example: str = "", doc_id: str = "") -> Seen:
    return Seen(
        actor_id=row["actor_id"],
        name=one_line(row["name"]),
        kind=row["kind"],
        country=row["country"],
        sectors=tuple(row["sectors"]),
        aliases=tuple(one_line(alias) for alias in row["aliases"]),
        mentions=row["n_mentions"],
        documents=row["n_documents"],
        example=example,
        doc_id=doc_id,
    )


def _capitalised(name: str) -> bool:
    """Whether a name has a word in capitals: a description ("the mediator") has none."""
    return any(word[:1].isupper() or word[:1].isdigit() for word in name.split())


def _named(dataset: Dataset, wanted: Collection[str]) -> dict[str, Row]:
    """The first mention by name of each actor that has one."""
    out: dict[str, Row] = {}
    columns = ("mention_id", "doc_id", "start", "end", "field", "actor_id")
    if wanted:
        for row in dataset.stream("mentions", columns, actor_id=wanted, mention_type=[MentionType.NAME]):
            out.setdefault(row["actor_id"], row)
    return out


def _examples(dataset: Dataset, mentions: Mapping[str, Row]) -> dict[str, tuple[str, str]]:
    """For each actor the passage around its mention, which stands in brackets, and the article's id."""
    out: dict[str, tuple[str, str]] = {}
    by_document: dict[str, list[tuple[str, Row]]] = {}
    for actor_id, row in mentions.items():
        by_document.setdefault(row["doc_id"], []).append((actor_id, row))
    if by_document:
        for document in dataset.stream("documents", ("doc_id", "title", "text"), doc_id=by_document):
            for actor_id, row in by_document[document["doc_id"]]:
                text = document["title" if row["field"] == "title" else "text"]
                before, after = text[max(row["start"] - _AROUND, 0) : row["start"]], text[row["end"] :][:_AROUND]
                out[actor_id] = (
                    one_line(f"{before}[{text[row['start'] : row['end']]}]{after}"),
                    document["doc_id"],
                )
    return out


# ---------------------------------------------------------------------- for the terminal


def render_cast(cast: Cast) -> RenderableType:
    """An entry an actor: mentions, articles, name and what is known; of unresolved ones the passage beneath it."""
    if cast.unresolved and not cast.actors:
        return Text(f"{cast.run}: every actor with a name is known")
    lines: list[Text] = []
    digits = max((len(f"{actor.mentions:,}") for actor in cast.actors), default=1)
    for actor in cast.actors:
        facts = (actor.kind, actor.country, " ".join(actor.sectors), "" if cast.unresolved else actor.actor_id)
        line = Text(f"{actor.mentions:>{digits},}× in {_articles(actor.documents)}  ", style="dim")
        line.append(actor.name, style="not dim bold")
        line.append("".join(f" · {fact}" for fact in facts if fact))
        lines.append(line)
        if cast.unresolved:
            example = shorten(actor.example, 2 * _AROUND)
            lines.append(Text(f"{' ' * (digits + 2)}{actor.doc_id}: {example}", style="dim italic"))
    told = f"{len(cast.actors):,} of {cast.total:,} actors, most mentions first; --unresolved: those to be named"
    if cast.unresolved:
        told = (
            f"{len(cast.actors):,} of {cast.total:,} unknown actors with a name, most mentions first. To name them: "
            "put the lines that --tsv prints into DIR/actors/people.tsv and DIR/actors/organisations.tsv, fill in "
            "country and sectors, and run with --models DIR"
        )
    return Group(*lines, Text(told))


def _articles(number: int) -> str:
    return f"{number:,} article" + ("" if number == 1 else "s")


def _cells(actor: Seen) -> tuple[str, ...]:
    counts = (f"{actor.mentions}", f"{actor.documents}")
    return (*counts, actor.name, actor.kind, actor.country or "", "|".join(actor.sectors), actor.actor_id)


# ------------------------------------------------------------------------------ as tables


def cast_lines(cast: Cast) -> Iterator[str]:
    """The actors as tab-separated lines, a header first."""
    yield "\t".join(_COLUMNS)
    for actor in cast.actors:
        yield "\t".join(cell.replace("\t", " ") for cell in _cells(actor))


def naming_lines(cast: Cast, overlays: Sequence[Path] = ()) -> Iterator[str]:
    """Lines of people.tsv, then of organisations.tsv, each with the passage above it as a comment.

    What the run knows is filled in. A form that means somebody known is no alias: the
    table would be refused. RuleError if an overlay is broken.
    """
    gazetteer = load_gazetteer(layers(overlays))
    taken = set(gazetteer.senses)
    for table, header in _HEADERS.items():
        here = [a for a in cast.actors if (a.kind == ActorKind.PERSON) == (table == "people")]
        if not here:
            continue
        yield f"# lines of actors/{table}.tsv; lists are separated by |"
        yield "\t".join(header)
        ids: set[str] = set()
        for actor in here:
            cells = _line(actor, table, gazetteer, taken)
            if cells is None or cells["id"] in ids:
                continue
            ids.add(cells["id"])
            yield f"# {actor.mentions:,}× in {_articles(actor.documents)}, e.g. {actor.doc_id}: {actor.example}"
            yield "\t".join(cells.get(name, "") for name in header).rstrip("\t")


def _line(actor: Seen, table: str, gazetteer: Gazetteer, taken: set[str]) -> dict[str, str] | None:
    """The cells of an actor's line; None if its name means somebody known. Its forms are added to ``taken``."""
    name = _plain(actor.name)
    if name in taken or not name:
        return None
    aliases = [a for a in dict.fromkeys(map(_plain, actor.aliases)) if a and a not in taken and a != name]
    if table == "people":
        aliases = [a for a in aliases if _full_name(a)]
    taken.update((name, *aliases))
    known = actor.country if f"state:{actor.country}" in gazetteer.entries or actor.country in BODIES else ""
    cells = {"name": name, "country": known or "", "sectors": "|".join(actor.sectors), "aliases": "|".join(aliases)}
    if table == "people":
        return {"id": f"person:{slug(name)}", **cells}
    ascii_slug = re.sub(r"[^a-z0-9]+", "-", slug(name)).strip("-")
    return {"id": f"org:{ascii_slug or 'unnamed'}", "kind": actor.kind, **cells}


def _full_name(alias: str) -> bool:
    """Whether a form may stand for one person wherever it is: several words, none of them a title's or an article."""
    words = alias.split()
    return len(words) > 1 and words[0].lower() != "the" and not any(w.islower() and len(w) > _SMALL for w in words)


def _plain(name: str) -> str:
    """A name without the characters that separate cells and lists, or mark a doubtful form."""
    return " ".join(name.replace("|", " ").replace("\t", " ").strip(" ?#").split())
