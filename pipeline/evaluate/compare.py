"""A run against gold: every layer that the gold has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from pipeline.dataset import Dataset, open_dataset
from pipeline.errors import GoldError
from pipeline.evaluate import dates, events, quotes
from pipeline.evaluate.bootstrap import F1, SAMPLES, Rate, Score, Share, Sums
from pipeline.evaluate.calibration import Reliability, reliability
from pipeline.evaluate.figures import Report, Section
from pipeline.evaluate.gold import GoldDocument
from pipeline.evaluate.mistakes import Mistake, Notes
from pipeline.evaluate.predicted import PredictedDocument, read_predictions

CountsOf = TypeVar("CountsOf")


def evaluate(gold: Sequence[GoldDocument], run: Path, *, name: str = "gold", samples: int = SAMPLES) -> Report:
    """Compare the run in the folder ``run`` with ``gold``, layer by layer.

    ``name`` is what the report calls the gold; ``samples`` is the number of bootstrap
    samples. InputError if the folder is no run or lacks a table that a layer needs;
    GoldError if it lacks a gold document, or has it with another text: offsets would
    mean nothing.
    """
    dataset = open_dataset(run)
    needed = {
        table
        for table, layer in (
            ("dates", "dates"),
            ("quotes", "quotes"),
            ("events", "events"),
            ("events", "sentence_events"),
        )
        if any(getattr(document, layer) is not None for document in gold)
    }
    if any(event.quote is not None for document in gold for event in document.events or ()):
        needed.add("quotes")
    predicted = read_predictions(dataset, {document.doc_id for document in gold}, needed)
    _check_documents(gold, predicted, dataset)
    comparison = _Comparison(gold, predicted, samples)
    comparison.compare_dates()
    comparison.compare_quotes()
    comparison.compare_events()
    comparison.compare_sentences()
    return Report(
        gold=name,
        run=str(run),
        documents=len(gold),
        sections=tuple(comparison.sections),
        reliability=tuple(comparison.tables),
        mistakes=tuple(comparison.mistakes),
        untyped=sum(document.untyped for document in predicted.values()),
    )


def _check_documents(gold: Sequence[GoldDocument], predicted: dict[str, PredictedDocument], dataset: Dataset) -> None:
    lacking = sorted(document.doc_id for document in gold if document.doc_id not in predicted)
    if lacking:
        raise GoldError(
            f"{dataset.folder}: {len(lacking)} of {len(gold)} gold documents are not in this run, "
            f"e.g. {', '.join(lacking[:3])}: run on the gold's own articles"
        )
    for document in gold:
        if document.text != predicted[document.doc_id].text:
            raise GoldError(
                f"{dataset.folder}: the text of {document.doc_id} is not the gold's (line {document.line}): "
                "offsets can't be compared"
            )


def _scores(sums: Sums, measures: Iterable[F1]) -> tuple[Score, ...]:
    return tuple(sums.score(measure) for measure in measures)


def _labelled(sums: Sums, measures: Iterable[F1]) -> tuple[Score, ...]:
    """Figures of those measures that have something to count."""
    return tuple(score for score in _scores(sums, measures) if score.gold or score.predicted)


def _rates(sums: Sums, measures: Iterable[Share]) -> tuple[Rate, ...]:
    return tuple(rate for rate in (sums.rate(measure) for measure in measures) if rate.of)


@dataclass(slots=True)
class _Comparison:
    """Gold and predictions, and what has been found so far."""

    gold: Sequence[GoldDocument]
    predicted: dict[str, PredictedDocument]
    samples: int
    sections: list[Section] = field(default_factory=list)
    tables: list[Reliability] = field(default_factory=list)
    mistakes: list[Mistake] = field(default_factory=list)

    def _count(
        self, layer: str, compare: Callable[[GoldDocument, PredictedDocument, Notes], CountsOf]
    ) -> list[CountsOf]:
        """What ``compare`` counts in each document whose gold has the layer; mistakes are kept."""
        out = []
        for document in self.gold:
            if getattr(document, layer) is not None:
                notes = Notes(layer, document.doc_id, document.text)
                out.append(compare(document, self.predicted[document.doc_id], notes))
                self.mistakes.extend(notes.found)
        return out

    def _sums(self, counted: Sequence[Counter[str]]) -> Sums:
        return Sums(counted, self.samples)

    def compare_dates(self) -> None:
        """Add the figures of date expressions."""
        counted = self._count("dates", lambda gold, run, notes: dates.compare_dates(gold, run.dates, notes))
        if not counted:
            return
        sums = self._sums(counted)
        self.sections.append(
            Section(
                "dates",
                len(counted),
                (*_scores(sums, dates.MEASURES), *_labelled(sums, dates.ON_MATCHED)),
                _rates(sums, dates.SHARES),
                _labelled(sums, dates.BY_TYPE),
                _rates(sums, dates.SHARES_BY_TYPE),
            )
        )

    def compare_quotes(self) -> None:
        """Add the figures of quotes: of all, then of each subset that the gold tells apart."""
        explode = any(document.explode for document in self.gold)
        counted = self._count(
            "quotes", lambda gold, run, notes: quotes.compare_quotes(gold, run.quotes, explode, notes)
        )
        if not counted:
            return
        beliefs = any(not label.speech for document in self.gold for label in document.quotes or ())
        for subset in quotes.SUBSETS:
            sums = self._sums([counts[subset] for counts in counted])
            if subset == "all":
                self.tables.append(reliability("quotes", sums))
            elif not sums.total("gold") or (subset in quotes.BY_CUE and not beliefs):
                continue
            name = "quotes" if subset == "all" else f"quotes: {subset}"
            self.sections.append(
                Section(
                    name,
                    len(counted),
                    (*_scores(sums, quotes.MEASURES), *_labelled(sums, quotes.ON_MATCHED)),
                    _rates(sums, quotes.SHARES),
                )
            )

    def compare_events(self) -> None:
        """Add the figures of events."""
        counted = self._count("events", events.compare_events)
        if not counted:
            return
        sums = self._sums(counted)
        types = sorted({name.removesuffix(".type") for counts in counted for name in counts if name.endswith(".type")})
        self.sections.append(
            Section(
                "events",
                len(counted),
                (*_scores(sums, events.MEASURES), *_labelled(sums, events.ON_MATCHED)),
                _rates(sums, events.SHARES),
                tuple(sums.score(F1(t, f"{t}.event", f"{t}.predicted", f"{t}.gold")) for t in types),
            )
        )
        self.tables.append(reliability("events", sums))

    def compare_sentences(self) -> None:
        """Add the figures of sentences with one labelled event each."""
        counted = self._count("sentence_events", lambda gold, run, _: events.compare_sentences(gold, run))
        if counted:
            shares = (*events.SENTENCE_SHARES, events.PER_SENTENCE)
            self.sections.append(Section("sentence events", len(counted), (), _rates(self._sums(counted), shares)))
