"""Quotes found in whole passages: fragments, continuations, speakers, negation, what is left out."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.annotate import Annotator
from pipeline.extract.quotes import find_quotes
from pipeline.parsed import ParsedText
from pipeline.records import Article, Block, BlockKind, Field, QuoteMention, QuoteType
from pipeline.rules.quotes import load_quotes
from pipeline.rules.source import layers
from pipeline.spans import Span
from tests.conftest import Parse

RULES = load_quotes(layers())


def look(parse: Parse, passage: str) -> tuple[ParsedText, list[QuoteMention]]:
    text = parse(passage).text(Field.BODY)
    return text, find_quotes(text, RULES)


def annotated(annotator: Annotator, passage: str, blocks: list[Block]) -> ParsedText:
    article = Article(doc_id="x", source="x.txt", text=passage)
    return next(annotator.annotate([(article, [(Field.BODY, passage, blocks)])], 8)).text(Field.BODY)


def contents(text: ParsedText, quote: QuoteMention) -> list[str]:
    return [span.of(text.text) for span in quote.spans]


def speaker(text: ParsedText, quote: QuoteMention) -> str | None:
    return quote.speaker.of(text.text) if quote.speaker else None


def test_a_quotation_that_its_cue_interrupts_is_one_quote(parse: Parse) -> None:
    text, (quote,) = look(parse, "“The bridge is closed,” the mayor said on Monday. “Nobody may cross it.”")
    assert contents(text, quote) == ["The bridge is closed,", "Nobody may cross it."]
    assert quote.quote_type is QuoteType.DIRECT
    assert speaker(text, quote) == "the mayor"


def test_each_cue_has_its_own_quote(parse: Parse) -> None:
    passage = "“The bridge is closed,” said Ada Blok. “It is open,” said Ivo Marin."
    text, quotes = look(parse, passage)
    assert [contents(text, q) for q in quotes] == [["The bridge is closed,"], ["It is open,"]]
    assert [speaker(text, q) for q in quotes] == ["Ada Blok", "Ivo Marin"]


def test_a_statement_over_paragraphs_is_one_quote_with_a_span_each(parse: Parse) -> None:
    passage = "Blok wrote: “We were wrong about the river.\n\n“We were wrong about the rain.”"
    text, (quote,) = look(parse, passage)
    assert contents(text, quote) == ["We were wrong about the river.", "We were wrong about the rain."]


def test_a_floating_quotation_continues_the_one_before(parse: Parse) -> None:
    passage = "“The river rose,” said Ada Blok, who runs the mill.\n\n“We lost everything in one night.”"
    _, quotes = look(parse, passage)
    assert [q.continues for q in quotes] == [None, 0]
    assert quotes[1].speaker is None


def test_a_mixed_quote_is_the_whole_clause(parse: Parse) -> None:
    text, (quote,) = look(parse, "The envoy said it was “unwise” to expect a quick answer.")
    assert quote.quote_type is QuoteType.MIXED
    assert contents(text, quote) == ["it was “unwise” to expect a quick answer"]


def test_speech_that_did_not_happen_is_flagged(parse: Parse) -> None:
    text, quotes = look(parse, "Blok did not say whether the mill would open. The bank declined to comment.")
    assert [q.negated for q in quotes] == [True, True]
    assert contents(text, quotes[0]) == ["whether the mill would open"]
    assert contents(text, quotes[1]) == ["to comment"]


def test_a_name_in_apposition_is_the_speaker(parse: Parse) -> None:
    text, (quote,) = look(parse, "“You do not sell people,” its lawyer, Jana Moreau, said in an email.")
    assert speaker(text, quote) == "its lawyer, Jana Moreau"
    assert quote.speaker_head is not None
    assert text.word[quote.speaker_head] == "Moreau"


def test_a_relative_pronoun_speaks_for_its_antecedent(parse: Parse) -> None:
    text, (quote,) = look(parse, "The doctors, who say the drug is safe, went home.")
    assert speaker(text, quote) == "who"
    assert quote.speaker_head is not None
    assert text.word[quote.speaker_head] == "doctors"


def test_the_addressee_is_found(parse: Parse) -> None:
    text, (quote,) = look(parse, "The president told the generals that the war was over.")
    assert quote.addressee_head is not None
    assert text.word[quote.addressee_head] == "generals"


def test_coordinated_cues_share_their_speaker(parse: Parse) -> None:
    text, quotes = look(parse, "Marin said the mill was safe and warned that the dam was not.")
    assert [contents(text, q) for q in quotes] == [["the mill was safe"], ["the dam was not"]]
    assert [speaker(text, q) for q in quotes] == ["Marin", "Marin"]


def test_a_paragraph_without_marks_that_a_colon_leads_in(parse: Parse) -> None:
    text, (quote,) = look(parse, "Blok wrote on her page:\n\nWe will rebuild the mill. We have the money.")
    assert contents(text, quote) == ["We will rebuild the mill. We have the money"]
    assert quote.quote_type is QuoteType.INDIRECT


def test_a_signed_quotation_has_a_speaker(parse: Parse) -> None:
    text, (quote,) = look(parse, "“The best bread in town for thirty years now.” — Ada Blok")
    assert speaker(text, quote) == "Ada Blok"


@pytest.mark.parametrize(
    "passage",
    [
        "The so-called “smart” meters were late.",
        "She starred in “The Long Night of the Fox” on Broadway.",
        "Critics have a “love-hate” relation with the city.",
        "The mayor was accused of taking money.",
        "It is believed that the fire began at night.",
    ],
)
def test_scare_quotes_titles_and_sourceless_passives_are_left_out(parse: Parse, passage: str) -> None:
    assert look(parse, passage)[1] == []


def test_boilerplate_gives_nothing(annotator: Annotator) -> None:
    passage = "Ada Blok said the mill was safe."
    block = Block(Span(0, len(passage)), BlockKind.BOILERPLATE)
    text = annotated(annotator, passage, [block])
    assert find_quotes(text, RULES) == []


def test_answers_of_an_interview_are_turns(annotator: Annotator) -> None:
    lines = ["Is the mill safe?", "Yes. It was always safe.", "We checked it twice.", "And the dam?", "No comment."]
    passage = "\n".join(lines)
    blocks, at = [], 0
    for line in lines:
        asked = line.endswith("?")
        kind = BlockKind.QUESTION if asked else BlockKind.BODY
        span = Span(at, at + len(line))
        blocks.append(Block(span, kind, "test", "" if asked else "Ada Blok", not asked))
        at += len(line) + 1
    text = annotated(annotator, passage, blocks)
    turns = [q for q in find_quotes(text, RULES) if q.quote_type is QuoteType.TURN]
    assert [contents(text, q) for q in turns] == [[lines[1], lines[2]], [lines[4]]]
    assert [q.speaker_label for q in turns] == ["Ada Blok", "Ada Blok"]


_MARKED = "“ ” \" ' ’ `` '' — , . ? :"
_SPOKEN = "said Blok that he told mill accused of selling and warned to go who called it"
WORDS = st.sampled_from([*_MARKED.split(), *_SPOKEN.split(), "\n\n", "according to"])


@settings(max_examples=60, deadline=None)
@given(words=st.lists(WORDS, max_size=40))
def test_random_passages_give_sound_quotes(parse: Parse, words: list[str]) -> None:
    text, quotes = look(parse, " ".join(words))
    for number, quote in enumerate(quotes):
        assert quote.spans
        end = 0
        for span in quote.spans:
            assert end <= span.start < span.end <= len(text.text)
            end = span.end
        for span in (quote.cue, quote.speaker):
            assert span is None or 0 <= span.start < span.end <= len(text.text)
        assert quote.continues is None or 0 <= quote.continues < number
    assert quotes == find_quotes(text, RULES)


def test_a_quotes_place_does_not_depend_on_what_precedes_it(parse: Parse) -> None:
    passage = "“The bridge is closed,” said Ada Blok."
    _, (alone,) = look(parse, passage)
    text, quotes = look(parse, "It rained.\n\n" + passage)
    shift = text.text.index(passage)
    assert [replace(q, spans=(), cue=None, speaker=None) for q in quotes]
    assert quotes[0].spans == tuple(span.shift(shift) for span in alone.spans)
    assert re.fullmatch(r"quotes\.verb\.say/\w+", quotes[0].rule)


@pytest.mark.parametrize(
    ("passage", "expected"),
    [
        # a half-quoted sentence that its cue ends goes on in the next quotation
        ("The plan was “too little,” Blok added. “It will cost us a lot.”", ["The plan was “too little,”"]),
        # what follows a finished quotation and its cue is the narrator's
        ("“He is gone,” Ada Blok said, and soon the hall was empty.", ["He is gone,"]),
        # a clause that quotes belongs to what is said, wherever the parser hangs it
        (
            "Blok says she hopes to be elected, but she knows that “the old men will always rule.”",
            ["she hopes to be elected, but she knows that “the old men will always rule.”"],
        ),
        # the narrator names the source of a whole report
        ("Blok said the bank was empty, according to a letter.", ["Blok said the bank was empty"]),
        # of a complement only what hangs on the quotation
        ("Blok called the raid “a grave breach” of the treaty.", ["“a grave breach” of the treaty"]),
        # the accused are not what they are accused of
        ("Blok accused the board of “sheer greed”.", ["“sheer greed”"]),
    ],
)
def test_where_what_is_said_ends(parse: Parse, passage: str, expected: list[str]) -> None:
    text, quotes = look(parse, passage)
    assert contents(text, quotes[0])[:1] == expected


@pytest.mark.parametrize(
    "passage",
    [
        "They rejected the claim that the vote was rigged.",
        "It does not come with the promise that the soldiers will stay.",
        "We should also note that the bridge is old.",
        "This suggests that the bridge is old.",
        "The hole was as deep as she said.",
        "Blok has written a book in which she shows the “odd” ways of her aunt.",
    ],
)
def test_nobody_is_said_to_speak(parse: Parse, passage: str) -> None:
    assert look(parse, passage)[1] == []


def test_a_question_that_others_ask_has_no_speaker(parse: Parse) -> None:
    text, quotes = look(parse, "When asked whether the city should vote, he said it should.")
    assert [(speaker(text, q), contents(text, q)) for q in quotes] == [("he", ["it should"])]


def test_a_sentence_about_a_statement_leads_it_in(parse: Parse) -> None:
    text, (quote,) = look(parse, "On Friday President Keller released the following statement: “The river is safe.”")
    assert speaker(text, quote) == "President Keller"
    assert quote.rule == "quotes.lead-in"


def test_a_name_that_the_tagger_mistakes_for_an_adverb_speaks(parse: Parse) -> None:
    passage = "The ministers met Kenelly. Kenelly, however, warned in May that the bridge was “a ruin.”"
    text, (quote,) = look(parse, passage)
    assert speaker(text, quote) == "Kenelly"


def test_a_label_before_an_answer_is_no_part_of_it(annotator: Annotator) -> None:
    passage = "Q: Is the ice thick?\nA: Yes: very thick."
    blocks = [
        Block(Span(0, 20), BlockKind.QUESTION, "question.label", ""),
        Block(Span(21, len(passage)), BlockKind.BODY, "turn.label", "", True),
    ]
    text = annotated(annotator, passage, blocks)
    (quote,) = find_quotes(text, RULES)
    assert contents(text, quote) == ["Yes: very thick."]


def test_an_answer_reports_others_and_not_its_own_words(annotator: Annotator) -> None:
    passage = "We said that the ice was thick. Blok told us that it was thin."
    text = annotated(annotator, passage, [Block(Span(0, len(passage)), BlockKind.BODY, "turn", "", True)])
    assert [speaker(text, q) for q in find_quotes(text, RULES)] == ["Blok", None]
