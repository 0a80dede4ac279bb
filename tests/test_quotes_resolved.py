"""Speakers of quotes: names, pronouns, continuations, documents, interviews, the day of saying."""

from __future__ import annotations

from datetime import date

import pytest

from pipeline.annotate import Annotator
from pipeline.extract.actors import find_mentions
from pipeline.extract.quotes import find_quotes
from pipeline.parsed import ParsedArticle
from pipeline.records import (
    Anchor,
    Article,
    Block,
    BlockKind,
    DateMention,
    Field,
    Granularity,
    ResolvedDate,
    ResolvedQuote,
    SpeakerKind,
    SpeakerMethod,
    TimexType,
)
from pipeline.resolve.actors import resolve_actors
from pipeline.resolve.quotes import resolve_quotes
from pipeline.rules.actors import ActorRules
from pipeline.rules.quotes import load_quotes
from pipeline.rules.source import layers
from pipeline.spans import Span
from tests.conftest import Parse

RULES = load_quotes(layers())


def resolve(
    article: ParsedArticle, actor_rules: ActorRules, dates: tuple[ResolvedDate, ...] = ()
) -> list[ResolvedQuote]:
    text = article.text(Field.BODY)
    cast = resolve_actors(article, find_mentions(text, actor_rules), None, actor_rules)
    return resolve_quotes(article, find_quotes(text, RULES), cast, dates, RULES)


def test_a_surname_is_the_person_named_before(parse: Parse, actor_rules: ActorRules) -> None:
    article = parse("Angela Merkel visited Oslo. “It was a good day,” Merkel said.")
    (quote,) = resolve(article, actor_rules)
    assert quote.speaker_name == "Angela Merkel"
    assert quote.speaker_kind is SpeakerKind.PERSON
    assert quote.speaker_method is SpeakerMethod.NAME


def test_a_pronoun_is_whoever_was_speaking(parse: Parse, actor_rules: ActorRules) -> None:
    passage = (
        "Maria Keller told Peter Olsen that the harbour was closed.\n\n"
        "“The ice is too thick,” she said. She added that it would melt in May."
    )
    quotes = resolve(parse(passage), actor_rules)
    assert [q.speaker_name for q in quotes] == ["Maria Keller"] * 3
    assert [q.speaker_method for q in quotes[1:]] == [SpeakerMethod.PRONOUN] * 2


def test_somebody_who_came_in_since_is_the_pronouns_person(parse: Parse, actor_rules: ActorRules) -> None:
    passage = "Peter Olsen said the ice was thick. Then Henrik Dahl arrived from Bergen. He said it was thin."
    quotes = resolve(parse(passage), actor_rules)
    assert [q.speaker_name for q in quotes] == ["Peter Olsen", "Henrik Dahl"]


def test_a_floating_quotation_has_the_speaker_it_continues(parse: Parse, actor_rules: ActorRules) -> None:
    passage = "“The ice is too thick,” said Maria Keller, who runs the harbour.\n\n“It will not melt before May.”"
    quotes = resolve(parse(passage), actor_rules)
    assert [q.speaker_name for q in quotes] == ["Maria Keller"] * 2
    assert quotes[1].speaker_method is SpeakerMethod.CONTINUATION
    assert quotes[1].confidence < quotes[0].confidence


def test_a_document_speaks(parse: Parse, actor_rules: ActorRules) -> None:
    (quote,) = resolve(parse("A report said the bridge was unsafe."), actor_rules)
    assert quote.speaker_kind is SpeakerKind.DOCUMENT
    assert quote.speaker_method is SpeakerMethod.DESCRIPTION


def test_a_state_speaks(parse: Parse, actor_rules: ActorRules) -> None:
    (quote,) = resolve(parse("Russia said the talks had failed."), actor_rules)
    assert quote.speaker_kind is SpeakerKind.STATE


def interview(annotator: Annotator, lines: list[tuple[str, str | None]]) -> ParsedArticle:
    text = "\n".join(line for line, _ in lines)
    blocks, at = [], 0
    for line, label in lines:
        asked = line.endswith("?")
        kind = BlockKind.QUESTION if asked else BlockKind.BODY
        blocks.append(Block(Span(at, at + len(line)), kind, "", label, label is not None and not asked))
        at += len(line) + 1
    article = Article(doc_id="x", source="x.txt", text=text)
    return next(annotator.annotate([(article, [(Field.BODY, text, blocks)])], 8))


def test_an_answer_is_by_the_one_the_introduction_speaks_with(annotator: Annotator, actor_rules: ActorRules) -> None:
    lines = [
        ("We spoke with Maria Keller about the harbour of Peter Olsen.", None),
        ("Is the ice thick?", ""),
        ("Yes, very thick.", ""),
    ]
    (quote,) = resolve(interview(annotator, lines), actor_rules)
    assert quote.speaker_name == "Maria Keller"
    assert quote.speaker_method is SpeakerMethod.TURN


