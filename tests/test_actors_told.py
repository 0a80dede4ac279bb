"""Countries, sectors and bodies: what a description or bare name takes from the article and its day."""

from __future__ import annotations

from datetime import date

import pytest

from pipeline.records import ActorKind, ResolvedMention
from pipeline.rules.actors import ActorRules

from .conftest import Parse
from .test_actors import cast_of, identity, name, who


def _country(found: ResolvedMention | None) -> str | None:
    assert found is not None
    return found.actor.country


COUNTRIES = [
    ("Police Scotland arrested two men.", "Police Scotland", "GBR"),
    ("An anti-Iran editor was shot in Beirut.", "editor", "LBN"),
    ("Ethnic Albanian rebels shelled a town in Serbia.", "rebels", "SRB"),
    ("Croat soldiers left the town.", "soldiers", "HRV"),
    ("Workers of the United Port Company of Mombasa walked out.", "Workers", "KEN"),
    ("Parties to the conflict in Yemen signed a truce.", "Parties", "YEM"),
    ("Voters in New England turned away.", "Voters", "USA"),
    ("Villagers in West Darfur State fled.", "Villagers", "SDN"),
    ("President Bush threatened further action against Russia.", "Bush", "USA"),
    ("The Danish envoy met more than fifty countries.", "countries", None),
    ("Members of the Union of Arctic Jurists visited two Libyans.", "Members", None),
    ("Rep. Orla Venn (D-Ariz.) met Rep. Tom Brask (Ont.) in Paris.", "Venn", "USA"),
    ("Flooding closed roads in Salyer, Ky., on Sunday.", "Ky.", "USA"),
    ("Rep. Orla Venn (D-Mass.) left.", "Venn", "USA"),
    ("The bishop went to Mass. Police arrested him after it.", "Police", None),
    ("The bishop went to Mass. Police arrested him after it.", "Mass.", None),
    ("He hit Miss.", "Miss.", None),
    ("The troops fell Ill.", "troops", None),
    ("Ind. won by four runs.", "Ind.", None),
    ("A Syrian unit shelled Aden.", "unit", "SYR"),
]


@pytest.mark.parametrize(("text", "words", "country"), COUNTRIES, ids=[c[0][:45] for c in COUNTRIES])
def test_country(text: str, words: str, country: str | None, parse: Parse, actor_rules: ActorRules) -> None:
    article = parse(text)
    assert _country(who(article, cast_of(article, actor_rules, None), words)) == country


SECTORS = [
    ("2005-05-01", ("LEG",)),
    ("2010-05-01", ("GOV",)),
    ("2016-05-01", ("ELI",)),
]


@pytest.mark.parametrize(("day", "sectors"), SECTORS)
def test_sectors_are_those_of_the_day(
    day: str, sectors: tuple[str, ...], parse: Parse, actor_rules: ActorRules
) -> None:
    article = parse("Hillary Clinton left Paris.")
    found = who(article, cast_of(article, actor_rules, day), "Clinton")
    assert found is not None
    assert found.actor.sectors == sectors


@pytest.mark.parametrize(
    ("person", "day", "sectors"),
    [
        ("person:donald-trump", date(2016, 5, 1), ("PTY",)),
        ("person:donald-trump", date(2018, 5, 1), ("GOV",)),
        ("person:al-gore", date(2010, 1, 1), ("ELI",)),
        ("person:angela-merkel", date(2010, 1, 1), ("GOV",)),
        ("org:labour-party-uk", date(2000, 1, 1), ("PTY", "GOV")),
        ("org:labour-party-uk", date(2015, 1, 1), ("PTY", "OPP")),
    ],
)
def test_standing(person: str, day: date, sectors: tuple[str, ...], actor_rules: ActorRules) -> None:
    assert actor_rules.gazetteer.standing(person, day)[1] == sectors


BODIES = [
    ("Peru's Congress rejected the bill. In Lima, Congress met again.", "Congress met", "gov:PER.parliament"),
    ("Congress rejected the bill. Barack Obama spoke in Ohio.", "Congress", "org:us-congress"),
    ("The German parliament voted. Berlin was calm.", "parliament", "org:bundestag"),
    ("Kenya's army left the town. The Kenyan Senate met. The army said no.", "The army", "gov:KEN.army"),
]


@pytest.mark.parametrize(("text", "words", "entry"), BODIES, ids=[c[0][:45] for c in BODIES])
def test_a_bare_body_is_that_of_the_country_told_of(
    text: str, words: str, entry: str, parse: Parse, actor_rules: ActorRules
) -> None:
    article = parse(text)
    cast = cast_of(article, actor_rules, "2015-06-01")
    at = who(article, cast, words.removesuffix(" met"), 2 if words.endswith(" met") else 1)
    assert identity(at) == entry


