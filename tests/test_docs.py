"""What the documents say is so."""

import re
from pathlib import Path

import pytest

from pipeline.report.dictionary import render_dictionary
from pipeline.tables import TABLES

from . import readme

HOME = Path(__file__).resolve().parent.parent
README = (HOME / "README.md").read_text(encoding="utf-8")


def test_the_dictionary_in_the_readme_is_the_schema() -> None:
    assert render_dictionary().strip() in README, "run: python -m tests.readme"
    for table in TABLES:
        assert f"[{table.name}](#{table.name})" in README


def test_queries_and_figures_in_the_readme_are_what_comes_out(sample_run: Path) -> None:
    assert readme.refresh(README, sample_run) == README, "run: python -m tests.readme"
    assert len(re.findall(r"```python\n", README)) == 3
    for output in re.findall(r"```text\n(.*?)```", README, re.S):
        assert len(output.splitlines()) > 3


@pytest.mark.parametrize("page", ["README.md", "pipeline/README.md", "models/README.md", "corpus/README.md"])
def test_files_that_a_page_names_are_there(page: str) -> None:
    text = (HOME / page).read_text(encoding="utf-8")
    base = (HOME / page).parent
    for name in re.findall(r"`([a-z_]+(?:/[A-Za-z_.-]+)*/?(?:\.(?:py|md|yaml|csv|jsonl|json))?)`", text):
        if "/" in name or "." in name:
            if name.startswith(("outputs/", "my-", "_run")) or "NAME" in name:
                continue
            roots = (HOME, base, HOME / "pipeline", HOME / "models" / "ontologies" / "plover")
            assert any((root / name).exists() for root in roots), (page, name)


def test_every_module_has_its_room_on_the_page_of_the_house() -> None:
    page = (HOME / "pipeline" / "README.md").read_text(encoding="utf-8")
    for path in (HOME / "pipeline").iterdir():
        if path.name.startswith("__") or path.suffix not in ("", ".py"):
            continue
        assert re.search(rf"\b{path.stem}\b", page), path.name
