"""Relative pronouns: whom they mean, whatever noun the parse hangs their clause on."""

from __future__ import annotations

import pytest

from pipeline.extract.actors import find_mentions
from pipeline.records import ActorKind, MentionType
from pipeline.rules.actors import ActorRules

from .conftest import Parse
from .test_actors import cast_of, name, who

RELATIVES = [
    ("Doctors in Batken, who treated the wounded, said the road was closed.", "who", "Doctors"),
    ("Two nurses from a clinic in Osh, who had hidden, were freed.", "who", "nurses from"),
    ("Karin Holt, a teacher in Lund, Sweden, who voted early, waited.", "who", "Karin Holt"),
    ("Police freed three drivers held in Guantanamo Bay who had sued.", "who", "three drivers"),
    ("Tom Reed, the chairman of Adoma Steel, who died in May, left no will.", "who", "Tom Reed"),
    ("Officials in Russia, whom the court had summoned, stayed away.", "whom", "Officials"),
    ("The leader of the rebels who has fled is sought.", "who", "The leader"),
    ("The leader of the rebels who have fled is sought.", "who", "rebels"),
    ("The head of the Adoma Bank, which closed on Monday, resigned.", "which", "Adoma Bank"),
    ("The rebels who shelled the town left.", "who", "The rebels"),
    ("Republicans who opposed the bill walked out.", "who", "Republicans"),
    ("The army that shelled the town denied it.", "that", "The army"),
    ("Brightwell Foods, whose shares fell, blamed taxes.", "whose", "Brightwell Foods"),
    ("The president who ordered the raid that killed a rebel and who left in May is ill.", "who left", "The president"),
]


@pytest.mark.parametrize(("text", "pronoun", "means"), RELATIVES, ids=[r[0][:50] for r in RELATIVES])
def test_relative(text: str, pronoun: str, means: str, parse: Parse, actor_rules: ActorRules) -> None:
    article = parse(text)
    cast = cast_of(article, actor_rules)
    at = article.texts[0].token_at(text.index(pronoun))
    wanted = who(article, cast, means.removesuffix(" from"))
    assert wanted is not None
    found = cast.at(article.texts[0].field, at)
    assert name(found) == name(wanted)


GOVERNED_BY_A_PLACE = [
    ("Anna Weiss, a baker in Lyon, France, who sued the city, lost.", "who", "Anna Weiss"),
    ("Rebels near Aden, who had fled, came back.", "who", "Rebels"),
    ("Nurses from a clinic in Kharkiv, Ukraine, who had fled, came back.", "who", "Nurses"),
    ("Tom Reed, a lawyer from Boston, Massachusetts, who sued the bank, lost.", "who", "Tom Reed"),
    ("Police in Moscow, whose chief left, denied it.", "whose", "Police"),
    ("She was born in Lyon, who lies far away.", "who", None),
    ("Retirees in Lyon, who had saved for years, lost it all.", "who", None),
    ("Moscow, whose winters are hard, lies in the north.", "whose", None),
]


@pytest.mark.parametrize(("text", "pronoun", "means"), GOVERNED_BY_A_PLACE)
def test_who_is_never_a_place(
    text: str, pronoun: str, means: str | None, parse: Parse, actor_rules: ActorRules
) -> None:
    article = parse(text)
    at = article.texts[0].token_at(text.index(pronoun))
    assert at in [m.head for m in find_mentions(article.texts[0], actor_rules) if m.mention_type is MentionType.PRONOUN]
    cast = cast_of(article, actor_rules)
    assert name(who(article, cast, pronoun)) == (name(who(article, cast, means)) if means else None)
    assert means is None or name(who(article, cast, means)) is not None


GROUNDS = [
    ("Nurses in Batken left the clinic.", "Batken", ActorKind.PLACE),
    ("Voters lost confidence in Halvorsen.", "Halvorsen", ActorKind.PERSON),
    ("The weakness in Halvorsen worried aides.", "Halvorsen", ActorKind.PERSON),
]


@pytest.mark.parametrize(("text", "words", "kind"), GROUNDS)
def test_a_name_after_in_is_a_place(
    text: str, words: str, kind: ActorKind, parse: Parse, actor_rules: ActorRules
) -> None:
    article = parse(text)
    found = who(article, cast_of(article, actor_rules), words)
    assert found is not None
    assert found.actor.kind is kind
