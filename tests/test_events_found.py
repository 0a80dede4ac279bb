"""What makes a word a trigger: topics, hyphens, particles, headlines, and what was told before."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.annotate import Annotator
from pipeline.errors import RuleError
from pipeline.extract.events import find_events
from pipeline.extract.events.topics import Topics
from pipeline.parsed import ParsedText
from pipeline.records import Article, Block, BlockKind, Field, Modality
from pipeline.rules.events import EventRules, load_events
from pipeline.rules.source import layers
from pipeline.spans import Span
from tests.conftest import Parse


def types(text: ParsedText, rules: EventRules) -> list[tuple[str, str | None]]:
    return [(e.span.of(text.text), e.event_type) for e in find_events(text, rules) if e.event_type]


CAMPAIGN = (
    "The candidate led the poll before the primary. On Sunday her rival began his attack. "
    "The campaign of the nominee said voters would not listen."
)
VIOLENCE = (
    "Gunmen killed nine guests at the hotel on Sunday. Soldiers shot two of them. "
    "The attack lasted an hour, a wounded waiter said."
)


def test_attacks_of_words_and_of_weapons(parse: Parse, event_rules: EventRules) -> None:
    assert ("attack", "ACCUSE") in types(parse(CAMPAIGN).texts[0], event_rules)
    assert ("attack", "ASSAULT") in types(parse(VIOLENCE).texts[0], event_rules)


def test_topics_of_the_whole_and_of_paragraphs(parse: Parse, event_rules: EventRules) -> None:
    text = parse(CAMPAIGN).texts[0]
    topics = Topics(text, event_rules)
    assert topics.at("campaign", 0)
    assert not topics.at("violence", 0)
    assert not topics.whole("weather")
    assert set(topics.blocks({"campaign"})) == {s.block for s in text.sentences}
    assert not topics.blocks({"weather"})


FOUND = [
    # hyphens: the tokenizer takes such words apart
    ("The two armies agreed on a cease-fire on Monday.", {("agreed", "AGREE")}),
    ("Rioters petrol-bombed a police station in Derry.", {("bombed", "ASSAULT")}),
    # a particle is not a preposition with its noun
    ("She gave a speech in Cairo on Monday.", set()),
    ("The government gave in on Monday.", {("gave", "CONCEDE")}),
    ("The minister dropped in several polls.", set()),
    # a particle's object may hang on it
    ("Police broke up the rally.", {("broke", "COERCE")}),
    # the same word, told apart by what goes with it
    ("The board fired its director.", {("fired", "SANCTION")}),
    ("Militants fired rockets at the airport.", {("fired", "ASSAULT")}),
    ("The two firms struck a deal.", {("deal", "AGREE")}),
    ("Warplanes struck three villages.", {("struck", "ASSAULT")}),
    ("The mayor was struck by lightning.", set()),
    ("The banker was charged with fraud.", {("charged", "ACCUSE")}),
    ("The hotel charged guests five dollars for water.", set()),
    # a reported threat with its condition
    ("Washington said it would bomb the port unless the ships left.", {("bomb", "THREATEN")}),
    # documents that condemn
    ("A resolution condemning the raid passed on Friday.", {("condemning", "ACCUSE")}),
    # nobody
    ("Nobody was arrested.", {("arrested", "COERCE")}),
]


@pytest.mark.parametrize(("sentence", "events"), FOUND, ids=[f[0][:40] for f in FOUND])
def test_found(sentence: str, events: set[tuple[str, str]], parse: Parse, event_rules: EventRules) -> None:
    found = set(types(parse(sentence).texts[0], event_rules))
    assert events <= found if events else not found


def headline(annotator: Annotator, text: str) -> ParsedText:
    work = [
        (
            Article(doc_id="x", source="x", text=text),
            [(Field.BODY, text, [Block(Span(0, len(text)), BlockKind.HEADLINE)])],
        )
    ]
    return next(iter(annotator.annotate(work, 1))).texts[0]


HEADLINES = [
    ("Eleven killed in border clash", "killed", "ASSAULT", Modality.ASSERTED),
    ("Fishing boats seized", "seized", "COERCE", Modality.ASSERTED),
    ("Bank Fires Director Over Loan", None, None, None),
    ("Bishop Praises Rescue Team", "Praises", "SUPPORT", Modality.ASSERTED),
    ("Norway to send tents to Nepal", "send", "AGREE", Modality.FUTURE),
    ("Hostages freed after nine days", "freed", "RETREAT", Modality.ASSERTED),
]


@pytest.mark.parametrize(("text", "trigger", "kind", "modality"), HEADLINES, ids=[h[0] for h in HEADLINES])
def test_headlines(
    text: str, trigger: str | None, kind: str, modality: Modality, annotator: Annotator, event_rules: EventRules
) -> None:
    found = {e.span.of(text): e for e in find_events(headline(annotator, text), event_rules) if e.event_type}
    if trigger is not None:
        assert (found[trigger].event_type, found[trigger].modality) == (kind, modality)


TAKEN_UP = [
    ("A strike by dockers closed the port on Monday. Ships waited outside. The strike came at a bad time.", 2),
    # the deal is a thing, not told again
    ("The union struck a deal with the airline on Monday. The deal is for three years.", 1),
]


@pytest.mark.parametrize(("text", "times"), TAKEN_UP, ids=["deed", "thing"])
def test_nouns_take_up_deeds(text: str, times: int, parse: Parse, event_rules: EventRules) -> None:
    word = "strike" if "strike" in text else "deal"
    assert [w for w, _ in types(parse(text).texts[0], event_rules)].count(word) == times


def test_planned_deeds_that_nobody_means_are_no_threats(parse: Parse, event_rules: EventRules) -> None:
    found = dict(types(parse("Police had known of the planned attack on the embassy.").texts[0], event_rules))
    assert found["attack"] == "ASSAULT"


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    words=st.lists(
        st.sampled_from(
            [
                *("attack", "attacked", "talks", "strike", "to", "of", "the", "by", "in", "-", ";", ",", "was", "will"),
                *("Police", "Norway", "agreed", "cease", "fire", "resign", "not", "if", "said", "that", "and", "\n\n"),
            ]
        ),
        max_size=25,
    )
)
def test_mangled_sentences_never_raise(words: list[str], parse: Parse, event_rules: EventRules) -> None:
    for text in parse(" ".join(words) or "x").texts:
        spans = [e.span for e in find_events(text, event_rules)]
        assert spans == sorted(spans)
        assert len(set(spans)) == len(spans)


RULE = """rules:
- id: own.pardon
  type: CONCEDE
  verb: [amnesty]
  examples: ["The king *amnestied* nine men."]
"""


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("ontologies/plover/triggers/own.yaml", RULE + "  about: [astrology]\n", "unknown topic"),
        ("ontologies/plover/triggers/own.yaml", RULE + "  unless: [astrology]\n", "unknown topic"),
        ("events/topics.yaml", "rules:\n- id: stars\n  words: [star]\n", "needs least"),
        ("events/topics.yaml", "rules:\n- id: stars\n  words: [star]\n  share: 2\n", "needs least"),
    ],
)
def test_broken_topics_are_refused(name: str, text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
    with pytest.raises(RuleError, match=message):
        load_events(layers([tmp_path]))
