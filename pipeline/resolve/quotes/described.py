"""What speakers are called whom the article only describes: in words that tell them apart.

"Officials at the ministry said" names nobody, and "officials" alone would fit half of all
speakers. The name of such a speaker keeps what it belongs to, as the article first tells
it, and puts a name for what is itself only described ("aides to Ada Blok" for "aides to
the president"). Bodies that are counted ("the two companies") keep their own phrase:
which they are is told by the actor.
"""

from __future__ import annotations

from dataclasses import replace

from pipeline.parsed import ParsedText
from pipeline.records import ActorKind, MentionType, ResolvedMention, ResolvedQuote, SpeakerKind, SpeakerMethod
from pipeline.resolve.quotes.roster import Roster

_SENTENCES = 8  # sentences in which a group is sought that goes by another word
_NEAR = 3  # … that goes by a word for anybody
_LONGEST = 10  # tokens of what a speaker belongs to
_DESCRIBED = frozenset({ActorKind.GROUP, ActorKind.PERSON})
_VERBS = ("VB", "W")
_PUBLIC = frozenset({"GOV", "COP", "MIL", "JUD", "LEG", "REB"})


def in_words(quote: ResolvedQuote, roster: Roster) -> ResolvedQuote:
    """The quote, its speaker's name told more fully if the article only describes the speaker."""
    item = quote.speaker
    if item is None and quote.speaker_kind is SpeakerKind.DOCUMENT:
        return _issued(quote, roster)
    if item is not None and item.actor.kind is ActorKind.GROUP and not roster.is_named(item.actor.actor_id):
        item = _told_before(item, roster)
        if item is not None:
            quote = replace(quote, speaker=item, speaker_name=item.actor.name)
        item = quote.speaker
    if item is None or item.actor.kind not in _DESCRIBED or roster.is_named(item.actor.actor_id):
        return quote
    if len(roster.cast.each(item)) > 1:
        name = _counted(quote, item, roster)
    elif quote.speaker_name == item.actor.name:
        name = _belonging(item, roster)
    else:
        name = None
    return quote if name is None else replace(quote, speaker_name=name)


def _told_before(item: ResolvedMention, roster: Roster) -> ResolvedMention | None:
    """The group that was told of in another word: of "Residents of the town fled. The villagers said …" the former."""
    actor_id = item.actor.actor_id
    first = roster.first_described(actor_id, item.mention.field) or item
    text, head = roster.article.text(first.mention.field), first.mention.head
    the = first.mention.first == head - 1 and text.lower[head - 1] == "the"
    alone = first.mention.first == head and text.tag[head] == "NNS"
    bare = first.mention.last == head and (the or alone)
    if not bare or (head + 1 < len(text) and text.head[head + 1] == head):
        return None
    noun = text.lemma[head].lower()
    sentence = text.sentences[max(text.sent[head] - _SENTENCES, 0)]
    for other in roster.groups(text.field, sentence.span.start, first.mention.span.start):
        called = text.lemma[other.mention.head].lower()
        if called == "people" and not _somewhere(text, other.mention.head):
            continue
        if other.actor.actor_id != actor_id and (roster.alike(noun, called) or (alone and noun == called)):
            return other
    if not the or noun not in roster.rules.lists["any-people"]:
        return None
    near = text.sentences[max(text.sent[head] - _NEAR, 0)].span.start
    doing = (
        other
        for other in roster.groups(text.field, near, first.mention.span.start)
        if text.dep[other.mention.head] in ("nsubj", "nsubjpass") and other.actor.actor_id != actor_id
    )
    found = next((other for other in doing if not _PUBLIC & set(other.actor.sectors)), None)
    if found is None:
        return None
    at = found.mention.head
    heads = [at, *(c for c in text.children[at] if text.dep[c] == "conj")]
    return (roster.cast.together(text, heads) if len(heads) > 1 else None) or found


def _somewhere(text: ParsedText, head: int) -> bool:
    """Whether a phrase says to what place its people belong ("its people", "the people of Varn")."""
    return any(text.dep[c] == "poss" or (text.dep[c] == "prep" and c == head + 1) for c in text.children[head])


