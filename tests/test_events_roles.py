"""Who did what to whom: the parts that syntax gives to the names around a trigger."""

from __future__ import annotations

import pytest

from pipeline.rules.load import Rules
from tests.conftest import Parse
from tests.events import actors, by_trigger, recipients

CASES = [
    # active, passive with and without agent
    ("Turkey attacked Syria on Monday.", "attacked", ["Turkey"], ["Syria"]),
    ("Syria was attacked by Turkey on Monday.", "attacked", ["Turkey"], ["Syria"]),
    ("The editor was arrested on Monday.", "arrested", [], ["editor"]),
    # relative and reduced relative clauses
    ("Rebels who attacked the convoy fled to Chad.", "attacked", ["Rebels"], ["convoy"]),
    ("The reporter that the army arrested is a Dane.", "arrested", ["army"], ["reporter"]),
    ("A priest arrested by soldiers was freed.", "arrested", ["soldiers"], ["priest"]),
    # control, coordination
    ("Police stormed the office and arrested the editor.", "arrested", ["Police"], ["editor"]),
    ("Norway and Sweden condemned the coup.", "condemned", ["Norway", "Sweden"], []),
    ("Iran urged both sides to stop and accused Israel of murder.", "accused", ["Iran"], ["Israel"]),
    # nouns: possessors, adjectives, prepositions
    ("Israel's attack on Lebanon lasted an hour.", "attack", ["Israel"], ["Lebanon"]),
    ("Talks between Japan and Korea ended on Friday.", "Talks", ["Japan", "Korea"], []),
    ("The French president held talks with Angela Merkel.", "talks", ["French president", "Angela Merkel"], []),
    ("A Russian missile strike hit Odesa.", "strike", ["Russia"], []),
    # those who undergo what a noun says
    ("The convoy came under attack from rebels.", "attack", ["rebels"], ["convoy"]),
    # reciprocal acts have no recipient
    ("Angela Merkel met Shinzo Abe on Friday.", "met", ["Angela Merkel", "Shinzo Abe"], []),
    # names in apposition stand for their description
    ("Prosecutors charged a builder, Olaf Hansen, with fraud.", "charged", ["Prosecutors"], ["Olaf Hansen"]),
    # content of a request
    ("Chad demanded that Libya free the pilots.", "demanded", ["Chad"], ["Libya"]),
    # people counted
    ("Dozens of gunmen attacked a hospital.", "attacked", ["gunmen"], []),
]


def named(found: list[str], wanted: list[str]) -> bool:
    """Whether each wanted name is the end or the whole of one that was found, or its country's."""
    return len(found) >= len(wanted) and all(any(w.casefold() in f.casefold() for f in found) for w in wanted)


@pytest.mark.parametrize(("text", "trigger", "who", "whom"), CASES, ids=[c[0][:40] for c in CASES])
def test_roles(text: str, trigger: str, who: list[str], whom: list[str], rules: Rules, parse: Parse) -> None:
    event = by_trigger(parse(text, "2020-05-08"), rules)[trigger]
    assert named(actors(event), who), actors(event)
    assert named(recipients(event), whom), recipients(event)
    if not who:
        assert actors(event) == []


def test_nobody_is_both_actor_and_recipient(rules: Rules, parse: Parse) -> None:
    event = by_trigger(parse("Iran accused Iran of nothing, and Iran condemned itself.", "2020-05-08"), rules)
    for found in event.values():
        assert not set(actors(found)) & set(recipients(found))


def test_him_is_not_who_acts(rules: Rules, parse: Parse) -> None:
    text = "Angela Merkel praised Tony Blair. David Cameron then accused him of lying."
    event = by_trigger(parse(text, "2010-05-08"), rules)["accused"]
    assert recipients(event) == ["Tony Blair"]


def test_later_telling_takes_over_who_did_it(rules: Rules, parse: Parse) -> None:
    text = "Rebels attacked the convoy on Monday. The attack lasted two hours."
    found = by_trigger(parse(text, "2020-05-08"), rules)
    assert actors(found["attack"]) == actors(found["attacked"])


def test_a_past_tense_that_the_tagger_missed_is_active(rules: Rules, parse: Parse) -> None:
    """The parser takes "agencies hacked into" for agencies that were hacked into, and for what was said."""
    text = "Lopez said Russian intelligence agencies hacked into National Harbour Committee computers."
    event = by_trigger(parse(text, "2016-02-10"), rules)["hacked"]
    assert actors(event) == ["Russian intelligence agencies"]
    assert recipients(event) == ["National Harbour Committee"]


def test_who_wins_support_is_supported(rules: Rules, parse: Parse) -> None:
    found = by_trigger(
        parse("Maria Lopez won the support of the miners. John Reyes offered his support to Chile."), rules
    )
    event = found["support"]
    assert (actors(event), recipients(event)) == (["miners"], ["Maria Lopez"])
