"""From trigger words to event mentions: match, weigh, swallow."""

from __future__ import annotations

from dataclasses import replace

from pipeline.extract.events.arguments import Arguments
from pipeline.extract.events.fiction import Fiction
from pipeline.extract.events.found import Found, content
from pipeline.extract.events.frames import Frame, Syntax, coordinated_with
from pipeline.extract.events.headlines import headline_frame
from pipeline.extract.events.match import Matcher
from pipeline.extract.events.modality import Assessor, Force
from pipeline.extract.events.topics import Topics
from pipeline.extract.events.untyped import UntypedFinder
from pipeline.parsed import ParsedText
from pipeline.records import BlockKind, EventMention, Modality, Sentence
from pipeline.rules.events import Entry, EventRules, TriggerRule

_VERB_POS = frozenset({"VERB", "AUX"})
_NOUN_POS = frozenset({"NOUN", "PROPN"})
_NOT_HAPPENING = frozenset({"PERSON", "WORK_OF_ART", "PRODUCT", "DATE", "TIME"})


def find_events(text: ParsedText, rules: EventRules) -> list[EventMention]:
    """Event mentions of one parsed text, in text order of their triggers.

    One mention a trigger token. Sentences of boilerplate yield none. Actions that no
    trigger rule names are among them with a null type. Never raises on any parse.
    """
    if not len(text):
        return []
    finder = _Finder(text, rules)
    found = finder.find()
    arguments = Arguments(text, rules, finder.syntax, finder.matcher)
    mentions = [arguments.mention(f) for f in found]
    if rules.untyped is not None:
        others = UntypedFinder(text, rules, rules.untyped, finder.syntax, finder.assessor)
        mentions.extend(others.find(arguments, finder.matched, finder.topics.blocks(rules.untyped.topics)))
        mentions.sort(key=lambda mention: mention.trigger)
    return mentions