NOBODY = [
    ("It was a head-to-head race for the town.", "head-to-head"),
    ("He used excessive force in the street.", "force"),
    ("They praised each other at the dinner.", "other"),
    ("She learned Spanish at school.", "Spanish"),
    ("He fears the power of money.", "power"),
    ("Tom Reed launched his campaign for the White House.", "White House"),
]


@pytest.mark.parametrize(("text", "words"), NOBODY, ids=[c[1] for c in NOBODY])
def test_nobody(text: str, words: str, parse: Parse, actor_rules: ActorRules) -> None:
    article = parse(text)
    cast = cast_of(article, actor_rules)
    token = article.texts[0].token_at(text.index(words) + len(words) - 1)
    assert all(m.mention.head != token for m in cast.mentions)


def test_a_role_in_an_organisation_is_none_of_the_state(parse: Parse, actor_rules: ActorRules) -> None:
    article = parse("Ann Lee, president of the Harbour Workers Union, resigned.")
    found = who(article, cast_of(article, actor_rules), "Ann Lee")
    assert found is not None
    assert "GOV" not in found.actor.sectors


def test_the_next_president_is_not_the_one_in_office(parse: Parse, actor_rules: ActorRules) -> None:
    article = parse("Barack Obama spoke in Ohio. Americans will choose the next president in November.")
    found = who(article, cast_of(article, actor_rules, "2016-03-01"), "next president")
    assert identity(found) != "person:barack-obama"


def test_a_joined_possession_has_one_owner(parse: Parse, actor_rules: ActorRules) -> None:
    article = parse("Tom Reed spoke first. He praised Karl Brandt's voting record and his support for the law.")
    assert name(who(article, cast_of(article, actor_rules), "his")) == "Karl Brandt"


def test_a_title_makes_a_person_of_a_name_unknown_to_the_model(parse: Parse, actor_rules: ActorRules) -> None:
    article = parse("Vice-President Moody Awori has declined to resign.")
    assert identity(who(article, cast_of(article, actor_rules, None), "Awori")) == "person:moody-awori"


def test_an_acronym_taken_for_a_place_is_its_long_form(parse: Parse, actor_rules: ActorRules) -> None:
    article = parse("The Popular Reform Front (PRF) attacked the base. PRF said so on Monday.")
    assert name(who(article, cast_of(article, actor_rules), "PRF", 2)) == "Popular Reform Front"


def test_a_body_that_is_only_described_goes_by_its_description(parse: Parse, actor_rules: ActorRules) -> None:
    for text, shown in (
        ("In Germany, the Bundestag voted.", "Bundestag"),
        ("German lawmakers met in Berlin. Germany is calm. The parliament voted.", "German Parliament"),
    ):
        article = parse(text)
        found = who(article, cast_of(article, actor_rules), "parliament" if "parliament" in text else "Bundestag")
        assert (identity(found), name(found)) == ("org:bundestag", shown)


def test_managers_of_a_firm_are_no_government(parse: Parse, actor_rules: ActorRules) -> None:
    article = parse("Microsoft executives met union leaders on Friday.")
    found = who(article, cast_of(article, actor_rules), "executives")
    assert found is not None
    assert (found.actor.kind, found.actor.sectors) == (ActorKind.GROUP, ("BUS",))


def test_brussels_that_acts_is_the_union_and_else_a_city(parse: Parse, actor_rules: ActorRules) -> None:
    for text, expected in (
        ("Brussels accused London of stalling.", "org:european-union"),
        ("A bomb exploded in Brussels.", "place:brussels"),
    ):
        article = parse(text)
        assert identity(who(article, cast_of(article, actor_rules), "Brussels")) == expected


def test_a_partys_nominee_is_who_it_was_on_the_day(parse: Parse, actor_rules: ActorRules) -> None:
    article = parse("The GOP nominee attacked the press. The Democratic nominee rejected the attack.")
    cast = cast_of(article, actor_rules, "2012-09-20")
    assert identity(who(article, cast, "nominee")) == "person:mitt-romney"
    assert identity(who(article, cast, "nominee", 2)) == "person:barack-obama"


def test_a_town_is_a_place_wherever_the_article_names_it(parse: Parse, actor_rules: ActorRules) -> None:
    article = parse("Clarkston accepted 1,500 refugees last year. Officials in Clarkston praised the move.")
    cast = cast_of(article, actor_rules)
    assert identity(who(article, cast, "Clarkston")) == identity(who(article, cast, "Clarkston", 2))


def test_the_terrorist_group_is_the_armed_group_told_of(parse: Parse, actor_rules: ActorRules) -> None:
    article = parse("Boko Haram raided a village. The terrorist organization killed nine people.")
    found = who(article, cast_of(article, actor_rules), "organization")
    assert identity(found) == identity(who(article, cast_of(article, actor_rules), "Haram"))


def test_other_groups_are_none_told_of_before(parse: Parse, actor_rules: ActorRules) -> None:
    article = parse("The Harbour Group signed the letter. The other groups that signed it are small.")
    cast = cast_of(article, actor_rules)
    assert identity(who(article, cast, "groups")) != identity(who(article, cast, "Group"))


