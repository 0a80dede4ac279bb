"""Plots of films and books are no news, and news on films and books is."""

from __future__ import annotations

import pytest

from pipeline.extract.events import find_events
from pipeline.rules.events import EventRules
from tests.conftest import Parse

PLOTS = [
    "It is a film in which rebels kill the king and seize the capital.",
    "She saw a play where police arrest a bishop.",
    "She wrote a novel about a clerk who attacks a judge and is arrested by police.",
    "The director cast a young actress in the film. When police arrest her brother, soldiers attack the village.",
]
NEWS = [
    ("The minister banned a film about the attack on the embassy in Lagos.", {"banned", "attack"}),
    ("Police arrested an actor in the film that sparked protests in Cairo.", {"arrested", "protests"}),
    ("Protesters attacked the cinema where the film was shown.", {"attacked"}),
    ("He told the story of a man who was shot by police in Ohio on Friday.", {"shot"}),
    ("The director of the film and its leading actress were arrested by soldiers.", {"arrested"}),
    ("The actor and the director of the film have attacked police.", {"attacked"}),
    ("It was a hostage drama in which rebels shot two pilots in Sudan on Monday.", {"shot"}),
    ("In a real-life drama in which soldiers shot a clerk, nobody fled.", {"shot"}),
    ("The final was a thriller in which police arrested six supporters.", {"arrested"}),
    ("The opera where farmers attacked police on Friday is shut.", {"attacked"}),
    ("The play in which soldiers attacked the actors was shut.", {"attacked"}),
    ("The festival showed a film by the director. Police arrest many poets every week in Cairo, he said.", {"arrest"}),
    ('The festival showed a film by the director. "Police arrest poets in Cairo. We know."', {"arrest"}),
]


@pytest.mark.parametrize("text", PLOTS)
def test_plots_tell_of_nothing(text: str, parse: Parse, event_rules: EventRules) -> None:
    assert not [e for e in find_events(parse(text).texts[0], event_rules) if e.event_type]


@pytest.mark.parametrize(("text", "triggers"), NEWS)
def test_news_on_works_stays(text: str, triggers: set[str], parse: Parse, event_rules: EventRules) -> None:
    found = find_events(parse(text).texts[0], event_rules)
    assert {e.span.of(text) for e in found if e.event_type} == triggers


def test_a_purpose_of_the_same_type_is_no_second_act(parse: Parse, event_rules: EventRules) -> None:
    def told(text: str) -> list[str]:
        return [e.span.of(text) for e in find_events(parse(text).texts[0], event_rules) if e.event_type]

    assert told("Activists gathered outside the court to protest against the law.") == ["gathered"]
    assert told("Protesters burned flags to protest against the law.") == ["burned", "protest"]


@pytest.mark.parametrize(
    ("text", "negated"),
    [
        ("Much depends on whether or not Norway will meet the envoy.", False),
        ("Norway will not meet the envoy.", True),
    ],
)
def test_or_not_leaves_open(text: str, negated: bool, parse: Parse, event_rules: EventRules) -> None:
    (event,) = [e for e in find_events(parse(text).texts[0], event_rules) if e.event_type]
    assert event.negated is negated
