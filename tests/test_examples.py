"""Every rule against its own examples and counterexamples, one by one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline.annotate import Annotator, make_annotator
from pipeline.errors import RuleError
from pipeline.examples import Case, Parse, cases, parser
from pipeline.rules.load import DEFAULT_ONTOLOGY, load
from pipeline.rules.source import Item, home, items_of

ONTOLOGIES = {
    path.parent.name: load(ontology=path.parent.name) for path in sorted((home() / "ontologies").glob("*/types.yaml"))
}


CASES = {
    (case.rule, case.text): (ontology, case)
    for ontology, rules in sorted(ONTOLOGIES.items(), key=lambda pair: pair[0] == DEFAULT_ONTOLOGY)
    for case in cases(rules)
}.values()  # what ontologies share is run with the default one


@pytest.fixture(scope="module")
def parses(annotator: Annotator) -> dict[str, Parse]:
    return {ontology: parser(annotator, rules) for ontology, rules in ONTOLOGIES.items()}


@pytest.mark.parametrize(("ontology", "case"), CASES, ids=[f"{o}:{c.rule}:{c.text[:40]}" for o, c in CASES])
def test_example(ontology: str, case: Case, parses: dict[str, Parse]) -> None:
    assert case.fails(parses[ontology]) == ""


@pytest.mark.parametrize("ontology", sorted(ONTOLOGIES.keys() - {DEFAULT_ONTOLOGY}))
def test_what_ontologies_share_holds_with_each(ontology: str, parses: dict[str, Parse]) -> None:
    told = {case.text: case.fails(parses[ontology]) for case in cases(ONTOLOGIES[ontology])}
    assert not {text: reason for text, reason in told.items() if reason}


def test_every_rule_that_has_examples_is_run() -> None:
    """The folders' own lists against what is run: a file that carries examples is in no room's blind spot."""
    known = {(case.rule, case.text) for _, case in CASES}
    for path in sorted(home().rglob("*")):
        if path.suffix not in (".yaml", ".tsv"):
            continue
        for item in items_of(path)[1]:
            given = [*_sentences(item, "examples"), *_sentences(item, "counterexamples"), *_sentences(item, "example")]
            run = {text for rule, text in known if rule == item.id}
            for text in given:
                assert run & {text, text.replace("*", ""), text.partition(" =>")[0]}, f"{path.name}: {item.id}: {text}"


def _sentences(item: Item, key: str) -> list[str]:
    value = item.data.get(key) or []
    return [e["text"] if isinstance(e, dict) else e for e in ([value] if isinstance(value, str) else value)]


# of models/README.md: word lists, numbers and event types have no examples, all other rules have one
RULES = (
    *("actors/agents.yaml", "actors/modifiers.yaml", "actors/pronouns.yaml", "actors/titles.yaml"),
    *("events/topics.yaml", "events/untyped.yaml", "quotes/constructions.yaml", "quotes/nouns.yaml"),
    *("quotes/phrases.yaml", "quotes/verbs.yaml", "ontologies/*/aims.yaml", "ontologies/*/contexts.yaml"),
    *("ontologies/*/makers.yaml", "ontologies/*/triggers/*.yaml", "layout/*.yaml", "ner/*.yaml", "dates/*.yaml"),
)


@pytest.mark.parametrize("pattern", RULES)
def test_every_rule_has_an_example(pattern: str) -> None:
    run = {case.rule for _, case in CASES}
    paths = [path for path in home().glob(pattern) if path.name != "macros.yaml"]
    assert paths
    assert not [item.id for path in paths for item in items_of(path)[1] if item.id not in run]


@pytest.mark.parametrize("pattern", RULES)
def test_a_rule_without_an_example_is_refused(pattern: str, tmp_path: Path) -> None:
    path = sorted(path for path in home().glob(pattern) if path.name != "macros.yaml")[0]
    item = items_of(path)[1][0]
    bare = {"id": item.id} | {k: v for k, v in item.data.items() if k not in ("examples", "counterexamples")}
    mine = tmp_path / path.relative_to(home())
    mine.parent.mkdir(parents=True)
    mine.write_text(json.dumps({"rules": [bare]}), encoding="utf-8")
    name = mine.relative_to(tmp_path).parts[1] if pattern.startswith("ontologies") else DEFAULT_ONTOLOGY
    with pytest.raises(RuleError, match="example"):
        load([tmp_path], name)


LISTS = ("actors/words.yaml", "events/classes.yaml", "events/grammar.yaml", "quotes/lists.yaml", "quotes/numbers.yaml")


@pytest.mark.parametrize("name", LISTS)
def test_where_no_example_would_be_run_none_may_stand(name: str, tmp_path: Path) -> None:
    item = items_of(home() / name)[1][0]
    mine = tmp_path / name
    mine.parent.mkdir(parents=True)
    mine.write_text(json.dumps({"rules": [{"id": item.id, **item.data, "examples": ["x"]}]}), encoding="utf-8")
    with pytest.raises(RuleError, match="unknown key 'examples'"):
        load([tmp_path])


WRONG = [
    ("ner/mine.yaml", {"label": "ORG", "phrases": ["Grey Quay"]}, ["[Lee] left."], "found [("),
    ("ner/mine.yaml", {"label": "ORG", "phrases": ["Grey Quay"]}, ["Grey Quay closed."], "marks nothing with brackets"),
    ("ner/mine.yaml", {"label": "ORG", "phrases": ["Grey Quay"]}, [""], "has no words"),
    ("actors/agents.yaml", {"nouns": ["wizard"], "kind": "person"}, ["[The nurse] left."], "found [('The nurse'"),
    ("actors/agents.yaml", {"nouns": ["wizard"], "kind": "person"}, ["[]"], "has no words"),
    ("actors/titles.yaml", {"forms": ["mx"]}, ["Rain fell on [Monday]."], "found []"),
    ("actors/modifiers.yaml", {"words": ["toy"], "sectors": ["EDU"]}, ["[Soldiers] left."], "found [('Soldiers'"),
    ("events/topics.yaml", {"words": ["knit"], "least": 2}, ["She can knit."], "is not about this topic"),
    ("ontologies/plover/contexts.yaml", {"words": ["knit"]}, ["She can knit."], "has the contexts []"),
    (
        "ontologies/plover/makers.yaml",
        {"types": ["REJECT"], "things": ["pact"], "sectors": ["LEG"]},
        ["The king left."],
        "marks no trigger",
    ),
    (
        "ontologies/plover/makers.yaml",
        {"types": ["REJECT"], "things": ["pact"], "sectors": ["LEG"]},
        ["The king *slept* beside [the queen]."],
        "wanted REJECT, got no event",
    ),
    ("layout/labels.tsv", {"part": "question", "example": "Asker: Who?"}, [], "does not match"),
]


@pytest.mark.parametrize(("name", "rule", "examples", "told"), WRONG, ids=[f"{w[0]}: {w[3]}" for w in WRONG])
def test_an_example_that_does_not_hold_is_told(
    name: str, rule: dict[str, object], examples: list[str], told: str, tmp_path: Path, parse: Parse
) -> None:
    mine = tmp_path / name
    mine.parent.mkdir(parents=True)
    if name.endswith(".tsv"):
        mine.write_text("\t".join(("label", *rule)) + "\nmine\t" + "\t".join(map(str, rule.values())) + "\n")
    else:
        mine.write_text(json.dumps({"rules": [{"id": "mine", **rule, "examples": examples}]}), encoding="utf-8")
    rules = load([tmp_path])
    (case,) = [case for case in cases(rules) if case.rule == "mine"]
    assert told in case.fails(parse)


def test_a_counterexample_that_the_rule_meets_is_told(tmp_path: Path, annotator: Annotator) -> None:
    mine = tmp_path / "ner" / "mine.yaml"
    mine.parent.mkdir()
    rule = {"id": "mine", "label": "ORG", "phrases": ["Grey Quay"]}
    both = {"examples": ["[Grey Quay] closed."], "counterexamples": ["Grey Quay Lane was flooded."]}
    mine.write_text(json.dumps({"rules": [rule | both]}), encoding="utf-8")
    rules = load([tmp_path])
    parse = parser(make_annotator(annotator.nlp, rules.ner), rules)
    assert [case.fails(parse) for case in cases(rules) if case.rule == "mine"] == ["", "found ['Grey Quay']"]
