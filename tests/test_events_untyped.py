"""Actions outside the ontology: rows of a null type, where somebody named acts on a known day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from pipeline.cli import execute
from pipeline.errors import RuleError
from pipeline.parsed import ParsedArticle
from pipeline.records import DateSource, Modality, ResolvedEvent
from pipeline.rules.events import load_events
from pipeline.rules.load import Rules
from pipeline.rules.source import layers

from .conftest import Parse
from .events import actors, by_trigger, events_of, recipients


def untyped(article: ParsedArticle, rules: Rules) -> dict[str, ResolvedEvent]:
    return {word: e for word, e in by_trigger(article, rules).items() if e.mention.event_type is None}


def test_a_named_actor_and_a_date_make_a_row(parse: Parse, rules: Rules) -> None:
    text = "Maria Lindqvist opened a workshop in Tampere on 4 May 2019. On 6 May she hired Juho Salo."
    found = untyped(parse(text, "2019-05-10"), rules)
    assert set(found) == {"opened", "hired"}
    opened, hired = found["opened"], found["hired"]
    assert actors(opened) == actors(hired) == ["Maria Lindqvist"]
    assert recipients(hired) == ["Juho Salo"]
    assert (opened.start, opened.end) == (date(2019, 5, 4), date(2019, 5, 4))
    assert opened.date_source is DateSource.EXPLICIT
    assert opened.place_text == "Tampere"
    assert (opened.quad_class, opened.intensity, opened.mention.event_mode) == (None, None, None)
    assert opened.mention.rule == "untyped.action"
    assert hired.start == date(2019, 5, 6)
    assert 0 < hired.confidence < 1


@pytest.mark.parametrize(
    "text",
    [
        "Maria Lindqvist opened a workshop in Tampere.",  # no date
        "The owner opened a workshop on 4 May 2019.",  # nobody named
        "The workshop was opened on 4 May 2019.",
        "Maria Lindqvist wanted a workshop on 4 May 2019.",
        "Maria Lindqvist lived in Tampere on 4 May 2019.",
        "Maria Lindqvist said on 4 May 2019 that the workshop was old.",
        "Maria Lindqvist opens a workshop on Fridays.",
        "Did Maria Lindqvist open a workshop on 4 May 2019?",
    ],
)
def test_what_lacks_a_name_a_date_or_an_action_makes_none(parse: Parse, rules: Rules, text: str) -> None:
    assert untyped(parse(text, "2019-05-10"), rules) == {}


def test_polarity_and_modality_are_told(parse: Parse, rules: Rules) -> None:
    text = "Maria Lindqvist did not open the workshop on Monday. Juho Salo will repair the roof on 20 May 2019."
    found = untyped(parse(text, "2019-05-10"), rules)
    assert found["open"].mention.negated
    assert found["repair"].mention.modality is Modality.FUTURE


def test_a_trigger_of_the_ontology_and_its_content_are_not_told_again(parse: Parse, rules: Rules) -> None:
    text = "Peru threatened on 4 May 2019 to close the border. Chile arrested Juan Soto on 5 May 2019."
    events = events_of(parse(text, "2019-05-10"), rules)
    assert [e.mention.event_type is None for e in events] == [False] * len(events)


def test_the_cue_of_a_quote_is_no_action(parse: Parse, rules: Rules) -> None:
    text = "“The roof is new,” Maria Lindqvist interjected on 4 May 2019."
    assert "interjected" not in untyped(parse(text, "2019-05-10"), rules)


def test_events_with_a_type_are_the_same_with_and_without(parse: Parse, rules: Rules) -> None:
    text = (
        "Rebels attacked a convoy near Aden on 4 May 2019. The army retook the road, and General Omar Haddad opened "
        "it on 6 May. Haddad condemned the attack on Monday. The attack killed nine soldiers."
    )
    article = parse(text, "2019-05-10")
    alone = replace(rules, events=replace(rules.events, untyped=None))
    without = events_of(article, alone)
    both = events_of(article, rules)
    typed = [e for e in both if e.mention.event_type is not None]
    assert len(both) > len(typed)
    assert [replace(e, same_as=None) for e in typed] == [replace(e, same_as=None) for e in without]

    def firsts(events: list[ResolvedEvent], whole: list[ResolvedEvent]) -> list[int | None]:
        return [None if e.same_as is None else whole[e.same_as].mention.trigger for e in events]

    assert firsts(typed, both) == firsts(without, without)
    assert [e.mention.trigger for e in both] == sorted(e.mention.trigger for e in both)


def test_an_action_told_twice_is_linked(parse: Parse, rules: Rules) -> None:
    text = "Maria Lindqvist opened a workshop on 4 May 2019. Lindqvist opened it on 4 May 2019 with a song."
    events = [e for e in events_of(parse(text, "2019-05-10"), rules) if e.mention.event_type is None]
    assert [e.same_as for e in events] == [None, 0]


def test_rows_without_a_type_are_written_shown_and_not_evaluated(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import json

    import pyarrow.parquet as pq

    text = "Maria Lindqvist opened a workshop in Tampere on 4 May 2019.\n"
    (tmp_path / "a.txt").write_text(text, encoding="utf-8")
    out = str(tmp_path / "out")
    assert execute(["run", str(tmp_path / "a.txt"), "-o", out, "--quiet"]) == 0
    (row,) = pq.read_table(tmp_path / "out" / "events").to_pylist()
    assert (row["event_type"], row["trigger"], row["rule"]) == (None, "opened", "untyped.action")
    assert row["actor_names"] == ["Maria Lindqvist"]
    assert execute(["show", "a", out, "--plain", "--width", "100"]) == 0
    assert "no type" in capsys.readouterr().out
    gold = {"doc_id": "a", "text": text, "events": []}
    (tmp_path / "gold.jsonl").write_text(json.dumps(gold) + "\n", encoding="utf-8")
    assert execute(["evaluate", str(tmp_path / "gold.jsonl"), out, "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert all(score["predicted"] == 0 for score in report["layers"]["events"]["scores"].values())
    assert report["events_without_type"] == 1
    assert execute(["evaluate", str(tmp_path / "gold.jsonl"), out]) == 0
    assert "1 event without a type" in capsys.readouterr().out


def overlay(folder: Path, content: str) -> tuple[Path, ...]:
    (folder / "events").mkdir()
    (folder / "events" / "untyped.yaml").write_text(content, encoding="utf-8")
    return layers([folder])


def test_a_user_can_switch_them_off_or_add_words(tmp_path: Path) -> None:
    found = load_events(overlay(tmp_path, "rules:\n- {id: untyped.action, off: true}\n"))
    assert found.untyped is None
    (tmp_path / "more").mkdir()
    more = "rules:\n- id: mine.none\n  words: [repaint]\n  counterexamples: ['Ann Lee *repainted* it in 2011.']\n"
    again = load_events(overlay(tmp_path / "more", more)).untyped
    assert again is not None
    assert "repaint" in again.veto


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("{id: x, words: [see]}", "needs an example or counterexample"),
        ("{id: x, counterexamples: ['It *saw* it.']}", "needs words"),
        ("{id: x, words: [See], counterexamples: ['It *saw* it.']}", "one word in lower case"),
        ("{id: x, words: [dig, dig], counterexamples: ['It *dug* it.']}", "listed twice"),
        ("{id: x, use: topics, words: [knitting], counterexamples: ['It *dug* it.']}", "unknown topic 'knitting'"),
        ("{id: x, use: vetoes, words: [dig], counterexamples: ['It *dug* it.']}", "use must be one of"),
        ("{id: x, use: action, roles: {subject: actor}, examples: ['It *dug* it.']}", "the action rule is"),
        ("{id: x, verbs: [dig], counterexamples: ['It *dug* it.']}", "unknown key 'verbs'"),
        ("{id: x, words: [dig], counterexamples: ['It dug it.']}", "between two asterisks"),
    ],
)
def test_a_broken_list_is_refused_with_file_and_line(tmp_path: Path, rule: str, message: str) -> None:
    with pytest.raises(RuleError, match=message) as caught:
        load_events(overlay(tmp_path, f"rules:\n- {rule}\n"))
    assert caught.value.file.endswith("untyped.yaml")
    assert caught.value.line == 2
