"""Which date an event gets, with which evidence: clauses, headings, narrations, statements, other tellings."""

from __future__ import annotations

import time
from datetime import date

import pytest

from pipeline.records import DateSource, Field, Granularity
from pipeline.resolve.events.dating import UNDATED, Dated
from pipeline.resolve.events.telling import Telling, related, same_tellings
from pipeline.rules.load import Rules
from tests.conftest import Parse
from tests.events import by_trigger, events_of

PUBLISHED = "2020-05-08"  # a Friday
MONDAY, TUESDAY, FRIDAY = date(2020, 5, 4), date(2020, 5, 5), date(2020, 5, 8)

OWN = [
    # a date before both of two verbs dates both
    ("President Hollis on Monday praised the envoys and condemned the rebels.", "condemned", MONDAY, MONDAY),
    # an infinitive told as a fact, under a participle
    (
        "Hundreds of students marched on Monday in Quito, burning flags to protest the arrests.",
        "protest",
        MONDAY,
        MONDAY,
    ),
    # two participles with one main clause
    ("Gunmen attacked the bank on Monday, wounding two clerks and kidnapping the owner.", "kidnapping", MONDAY, MONDAY),
    # right before and after the main clause, unless a measure says how long
    ("On Monday, the minister resigned after rebels attacked the base.", "attacked", MONDAY, MONDAY),
    # so many days before or after the main clause
    (
        "The president resigned on Monday, three days after rebels attacked the base.",
        "attacked",
        date(2020, 5, 1),
        date(2020, 5, 1),
    ),
    ("The president apologised on Monday, a day before police killed a student.", "killed", TUESDAY, TUESDAY),
    # a phrase or participle in front
    ("In a speech on Monday, the king praised the army and pledged aid to the north.", "praised", MONDAY, MONDAY),
    ("Speaking on Monday, the king praised the army.", "praised", MONDAY, MONDAY),
    # an occasion in front, for all that the sentence tells
    ("In an interview on Monday, the king praised the army and attacked the bishops.", "attacked", MONDAY, MONDAY),
    # the day that owns the occasion
    ("The senator condemned the premier in Monday's debate.", "condemned", MONDAY, MONDAY),
    # what somebody went for was when they went
    ("The premier visited Lagos for the opening of the games on Monday.", "visited", MONDAY, MONDAY),
    # a clause that only tells when a happening was
    ("The governor has spoken often of the Lagos bombings, which occurred on Monday.", "bombings", MONDAY, MONDAY),
    # what was done at something dated
    (
        "Some recalled the 2019 congress, when Senator Mora demanded an apology from Peru.",
        "demanded",
        date(2019, 1, 1),
        date(2019, 12, 31),
    ),
    # the date of a noun that a participle completes
    (
        "Nobody spoke of the March 3, 2019 accord signed by Peru and Chile.",
        "signed",
        date(2019, 3, 3),
        date(2019, 3, 3),
    ),
    # from a dated happening to the article's day
    (
        "Rebels have shelled the town since the government expelled the envoys on March 2.",
        "shelled",
        date(2020, 3, 2),
        FRIDAY,
    ),
    # a term from the article's day
    ("The union said it would sue the ministry within 15 days.", "sue", FRIDAY, date(2020, 5, 23)),
    # what is still to come can't have a date of the past, but what it is about can
    (
        "The court will investigate the massacre of nine villagers last year.",
        "massacre",
        date(2019, 1, 1),
        date(2019, 12, 31),
    ),
    # the date behind a verb of order is its object's
    ("The boycott followed talks with the ministry on 3 May.", "talks", date(2020, 5, 3), date(2020, 5, 3)),
    # the subject of a dated act of the same kind
    ("The bombings near Goma on May 1 killed nine soldiers.", "bombings", date(2020, 5, 1), date(2020, 5, 1)),
]


@pytest.mark.parametrize(("text", "trigger", "start", "end"), OWN, ids=[f"{c[1]}: {c[0][:40]}" for c in OWN])
def test_own_clause(text: str, trigger: str, start: date, end: date, rules: Rules, parse: Parse) -> None:
    event = by_trigger(parse("News.\n\n" + text, PUBLISHED), rules)[trigger]
    assert (event.start, event.end) == (start, end)


OTHERS = [
    # what a speech is about is not its day
    ("In a speech about the Monday march, the king praised the army and condemned the rebels.", "condemned"),
    # a day that owns somebody or something else
    ("The senator condemned the author of Monday's article.", "condemned"),
    ("The minister resigned on Monday, two weeks after rebels attacked the base.", "attacked"),
    ("The boycott, the third this year, worried the ministry.", "boycott"),
    ("The senator denounced the 2013 act.", "denounced"),
    ("The senator blamed Iran for the chaos of the war in 2013.", "blamed"),
    ("Lawmakers want to overturn the ban of 2013.", "overturn"),
    ("The opposition recently condemned the raid. On Monday gunmen stormed a bank.", "condemned"),
]