def test_an_answer_is_by_the_name_before_it(annotator: Annotator, actor_rules: ActorRules) -> None:
    lines = [
        ("We spoke with Maria Keller and Peter Olsen.", None),
        ("Is the ice thick?", ""),
        ("Yes, very thick.", "Olsen"),
        ("Thin, I think.", "Nobody Known"),
    ]
    quotes = resolve(interview(annotator, lines), actor_rules)
    assert [q.speaker_name for q in quotes] == ["Peter Olsen", "Nobody Known"]


def test_the_day_of_saying_is_the_cues_and_not_the_contents(parse: Parse, actor_rules: ActorRules) -> None:
    article = parse("The minister said on Friday that the bridge would open on Monday.")
    text = article.text(Field.BODY)
    dates = []
    for word, day in (("Friday", 1), ("Monday", 4)):
        i = text.word.index(word)
        span = text.span(i, i)
        mention = DateMention(
            field=Field.BODY, span=span, first=i, last=i, timex_type=TimexType.DATE, expression=None, rule="test"
        )
        on = date(2024, 3, day)
        dates.append(
            ResolvedDate(
                mention=mention,
                timex_type=TimexType.DATE,
                value=on.isoformat(),
                mod=None,
                start=on,
                end=on,
                granularity=Granularity.DAY,
                anchor=Anchor.DOCUMENT,
                rule="test",
            )
        )
    (quote,) = resolve(article, actor_rules, tuple(dates))
    assert quote.date is not None
    assert quote.date.start == date(2024, 3, 1)


@pytest.mark.parametrize(
    ("intro", "expected"),
    [
        # whom the answers are about is named more often
        (
            "President Peter Olsen left the harbour. Olsen has many plans. Olsen met sailors. "
            "Maria Keller, a scholar of ports, spoke with our paper.",
            "Maria Keller",
        ),
        # reporters ask
        ("Peter Olsen went home. Later Olsen spoke with the reporter Maria Keller about the harbour.", "Peter Olsen"),
        ("Maria Keller is a professor of law in Oslo. She told our paper why the harbour matters.", "Maria Keller"),
    ],
)
def test_who_answers_is_found_in_the_introduction(
    annotator: Annotator, actor_rules: ActorRules, intro: str, expected: str
) -> None:
    lines = [(intro, None), ("Is the ice thick?", ""), ("Yes.", ""), ("Will it melt?", ""), ("No.", "")]
    assert [q.speaker_name for q in resolve(interview(annotator, lines), actor_rules)][-2:] == [expected] * 2


def test_who_answers_is_found_in_the_lines_after_an_interview(annotator: Annotator, actor_rules: ActorRules) -> None:
    lines = [("Is the ice thick?", ""), ("Yes.", ""), ("Maria Keller is a professor of law in Oslo.", None)]
    (quote,) = resolve(interview(annotator, lines), actor_rules)
    assert quote.speaker_name == "Maria Keller"


def test_an_interview_without_names_has_no_speaker(annotator: Annotator, actor_rules: ActorRules) -> None:
    (quote,) = resolve(interview(annotator, [("Is the ice thick?", ""), ("Yes.", "")]), actor_rules)
    assert quote.speaker_name is None


def test_a_role_is_whoever_the_next_quote_names_with_it(parse: Parse, actor_rules: ActorRules) -> None:
    passage = "A harbour spokesman said the ice was thick. “It will melt in May,” said spokesman Peter Olsen."
    assert [q.speaker_name for q in resolve(parse(passage), actor_rules)] == ["Peter Olsen"] * 2


