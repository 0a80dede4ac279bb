"""Descriptions that count: the pair told of together, or nobody."""

from __future__ import annotations

import pytest

from pipeline.rules.actors import ActorRules

from .conftest import Parse
from .test_actors import cast_of, who

MEANT = [
    ("Peru and Chile signed a treaty. Brazil praised both neighbours.", "both neighbours", {"Peru", "Chile"}),
    (
        "Kenya and Uganda closed the border on Monday. Kenya asked China for help. Both neighbours want quiet.",
        "Both neighbours",
        {"Kenya", "Uganda"},
    ),
    ("Peru accused Chile of spying. The two countries broke off talks.", "The two countries", {"Peru", "Chile"}),
    ("Indians and Pakistanis met on Sunday. Both sides agreed on a truce.", "Both sides", {"India", "Pakistan"}),
    ("Ann Lee met Tom Reed in Lund. The two men and women of the court left.", "The two men", None),
    ("Peru accused Chile of spying. Shops on both sides of the road were shut.", "both sides", None),
    ("Peru, Chile, Brazil and France met. The two countries signed.", "The two countries", None),
    (
        "Sweden's police held Karl Brandt and Otto Weiss. The two men denied it.",
        "The two men",
        {"Karl Brandt", "Otto Weiss"},
    ),
    (
        "Karl Brandt met Otto Weiss in Lund. Spokesman Jan Holm said the two men had quarrelled.",
        "the two men",
        {"Karl Brandt", "Otto Weiss"},
    ),
    ("Ann Lee leads in Iowa and Ohio. She will win the two states.", "the two states", None),
    ("Karl Brandt and Otto Weiss left early. The three men had quarrelled.", "The three men", None),
]


@pytest.mark.parametrize(("text", "words", "members"), MEANT, ids=[m[0][:50] for m in MEANT])
def test_counted(text: str, words: str, members: set[str] | None, parse: Parse, actor_rules: ActorRules) -> None:
    article = parse(text)
    cast = cast_of(article, actor_rules)
    found = who(article, cast, words)
    each = cast.each(found) if found is not None else ()
    assert (members or set()) == ({one.actor.name for one in each} if len(each) > 1 else set())


def test_a_pair_is_those_told_of_together(parse: Parse, actor_rules: ActorRules) -> None:
    article = parse("Karl Brandt and Otto Weiss were freed. The pair left the country.")
    cast = cast_of(article, actor_rules)
    text = article.texts[0]
    found = cast.describe(text, text.token_at(text.text.index("pair")))
    assert found is not None
    assert {one.actor.name for one in cast.each(found)} == {"Karl Brandt", "Otto Weiss"}


def test_a_body_described_at_length_is_not_any_body(parse: Parse, actor_rules: ActorRules) -> None:
    article = parse("The Red Cross met on Monday. He spoke for the anti-tax small farmers movement in Lund.")
    found = who(article, cast_of(article, actor_rules), "farmers movement")
    assert found is not None
    assert found.actor.wikidata_id is None
    assert "movement" in found.actor.name
