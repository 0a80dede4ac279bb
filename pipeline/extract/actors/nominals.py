"""Descriptions: noun phrases whose head names those who act."""

from __future__ import annotations

from pipeline.extract.actors.names import Name, kind_of
from pipeline.extract.actors.phrase import NOUNS, Context, Features, combine, mention_of
from pipeline.parsed import ParsedText
from pipeline.records import ActorKind, Mention, MentionType
from pipeline.rules.actors import ActorRules, Agent

_AGE = 4  # tokens from "old" back to the number in "44-year-old"
_UNREAL = frozenset(
    {"DATE", "TIME", "PERCENT", "MONEY", "QUANTITY", "ORDINAL", "LANGUAGE", "LAW", "WORK_OF_ART", "EVENT"}
)


def nominal(context: Context, head: int, found: tuple[Agent, int, int]) -> Mention:
    """The mention headed by an agent noun."""
    text = context.text
    agent, noun_first, noun_last = found
    first = min(context.start(head), noun_first)
    if first == noun_first < head and first and text.tag[first - 1] in ("DT", "PRP$"):
        first -= 1  # "the ex-president"
    features = context.features(first, noun_first - 1, Features(roles=[agent.noun]))
    if noun_first < head:
        inner = context.agent_at(head)
        if inner and inner[0].noun != text.lemma[head].lower():
            features.roles.append(text.lemma[head].lower())
    features.sectors = combine(agent, features.sectors)
    owner = context.organisation_of(noun_last)
    if owner is not None and agent.role and agent.sectors == ("GOV",):
        features.sectors = owner  # the president of a union is none of a state
    features.gender = agent.gender
    features.country = features.country or context.country_after(head)
    plural = context.plural(head, agent)
    kind = agent.plural_kind if plural else agent.kind
    return _described(context, (first, _extent(context, head, noun_last)), head, agent.rule, kind, plural, features)


def _described(
    context: Context,
    extent: tuple[int, int],
    head: int,
    rule: str,
    kind: ActorKind,
    plural: bool | None,
    features: Features,
) -> Mention:
    """The mention of a description, from what its noun and modifiers tell."""
    return mention_of(
        context.text,
        extent,
        head,
        MentionType.NOMINAL,
        rule,
        kind=kind,
        plural=plural,
        features=features,
        label=context.text.ent[head] or None,
        definite=context.definite(extent[0]),
    )


def _extent(context: Context, head: int, last: int) -> int:
    """Last token with a short "of" phrase that says whose or which ("members of parliament")."""
    text = context.text
    for child in text.children[head]:
        if child == last + 1 and text.dep[child] == "prep" and text.lower[child] == "of":
            objects = [c for c in text.children[child] if text.dep[c] == "pobj"]
            if objects:
                owner = context.owner.get(objects[0])
                end = owner.last if owner else objects[0]
                if end - child <= 5:
                    return end
    return last


def unfilled(context: Context, i: int, found: tuple[Agent, int, int]) -> bool:
    """Whether a bare role only says what somebody is to be ("ran for president", "was named chairman")."""
    text = context.text
    agent, first, _ = found
    if first != i or text.tag[i] != "NN" or not agent.role or context.start(i) != i:
        return False
    if text.dep[i] in ("oprd", "attr"):
        return True
    return text.dep[i] == "pobj" and text.lower[text.head[i]] in ("for", "as")


