import warnings

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.annotate import PIECE, Annotator, cut, load_model
from pipeline.errors import ModelError
from pipeline.parsed import ParsedText
from pipeline.records import Article, Block, BlockKind, Field
from pipeline.spans import Span

from .conftest import Parse


def blocks_of(text: str) -> list[Block]:
    out, start = [], 0
    for line in text.splitlines(keepends=True):
        if line.strip():
            out.append(Block(Span(start, start + len(line.rstrip())), BlockKind.BODY))
        start += len(line)
    return out


def annotate(annotator: Annotator, text: str, blocks: list[Block]) -> ParsedText:
    article = Article(doc_id="x", source="x", text=text)
    return next(annotator.annotate([(article, [(Field.BODY, text, blocks)])], 8)).texts[0]


def test_tokens_are_where_the_text_has_them(parse: Parse) -> None:
    text = "\ufeff  “Çelik” said:\r\n\r\nNo\u00a0peace — 🙂 yet.\n"
    parsed = parse(text).texts[0]
    assert parsed.text == text
    assert [text[s:e] for s, e in zip(parsed.start, parsed.end, strict=True)] == parsed.word


def test_no_sentence_crosses_a_block(annotator: Annotator) -> None:
    text = "Talks in Vienna\n\nThe ministers met on Friday and\n\nagreed to meet again. They left."
    parsed = annotate(annotator, text, blocks_of(text))
    assert [s.span.of(text) for s in parsed.sentences] == [
        "Talks in Vienna",
        "The ministers met on Friday and",
        "agreed to meet again.",
        "They left.",
    ]
    assert [s.block for s in parsed.sentences] == [0, 1, 2, 2]


def test_no_sentence_starts_where_none_can(parse: Parse) -> None:
    text = "Lisbon trade circles were jubilant after the deal. Nobody else was."
    assert [s.span.of(text) for s in parse(text).texts[0].sentences] == [
        "Lisbon trade circles were jubilant after the deal.",
        "Nobody else was.",
    ]


def test_the_tree_is_unpacked_as_spacy_has_it(parse: Parse) -> None:
    parsed = parse("The rebels who hold Aden attacked a convoy on Friday. It burned.").texts[0]
    for token in parsed.doc:
        i = token.i
        assert parsed.head[i] == token.head.i
        assert parsed.children[i] == [c.i for c in token.children]
        assert (parsed.left[i], parsed.right[i]) == (token.left_edge.i, token.right_edge.i)
        assert (parsed.lemma[i], parsed.tag[i], parsed.pos[i], parsed.dep[i]) == (
            token.lemma_,
            token.tag_,
            token.pos_,
            token.dep_,
        )
    assert [(e.label, e.first, e.last + 1) for e in parsed.entities] == [
        (e.label_, e.start, e.end) for e in parsed.doc.ents
    ]


def test_tokens_of_a_stretch(parse: Parse) -> None:
    parsed = parse("Rebels attacked Aden.").texts[0]
    assert parsed.tokens_in((0, 6)) == (0, 0)
    assert parsed.tokens_in((3, 12)) == (0, 1)
    assert parsed.tokens_in((6, 7)) == (1, 0)
    assert parsed.token_at(7) == 1
    assert parsed.span(0, 2) == Span(0, 20)


WORDS = st.sampled_from(["word ", "a", "\n", "\n\n", " ", "longer-word ", "é", "."])


@given(st.lists(WORDS, max_size=60).map("".join), st.integers(1, 30))
def test_pieces_cover_a_text_without_gap(text: str, limit: int) -> None:
    pieces = cut(text, blocks_of(text), limit)
    assert "".join(p.of(text) for p in pieces) == text
    assert all(p.end - p.start <= limit for p in pieces)
    assert len(pieces) == 1 or all(p.end > p.start for p in pieces)


@settings(max_examples=30, deadline=None)
@given(st.text(max_size=120))
def test_any_text_can_be_parsed(annotator: Annotator, text: str) -> None:
    parsed = annotate(annotator, text, blocks_of(text))
    assert [text[s:e] for s, e in zip(parsed.start, parsed.end, strict=True)] == parsed.word
    last = 0
    for sentence in parsed.sentences:
        assert last <= sentence.span.start < sentence.span.end <= len(text)
        last = sentence.span.end


def test_a_text_longer_than_a_piece_keeps_its_offsets(annotator: Annotator) -> None:
    text = "The minister met the envoy in Oslo on Monday.\n" * (2 * PIECE // 46 + 10)
    parsed = annotate(annotator, text, blocks_of(text))
    assert len(text) > 2 * PIECE
    assert all(text[s:e] == w for s, e, w in zip(parsed.start, parsed.end, parsed.word, strict=True))
    assert len(parsed.sentences) == text.count("\n")
    assert all(parsed.sent[parsed.head[i]] == s for i, s in enumerate(parsed.sent) if s >= 0)


def test_the_default_model_loads_without_a_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        load_model()


def test_a_missing_model_is_said_in_one_line() -> None:
    with pytest.raises(ModelError, match="not installed") as caught:
        load_model("no_such_model_at_all")
    assert "\n" not in str(caught.value)
