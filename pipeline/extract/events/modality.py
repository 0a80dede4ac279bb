"""Whether an event is told as fact, as planned or as possible, and whether as untrue.

What decides is looked for from the inside out: the clause's own auxiliaries, negation
and adverbs, then the verbs, nouns and adjectives that govern it. The first that is not
neutral wins. All words are data (``models/events/grammar.yaml``).
"""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.extract.events.frames import DEPTH, Frame
from pipeline.parsed import ParsedText
from pipeline.records import Modality
from pipeline.rules.events import EventRules

_TIME_CLAUSE = frozenset({"after", "since", "when", "while", "as", "because", "although", "though", "amid", "despite"})


@dataclass(frozen=True, slots=True)
class Force:
    """How an event is meant. ``purpose``: it is only the purpose of another act."""

    negated: bool
    modality: Modality
    purpose: bool = False
    conditional: bool = False
    cue: str = ""


class Assessor:
    """Negation and modality in one parsed text."""

    def __init__(self, text: ParsedText, rules: EventRules) -> None:
        self.text = text
        words = rules.words
        self.will, self.may, self.maybe = words("will"), words("may"), words("maybe")
        self.negation, self.no_determiner = words("never"), words("no_determiner")
        self.not_verb, self.passing, self.speech = words("not_verb"), words("passing"), words("speech")
        self.intent, self.wish = words("intent"), words("wish")
        self.intent_noun, self.wish_noun = words("intent_noun"), words("wish_noun")
        self.intent_adjective, self.wish_adjective = words("intent_adjective"), words("wish_adjective")
        self.possible, self.planned = words("possible_adjective"), words("planned_adjective")
        self.condition = words("if")
        self.plan_light, self.wish_light, self.end_light = words("plan_light"), words("wish_light"), words("end_light")

    def assess(self, frame: Frame, *, noun: bool) -> Force:
        """How the event of a frame is meant."""
        if not noun:
            return self._clause(frame.trigger, 0)
        return self._noun(frame)

    # ------------------------------------------------------------------- clauses

    def _own(self, verb: int) -> tuple[bool, Modality | None, bool]:
        """Negated, modality of the clause's own words if they tell, and whether it has an if."""
        text = self.text
        negated, modality, conditional = False, None, False
        going = False
        for child in text.children[verb]:
            dep, lower = text.dep[child], text.lower[child]
            if dep == "neg" or lower in ("never", "neither", "nor"):
                negated = True
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
            elif dep in ("nsubj", "nsubjpass", "dobj") and any(
                text.dep[g] in ("det", "amod") and text.lower[g] in self.no_determiner and text.lower[g] != "few"
                for g in text.children[child]
            ):
                negated = True
            elif dep in ("nsubj", "nsubjpass") and text.lower[child] in ("nobody", "none", "neither", "nothing"):
                negated = True
            elif dep == "advmod" and lower in ("barely", "hardly", "rarely", "scarcely"):
                negated = True
        if going:
            modality = Modality.FUTURE
        return negated, Modality.HYPOTHETICAL if conditional else modality, conditional

    def _may(self, verb: int, word: str) -> Modality:
        """ "would" reports a "will" after a past verb of speech, unless a condition goes with it."""
        text = self.text
        if word not in ("would", "'d") or any(text.dep[c] == "advcl" and self._marked(c) for c in text.children[verb]):
            return Modality.HYPOTHETICAL
        head = verb
        for _ in range(3):
            if text.dep[head] == "conj":
                head = text.head[head]
        governor = text.head[head]
        if text.dep[head] == "ccomp" and text.lemma[governor].lower() in self.speech | self.intent:
            return Modality.FUTURE
        return Modality.HYPOTHETICAL

    def _marked(self, clause: int) -> bool:
        return any(
            self.text.dep[c] == "mark" and self.text.lower[c] in self.condition for c in self.text.children[clause]
        )

    def _clause(self, verb: int, depth: int) -> Force:
        text = self.text
        negated, modality, conditional = self._own(verb)
        cue = ""
        if depth > DEPTH:
            return Force(negated, modality or Modality.ASSERTED)
        if modality is not None:
            below = any(text.dep[c] == "advcl" and self._marked(c) for c in text.children[verb])
            return Force(negated, modality, conditional=conditional or below, cue="own")
        head, dep = text.head[verb], text.dep[verb]
        if head == verb:
            return Force(negated, Modality.ASSERTED)
        lemma = text.lemma[head].lower()
        bare = text.tag[verb] == "VB" and any(
            text.dep[c] == "aux" and text.lower[c] == "to" for c in text.children[verb]
        )
        if dep == "conj":
            own_subject = any(text.dep[c] in ("nsubj", "nsubjpass") for c in text.children[verb])
            own_aux = any(text.dep[c] in ("aux", "auxpass") for c in text.children[verb])
            if own_subject and own_aux:
                return Force(negated, self._up(head, depth).modality)
            if own_subject or text.tag[verb] == "VBD":
                upper = self._clause(head, depth + 1)
                same = upper.modality if not own_subject and text.tag[verb] != "VBD" else None
                return Force(negated, same or self._up(head, depth).modality, purpose=False)
            upper = self._clause(head, depth + 1)
            return Force(negated or upper.negated, upper.modality, upper.purpose, upper.conditional, upper.cue)
        if dep == "xcomp" or (dep == "ccomp" and (bare or text.tag[verb] == "VBG")):
            return self._governed(verb, head, lemma, negated, depth)
        if dep == "ccomp":
            return self._reported(head, lemma, negated, depth)
        if dep == "pcomp":
            governor = text.head[head]
            word = text.lower[head]
            if word == "without":
                return Force(True, Modality.ASSERTED)
            if word in ("before", "instead", "than"):
                return Force(
                    negated or word == "instead", Modality.ASSERTED if word == "before" else Modality.HYPOTHETICAL
                )
            if text.pos[governor] in ("NOUN", "PROPN"):
                return self._of_noun(governor, negated, depth)
            if text.pos[governor] == "ADJ":
                return self._of_adjective(governor, negated, depth)
            if text.lemma[governor].lower() in self.wish | self.intent and word in (
                "to",
                "for",
                "on",
                "about",
                "toward",
                "towards",
                "of",
                "at",
            ):
                return Force(negated, Modality.HYPOTHETICAL)
            if (
                text.lemma[governor].lower() in ("prevent", "stop", "ban", "bar", "keep", "deter", "dissuade")
                and word == "from"
            ):
                return Force(True, Modality.ASSERTED)
            return Force(negated, self._up(governor, depth).modality)
        if dep == "advcl":
            if bare:
                return Force(negated, Modality.HYPOTHETICAL, purpose=True, cue="purpose")
            marks = {text.lower[c] for c in text.children[verb] if text.dep[c] in ("mark", "advmod")}
            if marks & _TIME_CLAUSE:
                return Force(negated, Modality.ASSERTED)
            if text.tag[verb] in ("VBG", "VBN"):
                upper = self._clause(head, depth + 1)
                return Force(
                    negated, upper.modality if upper.cue == "own" or upper.cue == "intent" else Modality.ASSERTED
                )
            if marks & {"until", "before", "once"}:
                upper = self._clause(head, depth + 1)
                return Force(
                    negated, Modality.HYPOTHETICAL if upper.modality is not Modality.ASSERTED else Modality.ASSERTED
                )
            return Force(negated, Modality.ASSERTED)
        if dep == "acl" and bare:
            return self._of_noun(head, negated, depth)
        if dep == "acomp" or text.pos[head] == "ADJ":
            return self._of_adjective(head, negated, depth)
        if dep == "auxpass":
            return self._clause(head, depth + 1)
        return Force(negated, Modality.ASSERTED)

    def _up(self, head: int, depth: int) -> Force:
        """What governs a clause, its own words left aside."""
        text = self.text
        governor, dep = text.head[head], text.dep[head]
        if governor == head or depth > DEPTH:
            return Force(False, Modality.ASSERTED)
        if dep == "ccomp":
            return self._reported(governor, text.lemma[governor].lower(), False, depth + 1)
        return Force(False, Modality.ASSERTED)

    def _governed(self, verb: int, head: int, lemma: str, negated: bool, depth: int) -> Force:
        """An infinitive or participle under a verb."""
        text = self.text
        upper_negated = self._own(head)[0]
        if lemma in self.not_verb and lemma not in self.wish:
            return Force(not upper_negated, Modality.ASSERTED, cue="not")
        if lemma == "fail":
            return Force(not upper_negated, Modality.ASSERTED, cue="not")
        if lemma == "go" and text.tag[head] == "VBG":
            return Force(negated or upper_negated, Modality.FUTURE, cue="intent")
        if lemma == "be":
            return Force(negated or upper_negated, Modality.FUTURE, cue="intent")
        if lemma == "have" and text.tag[verb] == "VB":
            upper = self._clause(head, depth + 1)
            return Force(
                negated or upper.negated,
                upper.modality if upper.modality is not Modality.ASSERTED else Modality.ASSERTED,
            )
        if lemma in self.intent:
            return Force(negated or upper_negated, Modality.FUTURE, cue="intent")
        if lemma in self.wish:
            upper = self._clause(head, depth + 1) if lemma in ("allow", "help", "order", "force") else None
            return Force(
                negated or upper_negated,
                Modality.HYPOTHETICAL,
                cue="wish",
                conditional=bool(upper and upper.conditional),
            )
        if lemma in self.passing or text.pos[head] == "AUX":
            upper = self._clause(head, depth + 1)
            return Force(negated or upper.negated, upper.modality, upper.purpose, upper.conditional, upper.cue)
        upper = self._clause(head, depth + 1)
        return Force(negated, upper.modality if upper.modality is not Modality.ASSERTED else Modality.ASSERTED)

    def _reported(self, head: int, lemma: str, negated: bool, depth: int) -> Force:
        """A finite clause under a verb: what is said stands as said; what is wished is wished."""
        text = self.text
        if lemma in (
            "hope",
            "wish",
            "fear",
            "suggest",
            "demand",
            "urge",
            "propose",
            "recommend",
            "worry",
            "doubt",
            "ask",
            "request",
            "insist",
        ):
            return Force(negated, Modality.ASSERTED if lemma == "insist" else Modality.HYPOTHETICAL, cue="wish")
        if lemma == "deny":
            return Force(True, Modality.ASSERTED)
        if lemma in ("expect", "predict", "plan", "anticipate"):
            return Force(negated, Modality.FUTURE)
        if lemma in ("say", "tell", "announce", "report"):
            return Force(negated, Modality.ASSERTED)
        if text.tag[head].startswith("V") and text.tag[head] in ("VBD", "VBZ", "VBP", "VBN"):
            return Force(negated, Modality.ASSERTED)
        return Force(negated, Modality.ASSERTED)

    def _of_noun(self, noun: int, negated: bool, depth: int) -> Force:
        """An infinitive or participle that a noun governs: "plans to", "an attempt to"."""
        lemma = self.text.lemma[noun].lower()
        if lemma in self.intent_noun:
            return Force(negated, Modality.FUTURE, cue="intent")
        if lemma in self.wish_noun:
            return Force(negated, Modality.HYPOTHETICAL, cue="wish")
        if lemma in ("failure", "refusal", "inability", "lack"):
            return Force(True, Modality.ASSERTED)
        return Force(negated, Modality.ASSERTED)

    def _of_adjective(self, adjective: int, negated: bool, depth: int) -> Force:
        text = self.text
        lemma = text.lemma[adjective].lower()
        copula = text.head[adjective]
        upper_negated = self._own(copula)[0] if text.pos[copula] in ("AUX", "VERB") else False
        if lemma in self.intent_adjective:
            return Force(negated or upper_negated or lemma == "unlikely", Modality.FUTURE, cue="intent")
        if lemma in self.wish_adjective:
            return Force(
                negated or upper_negated or lemma in ("unable", "unwilling"), Modality.HYPOTHETICAL, cue="wish"
            )
        return Force(negated or upper_negated, Modality.ASSERTED)

    # --------------------------------------------------------------------- nouns

    def _noun(self, frame: Frame) -> Force:
        text, noun = self.text, frame.trigger
        negated = False
        modality: Modality | None = None
        for child in text.children[noun]:
            lower = text.lower[child]
            if text.dep[child] in ("det", "neg", "amod") and lower in self.no_determiner and lower != "few":
                negated = True
            elif text.dep[child] in ("amod", "compound"):
                if lower in self.planned and not (lower in ("next", "coming") and text.ent[child] == "DATE"):
                    modality = Modality.FUTURE
                elif lower in self.possible and lower not in ("further", "more", "new", "any", "alleged", "imminent"):
                    modality = Modality.HYPOTHETICAL
                elif lower in ("imminent",):
                    modality = Modality.FUTURE
            elif text.dep[child] == "prep" and lower in ("without",):
                continue
        host = frame.verb if frame.verb is not None else frame.clause if frame.occurs else None
        if host is not None and host != noun:
            upper = self._clause(host, 1)
            negated = negated or upper.negated
            lemma = text.lemma[host].lower()
            if modality is None:
                modality = upper.modality
                if modality is Modality.ASSERTED and not frame.occurs:
                    if lemma in self.end_light:
                        negated, modality = True, Modality.ASSERTED
                    elif lemma in self.wish_light and lemma not in ("support",):
                        modality = Modality.HYPOTHETICAL
                    elif lemma in self.plan_light:
                        modality = Modality.FUTURE
            return Force(negated, modality, upper.purpose, upper.conditional, upper.cue)
        if modality is None:
            modality = self._around(frame)
            if modality is None and self._without(noun):
                return Force(True, Modality.ASSERTED)
        return Force(negated, modality or Modality.ASSERTED)

    def _without(self, noun: int) -> bool:
        head = self.text.head[noun]
        return self.text.dep[noun] == "pobj" and self.text.lower[head] == "without"

    def _around(self, frame: Frame) -> Modality | None:
        """What a noun that nothing carries stands under: "plans for talks", "could face an attack"."""
        text, noun = self.text, frame.trigger
        head, dep = text.head[noun], text.dep[noun]
        if dep == "pobj":
            prep, governor = text.lower[head], text.head[head]
            lemma = text.lemma[governor].lower()
            if text.pos[governor] in ("NOUN", "PROPN"):
                if prep in ("for", "of", "about", "on", "to"):
                    if lemma in (
                        "plan",
                        "preparation",
                        "schedule",
                        "proposal",
                        "date",
                        "announcement",
                        "eve",
                        "agenda",
                    ):
                        return Modality.FUTURE
                    if lemma in ("possibility", "prospect", "chance", "threat", "risk", "fear", "hope", "call", "demand", "likelihood", "idea",
                                 "request", "appeal", "attempt", "danger", "need", "condition", "push", "pressure", "support", "right", "spectre"):  # fmt: skip
                        return Modality.HYPOTHETICAL
                return None
            if text.pos[governor] in ("VERB", "AUX"):
                if lemma in ("plan", "prepare", "wait", "look") and prep in ("for", "to"):
                    return Modality.FUTURE
                if lemma in ("call", "push", "press", "ask", "hope", "wish", "appeal", "aim", "commit") and prep in (
                    "for",
                    "to",
                ):
                    return Modality.HYPOTHETICAL
                return self._weak(governor, noun)
            return None
        if dep in ("dobj", "nsubj", "nsubjpass", "attr") and text.pos[head] in ("VERB", "AUX"):
            return self._weak(head, noun)
        if dep == "conj" and text.pos[head] in ("NOUN", "PROPN"):
            return self._around(Frame(head, head))
        return None

    def _weak(self, verb: int, noun: int) -> Modality | None:
        """An indefinite noun under a verb that is not asserted is not asserted either."""
        text = self.text
        definite = any(
            (text.dep[c] == "det" and text.lower[c] in ("the", "this", "that", "these", "those"))
            or text.dep[c] == "poss"
            for c in text.children[noun]
        )
        if definite:
            return None
        upper = self._clause(verb, 1)
        lemma = text.lemma[verb].lower()
        if upper.modality is Modality.ASSERTED:
            if lemma in self.intent and lemma not in ("announce", "offer"):
                return Modality.FUTURE
            if lemma in self.wish:
                return Modality.HYPOTHETICAL
            return None
        return upper.modality
