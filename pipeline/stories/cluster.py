"""From linked tellings to stories: average linkage within a group, and the row of a story."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

import numpy as np
import numpy.typing as npt

from pipeline.rows import StoryRow
from pipeline.rules.stories import StoryRules
from pipeline.stories.match import Link, probability
from pipeline.stories.telling import Telling

_TIE = 0.2  # evidence (log odds) this near is equal
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Matrix = npt.NDArray[np.float64]


def stories(tellings: Sequence[Telling], links: Iterable[Link], rules: StoryRules) -> Iterator[StoryRow]:
    """The stories of tellings that ``links`` hold together: each telling in one story.

    Any order of tellings and links gives the same, and so do links that come more than once.
    """
    if len(tellings) == 1:
        yield story(tellings)
        return
    likely: dict[tuple[str, str], float] = {}
    for first, second, probable in links:
        likely[first, second] = max(probable, likely.get((first, second), 0.0))
    for members in cluster(sorted(tellings, key=lambda t: t.event_id), likely, rules):
        yield story(members)


def cluster(
    tellings: Sequence[Telling], links: Mapping[tuple[str, str], float], rules: StoryRules
) -> list[list[Telling]]:
    """Groups by average linkage: the two likeliest are joined as long as their mean probability is high enough.

    Later tellings of one event in its article (``same_as``) are with the first from the
    start. ``tellings`` are sorted by event_id. Tellings too far apart in time are never joined.
    """
    groups = _told_again(tellings)
    if len(groups) == 1:
        return groups
    size = len(tellings)
    place = {t.event_id: n for n, t in enumerate(tellings)}
    likely = np.full((size, size), rules.one_article)
    for i in range(size):
        for j in range(i):
            if tellings[i].doc_id != tellings[j].doc_id:
                probable = links.get((tellings[j].event_id, tellings[i].event_id))
                if probable is None:
                    probable = probability(tellings[i], tellings[j], rules)
                likely[i, j] = likely[j, i] = probable
    likely *= _rivals(tellings, likely, rules)
    means = _means(likely, [[place[t.event_id] for t in group] for group in groups])
    counts = np.array([float(len(group)) for group in groups])
    alive: list[list[Telling] | None] = list(groups)
    while True:
        best = int(np.argmax(means))
        i, j = divmod(best, len(groups))
        if means[i, j] < rules.together:
            return [group for group in alive if group is not None]
        one, other = alive[min(i, j)], alive[max(i, j)]
        i, j = min(i, j), max(i, j)
        if one is None or other is None or not _one_time([*one, *other], rules):
            means[i, j] = means[j, i] = -1.0
            continue
        alive[i], alive[j] = [*one, *other], None
        joined = (means[i] * counts[i] + means[j] * counts[j]) / (counts[i] + counts[j])
        means[i], means[:, i] = joined, joined
        means[j], means[:, j] = -1.0, -1.0
        means[i, i] = -1.0
        counts[i] += counts[j]


def _rivals(tellings: Sequence[Telling], likely: Matrix, rules: StoryRules) -> Matrix:
    """What is left of each probability if one of the two has a likelier partner in the other's article."""
    articles = np.unique([t.doc_id for t in tellings], return_inverse=True)[1]
    bounded = np.clip(likely, 1e-9, 1 - 1e-9)
    evidence = np.log(bounded / (1 - bounded))
    best = np.zeros((len(tellings), int(articles.max()) + 1))
    for article in range(best.shape[1]):
        best[:, article] = evidence[:, articles == article].max(axis=1)
    behind = evidence < best[:, articles] - _TIE
    behind |= behind.T
    behind &= articles[:, None] != articles[None, :]
    out: Matrix = np.where(behind, rules.rival, 1.0)
    return out


def _told_again(tellings: Sequence[Telling]) -> list[list[Telling]]:
    known = {t.event_id for t in tellings}
    groups: dict[str, list[Telling]] = {}
    for telling in tellings:
        first = telling.same_as if telling.same_as in known else telling.event_id
        groups.setdefault(first, []).append(telling)
    return [groups[first] for first in sorted(groups)]


def _means(likely: Matrix, groups: Sequence[Sequence[int]]) -> Matrix:
    """Mean probability between every two groups; -1 of a group with itself."""
    share = np.zeros((len(groups), len(likely)))
    for n, rows in enumerate(groups):
        share[n, list(rows)] = 1 / len(rows)
    out: Matrix = share @ likely @ share.T
    np.fill_diagonal(out, -1.0)
    return out


def _one_time(tellings: Sequence[Telling], rules: StoryRules) -> bool:
    days = [t.day for t in tellings]
    return max(days) - min(days) <= rules.span


def story(tellings: Sequence[Telling]) -> StoryRow:
    """The row of a story, from all its tellings.

    Its date is the one that most tellings give, those with a date of their own before
    others; its participants are those of all tellings, by how many name them.
    """
    best = min(tellings, key=_rank)
    when = _date(tellings)
    moments = [t.moment for t in tellings if t.moment is not None]
    ids = sorted(t.event_id for t in tellings)
    mark = hashlib.blake2b(best.event_id.encode("utf-8", "surrogatepass"), digest_size=8)
    return StoryRow(
        story_id=f"story:{mark.hexdigest()}",
        event_type=best.event_type,
        date_start=date.fromordinal(when[0]) if when else None,
        date_end=date.fromordinal(when[1]) if when else None,
        actors=_by_count([[p.actor_id for p in t.actors] for t in tellings]),
        recipients=_by_count([[p.actor_id for p in t.recipients] for t in tellings]),
        event_ids=tuple(ids),
        n_documents=len({t.doc_id for t in tellings}),
        first_published=_EPOCH + timedelta(microseconds=min(moments)) if moments else None,
        representative_event_id=best.event_id,
    )


def _rank(telling: Telling) -> tuple[object, ...]:
    """The telling with a date of its own, most participants, highest confidence; then the earliest."""
    return (
        not telling.firm,
        not telling.first,
        -bool(telling.actors) - bool(telling.recipients),
        -telling.confidence,
        telling.published or 1 << 30,
        telling.event_id,
    )


def _date(tellings: Sequence[Telling]) -> tuple[int, int] | None:
    votes: Counter[tuple[int, int]] = Counter()
    for telling in tellings:
        if telling.start:
            votes[telling.start, telling.end] += 2 if telling.firm else 1
    if not votes:
        return None
    return min(votes, key=lambda when: (-votes[when], when[1] - when[0], when))


def _by_count(sides: Sequence[list[str]]) -> tuple[str, ...]:
    if len(sides) == 1:
        return tuple(sorted({*sides[0]}))
    counts = Counter([actor for side in sides for actor in dict.fromkeys(side)])
    return tuple(sorted(counts, key=lambda actor: (-counts[actor], actor)))