@pytest.mark.parametrize(
    ("passage", "expected"),
    [
        # all of those whom "and" joins speak
        ("Maria Keller and Peter Olsen said the ice was thin.", ["Maria Keller and Peter Olsen"]),
        (
            "Maria Keller, the mayor, and Peter Olsen, her deputy, said the ice was thin.",
            ["Maria Keller and Peter Olsen"],
        ),
        ("Teachers, nurses and drivers said they would strike.", ["Teachers and nurses and drivers"]),
        # two roles of one person are one speaker
        ("“It will melt,” writer and former envoy Peter Olsen said.", ["Peter Olsen"]),
        ("Peter Olsen spoke. “It will melt,” the minister and party leader said.", ["minister"]),
        # police speak, and then somebody for the police
        (
            "Police said the ice was thin. “Stay away,” said police spokeswoman Maria Keller.",
            ["Police", "Maria Keller"],
        ),
        # who an unnamed speaker is said to be
        ("Many came. “It is cold,” said one of them, a baker who gave his name as Henrik.", ["Henrik"]),
        ("A man identified as Peter Olsen said that the ice was thin.", ["Peter Olsen"]),
        # whoever is asked has the floor
        ("Peter Olsen asked Maria Keller whether it was cold. “It is,” she said.", ["Peter Olsen", "Maria Keller"]),
        ("A reporter asked Peter Olsen whether Jan Dahl would go. “Not today,” he said.", ["reporter", "Peter Olsen"]),
        # the sentence itself says of whom it tells
        (
            "Peter Olsen said the ice was thin. As for Jan Dahl, he said it was thick.",
            ["Peter Olsen", "Jan Dahl"],
        ),
        (
            "Peter Olsen said the ice was thin. Jan Dahl's plan was bold, but he said the risk was small.",
            ["Peter Olsen", "Jan Dahl"],
        ),
        # of two persons the one whom the other pronoun does not mean
        (
            "The minister, Peter Olsen, met Maria Keller. He said the ice was thin. She said it was thick.",
            ["Peter Olsen", "Maria Keller"],
        ),
        # somebody inside the quoted words has not come in
        (
            "“It is cold,” said Peter Olsen. “Jan Dahl knows the ice,” he said.",
            ["Peter Olsen", "Peter Olsen"],
        ),
        # "they" are those who did something together
        ("Maria Keller and Peter Olsen lost a boat. They said the ice broke.", ["Maria Keller and Peter Olsen"]),
        # a role that another quote names, or that can be nobody else's
        (
            "A spokesman said the ice was thin. The spokesman, Peter Olsen, said it would melt.",
            ["Peter Olsen", "Peter Olsen"],
        ),
        (
            "Dahl's lawyer said her client was ill. “He has a fever,” Maria Keller told the court.",
            ["Maria Keller", "Maria Keller"],
        ),
        ("“It is thin,” said Peter Olsen. “But it holds,” said the minister.", ["Peter Olsen", "Peter Olsen"]),
        # a body under another noun
        (
            "The Dockers' Federation refused on Friday. The union said its members had waited two years.",
            ["Dockers' Federation"],
        ),
        (
            "Villagers told the Daily Post that the mill had burned. The paper said it had photographs.",
            ["Villagers", "Daily Post"],
        ),
        # headlines
        (
            "Keller: “The ice is thin”\n\nHarbour master Maria Keller said on Monday that nobody may cross the lake.",
            ["Maria Keller", "Maria Keller"],
        ),
    ],
)
def test_speakers(parse: Parse, actor_rules: ActorRules, passage: str, expected: list[str]) -> None:
    assert [q.speaker_name for q in resolve(parse(passage), actor_rules)] == expected


@pytest.mark.parametrize(
    ("passage", "expected"),
    [
        ("Officials at the Health Ministry said the clinics would reopen.", ["Officials at the Health Ministry"]),
        ("Aides to the president said the visit had been put off.", ["Aides to the president"]),
        # nor does a person or a body alone become longer by where it is
        ("The opposition in Harare mocked the trip as “a holiday”.", ["opposition"]),
        # the same people by another word, also as "they"
        (
            "Residents of Tarn fled on Monday as the river rose. The villagers said the siren had failed."
            " They said nobody had come.",
            ["Residents of Tarn", "Residents of Tarn"],
        ),
        (
            "Fishermen and hoteliers on the island of Velo have sued the ministry. The plaintiffs said the oil had"
            " killed the reefs.",
            ["Fishermen and hoteliers"],
        ),
        # other people stay who they are
        ("Soldiers entered Tarn on Monday. The villagers said the siren had failed.", ["villagers"]),
        # bodies by their sort
        ("The National Weather Service issued an alert. The agency said it would rain.", ["National Weather Service"]),
        ("The Tarn Museum bought the painting. The museum said a donor had paid.", ["Tarn Museum"]),
        ("Greenpeace met the Tarn Council. The agency said it was wrong.", ["Greenpeace"]),
        ("The M7 Front took the town of Aru on Sunday. The rebels said they had lost four men.", ["M7 Front"]),
        # two bodies keep the phrase
        ("Vesta Oil bought Kern Gas for 2 billion dollars. Both companies said it would close.", ["Both companies"]),
        # a document, by who issued it
        (
            "The Ministry of Trade fined the firm. A ministry statement said the books were false.",
            ["statement of Ministry of Trade"],
        ),
    ],
)
def test_described_speakers(parse: Parse, actor_rules: ActorRules, passage: str, expected: list[str]) -> None:
    assert [q.speaker_name for q in resolve(parse(passage), actor_rules)] == expected


def test_joined_speakers_are_a_group_with_a_mention(parse: Parse, actor_rules: ActorRules) -> None:
    article = parse("Maria Keller and Peter Olsen said the ice was thin.")
    text = article.text(Field.BODY)
    cast = resolve_actors(article, find_mentions(text, actor_rules), None, actor_rules)
    (quote,) = resolve_quotes(article, find_quotes(text, RULES), cast, (), RULES)
    assert quote.speaker_kind is SpeakerKind.GROUP
    assert quote.speaker is not None
    assert quote.speaker in cast.mentions
    assert [item.actor.name for item in cast.each(quote.speaker)] == ["Maria Keller", "Peter Olsen"]


@pytest.mark.parametrize("passage", ["The cold weather signals that spring is late.", "Their move suggests a truce."])
def test_what_nobody_utters_is_no_quote(parse: Parse, actor_rules: ActorRules, passage: str) -> None:
    assert resolve(parse(passage), actor_rules) == []


def test_a_body_named_by_place_is_no_state(parse: Parse, actor_rules: ActorRules) -> None:
    (quote,) = resolve(parse("Police Scotland said there had been no arrests."), actor_rules)
    assert quote.speaker_kind is not SpeakerKind.STATE