def test_a_former_holder_is_who_has_left_the_office(parse: Parse, actor_rules: ActorRules) -> None:
    article = parse("Bill Clinton spoke in Nashua. The former president praised the mayor.")
    assert identity(who(article, cast_of(article, actor_rules, "2016-01-05"), "president")) == "person:bill-clinton"


def test_what_somebody_runs_for_is_nobody(parse: Parse, actor_rules: ActorRules) -> None:
    article = parse("Peter Welch supports Ann Lee for president.")
    cast = cast_of(article, actor_rules)
    assert cast.describe(article.texts[0], article.texts[0].word.index("president")) is None


def test_a_developer_beside_a_name_is_that_person(parse: Parse, actor_rules: ActorRules) -> None:
    article = parse("She met Tom Reed, a property developer who gave money.")
    cast = cast_of(article, actor_rules)
    assert identity(who(article, cast, "developer")) == identity(who(article, cast, "Reed"))


def test_another_ministers_portfolio_is_another_minister(parse: Parse, actor_rules: ActorRules) -> None:
    article = parse("A foreign minister left. The defence minister stayed.")
    cast = cast_of(article, actor_rules)
    assert identity(who(article, cast, "minister")) != identity(who(article, cast, "minister", 2))


INERT = [
    ("The bank closed its doors. The manager denied it.", "denied it", None),
    ("Chad broke the truce. Few spoke of it.", "of it", None),
    ("The bank closed its doors. The court sued it.", "sued it", "bank"),
    ("The bank closed its doors. The court fined it.", "fined it", "bank"),
    ("Chad broke the truce. Many spoke out against it.", "against it", "Chad"),
    ("Chad broke the truce. Peru signed a treaty with it.", "with it", "Chad"),
    ("Chad broke the truce. Norway imposed sanctions on it.", "on it", "Chad"),
    ("Chad broke the truce. Norway lent money to it.", "to it", "Chad"),
    ("Chad broke the truce. Norway withdrew its envoy from it.", "from it", "Chad"),
    ("Chad broke the truce. Norway banned it.", "banned it", "Chad"),
    ("The bank closed its doors. Few paid attention to it.", "to it", None),
    ("The bank closed its doors. Nobody knew how long it lasted.", "long it", None),
    ("The bank said it would pay.", "said it", "bank"),
    ("The bank closed its doors. It blamed the crisis.", "It", "bank"),
]


@pytest.mark.parametrize(("text", "words", "means"), INERT)
def test_an_it_that_is_no_subject(
    text: str, words: str, means: str | None, parse: Parse, actor_rules: ActorRules
) -> None:
    article = parse(text)
    assert name(who(article, cast_of(article, actor_rules), words)) == means


def test_a_description_is_named_without_its_quantity(parse: Parse, actor_rules: ActorRules) -> None:
    article = parse("As many as 40 Chadian rebels fled. The envoy met not all Danish farmers.")
    cast = cast_of(article, actor_rules)
    assert name(who(article, cast, "rebels")) == "40 Chadian rebels"
    assert name(who(article, cast, "farmers")) == "Danish farmers"


def test_part_of_a_compound_is_no_title(parse: Parse, actor_rules: ActorRules) -> None:
    article = parse("The bank sued a private-equity investor, Tom Reed, in Lund.")
    found = who(article, cast_of(article, actor_rules), "Tom Reed")
    assert found is not None
    assert "MIL" not in found.actor.sectors


def test_a_pronoun_is_no_part_of_a_description(parse: Parse, actor_rules: ActorRules) -> None:
    article = parse("Karl Brandt considered himself the expert on ports.")
    found = who(article, cast_of(article, actor_rules), "expert")
    assert found is None or "himself" not in found.actor.name


@pytest.mark.parametrize(
    ("text", "words", "sector"),
    [
        ("The unit shelled the town.", "The unit", "MIL"),
        ("Two units of the army attacked Aden.", "Two units", "MIL"),
        ("A rebel unit killed nine.", "A rebel unit", "REB"),
        ("A Syrian unit shelled Aden.", "A Syrian unit", "MIL"),
    ],
)
def test_a_unit_is_armed(text: str, words: str, sector: str, parse: Parse, actor_rules: ActorRules) -> None:
    article = parse(text)
    found = who(article, cast_of(article, actor_rules), words)
    assert found is not None
    assert found.actor.kind is ActorKind.ARMED_GROUP
    assert sector in found.actor.sectors


@pytest.mark.parametrize(
    "text",
    ["The bank sold its card unit.", "He died in an intensive-care unit.", "They built forty housing units in Lund."],
)
def test_a_civil_unit_is_nobody(text: str, parse: Parse, actor_rules: ActorRules) -> None:
    article = parse(text)
    assert who(article, cast_of(article, actor_rules), "unit") is None