@pytest.mark.parametrize(("text", "trigger"), OTHERS, ids=[c[0][:50] for c in OTHERS])
def test_a_date_of_something_else(text: str, trigger: str, rules: Rules, parse: Parse) -> None:
    event = by_trigger(parse("News.\n\n" + text, PUBLISHED), rules)[trigger]
    assert (event.start, event.date_source) == (None, DateSource.NONE)


# ------------------------------------------------------------------------ headings

TIMELINE = (
    "How the river dispute began\n\n12 March 2019: boats are seized\n\nA patrol arrested nine men. In a meeting in "
    "Quito, ministers of Peru criticised Chile.\n\n3 and 5 April 2019: Peru cuts aid and trade\n\nPeru suspended "
    "aid and expelled two diplomats.\n\n7 to 9 April 2019\n\nEnvoys met in Oslo.\n"
)


def test_heading_dates_nouns_and_clauses_below_it(rules: Rules, parse: Parse) -> None:
    found = by_trigger(parse(TIMELINE, PUBLISHED), rules)
    for trigger in ("arrested", "meeting", "criticised"):
        assert (found[trigger].start, found[trigger].date_source) == (date(2019, 3, 12), DateSource.HEADING)


def test_list_of_days_over_as_many_acts(rules: Rules, parse: Parse) -> None:
    found = by_trigger(parse(TIMELINE, PUBLISHED), rules)
    assert (found["suspended"].start, found["suspended"].end) == (date(2019, 4, 3), date(2019, 4, 3))
    assert (found["expelled"].start, found["expelled"].end) == (date(2019, 4, 5), date(2019, 4, 5))


def test_span_of_days_is_kept_whole_and_points_to_its_first_expression(rules: Rules, parse: Parse) -> None:
    met = by_trigger(parse(TIMELINE, PUBLISHED), rules)["met"]
    assert (met.start, met.end) == (date(2019, 4, 7), date(2019, 4, 9))
    assert met.date is not None
    assert met.date.start == date(2019, 4, 7)
    text = "News.\n\nThe envoys held talks between 3 and 5 March 2019."
    talks = by_trigger(parse(text, PUBLISHED), rules)["talks"]
    assert talks.date is not None
    assert talks.date.mention.span.of(text) == "3"
    assert talks.date.mention.range_key is not None


def test_live_entries_have_the_articles_day(rules: Rules, parse: Parse) -> None:
    text = (
        "Bank siege in Aarhus: as it happened\n\n09:15\n\nPolice arrested two men near the bank.\n\n"
        "10:40\n\nThe prime minister has thanked the police.\n"
    )
    found = by_trigger(parse(text, PUBLISHED), rules)
    for trigger in ("arrested", "thanked"):
        assert (found[trigger].start, found[trigger].date_source) == (FRIDAY, DateSource.HEADING)
    assert by_trigger(parse(text), rules)["arrested"].start is None


# ---------------------------------------------------------------------- narrations


def test_narration_begins_with_what_is_no_event_and_passes_by_asides(rules: Rules, parse: Parse) -> None:
    text = (
        "News.\n\nOn Tuesday, the mission reached the border. Soldiers attacked its trucks at noon. Officials said on "
        "Thursday that judges jailed a clerk. The soldiers detained nine drivers."
    )
    found = by_trigger(parse(text, PUBLISHED), rules)
    assert (found["attacked"].start, found["attacked"].date_source) == (TUESDAY, DateSource.CONTEXT)
    assert found["jailed"].start is None
    assert found["detained"].start == TUESDAY


def test_narration_ends_with_another_date_and_with_background(rules: Rules, parse: Parse) -> None:
    text = (
        "News.\n\nGunmen stormed a bank on Monday. Business had slowed in 2018. The region is poor. Its roads are bad. "
        "Schools are closed. Soldiers detained nine drivers."
    )
    assert by_trigger(parse(text, PUBLISHED), rules)["detained"].start is None


def test_words_that_are_deeds_in_direct_speech(rules: Rules, parse: Parse) -> None:
    text = (
        "News.\n\nSecretary Ann Keller visited Nairobi on Tuesday.\n\n"
        "“We promise to send food to the villages,” Keller told reporters there."
    )
    event = by_trigger(parse(text, PUBLISHED), rules)["promise"]
    assert (event.start, event.date_source) == (TUESDAY, DateSource.CONTEXT)


def test_day_of_the_statement(rules: Rules, parse: Parse) -> None:
    text = (
        "News.\n\nSenator Ann Keller called on the government to punish Iran.\n\n“This can't go on,” Keller told "
        "reporters on Tuesday. “They must pay for it.”"
    )
    event = by_trigger(parse(text, PUBLISHED), rules)["called"]
    assert (event.start, event.date_source) == (TUESDAY, DateSource.CONTEXT)
    both = text + "\n\n“I am sure of it,” Keller said on Monday."
    assert by_trigger(parse(both, PUBLISHED), rules)["called"].start is None


def test_headline_has_its_leads_date(rules: Rules, parse: Parse) -> None:
    text = "Senator denounces Iran\n\nAnn Keller, a senator, denounced Iran on Monday over its missiles."
    event = by_trigger(parse(text, PUBLISHED), rules)["denounces"]
    assert (event.start, event.date_source) == (MONDAY, DateSource.CONTEXT)


