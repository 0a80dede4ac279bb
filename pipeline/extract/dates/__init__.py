"""Date and time expressions: where they are, of which type, and what their words mean.

Rules over atoms find the cores ("Friday", "third quarter", "two weeks"); what stands
around a core modifies it ("early", "or so"); neighbours that are one expression are
joined ("10 p.m." and "Wednesday"), ranges are linked. Nothing is resolved here.
"""

from __future__ import annotations

from dataclasses import replace

from pipeline.extract.dates.atoms import Speller
from pipeline.extract.dates.build import Builder, expression_type
from pipeline.extract.dates.guards import Place, allowed
from pipeline.extract.dates.join import Piece, extend, join, link
from pipeline.extract.dates.match import Found, candidates
from pipeline.extract.dates.numbers import shown_order
from pipeline.parsed import ParsedText
from pipeline.records import DateMention
from pipeline.rules.dates import DateRules
from pipeline.spans import Span
from pipeline.timex import Expression, Impossible, Written

_SPELLERS: dict[int, tuple[DateRules, Speller]] = {}


def find_dates(text: ParsedText, rules: DateRules) -> list[DateMention]:
    """All date and time expressions of a text, in text order, without overlap.

    Spans are code points of ``text.text``. Never raises on any text.
    """
    atoms = _speller(rules).spell(text)

    def accept(found: Found) -> bool:
        return not found.rule.guards or allowed(found.rule.guards, Place(text, atoms, found, rules))

    found_pieces: list[Piece] = []
    for found in candidates(atoms, rules, accept):
        rule = found.rule
        if rule.kind == "veto" or rule.timex_type is None:
            continue
        words = {name: atoms.text[first:after] for name, (first, after) in found.captures.items()}
        words["all"] = atoms.text[found.first : found.last + 1]
        try:
            meaning = Builder(words, rules).build(rule.meaning)
        except Impossible:
            continue  # 31 February: the words name no day, so neither do we
        expression = Expression(expression_type(meaning, rule.timex_type), meaning, rule.mod)
        found_pieces.append(Piece(found.first, found.last, expression, rule.id))
    found_pieces = _ordered(found_pieces)
    ready = link(atoms, [extend(atoms, piece, rules) for piece in join(atoms, found_pieces, rules)], text, rules)
    out: list[DateMention] = []
    for piece, key in ready:
        start, end = atoms.start[piece.first], atoms.end[piece.last]
        out.append(
            DateMention(
                field=text.field,
                span=Span(start, end),
                first=atoms.token[piece.first],
                last=atoms.token[piece.last],
                timex_type=piece.expression.timex_type,
                expression=piece.expression,
                rule=piece.rule,
                range_key=key,
            )
        )
    return out


def _ordered(pieces: list[Piece]) -> list[Piece]:
    """Numeric dates with the order that the clear ones among them show, if they agree."""
    orders = {
        order
        for piece in pieces
        if isinstance(piece.expression.meaning, Written) and (order := shown_order(piece.expression.meaning.text))
    }
    if len(orders) != 1:
        return pieces
    order = orders.pop()
    return [
        replace(piece, expression=piece.expression.with_meaning(replace(piece.expression.meaning, order=order)))
        if isinstance(piece.expression.meaning, Written)
        else piece
        for piece in pieces
    ]


def _speller(rules: DateRules) -> Speller:
    known = _SPELLERS.get(id(rules))
    if known is None or known[0] is not rules:
        known = _SPELLERS[id(rules)] = (rules, Speller(rules))
    return known[1]
