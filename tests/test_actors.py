"""Mentions and who they mean, on sentences of our own."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.extract.actors import find_mentions
from pipeline.parsed import ParsedArticle
from pipeline.records import ActorKind, Field, MentionType, ResolvedMention
from pipeline.resolve.actors import Cast, resolve_actors
from pipeline.rules.actors import ActorRules

from .conftest import Parse


def cast_of(article: ParsedArticle, rules: ActorRules, on: str | None = "2015-03-03") -> Cast:
    mentions = [m for text in article.texts for m in find_mentions(text, rules)]
    return resolve_actors(article, mentions, date.fromisoformat(on) if on else None, rules)


def who(article: ParsedArticle, cast: Cast, words: str, occurrence: int = 1) -> ResolvedMention | None:
    """What the last word of a stretch of text means."""
    text = article.texts[0]
    at = -1
    for _ in range(occurrence):
        at = text.text.index(words, at + 1)
    return cast.at(Field.BODY, text.token_at(at + len(words) - 1))


def name(found: ResolvedMention | None) -> str | None:
    return None if found is None else found.actor.name


def identity(found: ResolvedMention | None) -> str | None:
    return None if found is None else found.actor.actor_id


PIECES = (
    *("Ann", "Lee", "the", "president", "Moscow", "he", "their", "U.S.", "and", "said", ",", "who", "\n\n", "(", "of"),
    *("met", "“", "police", "two", "Russian", "officials", "it", "'s", "Trump", "the two leaders", ".", "\x00", "😀"),
    *("-", "Secretary of State", "Hundreds", "which", "himself"),
)
LINKS = [
    ("Ann Lee left the party. Lee said she was tired.", "Lee said", "Lee", "Ann Lee"),
    ("Ann Lee left the party. Lee said she was tired.", "she", "she", "Ann Lee"),
    ("Ann Lee, the mayor of Lyon, resigned. The mayor gave no reason.", "The mayor", "mayor", "Ann Lee"),
    ("Tom Reed sued the bank. Its lawyers laughed.", "Its", "Its", "bank"),
    ("The World Trade Organization met on Monday. The WTO lost.", "WTO", "WTO", "World Trade Organization"),
    ("Green Harbour Alliance (GHA) marched. GHA said no.", "GHA said", "GHA", "Green Harbour Alliance"),
    ("Police detained Karl Otto Brandt. Brandt denied it.", "Brandt denied", "Brandt", "Karl Otto Brandt"),
    ("The rebels left the town after they lost the bridge.", "they", "they", "rebels"),
    ("“I will fight on,” said Maria Sand.", "I will", "I", "Maria Sand"),
    ("The man who shot the mayor fled to Spain.", "who", "who", "man"),
    ("Tom Reed hid himself.", "himself", "himself", "Tom Reed"),
    (
        "A company, Brightwell Foods, closed. Brightwell blamed taxes.",
        "Brightwell bl",
        "Brightwell",
        "Brightwell Foods",
    ),
]


@pytest.mark.parametrize(("text", "near", "word", "expected"), LINKS, ids=[f"{t[:25]}…{w}" for t, _, w, _ in LINKS])
def test_links(text: str, near: str, word: str, expected: str, parse: Parse, actor_rules: ActorRules) -> None:
    article = parse(text)
    cast = cast_of(article, actor_rules)
    start = text.index(near) + near.index(word)
    assert name(cast.at(Field.BODY, article.texts[0].token_at(start))) == expected


def test_two_people_of_one_surname_stay_two(parse: Parse, actor_rules: ActorRules) -> None:
    article = parse("Bill Clinton spoke first. Hillary Clinton spoke next. Mr. Clinton left early.")
    cast = cast_of(article, actor_rules)
    assert identity(who(article, cast, "Bill Clinton")) == "person:bill-clinton"
    assert identity(who(article, cast, "Hillary Clinton")) == "person:hillary-clinton"
    assert identity(who(article, cast, "Mr. Clinton")) == "person:bill-clinton"


@pytest.mark.parametrize(
    ("on", "expected"),
    [("2014-05-01", "person:john-kerry"), ("1998-05-01", "person:madeleine-albright"), (None, None)],
)
def test_a_role_means_its_holder_on_the_articles_date(
    on: str | None, expected: str | None, parse: Parse, actor_rules: ActorRules
) -> None:
    article = parse("The U.S. secretary of state flew to Cairo.")
    found = identity(who(article, cast_of(article, actor_rules, on), "secretary"))
    assert found == expected or (expected is None and found is not None and found.startswith("person:"))


def test_a_surname_with_title_means_the_holder(parse: Parse, actor_rules: ActorRules) -> None:
    article = parse("Secretary of State Kerry arrived in Oman.")
    cast = cast_of(article, actor_rules, "2014-05-01")
    assert identity(who(article, cast, "Kerry")) == "person:john-kerry"


def test_a_former_or_deputy_holder_is_not_the_holder(parse: Parse, actor_rules: ActorRules) -> None:
    article = parse("The deputy Russian foreign minister left. A former Russian president came.")
    cast = cast_of(article, actor_rules, "2015-05-01")
    assert identity(who(article, cast, "foreign minister")) != "person:sergei-lavrov"
    assert identity(who(article, cast, "president")) != "person:vladimir-putin"


def test_a_seat_of_government_acts_or_is_a_place(parse: Parse, actor_rules: ActorRules) -> None:
    article = parse("Moscow rejected the offer. The envoy landed in Moscow on Friday.")
    cast = cast_of(article, actor_rules)
    acting, place = who(article, cast, "Moscow"), who(article, cast, "Moscow", 2)
    assert acting is not None
    assert place is not None
    assert acting.actor.actor_id == "gov:RUS"
    assert place.actor.kind is ActorKind.PLACE
    assert place.actor.country == "RUS"


def test_an_adjective_gives_the_country_and_is_no_mention_of_its_own(parse: Parse, actor_rules: ActorRules) -> None:
    article = parse("Russian officials denied the claim.")
    cast = cast_of(article, actor_rules)
    assert [(m.actor.name, m.actor.country, m.actor.sectors) for m in cast.mentions if m.mention.first == 0] == [
        ("Russian officials", "RUS", ("GOV",))
    ]


def test_an_adjective_before_an_act_is_the_one_who_acts(parse: Parse, actor_rules: ActorRules) -> None:
    article = parse("The Israeli raid killed two men.")
    assert identity(who(article, cast_of(article, actor_rules), "Israeli")) == "state:ISR"


def test_the_two_leaders_are_the_two_named_before(parse: Parse, actor_rules: ActorRules) -> None:
    article = parse("Vladimir Putin and Xi Jinping met in Sochi. The two leaders signed a pact. They also dined.")
    cast = cast_of(article, actor_rules, "2019-06-05")
    for words in ("The two leaders", "They"):
        group = who(article, cast, words)
        assert group is not None
        assert {r.actor.actor_id for r in cast.each(group)} == {"person:vladimir-putin", "person:xi-jinping"}


def test_a_states_body_is_one_actor_however_it_is_put(parse: Parse, actor_rules: ActorRules) -> None:
    article = parse(
        "The Russian defence ministry denied it. The Defense Ministry of Russia sent troops. The ministry left."
    )
    cast = cast_of(article, actor_rules)
    found = [who(article, cast, w) for w in ("Russian defence ministry", "Defense Ministry", "The ministry")]
    assert {identity(f) for f in found} == {"gov:RUS.defence-ministry"}
    assert {f.actor.canonical for f in found if f} == {"Russian Defence Ministry"}


def test_a_pronoun_prefers_the_subject_around_it(parse: Parse, actor_rules: ActorRules) -> None:
    article = parse("Tom Reed, who met Karl Brandt in Oslo, said he would resign.")
    assert name(who(article, cast_of(article, actor_rules), " he")) == "Tom Reed"


def test_one_actor_stands_for_itself(parse: Parse, actor_rules: ActorRules) -> None:
    article = parse("Police arrested a man.")
    cast = cast_of(article, actor_rules)
    item = cast.mentions[0]
    assert cast.each(item) == (item,)


def test_ids_do_not_depend_on_the_article(parse: Parse, actor_rules: ActorRules) -> None:
    ids = set()
    for text in ("Obama met Merkel.", "Barack Obama spoke. Obama left.", "President Obama spoke."):
        article = parse(text)
        ids.add(identity(who(article, cast_of(article, actor_rules), "Obama")))
    assert ids == {"person:barack-obama"}


def test_describe_makes_and_keeps_a_mention(parse: Parse, actor_rules: ActorRules) -> None:
    article = parse("Hundreds of exiles marched, and a zookeeper watched.")
    text = article.texts[0]
    cast = cast_of(article, actor_rules)
    head = text.word.index("zookeeper")
    assert cast.at(Field.BODY, head) is None
    made = cast.describe(text, head)
    assert made is not None
    assert made.actor.name == "zookeeper"
    assert cast.at(Field.BODY, head) is made
    assert cast.describe(text, head) is made
    hundreds = cast.describe(text, text.word.index("Hundreds"))
    assert hundreds is not None
    assert hundreds.actor.name == "Hundreds of exiles"


@pytest.mark.parametrize("word", ["decision", "Friday", "warning", "marched"])
def test_what_cannot_act_is_not_described(word: str, parse: Parse, actor_rules: ActorRules) -> None:
    article = parse("The decision came as a warning on Friday, and people marched.")
    text = article.texts[0]
    assert cast_of(article, actor_rules).describe(text, text.word.index(word)) is None


def test_an_expletive_is_no_mention(parse: Parse, actor_rules: ActorRules) -> None:
    article = parse("It is clear that the army lost.")
    assert all(m.mention_type is not MentionType.PRONOUN for m in find_mentions(article.texts[0], actor_rules))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=st.lists(st.sampled_from(PIECES), max_size=25))
def test_any_text_is_read_and_every_mention_is_in_bounds(
    words: list[str], parse: Parse, actor_rules: ActorRules
) -> None:
    article = parse(" ".join(words))
    text = article.texts[0]
    cast = cast_of(article, actor_rules)
    found = find_mentions(text, actor_rules)
    assert found == sorted(found, key=lambda m: (m.span, m.head))
    for item in cast.mentions:
        mention = item.mention
        assert 0 <= mention.first <= mention.last < len(text)
        assert mention.span == text.span(mention.first, mention.last)
        assert item.actor.actor_id.partition(":")[2]
        assert item.actor.name
    for head in range(len(text)):
        cast.describe(text, head)
        cast.at(Field.BODY, head)


@pytest.mark.parametrize(
    ("text", "near"),
    [
        ("Kofi Ablorde, a scholar of law, spoke on Monday.", "Ablorde"),
        ("He dined with the finance minister, Ablavi Komlatse, in Accra.", "Komlatse"),
        ("Ms Oduyale said the plan was late.", "Oduyale"),
    ],
)
def test_a_name_that_the_words_around_it_describe_is_a_persons(
    text: str, near: str, parse: Parse, actor_rules: ActorRules
) -> None:
    article = parse(text)
    found = who(article, cast_of(article, actor_rules), near)
    assert found is not None
    assert found.actor.kind is ActorKind.PERSON
