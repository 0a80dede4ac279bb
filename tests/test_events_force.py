"""Whether events are told as fact, as plans or as possible; and what is content, not an event."""

from __future__ import annotations

import pytest

from pipeline.records import Modality
from pipeline.rules.load import Rules
from tests.conftest import Parse
from tests.events import by_trigger

ASSERTED, FUTURE, HYPOTHETICAL = Modality.ASSERTED, Modality.FUTURE, Modality.HYPOTHETICAL


FORCE = [
    ("Police arrested the editor.", "arrested", False, ASSERTED),
    ("Police did not arrest the editor.", "arrest", True, ASSERTED),
    ("Police never arrested the editor.", "arrested", True, ASSERTED),
    ("No students were arrested.", "arrested", True, ASSERTED),
    ("The sides met without signing the treaty.", "signing", True, ASSERTED),
    ("Rebels failed to capture the town.", "capture", True, ASSERTED),
    ("Police will arrest the editor.", "arrest", False, FUTURE),
    ("The minister plans to resign in May.", "resign", False, FUTURE),
    ("Police may arrest the editor.", "arrest", False, HYPOTHETICAL),
    ("If police arrest the editor, students will march.", "arrest", False, HYPOTHETICAL),
    ("Perhaps police arrested the editor.", "arrested", False, HYPOTHETICAL),
    ("The general wants to arrest the editor.", "arrest", False, HYPOTHETICAL),
    ("The editor is said to have been arrested.", "arrested", False, ASSERTED),
    ("Troops went on to seize the airport.", "seize", False, ASSERTED),
    ("The leaders urged rebels to disarm and agreed on a truce.", "agreed", False, ASSERTED),
    ("Police arrested not only the editor.", "arrested", False, ASSERTED),
    # a bare infinitive is as possible as what lets it be
    ("The bill would let the council impose sanctions.", "sanctions", False, HYPOTHETICAL),
    ("The guards let rebels attack the village.", "attack", False, ASSERTED),
    ("Residents came to hear the mayor denounce the general.", "denounce", False, ASSERTED),
]


@pytest.mark.parametrize(("text", "trigger", "negated", "modality"), FORCE, ids=[c[0][:40] for c in FORCE])
def test_force(text: str, trigger: str, negated: bool, modality: Modality, rules: Rules, parse: Parse) -> None:
    found = by_trigger(parse(text, "2020-05-08"), rules)[trigger].mention
    assert (found.negated, found.modality) == (negated, modality)


TYPES = [
    # planned cooperation is agreed on, not done
    ("Merkel will meet Putin in Sochi next week.", "meet", "AGREE", FUTURE),
    ("Merkel met Putin in Sochi last week.", "met", "CONSULT", ASSERTED),
    ("Talks are due to resume in Geneva next week.", "Talks", "AGREE", FUTURE),
    ("Talks resumed in Geneva last week.", "Talks", "CONSULT", ASSERTED),
    # a withdrawal stays one, unless who withdraws announces it
    ("The soldiers will be released on Friday.", "released", "RETREAT", FUTURE),
    ("Moscow announced that it will withdraw troops from Georgia.", "withdraw", "CONCEDE", FUTURE),
    # planned violence is a threat; violence that is denied for the future is none
    ("Hamas will attack Israel again.", "attack", "THREATEN", FUTURE),
]


@pytest.mark.parametrize(("text", "trigger", "kind", "modality"), TYPES, ids=[c[0][:40] for c in TYPES])
def test_types_of_plans(text: str, trigger: str, kind: str, modality: Modality, rules: Rules, parse: Parse) -> None:
    found = by_trigger(parse(text, "2020-05-08"), rules)[trigger].mention
    assert (found.event_type, found.modality) == (kind, modality)


SWALLOWED = [
    ("Ankara threatened to impose sanctions on Athens.", {"threatened"}),
    ("Iran refused to meet the inspectors.", {"refused"}),
    ("The envoys agreed to hold talks in May.", {"agreed"}),
    ("Kabul accused Iran of arming rebels.", {"accused"}),
    ("They held talks in Oslo.", {"talks"}),
    ("Merkel flew home to meet voters.", set()),
]


@pytest.mark.parametrize(("text", "triggers"), SWALLOWED, ids=[c[0][:40] for c in SWALLOWED])
def test_content_is_no_event(text: str, triggers: set[str], rules: Rules, parse: Parse) -> None:
    assert set(by_trigger(parse(text, "2020-05-08"), rules)) == triggers


def test_what_is_reported_is_an_event(rules: Rules, parse: Parse) -> None:
    found = by_trigger(parse("Officials said rebels attacked the base.", "2020-05-08"), rules)
    assert set(found) == {"attacked"}


def test_furniture_has_no_events(rules: Rules, parse: Parse) -> None:
    text = "Rebels attacked the base.\n\nRead more: Rebels attack a base near Goma\n"
    article = parse(text, "2020-05-08")
    kinds = {article.texts[0].kind_at(e.mention.trigger).value for e in by_trigger(article, rules).values()}
    assert "boilerplate" not in kinds
