"""The cast of an article: every mention with the actor it means."""

from __future__ import annotations

from bisect import insort
from collections.abc import Sequence
from datetime import date

from pipeline.extract.actors import describe as describe_phrase
from pipeline.extract.actors.names import Name
from pipeline.extract.actors.phrase import Context, mention_of
from pipeline.parsed import ParsedArticle, ParsedText
from pipeline.records import ActorKind, Field, Mention, MentionType, ResolvedMention
from pipeline.resolve.actors.entities import Entity
from pipeline.resolve.actors.names import NameLinker, is_name
from pipeline.resolve.actors.reference import Linker
from pipeline.rules.actors import ActorRules

_Inside = dict[tuple[Field, int], ResolvedMention]


class Cast:
    """Resolved mentions of one article, to be asked by token."""

    def __init__(self, linker: Linker, resolved: Sequence[tuple[Mention, Entity]]) -> None:
        self._linker = linker
        self._rules = linker.rules
        self._contexts: dict[Field, Context] = {}
        self._heads: dict[tuple[Field, int], ResolvedMention] = {}
        self._inside: _Inside | None = None
        self._members: dict[str, tuple[Entity, ...]] = {}
        self.mentions: list[ResolvedMention] = []
        for mention, entity in resolved:
            self._take(mention, entity)

    def at(self, field: Field, token: int) -> ResolvedMention | None:
        """The mention headed by a token, else the innermost that contains it; None if there is none."""
        found = self._heads.get((field, token))
        if found is not None:
            return found
        if self._inside is None:
            self._inside = {}
            for item in sorted(self.mentions, key=lambda r: r.mention.first - r.mention.last):
                self._cover(item, self._inside)
        return self._inside.get((field, token))

    def describe(self, text: ParsedText, head: int) -> ResolvedMention | None:
        """The mention headed by a token, made and registered if nobody found one there.

        None if the noun phrase cannot be an actor.
        """
        found = self._heads.get((text.field, head))
        if found is not None:
            return found
        mention = describe_phrase(self._context(text), head)
        if mention is None:
            return None
        entity = self._linker.described(mention, text)
        item = self._take(mention, entity, sort=True)
        self._inside = None if self._inside is None else self._cover(item, self._inside)
        return item

    def together(self, text: ParsedText, heads: Sequence[int]) -> ResolvedMention | None:
        """The group of those that joined nouns mean, made and registered ("Ann Lee and two ministers").

        None if they mean fewer than two actors, or one of them means none. ``heads`` are in text order.
        """
        items = [self.at(text.field, head) or self.describe(text, head) for head in heads]
        members: list[Entity] = []
        for item in items:
            if item is None:
                return None
            entity = self._linker.memory.at.get((text.field, item.mention.head))
            if entity is None or entity.members:
                return None
            if entity not in members:
                members.append(entity)
        if len(members) < 2:
            return None
        first = min(text.left[heads[0]], heads[0])
        mention = mention_of(
            text,
            (first, heads[-1]),
            heads[0],
            MentionType.NOMINAL,
            "group.joined",
            kind=ActorKind.GROUP,
            plural=True,
        )
        group = self._linker.groups.of(members)
        found = ResolvedMention(mention=mention, actor=group.finish(self._rules))
        self._members[found.actor.actor_id] = group.members
        insort(self.mentions, found, key=_order)
        return found

    @staticmethod
    def _cover(item: ResolvedMention, inside: _Inside) -> _Inside:
        """Let a mention own its tokens, but for those of mentions no longer than it."""
        mention = item.mention
        length = mention.last - mention.first
        for i in range(mention.first, mention.last + 1):
            known = inside.get((mention.field, i))
            if known is None or known.mention.last - known.mention.first >= length:
                inside[mention.field, i] = item
        return inside

    def each(self, item: ResolvedMention) -> tuple[ResolvedMention, ...]:
        """Those a mention means, one by one: the members of a group the article names, else itself."""
        members = self._members.get(item.actor.actor_id)
        if not members:
            return (item,)
        return tuple(ResolvedMention(mention=item.mention, actor=m.finish(self._rules)) for m in members)

    def _take(self, mention: Mention, entity: Entity, *, sort: bool = False) -> ResolvedMention:
        item = ResolvedMention(mention=mention, actor=entity.finish(self._rules))
        self._heads.setdefault((mention.field, mention.head), item)
        new = [item]
        if entity.members:
            self._members[item.actor.actor_id] = entity.members
            # a member that is named nowhere else has its mention here
            new.extend(r for r in self.each(item) if not r.actor.canonical)
        for one in new:
            if sort:
                insort(self.mentions, one, key=_order)
            else:
                self.mentions.append(one)
        return item

    def _context(self, text: ParsedText) -> Context:
        context = self._contexts.get(text.field)
        if context is None:
            names = [
                Name(m.name[0], m.name[1], m.head, m.ner_label, (), (), m.country)
                for m in (r.mention for r in self.mentions)
                if m.field is text.field and m.name is not None
            ]
            context = self._contexts[text.field] = Context(text, self._rules, names)
        return context


def _order(item: ResolvedMention) -> tuple[bool, int, int]:
    mention = item.mention
    return mention.field is Field.BODY, mention.span.start, mention.span.end


def resolve_actors(article: ParsedArticle, mentions: Sequence[Mention], on: date | None, rules: ActorRules) -> Cast:
    """Link the mentions of an article's fields, and name the actors.

    ``on`` is the article's date: it tells who "the president" was. Mentions that can't be
    linked (an "it" without antecedent, an adjective that means nobody) are left out.
    """
    texts = {text.field: text for text in article.texts}
    order = {text.field: number for number, text in enumerate(article.texts)}
    listed = sorted(mentions, key=lambda m: (order[m.field], m.span, m.head))
    names = NameLinker(rules, on)
    named = names.link([(n, m, texts[m.field]) for n, m in enumerate(listed) if is_name(m)])
    linker = Linker(rules, on, article.texts, names)
    return Cast(linker, linker.link(listed, named))
