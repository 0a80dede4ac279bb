"""When and where it happened, who reports it, and which tellings are one happening."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.records import DateSource, Granularity
from pipeline.rules.load import Rules
from tests.conftest import Parse
from tests.events import actors, by_trigger, events_of

PUBLISHED = "2020-05-08"  # a Friday

EXPLICIT = [
    ("Rebels attacked the base on Monday.", "attacked", date(2020, 5, 4), date(2020, 5, 4)),
    ("On Monday, rebels attacked the base.", "attacked", date(2020, 5, 4), date(2020, 5, 4)),
    ("Police detained two men in Lagos on Monday.", "detained", date(2020, 5, 4), date(2020, 5, 4)),
    ("Monday's attack on the base killed two soldiers.", "attack", date(2020, 5, 4), date(2020, 5, 4)),
    ("Monday's attack on the base killed two soldiers.", "killed", date(2020, 5, 4), date(2020, 5, 4)),
    ("The envoys held talks between 3 and 5 March 2019.", "talks", date(2019, 3, 3), date(2019, 3, 5)),
    ("Turkey invaded Cyprus in 1974.", "invaded", date(1974, 1, 1), date(1974, 12, 31)),
    ("The next meeting, planned for May 19, will be in Oslo.", "meeting", date(2020, 5, 19), date(2020, 5, 19)),
    ("The editor died after his arrest on March 2, 2019.", "arrest", date(2019, 3, 2), date(2019, 3, 2)),
    ("Rebels have shelled the town since 2015.", "shelled", date(2015, 1, 1), date(2020, 5, 8)),
    ("On Monday, police stormed the office and arrested the editor.", "arrested", date(2020, 5, 4), date(2020, 5, 4)),
    ("Two men were killed on Monday when soldiers shelled the town.", "shelled", date(2020, 5, 4), date(2020, 5, 4)),
]


@pytest.mark.parametrize(("text", "trigger", "start", "end"), EXPLICIT, ids=[f"{c[1]}: {c[0][:40]}" for c in EXPLICIT])
def test_explicit_date(text: str, trigger: str, start: date, end: date, rules: Rules, parse: Parse) -> None:
    event = by_trigger(parse("News.\n\n" + text, PUBLISHED), rules)[trigger]
    assert (event.start, event.end, event.date_source) == (start, end, DateSource.EXPLICIT)


UNDATED = [
    # the date of saying is not that of what is said
    ("Officials said Monday that rebels attacked the base.", "attacked"),
    # what came before or after a date did not happen on it
    ("Rebels attacked the base before Monday.", "attacked"),
    # a past main clause has no date unless something gives it one
    ("Rebels attacked the base.", "attacked"),
]


@pytest.mark.parametrize(("text", "trigger"), UNDATED, ids=[c[0][:40] for c in UNDATED])
def test_no_date_is_assumed(text: str, trigger: str, rules: Rules, parse: Parse) -> None:
    event = by_trigger(parse("News.\n\n" + text, PUBLISHED), rules)[trigger]
    assert (event.start, event.end, event.granularity, event.date_source) == (None, None, None, DateSource.NONE)


def test_lead_in_the_perfect_has_the_articles_day(rules: Rules, parse: Parse) -> None:
    event = by_trigger(parse("Israel has bombed a depot near Tyre.", PUBLISHED), rules)["bombed"]
    assert (event.start, event.date_source) == (date(2020, 5, 8), DateSource.DOCUMENT)
    event = by_trigger(parse("Israel has bombed a depot near Tyre."), rules)["bombed"]
    assert (event.start, event.date_source) == (None, DateSource.NONE)


def test_heading_dates_its_passage(rules: Rules, parse: Parse) -> None:
    text = (
        "How it came to this\n\n12 March: talks begin\n\nEnvoys of Peru met diplomats of Chile in Quito. "
        "Soldiers had attacked a village in 2018.\n\n15 March: shots at sea\n\nA patrol arrested nine men.\n"
    )
    found = by_trigger(parse(text, PUBLISHED), rules)
    assert (found["met"].start, found["met"].date_source) == (date(2020, 3, 12), DateSource.HEADING)
    assert (found["arrested"].start, found["arrested"].date_source) == (date(2020, 3, 15), DateSource.HEADING)
    assert found["attacked"].granularity is Granularity.YEAR


def test_narration_goes_on(rules: Rules, parse: Parse) -> None:
    text = "Gunmen stormed a bank on Monday. They kidnapped two clerks. In 2015 the army arrested the owner."
    found = by_trigger(parse(text, PUBLISHED), rules)
    assert (found["kidnapped"].start, found["kidnapped"].date_source) == (date(2020, 5, 4), DateSource.CONTEXT)
    assert found["arrested"].start == date(2015, 1, 1)


def test_tellings_of_one_happening(rules: Rules, parse: Parse) -> None:
    text = (
        "Rebels attacked a convoy near Goma on Monday.\n\nThe army said the attack lasted two hours. "
        "Rebels attacked a school in 2017."
    )
    article = parse(text, PUBLISHED)
    events = events_of(article, rules)
    words = [e.mention.span.of(text) for e in events]
    first, noun = words.index("attacked"), words.index("attack")
    assert events[noun].same_as == first
    assert (events[noun].start, events[noun].date_source) == (date(2020, 5, 4), DateSource.CONTEXT)
    assert actors(events[noun]) == actors(events[first])
    assert events[-1].start == date(2017, 1, 1)
    assert events[-1].same_as is None


def test_place_and_its_country(rules: Rules, parse: Parse) -> None:
    event = by_trigger(parse("Police arrested two men in Lagos on Monday.", PUBLISHED), rules)["arrested"]
    assert (event.place_text, event.place_country) == ("Lagos", "NGA")
    event = by_trigger(parse("Guards clashed near the village of Kok-Tash.", PUBLISHED), rules)["clashed"]
    assert event.place_text == "Kok-Tash"
    event = by_trigger(parse("Police arrested two men on Monday.", PUBLISHED), rules)["arrested"]
    assert (event.place_text, event.place_country, event.place) == (None, None, None)


def test_event_stands_in_the_innermost_quote(rules: Rules, parse: Parse) -> None:
    text = 'The mayor said: "The army says that rebels attacked the base." Police arrested two men.'
    found = by_trigger(parse(text, PUBLISHED), rules)
    quote = found["attacked"].quote
    assert quote is not None
    start, end = found["attacked"].mention.span
    assert any(span.start <= start and end <= span.end for span in quote.mention.spans)
    assert found["arrested"].quote is None


def test_scores_and_contexts(rules: Rules, parse: Parse) -> None:
    text = "The army moved tanks to the frontier, and soldiers attacked a battalion of rebels there."
    event = by_trigger(parse(text, PUBLISHED), rules)["attacked"]
    assert (event.quad_class, event.intensity) == ("material conflict", -9)
    assert "military" in event.contexts
    assert list(event.contexts) == sorted(event.contexts)
    assert 0 <= event.confidence <= 1


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.sampled_from(
            [
                *(
                    "attack",
                    "attacked",
                    "talks",
                    "the",
                    "who",
                    "and",
                    "to",
                    "was",
                    "by",
                    "Iran",
                    "police",
                    "on",
                    "Monday",
                ),
                *(
                    "said",
                    '"',
                    "“",
                    "”",
                    ".",
                    ",",
                    "\n\n",
                    "2019",
                    "will",
                    "not",
                    "if",
                    "-",
                    "of",
                    "arrested",
                    "\x00",
                    "—",
                ),
            ]
        ),
        max_size=40,
    )
)
def test_never_raises(rules: Rules, parse: Parse, words: list[str]) -> None:
    article = parse(" ".join(words), PUBLISHED)
    events = events_of(article, rules)
    spans = [e.mention.span for e in events]
    assert spans == sorted(set(spans))
    for i, event in enumerate(events):
        assert event.same_as is None or event.same_as < i
        assert (event.start is None) == (event.end is None) == (event.date_source is DateSource.NONE)
        if event.start is not None and event.end is not None:
            assert event.start <= event.end