def _issued(quote: ResolvedQuote, roster: Roster) -> ResolvedQuote:
    """The quote, its document named after the body that issued it, which was named before ("a ministry statement")."""
    said = quote.mention
    if said.speaker_head is None or quote.speaker_method is not SpeakerMethod.DESCRIPTION:
        return quote
    text, head = roster.article.text(said.field), said.speaker_head
    body = next((c for c in text.children[head] if text.dep[c] == "compound" and text.tag[c] == "NN"), None)
    issuer = roster.body(text, body) if body is not None else None
    if issuer is None:
        return quote
    return replace(quote, speaker_name=f"{text.word[head]} of {issuer.actor.name}")


def _counted(quote: ResolvedQuote, item: ResolvedMention, roster: Roster) -> str | None:
    """The phrase of "the two companies"; None if those who speak are listed or meant by a pronoun."""
    mention, said = item.mention, quote.mention
    if quote.speaker_method is not SpeakerMethod.DESCRIPTION or said.speaker is None or said.speaker_head is None:
        return None
    if any(one.actor.kind is ActorKind.PERSON for one in roster.cast.each(item)):
        return None  # persons are called by their names
    text = roster.article.text(mention.field)
    head = said.speaker_head
    if mention.head != head or any(text.dep[c] in ("conj", "cc") for c in text.children[head]):
        return None
    first = mention.first + (text.lower[mention.first] == "the")
    return _flat(text, first, mention.last)


def _belonging(item: ResolvedMention, roster: Roster) -> str | None:
    """The first description that the article gives with what the speaker belongs to; None if there is none."""
    actor_id, field = item.actor.actor_id, item.mention.field
    for described in (roster.first_described(actor_id, field), item):
        if described is None or described.mention.mention_type is not MentionType.NOMINAL:
            continue
        name = _with_owner(described, roster)
        if name is not None:
            return name
    return None


def _with_owner(item: ResolvedMention, roster: Roster) -> str | None:
    mention = item.mention
    text = roster.article.text(mention.field)
    head, name = mention.head, item.actor.name
    for child in text.children[head]:
        if child < head and text.dep[child] == "poss" and text.tag[child] in ("NN", "NNS"):
            owner = _called(text, child, roster)
            if owner is not None and child + 1 < head and text.tag[child + 1] == "POS":
                return f"{owner}{text.word[child + 1]} {_flat(text, child + 2, mention.last)}"
    words = name.split()
    if not words or words[-1] != text.word[mention.last]:
        return None  # the name is from another place
    preposition = mention.last + 1
    if item.actor.kind is ActorKind.PERSON and text.lower[preposition : preposition + 1] == ["in"]:
        return None
    if item.actor.kind is ActorKind.GROUP and text.tag[head] not in ("NNS", "NNPS"):
        return None  # "the opposition in Harare" is the country's
    if mention.last != head or preposition >= len(text) or text.head[preposition] != head:
        return None
    if text.dep[preposition] != "prep" or text.lower[preposition] not in roster.rules.lists["belonging-prepositions"]:
        return None
    whole = next((c for c in text.children[preposition] if text.dep[c] == "pobj"), None)
    if whole is None or text.tag[whole] in ("PRP", "CD") or text.tag[whole].startswith(_VERBS):
        return None
    called = _called(text, whole, roster) if text.tag[whole] in ("NN", "NNS") else None
    if called is not None:
        return f"{name} {text.word[preposition]} {called}"
    last = preposition
    for i in range(preposition + 1, min(text.right[whole], preposition + _LONGEST) + 1):
        if i > whole and (text.word[i] in ",;:—–-(" or text.tag[i].startswith(_VERBS)):
            break
        last = i
    while last > whole and text.pos[last] in ("ADP", "DET", "PUNCT", "CCONJ"):
        last -= 1
    return f"{name} {_flat(text, preposition, last)}" if last >= whole else None


def _called(text: ParsedText, head: int, roster: Roster) -> str | None:
    """The name of whom a definite description means."""
    item = roster.cast.at(text.field, head)
    if item is None or item.mention.head != head or text.lower[text.left[head]] != "the":
        return None
    if item.mention.mention_type is not MentionType.NOMINAL or not roster.is_named(item.actor.actor_id):
        return None
    return item.actor.name


def _flat(text: ParsedText, first: int, last: int) -> str:
    return " ".join(text.span(first, last).of(text.text).split())