# ------------------------------------------------------------------ other tellings


def test_a_happening_of_another_name_is_not_the_same(rules: Rules, parse: Parse) -> None:
    text = "News.\n\nGunmen attacked a theatre in Paris on Monday. Families still mourn those of the London attack."
    events = events_of(parse(text, PUBLISHED), rules)
    london = next(e for e in events if e.mention.span.of(text) == "attack")
    assert (london.start, london.same_as) == (None, None)


def test_news_in_a_headline_is_not_an_old_happening(rules: Rules, parse: Parse) -> None:
    text = (
        "Bomb attack in Goma kills nine\n\nDoctors are treating the wounded.\n\nRebels attacked a market in "
        "September 2013. The rebels denied the attack then."
    )
    events = events_of(parse(text, PUBLISHED), rules)
    headline = [e for e in events if e.mention.span.start < text.index("\n")]
    assert headline
    assert all(e.start in (None, FRIDAY) for e in headline)


def _tellings(n: int, rules: Rules, parse: Parse) -> list[Telling]:
    article = parse("News.\n\nRebels attacked a base in Goma. The attack failed.", PUBLISHED)
    events = [e.mention for e in events_of(article, rules)]
    assert len(events) == 2
    text = article.text(Field.BODY)
    day = Dated(MONDAY, MONDAY, Granularity.DAY, DateSource.EXPLICIT)
    return [
        Telling(events[i % 2], text, frozenset({f"group:{i % 97}"} if i % 3 else ()), day if i % 5 else UNDATED)
        for i in range(n)
    ]


def test_tellings_are_compared_in_linear_time(rules: Rules, parse: Parse) -> None:
    seconds = []
    for n in (1_000, 10_000):
        tellings = _tellings(n, rules, parse)
        start = time.process_time()
        same = same_tellings(tellings, rules.events)
        seconds.append(time.process_time() - start)
        assert all(first is None or (first < i and same[first] is None) for i, first in enumerate(same))
    assert seconds[1] < 40 * max(seconds[0], 0.05)  # compared with all before it would be a hundred times as long


def test_related_words() -> None:
    assert related("withdraw", "withdrawal")
    assert related("attack", "attack")
    assert not related("arm", "army")
    assert not related("attack", "assault")


RUNNING = "Live: the vote\n\n9:40 a.m.\n\n{}\n\n9:15 a.m.\n\nPolice arrested nine men in Lagos."


@pytest.mark.parametrize(
    ("text", "trigger", "start"),
    [
        ("Mora met the envoys in Lagos.", "met", FRIDAY),
        ("Mora says Reyes signed the treaty when he led the union.", "signed", None),
        ("Mora spoke of the Sept. 11 attacks and praised the police.", "praised", FRIDAY),
        ("Mora spoke of the Sept. 11 attacks and praised the police.", "attacks", None),
    ],
)
def test_a_running_report_dates_what_is_new(
    text: str, trigger: str, start: date | None, rules: Rules, parse: Parse
) -> None:
    event = by_trigger(parse(RUNNING.format(text), PUBLISHED), rules)[trigger]
    assert (event.start == start) if start else (event.start != FRIDAY)


# ------------------------------------------------------------------------- places

PLACES = [
    ("Doctors in Kano treated nine wounded soldiers.", "treated", "Kano", "NGA"),
    ("Villagers blocked the road to Goma in protest.", "blocked", "Goma", "COD"),
    ("The last round of talks collapsed in Geneva.", "talks", "Geneva", "CHE"),
    ("Police fired at thousands of workers who were marching in Tunis.", "fired", "Tunis", "TUN"),
    ("Rebels seized a village near Goma. President Adam Osei visited the town.", "visited", "Goma", "COD"),
    ("Guards clashed in the Swiss resort of Oberwalden.", "clashed", "Oberwalden", "CHE"),
]


@pytest.mark.parametrize(("text", "trigger", "place", "country"), PLACES, ids=[c[0][:40] for c in PLACES])
def test_place(text: str, trigger: str, place: str, country: str, rules: Rules, parse: Parse) -> None:
    event = by_trigger(parse("News.\n\n" + text, PUBLISHED), rules)[trigger]
    assert (event.place_text, event.place_country) == (place, country)


def test_place_without_a_country_has_the_datelines(rules: Rules, parse: Parse) -> None:
    text = "LAGOS, Nigeria — Police arrested two men in Umuokwe on Monday."
    event = by_trigger(parse(text, PUBLISHED), rules)["arrested"]
    assert (event.place_text, event.place_country) == ("Umuokwe", "NGA")


def test_every_date_has_a_reason(rules: Rules, parse: Parse) -> None:
    for event in events_of(parse(TIMELINE, PUBLISHED), rules):
        assert (event.start is None) == (event.date_source is DateSource.NONE) == (event.granularity is None)
        assert event.date is not None or event.date_source is not DateSource.EXPLICIT