class _Finder:
    def __init__(self, text: ParsedText, rules: EventRules) -> None:
        self.text = text
        self.rules = rules
        self.syntax = Syntax(text, rules)
        self.matcher = Matcher(text, rules, self.syntax)
        self.assessor = Assessor(text, rules)
        self.topics = Topics(text, rules)
        self.definite, self.recent = rules.words("definite"), rules.words("recent")
        self.apart = rules.words("before_clause")
        self.taking_up = rules.words("taking_up")
        self.lasting = rules.words("lasting")
        self.would = rules.words("would")
        self.static = rules.words("static_preposition")
        self.held = rules.classes.get("building", frozenset()) | rules.classes.get("place_held", frozenset())
        self.argument = tuple(sorted(rules.words("argument_slot")))
        self.matched: frozenset[int] = frozenset()
        self._vague: dict[int, Frame] = {}

    # ---------------------------------------------------------------- candidates

    def find(self) -> list[Found]:
        out: dict[int, Found] = {}
        verbs, nouns, adjectives = self.rules.verbs, self.rules.nouns, self.rules.adjectives
        text, joined = self.text, self.syntax.joined
        for sentence in text.sentences:
            if sentence.kind is BlockKind.BOILERPLATE:
                continue
            for i in range(sentence.first, sentence.last + 1):
                pos = text.pos[i]
                lemma = text.lemma[i].lower()
                lower = text.lower[i]
                if i in joined and self._try_joined(i, joined[i], out):
                    continue
                if pos in _VERB_POS:
                    if text.dep[i] == "pobj" and lower in nouns and any(text.dep[c] == "det" for c in text.children[i]):
                        self._try_noun(i, nouns[lower], out)  # "during the talks", taken for a verb
                        continue
                    entries = verbs.get(lemma) or next((verbs[b] for b in _bases(lower) if b in verbs), None)
                    if entries:
                        self._try_verb(i, entries, out)
                    elif text.tag[i] in ("VBG", "VBN") and lower in nouns:
                        self._try_noun(i, nouns[lower], out)
                elif pos in _NOUN_POS or pos == "X":
                    entries = nouns.get(lemma) or (nouns.get(_singular(lemma)) if pos == "PROPN" else None)
                    if lower != lemma and lower in nouns:  # listed as a plural: "talks", not "talk"
                        entries = (*nouns[lower], *(entries or ()))
                    if entries:
                        self._try_noun(i, entries, out)
                elif pos == "ADJ" and lemma in adjectives:
                    frame = self.syntax.verb(i) if text.dep[i] in ("acomp", "ROOT", "conj") else self.syntax.noun(i)
                    found = self._best(adjectives[lemma], frame, noun=False)
                    if found:
                        out[i] = found
            if sentence.kind is BlockKind.HEADLINE:
                self._try_headline(sentence, out)
        self._take_up(out)
        self.matched = frozenset(out)
        if any(f.rule.topics for f in out.values()):
            out = {i: f for i, f in out.items() if not any(self.topics.whole(t) for t in f.rule.topics)}
        fiction = Fiction(self.text, self.rules, self.topics)
        out = {i: f for i, f in out.items() if not fiction.tells(f)}
        self._swallow(out)
        return [out[i] for i in sorted(out)]

    def _try_headline(self, sentence: Sentence, out: dict[int, Found]) -> None:
        """The verb of a headline in capitals, where nothing was found and the parse has no verb."""
        if any(sentence.first <= i <= sentence.last for i in out):
            return
        read = headline_frame(self.text, sentence, self.rules.verbs)
        if read is not None:
            frame, lemma = read
            found = self._best(self.rules.verbs[lemma], frame, noun=False)
            if found:
                out[frame.trigger] = found

    def _take_up(self, out: dict[int, Found]) -> None:
        """Let nouns through that take up a happening told before: "the strike" after a strike was told of.

        Alone they would be too vague, or could mean something else. They must have a
        definite determiner and nothing that the rule of the first telling excludes. Words
        of deeds and meetings only: "the deal" after a deal was struck is a thing.
        """
        told: dict[str, Found] = {}
        if self._vague:
            for i in sorted(out):
                found, lemma = out[i], self.text.lemma[i].lower()
                kind = found.rule.type
                happening = kind.goes_to or kind.material
                if found.noun and happening and found.force.modality is Modality.ASSERTED and lemma not in self.lasting:
                    told.setdefault(lemma, found)
        for i, frame in self._vague.items():
            first = told.get(self.text.lemma[i].lower())
            if first is None or first.frame.trigger > i or self.matcher.vetoed(first.rule, frame):
                continue
            force = self.assessor.assess(frame, noun=True)
            if first.rule.tense in ("", force.modality.value):
                out[i] = Found(first.entry, frame, True, force)

    def _try_joined(self, i: int, forms: tuple[str, ...], out: dict[int, Found]) -> bool:
        """Whether a hyphenated compound is a trigger of its own ("cease-fire", "petrol-bombed")."""
        pos = self.text.pos[i]
        for form in forms:
            if pos in _VERB_POS and form in self.rules.verbs:
                self._try_verb(i, self.rules.verbs[form], out)
                return True
            if (pos in _NOUN_POS or pos == "ADJ") and form in self.rules.nouns:
                self._try_noun(i, self.rules.nouns[form], out)
                return True
        return False

    def _try_verb(self, i: int, entries: tuple[Entry, ...], out: dict[int, Found]) -> None:
        text = self.text
        if text.dep[i] in ("aux", "auxpass"):
            return
        if text.dep[i] in ("amod", "compound", "nmod") or text.ent[i] in ("DATE", "TIME"):
            return
        if text.tag[i] == "VBG" and any(text.dep[c] == "pobj" for c in text.children[i]):
            return  # a preposition: "barring a disaster"
        frame = self.syntax.verb(i)
        found = self._best(entries, frame, noun=False)
        if found:
            out[i] = found

    def _best(self, entries: tuple[Entry, ...], frame: Frame, *, noun: bool) -> Found | None:
        """The most specific rule whose needs the frame meets and whose tense its modality fits.

        A noun must be as particular as the rule wants.
        """
        force: Force | None = None
        for entry in entries:
            if not self.matcher.fits(entry, frame, noun=noun):
                continue
            if entry.rule.about and not any(self.topics.at(t, frame.trigger) for t in entry.rule.about):
                continue
            if any(self.topics.at(t, frame.trigger) for t in entry.rule.unless):
                continue
            if noun and not self._particular(frame.trigger, frame, entry.rule):
                continue
            force = force or self.assessor.assess(frame, noun=noun)
            told = force
            if self._supposed(force, frame, entry.rule):
                told = replace(force, modality=Modality.HYPOTHETICAL)
            if entry.rule.performs and force.cue == "plan":
                told = replace(force, modality=Modality.ASSERTED)
            if entry.rule.tense in ("", told.modality.value):
                return Found(entry, frame, noun, told)
        return None

    def _supposed(self, force: Force, frame: Frame, rule: TriggerRule) -> bool:
        """Whether a reported "would" with a condition is no plan: only hostile acts are threatened in earnest."""
        if not force.conditional or force.modality is not Modality.FUTURE or rule.type.conditional or rule.tense:
            return False
        return any(self.text.lower[c] in self.would for c in self.text.children[frame.clause])

    def _try_noun(self, i: int, entries: tuple[Entry, ...], out: dict[int, Found]) -> None:
        text = self.text
        if text.ent[i] in _NOT_HAPPENING or (text.ent[i] in ("ORG", "GPE", "FAC") and text.pos[i] == "PROPN"):
            return
        frame = self.syntax.noun(i)
        if text.dep[i] in ("compound", "npadvmod", "nmod") and not any(e.rule.bare == "any" for e in entries):
            return
        found = self._best(entries, frame, noun=True)
        if found:
            out[i] = found
        elif any(text.dep[c] == "det" and text.lower[c] in self.taking_up for c in text.children[i]):
            self._vague[i] = frame

    def _particular(self, i: int, frame: Frame, rule: TriggerRule) -> bool:
        """Whether a noun means a particular happening, not a kind of thing."""
        if rule.bare == "any":
            return True
        text = self.text
        carried = frame.verb is not None or frame.light != ""
        arguments = any(self.matcher.acts(t) for slot in self.argument for t in frame.slots.get(slot, ()))
        if rule.bare == "strict":
            return carried or arguments or frame.occurs
        if carried or arguments or frame.occurs:
            return True
        if text.dep[i] == "dobj" and self._placed(text.head[i]):
            # "condemned bomb attacks at an embassy": the parser hangs the place on the verb
            return True
        if text.dep[i] == "nsubj" and text.tag[text.head[i]] == "VBD":
            # "an air strike hit the depot": what did something once has happened
            return True
        for child in text.children[i]:
            dep = text.dep[child]
            if dep == "det" and text.lower[child] in self.definite:
                return True
            if dep in ("poss", "nummod") or text.ent[child] in ("DATE", "TIME", "ORDINAL"):
                return True
            if dep == "prep" and any(
                text.ent[g] in ("DATE", "TIME", "GPE", "LOC", "FAC") for g in text.children[child]
            ):
                return True
            if dep == "amod" and text.lower[child] in self.recent:
                return True
            if dep == "relcl" and text.tag[child] == "VBD":  # "an explosion that shook the town"
                return True
        return False

    def _placed(self, verb: int) -> bool:
        text = self.text
        return any(
            text.ent[g] in ("GPE", "LOC", "FAC") or text.lemma[g].lower() in self.held
            for p in text.children[verb]
            if text.dep[p] == "prep" and text.lower[p] in self.static
            for g in text.children[p]
        )

    # ------------------------------------------------------------------- swallow

    def _swallow(self, out: dict[int, Found]) -> None:
        """Take out what is only the content of a verbal act, or the purpose of another event."""
        text = self.text
        for i in sorted(out):
            found = out.get(i)
            if found is None or not found.rule.swallow:
                continue
            for slot in found.rule.swallow:
                for token in content(self.text, found, slot):
                    # a relative clause does not swallow the noun it belongs to
                    if not text.left[token] <= i <= text.right[token]:
                        self._drop(token, i, found, slot, out)
        for i in sorted(out):
            found = out[i]
            if not found.force.purpose:
                continue
            head = text.head[found.frame.clause]
            # "gathered to rally": one act, told with its purpose
            same = head in out and out[head].rule.type is found.rule.type and "object" not in out[head].frame.slots
            if same or not found.rule.type.purpose:
                del out[i]
            else:
                outer = (
                    out[head].force
                    if head in out and head != i
                    else self.assessor.assess(self.syntax.verb(head), noun=False)
                )
                found.force = replace(found.force, modality=outer.modality)
        for i in sorted(out):
            if i not in out:
                continue
            verb = out[i].frame.verb
            if (
                verb is not None
                and out[i].noun
                and verb in out
                and verb != i
                and self.text.lemma[verb].lower() in self.syntax.light
            ):
                del out[verb]  # "held talks": the verb only carries its noun

    def _drop(self, token: int, by: int, found: Found, slot: str, out: dict[int, Found]) -> None:
        """Remove the events in a content's own clause, leaving particular happenings if the rule keeps them."""
        text = self.text
        stack = [token]
        while stack:
            t = stack.pop()
            inner = out.get(t)
            if inner is not None and t != by and not self._kept(inner, found, slot):
                del out[t]
            for child in text.children[t]:
                if child == by:
                    continue
                dep = text.dep[child]
                if dep == "relcl" or (dep == "acl" and text.tag[child] == "VBN"):
                    continue
                if dep == "conj" and text.pos[child] in _VERB_POS and coordinated_with(text, child) != t:
                    continue  # hung on the content, but it goes with the act itself
                if dep == "advcl" and any(text.lower[c] in self.apart for c in text.children[child]):
                    continue
                if dep == "prep" and text.lower[child] in self.apart:
                    continue
                stack.append(child)

    def _kept(self, inner: Found, outer: Found, slot: str) -> bool:
        """A particular happening with an agent, date or place of its own, inside a verbal act that allows it."""
        if not inner.noun:
            return False
        frame = inner.frame
        if (
            any(self.text.dep[c] == "acl" and self.text.tag[c] == "VBN" for c in self.text.children[frame.trigger])
            and slot == "object"
        ):
            return True
        if not outer.rule.keep or inner.force.modality is not Modality.ASSERTED:
            return False
        return inner.rule.type.material and (
            any(s in frame.slots for s in ("poss", "by", "adjective", "compound", "in", "at", "on", "against"))
            or any(self.text.ent[c] in ("DATE", "TIME") for c in self.text.children[frame.trigger])
        )


def _bases(word: str) -> tuple[str, ...]:
    """Verbs that a regular form may be of, where the lemmatizer cut too much or too little ("fined", "fin")."""
    if word.endswith("ed"):
        return word[:-1], word[:-2]
    if word.endswith("ing"):
        return word[:-3] + "e", word[:-3]
    return ()


def _singular(word: str) -> str:
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word
