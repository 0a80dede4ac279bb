"""What the loader of ``models/quotes`` refuses, and what a layer adds."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.errors import RuleError
from pipeline.extract.quotes import find_quotes
from pipeline.records import Field
from pipeline.rules.quotes import load_quotes
from pipeline.rules.source import layers
from tests.conftest import Parse

RULES = load_quotes(layers())


def _layer(folder: Path, name: str, content: str) -> Path:
    path = folder / "quotes" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("rules:\n- id: x\n  lemmas: [sneer]\n  frames: [that]\n", "without an example"),
        ("rules:\n- id: x\n  lemmas: [sneer]\n  frames: [thta]\n  examples: [a]\n", "unknown frame 'thta'"),
        ("rules:\n- id: x\n  lemmas: [say]\n  frames: [that]\n  examples: [a]\n", "is also in quotes.verb.say"),
        ("rules:\n- id: x\n  lemma: [sneer]\n  frames: [that]\n  examples: [a]\n", "unknown key 'lemma'"),
        ("rules:\n- id: x\n  lemmas: ['']\n  frames: [that]\n  examples: [a]\n", "without an empty one"),
    ],
)
def test_a_broken_verb_rule_is_named_with_its_line(tmp_path: Path, content: str, message: str) -> None:
    stack = (*layers(), _layer(tmp_path, "verbs.yaml", content))
    with pytest.raises(RuleError, match=message) as caught:
        load_quotes(stack)
    assert caught.value.line == 2


def test_a_users_layer_adds_a_verb(tmp_path: Path, parse: Parse) -> None:
    content = (
        "rules:\n- id: mine.sneer\n  lemmas: [sneer]\n  frames: [that, quote, fronted]\n"
        '  examples: ["[She] <sneered> that {it was late}."]\n'
    )
    rules = load_quotes((*layers(), _layer(tmp_path, "verbs.yaml", content)))
    text = parse("The editor sneered that the poem was too long.").text(Field.BODY)
    assert find_quotes(text, RULES) == []
    assert [q.rule for q in find_quotes(text, rules)] == ["mine.sneer/that"]


def test_a_mark_that_is_neither_typed_nor_by_context_is_an_error(tmp_path: Path) -> None:
    table = "id\topen\tclose\tfamily\tlevel\tsided\nx\t(\t)\tround\touter\tmaybe\n"
    with pytest.raises(RuleError, match="typed or context"):
        load_quotes((*layers(), _layer(tmp_path, "marks.tsv", table)))


def test_a_construction_that_nothing_implements_is_an_error(tmp_path: Path) -> None:
    content = "rules:\n- id: mine.sung\n  construction: sung\n  examples: [a]\n"
    with pytest.raises(RuleError, match="unknown construction 'sung'"):
        load_quotes((*layers(), _layer(tmp_path, "constructions.yaml", content)))