def describe(context: Context, head: int) -> Mention | None:
    """A mention for a noun phrase nobody found, headed by a token; None if it cannot be an actor."""
    text, rules = context.text, context.rules
    if not 0 <= head < len(text):
        return None
    if text.lower[head] == "old" and is_age(text, head):
        return aged(context, head)
    if text.ent[head] in _UNREAL:
        return None
    found = context.agent_at(head)
    if found:
        return None if unfilled(context, head, found) else nominal(context, head, found)
    lemma = text.lemma[head].lower()
    tag = text.tag[head]
    if not lemma[:1].isalnum():
        return None
    if (
        lemma in rules.words["nobody"]
        or lemma in rules.words["no-name"]
        or (head and text.lower[head - 1] in rules.words["reciprocal-before"])
    ):
        return None
    if tag in ("NNP", "NNPS") and text.word[head] != text.lower[head]:
        first = head
        while first > text.left[head] and text.tag[first - 1] in ("NNP", "NNPS"):
            first -= 1
        name = Name(first, head, head, text.ent[head] or None)
        return mention_of(
            text,
            (first, head),
            head,
            MentionType.NAME,
            "name.proper-noun",
            kind=kind_of(text, rules, name),
            plural=tag == "NNPS" or None,
            label=name.label,
            name=(first, head),
        )
    counted = tag == "CD" or (lemma in rules.words["partitive"] and tag in ("NN", "NNS", "DT", "JJ", "JJR", "JJS"))
    if not counted and (tag not in NOUNS or _abstract(rules, lemma) or not lemma.endswith(rules.agent_endings)):
        return None
    first = context.start(head)
    features = context.features(first, head - 1, Features(roles=[lemma]))
    last, kind = head, ActorKind.GROUP if tag == "NNS" or counted else ActorKind.PERSON
    features.country = features.country or context.country_after(head)
    if counted:
        inner = _counted(context, head)
        if inner is not None:
            member = context.agent_at(inner)
            owner = context.owner.get(inner)
            if member is None and owner is None and _abstract(rules, text.lemma[inner].lower()):
                return None
            last = owner.last if owner else inner
            if member:
                kind = member[0].plural_kind
                features.sectors = features.sectors or member[0].sectors
            features.country = features.country or context.country_after(inner) or _country_before(context, inner)
        elif (tag != "CD" and lemma not in rules.words["bare-quantity"]) or (
            tag == "CD" and text.dep[head] not in ("nsubj", "nsubjpass", "dobj")
        ):
            return None
    alone = lemma == "one" and last == head  # "one said"
    return _described(
        context,
        (first, last),
        head,
        "description.counted" if counted else "description.noun",
        ActorKind.PERSON if alone else kind,
        (counted or tag == "NNS") and not alone,
        features,
    )


def is_age(text: ParsedText, i: int) -> bool:
    """Whether an "old" ends an age by which a person is called ("the 44-year-old", "the 44-year-old builder")."""
    if i < _AGE or text.lower[i - 2] != "year" or not text.word[i - 1] == text.word[i - 3] == "-":
        return False
    if text.dep[i] != "amod":
        return text.dep[i] not in ("acomp", "compound")
    head = text.head[i]
    return i < head and text.tag[head] == "NN" and text.lower[i - _AGE - 1] == "the"


def aged(context: Context, head: int) -> Mention:
    """The mention of somebody called by age: headed by "old", or by the noun that it modifies."""
    text = context.text
    old = text.lower[head] == "old"
    first = head - _AGE if old else context.start(head)
    if first and text.lower[first - 1] in ("the", "a", "an"):
        first -= 1
    return mention_of(
        text,
        (first, head),
        head,
        MentionType.NOMINAL,
        "description.aged",
        kind=ActorKind.PERSON,
        plural=False,
        features=Features(roles=[] if old else [text.lemma[head].lower()]),
        definite=text.lower[first] == "the",
    )


def _abstract(rules: ActorRules, lemma: str) -> bool:
    return lemma in rules.words["not-an-actor"] or (len(lemma) > 4 and lemma.endswith(rules.endings))


def _counted(context: Context, head: int) -> int | None:
    """The noun that a word of quantity counts ("hundreds of *exiles*")."""
    text = context.text
    for child in text.children[head]:
        if text.dep[child] == "prep" and text.lower[child] == "of":
            for inner in text.children[child]:
                if text.dep[inner] == "pobj":
                    return inner
    return None


def _country_before(context: Context, head: int) -> str | None:
    first = context.start(head)
    return context.features(first, head - 1, Features()).country if first < head else None
