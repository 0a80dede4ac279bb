"""Whether an event is told as fact, as planned or as possible, and whether as untrue.

What decides is looked for from the inside out: the clause's own auxiliaries, negation
and adverbs, then the verbs, nouns and adjectives that govern it. The first that is not
neutral wins. All words are data (``models/events/grammar.yaml``).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from pipeline.extract.events.frames import DEPTH, FINITE, Frame, coordinated_with, is_finite
from pipeline.parsed import ParsedText
from pipeline.records import Modality
from pipeline.rules.events import EventRules

_VERBAL = frozenset({"VERB", "AUX"})
_SUBJECTS = frozenset({"nsubj", "nsubjpass"})
_NOMINAL = frozenset({"NOUN", "PROPN"})


@dataclass(frozen=True, slots=True)
class Force:
    """How an event is meant.

    ``purpose``: it is only the purpose of another act. ``conditional``: a condition goes
    with it. ``cue``: what told (``own`` words, ``intent``, ``wish``, ``not``, ``purpose``).
    """

    negated: bool
    modality: Modality
    purpose: bool = False
    conditional: bool = False
    cue: str = ""


class Assessor:
    """Negation and modality in one parsed text."""

    def __init__(self, text: ParsedText, rules: EventRules) -> None:
        self.text = text
        self.words = rules.words
        self.will, self.may, self.maybe = rules.words("will"), rules.words("may"), rules.words("maybe")
        self.never, self.barely = rules.words("never"), rules.words("barely")
        self.no_determiner, self.nobody = rules.words("no_determiner"), rules.words("nobody")
        self.not_verb, self.passing, self.speech = (
            rules.words("not_verb"),
            rules.words("passing"),
            rules.words("speech"),
        )
        self.nothing, self.contrast = rules.words("nothing"), rules.words("contrast")
        self.intent, self.wish, self.condition = rules.words("intent"), rules.words("wish"), rules.words("if")
        self.alternative = rules.words("alternative")
        self._known: dict[int, tuple[bool, Modality | None, bool]] = {}

    def assess(self, frame: Frame, *, noun: bool) -> Force:
        """How the event of a frame is meant."""
        if noun:
            return self._noun(frame)
        return self._clause(frame.trigger, 0)

    # ------------------------------------------------------------------- clauses

    def _own(self, verb: int) -> tuple[bool, Modality | None, bool]:
        """Negated, modality of the clause's own words if they tell, and whether it has an if."""
        known = self._known.get(verb)
        if known is None:
            known = self._known[verb] = self._read_own(verb)
        return known

    def _read_own(self, verb: int) -> tuple[bool, Modality | None, bool]:
        text = self.text
        negated, conditional = False, False
        modality: Modality | None = None
        for child in text.children[verb]:
            dep, lower = text.dep[child], text.lower[child]
            if dep == "neg" or lower in self.never or (dep == "advmod" and lower in self.barely):
                # "not only" and "whether or not" deny nothing
                only = self.words("only") & {*text.lower[child + 1 : child + 2]}
                negated = not only and not (child and text.lower[child - 1] in self.alternative)
            elif dep in ("aux", "auxpass"):
                if lower in self.will:
                    modality = Modality.FUTURE
                elif lower in self.may:
                    modality = self._may(verb, lower)
            elif dep == "mark" and lower in self.condition:
                conditional = True
            elif dep == "advmod" and lower in self.maybe:
                modality = modality or Modality.HYPOTHETICAL
            elif dep == "det" and lower in self.no_determiner:
                negated = True
            elif dep in _SUBJECTS or dep == "dobj":
                if self._none(child) or lower in self.nobody:
                    negated = True
            elif dep == "prep" and any(text.lower[g] in self.nothing for g in text.children[child]):
                negated = True
        return negated, Modality.HYPOTHETICAL if conditional else modality, conditional

    def _none(self, noun: int) -> bool:
        text = self.text
        return any(text.dep[c] in ("det", "neg") and text.lower[c] in self.no_determiner for c in text.children[noun])

    def _may(self, verb: int, word: str) -> Modality:
        """ "would" after a verb of speech or intent reports a "will"; with a condition only after speech."""
        text = self.text
        if word not in self.words("would"):
            return Modality.HYPOTHETICAL
        if any(text.dep[c] == "aux" and text.lower[c] in self.words("perfect_infinitive") for c in text.children[verb]):
            return Modality.HYPOTHETICAL
        head = verb
        for _ in range(3):
            if text.dep[head] == "conj":
                head = text.head[head]
        governor = text.lemma[text.head[head]].lower()
        if self._below_condition(verb) and not (text.dep[head] == "ccomp" and governor in self.speech):
            return Modality.HYPOTHETICAL
        if text.dep[head] in ("ccomp", "acl") and (
            governor in self.speech or governor in self.intent or text.dep[head] == "acl"
        ):
            return Modality.FUTURE
        if any(
            text.dep[c] in ("ccomp", "parataxis") and text.lemma[c].lower() in self.speech for c in text.children[head]
        ):
            return Modality.FUTURE
        return Modality.HYPOTHETICAL

    def _below_condition(self, verb: int) -> bool:
        text = self.text
        return any(text.dep[c] == "advcl" and self._marked(c) for c in text.children[verb])

    def _marked(self, clause: int) -> bool:
        text = self.text
        return any(text.dep[c] == "mark" and text.lower[c] in self.condition for c in text.children[clause])

    def _clause(self, verb: int, depth: int) -> Force:
        text = self.text
        negated, modality, conditional = self._own(verb)
        if depth > DEPTH:
            return Force(negated, modality or Modality.ASSERTED)
        if modality is not None:
            return Force(negated, modality, conditional=conditional or self._below_condition(verb), cue="own")
        head, dep = text.head[verb], text.dep[verb]
        if head == verb:
            return Force(negated, Modality.FUTURE if self._headline_infinitive(verb) else Modality.ASSERTED)
        if dep == "conj" and text.pos[head] in _VERBAL:
            return self._coordinated(verb, coordinated_with(text, verb), negated, depth)
        bare = self._infinitive(verb)
        if bare and dep in ("relcl", "acl", "advcl") and text.dep[head] == "ROOT" and text.pos[head] == "PROPN":
            return Force(negated, Modality.FUTURE)  # "Norway To Send Tents", read as a name with a clause
        if dep == "xcomp" or (dep == "ccomp" and not is_finite(text, verb) and (bare or text.tag[verb] == "VBG")):
            return self._governed(verb, head, negated, depth)
        if dep == "ccomp":
            return self._reported(verb, head, negated, depth)
        if dep == "pcomp":
            return self._after_preposition(head, negated, depth)
        if dep == "advcl":
            return self._adverbial(verb, head, negated, depth, bare=bare)
        if dep == "acl" and bare:
            return self._of_noun(head, negated, infinitive=True)
        if dep == "acomp" or (text.pos[head] == "ADJ" and bare):
            return self._of_adjective(head, negated, infinitive=bare)
        if dep == "auxpass":
            return self._clause(head, depth + 1)
        if dep == "csubj":
            return replace(self._clause(head, depth + 1), negated=negated)
        return Force(negated, Modality.ASSERTED)

    def _infinitive(self, verb: int) -> bool:
        text = self.text
        return any(text.dep[c] == "aux" and text.lower[c] == "to" for c in text.children[verb])

    def _headline_infinitive(self, verb: int) -> bool:
        """ "Norway to send aid": a sentence that is an infinitive is a headline's future."""
        return self._infinitive(verb) and any(self.text.dep[c] in _SUBJECTS for c in self.text.children[verb])

    def _coordinated(self, verb: int, head: int, negated: bool, depth: int) -> Force:
        """A coordinated verb shares auxiliaries and governors, unless it has a subject or tense of its own."""
        text = self.text
        own_subject = any(text.dep[c] in _SUBJECTS for c in text.children[verb])
        own_auxiliary = any(text.dep[c] in ("aux", "auxpass") for c in text.children[verb])
        upper = self._clause(head, depth + 1)
        finite = text.tag[verb] in FINITE
        if own_subject or own_auxiliary or finite:
            outer = self._up(head, depth)
            if not own_subject and not own_auxiliary and text.tag[verb] == text.tag[head]:
                return Force(negated, upper.modality, upper.purpose, upper.conditional, upper.cue)
            return Force(negated, outer.modality, conditional=outer.conditional, cue=outer.cue)
        shared = upper.negated and not any(
            text.lower[c] in self.contrast for c in text.children[head] if head < c < verb
        )
        return Force(negated or shared, upper.modality, upper.purpose, upper.conditional, upper.cue)

    def _adverbial(self, verb: int, head: int, negated: bool, depth: int, *, bare: bool) -> Force:
        text = self.text
        if bare:
            return self._purpose(verb, head, negated, depth)
        marks = {text.lower[c] for c in text.children[verb] if text.dep[c] in ("mark", "advmod")}
        if text.pos[head] not in _VERBAL:
            return Force(negated, Modality.ASSERTED)
        upper = self._clause(head, depth + 1)
        told = upper.modality if upper.cue in ("own", "intent", "wish") else Modality.ASSERTED
        if marks & self.words("open_clause"):
            return Force(negated, Modality.HYPOTHETICAL if told is not Modality.ASSERTED else Modality.ASSERTED)
        if marks & self.words("time_clause"):
            if told is Modality.FUTURE and text.tag[verb] in ("VBZ", "VBP"):
                return Force(negated, Modality.FUTURE)
            return Force(negated, Modality.ASSERTED)
        if text.tag[verb] in ("VBG", "VBN"):
            return Force(negated, told)
        return Force(negated, Modality.ASSERTED)

    def _purpose(self, verb: int, head: int, negated: bool, depth: int) -> Force:
        """An infinitive that the parser took for a purpose; after some verbs it is their complement."""
        text = self.text
        lemma = text.lemma[head].lower()
        particles = {text.lower[c] for c in text.children[head] if text.dep[c] in ("prt", "prep", "advmod")}
        if lemma in self.words("proceeding") and particles & self.words("proceeding_particle"):
            upper = self._clause(head, depth + 1)
            return Force(negated or upper.negated, upper.modality, upper.purpose, upper.conditional, upper.cue)
        if lemma in self.intent or lemma in self.not_verb:
            return self._governed(verb, head, negated, depth)
        return Force(negated, Modality.HYPOTHETICAL, purpose=True, cue="purpose")

    def _after_preposition(self, preposition: int, negated: bool, depth: int) -> Force:
        """A participle or clause after a preposition: "without striking", "accused of arming"."""
        text = self.text
        word, governor = text.lower[preposition], text.head[preposition]
        if word in self.words("without"):
            return Force(not negated, Modality.ASSERTED, cue="not")
        if word in self.words("open_clause"):
            return Force(negated, Modality.ASSERTED if word in self.words("before") else Modality.HYPOTHETICAL)
        if text.pos[governor] in _NOMINAL:
            return self._of_noun(governor, negated, infinitive=False)
        if text.pos[governor] == "ADJ":
            return self._of_adjective(governor, negated, infinitive=False)
        if text.pos[governor] not in _VERBAL:
            return Force(negated, Modality.ASSERTED)
        lemma = text.lemma[governor].lower()
        if word in self.words("prevent_preposition") and (lemma in self.not_verb or lemma in self.words("prevent")):
            return Force(not self._own(governor)[0], Modality.ASSERTED, cue="not")
        if word in self.words("goal_preposition") and (lemma in self.wish or lemma in self.intent):
            return Force(negated, Modality.HYPOTHETICAL, cue="wish")
        upper = self._clause(governor, depth + 1)
        told = (
            upper.modality
            if upper.cue in ("own", "intent", "wish") and word not in self.words("past_preposition")
            else None
        )
        return Force(negated, told or Modality.ASSERTED)

    def _up(self, head: int, depth: int) -> Force:
        """What governs a clause, its own words left aside."""
        text = self.text
        governor, dep = text.head[head], text.dep[head]
        if governor == head or depth > DEPTH:
            return Force(False, Modality.ASSERTED)
        if dep == "ccomp":
            return self._reported(head, governor, False, depth)
        if dep == "xcomp" and self._infinitive(head):
            return self._governed(head, governor, False, depth + 1)
        return Force(False, Modality.ASSERTED)

    def _governed(self, verb: int, head: int, negated: bool, depth: int) -> Force:
        """An infinitive or participle under a verb or adjective."""
        text = self.text
        lemma = text.lemma[head].lower()
        upper_negated, upper_modality, _ = self._own(head)
        either = negated or upper_negated
        if text.pos[head] == "ADJ":
            return self._of_adjective(head, negated, infinitive=self._infinitive(verb))
        if lemma in self.not_verb:
            if upper_modality is not None:
                return Force(not upper_negated, upper_modality, cue="not")
            return Force(not upper_negated, Modality.ASSERTED, cue="not")
        if not self._infinitive(verb) and text.tag[verb] not in ("VBG", "VB"):
            return Force(either, self._clause(head, depth + 1).modality)
        if lemma in self.words("proceeding") and text.tag[head] == "VBG":
            return Force(either, Modality.FUTURE, cue="intent")
        if lemma in self.words("destiny"):
            return Force(either, upper_modality or Modality.FUTURE, cue="intent")
        if lemma in self.passing:
            upper = self._clause(head, depth + 1)
            return Force(negated or upper.negated, upper.modality, upper.purpose, upper.conditional, upper.cue)
        if lemma in self.intent:
            if upper_modality is Modality.HYPOTHETICAL:
                return Force(either, Modality.HYPOTHETICAL, cue="wish")
            return Force(either, Modality.FUTURE, cue="intent")
        if lemma in self.wish:
            return Force(either, Modality.HYPOTHETICAL, cue="wish")
        upper = self._clause(head, depth + 1)
        return Force(either, upper.modality, cue=upper.cue)

    def _reported(self, verb: int, head: int, negated: bool, depth: int) -> Force:
        """A finite clause under a verb: what is said stands as said; what is wished is wished."""
        text = self.text
        lemma = text.lemma[head].lower()
        if text.tag[verb] == "VB" and not any(text.dep[c] in ("aux", "mark") for c in text.children[verb]):
            told = self._governed(verb, head, negated, depth)  # "would let the council impose a curfew"
            heard = told.purpose and lemma in self.words("perception")  # "came to hear them demand a vote": they did
            return Force(negated, Modality.ASSERTED) if heard else told
        if lemma in self.words("wish_that"):
            return Force(negated, Modality.HYPOTHETICAL, cue="wish")
        if lemma in self.words("deny_that"):
            return Force(not self._own(head)[0], Modality.ASSERTED, cue="not")
        if lemma in self.words("expect_that") and not self._past(verb):
            return Force(negated, Modality.FUTURE, cue="intent")
        return Force(negated, Modality.ASSERTED)

    def _past(self, verb: int) -> bool:
        text = self.text
        return text.tag[verb] == "VBD" or any(
            text.tag[c] == "VBD" for c in text.children[verb] if text.dep[c] in ("aux", "auxpass")
        )

    def _of_noun(self, noun: int, negated: bool, *, infinitive: bool) -> Force:
        """An infinitive or participle that a noun governs: "plans to", "an attempt to"."""
        lemma = self.text.lemma[noun].lower()
        if lemma in self.words("intent_noun"):
            return Force(negated, Modality.FUTURE, cue="intent")
        if lemma in self.words("wish_noun"):
            return Force(negated, Modality.HYPOTHETICAL, cue="wish")
        if lemma in self.words("failure_noun"):
            return Force(True, Modality.ASSERTED, cue="not")
        if not infinitive or any(self.text.lower[c] in self.words("ranking") for c in self.text.children[noun]):
            return Force(negated, Modality.ASSERTED)  # "the first state to recognise it" has done so
        return Force(negated, Modality.HYPOTHETICAL, purpose=True, cue="purpose")

    def _of_adjective(self, adjective: int, negated: bool, *, infinitive: bool) -> Force:
        text = self.text
        lemma = text.lemma[adjective].lower()
        copula = text.head[adjective]
        upper_negated = text.pos[copula] in _VERBAL and self._own(copula)[0]
        against = lemma in self.words("negative_adjective")
        either = negated or upper_negated != against
        if lemma in self.words("intent_adjective"):
            return Force(either, Modality.FUTURE, cue="intent")
        if lemma in self.words("wish_adjective") or (infinitive and lemma not in self.words("fact_adjective")):
            return Force(either, Modality.HYPOTHETICAL, cue="wish")
        return Force(negated or upper_negated, Modality.ASSERTED)

    # --------------------------------------------------------------------- nouns

    def _noun(self, frame: Frame) -> Force:
        text, noun = self.text, frame.trigger
        negated = self._none(noun) or any(
            text.dep[c] in ("det", "amod", "neg") and text.lower[c] in self.no_determiner for c in text.children[noun]
        )
        modality: Modality | None = None
        for child in text.children[noun]:
            if text.dep[child] in ("amod", "acl", "appos") and self._awaited(child):
                modality = Modality.FUTURE  # "talks due to resume on Monday"
            elif text.dep[child] in ("amod", "compound") and text.ent[child] not in ("DATE", "TIME"):
                if any(text.dep[c] == "advmod" for c in text.children[child]):
                    continue  # "a well-planned attack" has been carried out
                if text.lower[child] in self.words("planned_adjective"):
                    modality = Modality.FUTURE
                elif text.lower[child] in self.words("possible_adjective"):
                    modality = Modality.HYPOTHETICAL
            elif text.dep[child] == "acl" and text.lemma[child].lower() in self.words("planned_participle"):
                modality = modality or Modality.FUTURE
        host = frame.verb if frame.verb is not None else frame.clause if frame.occurs else None
        if host is not None and host != noun:
            return self._hosted(frame, host, negated, modality)
        if modality is None:
            modality = self._around(noun, 0)
            if modality is None and text.dep[noun] == "pobj" and text.lower[text.head[noun]] in self.words("without"):
                return Force(True, Modality.ASSERTED)
        return Force(negated, modality or Modality.ASSERTED)

    def _hosted(self, frame: Frame, host: int, negated: bool, modality: Modality | None) -> Force:
        """A noun with the verb that carries it: "will hold talks", "cancelled a visit", "seeks a meeting"."""
        text = self.text
        upper = self._clause(host, 1)
        lemma = text.lemma[host].lower()
        negated = negated or upper.negated
        if modality is None:
            modality = upper.modality
            if modality is Modality.ASSERTED and frame.occurs:
                if any(self.text.dep[c] == "acomp" and self._awaited(c) for c in self.text.children[host]):
                    modality = Modality.FUTURE  # "talks are due to resume"
            elif modality is Modality.ASSERTED:
                if lemma in self.words("end_light"):
                    return Force(True, Modality.ASSERTED, cue="not")
                if lemma in self.words("wish_light"):
                    modality = Modality.HYPOTHETICAL
                elif lemma in self.words("plan_light"):
                    return Force(negated, Modality.FUTURE, upper.purpose, upper.conditional, "plan")
        return Force(negated, modality, upper.purpose, upper.conditional, upper.cue)

    def _awaited(self, adjective: int) -> bool:
        """Whether it says of its noun that something of it is to come: "due to resume"."""
        text = self.text
        return text.lower[adjective] in self.words("intent_adjective") and any(
            text.dep[c] == "xcomp" and text.tag[c] == "VB" for c in text.children[adjective]
        )

    def _around(self, noun: int, depth: int) -> Modality | None:
        """What a noun that nothing carries stands under: "plans for talks", "could face an attack"."""
        text = self.text
        head, dep = text.head[noun], text.dep[noun]
        if dep == "pobj":
            preposition, governor = text.lower[head], text.head[head]
            lemma = text.lemma[governor].lower()
            if preposition in self.words("goal_preposition") and self._prepared(governor):
                return Modality.FUTURE
            if text.pos[governor] in _NOMINAL:
                if preposition in self.words("goal_preposition"):
                    if lemma in self.words("plan_of"):
                        return Modality.FUTURE
                    if lemma in self.words("wish_of"):
                        return Modality.HYPOTHETICAL
                return None
            if text.pos[governor] in _VERBAL:
                if lemma in self.words("plan_for") and preposition in self.words("aim_of_plan"):
                    return Modality.FUTURE
                if lemma in self.words("wish_for") and preposition in self.words("aim_of_plan"):
                    return Modality.HYPOTHETICAL
                return self._weak(governor, noun)
            return None
        if dep in ("dobj", "attr", *_SUBJECTS) and text.pos[head] in _VERBAL:
            return self._weak(head, noun)
        if dep == "conj" and text.pos[head] in _NOMINAL and depth < 3:
            return self._around(head, depth + 1)
        return None

    def _prepared(self, governor: int) -> bool:
        """Whether a phrase tells what "preparations are under way for"; it hangs on the verb or its complement."""
        text = self.text
        verb = text.head[text.head[governor]] if text.dep[governor] == "pobj" else governor
        return text.pos[verb] in _VERBAL and any(
            text.dep[c] in _SUBJECTS and text.lemma[c].lower() in self.words("plan_of") for c in text.children[verb]
        )

    def _weak(self, verb: int, noun: int) -> Modality | None:
        """An indefinite noun under a verb that is not asserted is not asserted either."""
        text = self.text
        if any(
            text.dep[c] == "poss" or (text.dep[c] == "det" and text.lower[c] in self.words("definite"))
            for c in text.children[noun]
        ):
            return None
        upper = self._clause(verb, 1)
        if upper.modality is not Modality.ASSERTED:
            return upper.modality
        lemma = text.lemma[verb].lower()
        if lemma in self.words("plan_light") and lemma in self.intent:
            return Modality.FUTURE
        if lemma in self.wish:
            return Modality.HYPOTHETICAL
        return None
