"""What the article has told so far: who stands at which token, and who was told of last."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from pipeline.parsed import ParsedText
from pipeline.records import Field, Mention
from pipeline.resolve.actors.entities import Entity
from pipeline.rules.actors import ActorRules

SUBJECTS = frozenset({"nsubj", "nsubjpass"})
_BACK = 200  # entities looked back at


class Memory:
    """The entities of one article while its mentions are linked in text order.

    ``at`` maps a field's head token to its entity. Sentences and tokens are counted
    through all fields, the title first.
    """

    def __init__(self, rules: ActorRules, texts: Sequence[ParsedText]) -> None:
        self.rules = rules
        self.texts = {text.field: text for text in texts}
        self.at: dict[tuple[Field, int], Entity] = {}
        self._recent: dict[int, Entity] = {}
        self._told: dict[int, list[Entity]] = {}
        self._sentences: dict[Field, int] = {}
        self._tokens: dict[Field, int] = {}
        sentences = tokens = 0
        for text in texts:
            self._sentences[text.field], self._tokens[text.field] = sentences, tokens
            sentences += len(text.sentences)
            tokens += len(text)

    def back(self) -> Iterator[Entity]:
        """Entities told of so far, the latest first; not endlessly many."""
        return islice(reversed(self._recent.values()), _BACK)

    def sentence(self, mention: Mention) -> int:
        """Number of a mention's sentence."""
        return self._sentences[mention.field] + max(self.texts[mention.field].sent[mention.head], 0)

    def told(self, sentence: int) -> Sequence[Entity]:
        """The entities that a sentence has told of so far, in text order, once a mention."""
        return self._told.get(sentence, ())

    def see(self, entity: Entity, mention: Mention) -> None:
        """Note a mention of an entity."""
        text = self.texts[mention.field]
        self.at.setdefault((mention.field, mention.head), entity)
        self.touch(entity, mention, mention.head)
        if text.dep[mention.head] in SUBJECTS:
            verb = text.head[mention.head]
            if text.lemma[verb] in self.rules.words["speech-verb"]:
                entity.spoke = entity.sentence

    def touch(self, entity: Entity, mention: Mention, subject: int) -> None:
        """Make an entity the one told of last, as high in its sentence as the token ``subject``."""
        text = self.texts[mention.field]
        token = self._tokens[mention.field] + mention.head
        sentence = self.sentence(mention)
        entity.seen(sentence, token, _subject_rank(text, subject))
        self._told.setdefault(sentence, []).append(entity)
        self._recent.pop(id(entity), None)
        self._recent[id(entity)] = entity


def _subject_rank(text: ParsedText, token: int) -> int:
    """2 for the subject of a sentence's main clause, 1 for that of another, 0 for what is no subject."""
    if text.dep[token] not in SUBJECTS:
        return 0
    return 2 if text.dep[text.head[token]] == "ROOT" else 1
