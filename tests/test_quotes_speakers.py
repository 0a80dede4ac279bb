"""Speakers as wire reports call them: by trade, age, country, epithet, acronym, branch, sort of body or bare noun."""

from __future__ import annotations

import pytest

from pipeline.extract.actors import find_mentions
from pipeline.extract.quotes import find_quotes
from pipeline.records import Field, ResolvedQuote, SpeakerKind
from pipeline.resolve.actors import resolve_actors
from pipeline.resolve.quotes import resolve_quotes
from pipeline.rules.actors import ActorRules, load_actors
from pipeline.rules.quotes import load_quotes
from pipeline.rules.source import layers
from tests.conftest import Parse

RULES = load_quotes(layers())
ACTORS = load_actors(layers())


def speakers(parse: Parse, passage: str, actors: ActorRules = ACTORS) -> list[ResolvedQuote]:
    article = parse(passage)
    text = article.text(Field.BODY)
    cast = resolve_actors(article, find_mentions(text, actors), None, actors)
    return resolve_quotes(article, find_quotes(text, RULES), cast, (), RULES)


PERSONS = [
    # by age, told or not
    ("Tomas Hale defended the cut. “We are broke,” the 44-year-old said.", ["Tomas Hale"]),
    ("Omar Diallo, 23, beat Jon Falk, 31. The 23-year-old said he had slept badly.", ["Omar Diallo"]),
    (
        "Mayor Sorin Dinu sent for hunters. The 47-year-old former forester said he had asked for traps."
        " Ion Rusu keeps sheep.",
        ["Sorin Dinu"],
    ),
    # by another noun for what they do
    ("Dr Amina Yusuf has treated 40 children. The paediatrician said most had drunk from the well.", ["Amina Yusuf"]),
    ("The Reverend Moses Tan preached at the graveside. The pastor said forgiveness was hard.", ["Moses Tan"]),
    ("Novelist Karin Holm won the prize. The author said she would give the money away.", ["Karin Holm"]),
    ("The head of the hospital, Clara Voss, resigned. “It was my mistake,” the director said.", ["Clara Voss"]),
    ("A baker in Tarn, Louise Petit, found the letter. “I read it twice,” the baker said.", ["Louise Petit"]),
    (
        "Former president Ana Duarte was questioned on Monday. The ex-president told reporters she would return.",
        ["Ana Duarte"],
    ),
    # by country
    (
        "Foreign Minister Aino Laine met her Latvian counterpart, Janis Ozols. The Latvian said nothing was signed.",
        ["Janis Ozols"],
    ),
    # by an epithet, and the other of two
    ("The trial of Bruno Falk opened on Monday. The defendant said he had never met the victim.", ["Bruno Falk"]),
    ("Louise Petit found the letter. The mother of three said she wept.", ["Louise Petit"]),
    (
        "Jorge Leal beat Maria Sanz in the runoff. The winner said he would govern for all.",
        ["Jorge Leal"],
    ),
    ("Jorge Leal met Maria Sanz. Leal said he would win. His rival said she would.", ["Jorge Leal", "Maria Sanz"]),
    # a first name that looks like a body's
    ("Marko Ilic and his brother Stefan run the mill. Marko said the flood took the wheel.", ["Marko Ilic"]),
    # by what they were
    (
        "Lars Nyberg met both sides. The veteran Swedish diplomat said they had agreed to swap prisoners.",
        ["Lars Nyberg"],
    ),
    # nor is a first name a role
    ("“It is late,” said Dean Falk, a miller. Falk said he was tired.", ["Dean Falk", "Dean Falk"]),
    # another one is nobody told of
    (
        "“I saw smoke,” said a neighbour, Gita Rao. Another neighbour said he had heard shouting."
        " Ms Rao said the family was quiet.",
        ["Gita Rao", "neighbour", "Gita Rao"],
    ),
]
BODIES = [
    # two spellings, an acronym, the last word of a name
    ("The World Food Program said it would send grain.", ["World Food Programme"]),
    (
        "The Velland Labour Federation called a strike. The Velland Labor Federation said it was an insult.",
        ["Velland Labour Federation"],
    ),
    (
        "The Federation of Tarn Miners (MBK) struck on Monday. MBK said 4,000 men were out.",
        ["Federation of Tarn Miners"],
    ),
    # a club and a utility that look like persons
    (
        "Northgate Rovers sacked their manager on Monday. The club said it had acted with regret.",
        ["Northgate Rovers"],
    ),
    # by where it is
    (
        "The Red Cross said aid was stuck. The Geneva-based body said 60 trucks were waiting.",
        ["Red Cross", "Red Cross"],
    ),
    # a branch goes by the body's name and the country's
    ("According to Greenpeace's Polish branch, the well was foul.", ["Greenpeace Poland"]),
    (
        "Greenpeace Norway said the rig leaked. Statfjord Energy denied it. The firm said no oil was lost.",
        ["Greenpeace Norway", "Statfjord Energy"],
    ),
    # by its sort, and no other sort
    (
        "Halden Motors will close its plant in Brevik. The carmaker said demand had fallen."
        " The union Metall said 900 jobs would go.",
        ["Halden Motors", "Metall"],
    ),
    (
        "The chairman of Norvik Steel, Hans Voll, stepped down. The company said he would be paid until June.",
        ["Norvik Steel"],
    ),
    ("The mine's owner, Zelna Coal, suspended work. The firm said an alarm had failed.", ["Zelna Coal"]),
    (
        "Greens met in Tarn. The builder, Kamil Wrona, was away. His firm said it had done nothing.",
        ["Kamil Wrona's firm"],
    ),
    ("Judge Ines Roth was ill. Her office said she would return.", ["Ines Roth's office"]),
]
GROUPS = [
    (
        "Residents of Lower Marn blocked the road after a third landslide. Villagers said the mayor had lied.",
        ["Residents of Lower Marn"],
    ),
    (
        "Striking bus drivers in Leova went back to work. Drivers said the rosters were better.",
        ["Striking bus drivers in Leova"],
    ),
    (
        "Eight climbers were led down from Mount Sela on Friday. The group said its guide had turned back.",
        ["Eight climbers"],
    ),
    # people counted aboard are not the people of a place
    ("A ferry with 60 people sank off Sela. Islanders said it was old.", ["Islanders"]),
    ("Three families live there. Teachers, parents and pupils met. Parents said the council had lied.", ["parents"]),
]


@pytest.mark.parametrize(("passage", "expected"), [*PERSONS, *BODIES, *GROUPS])
def test_speakers_as_reports_call_them(parse: Parse, passage: str, expected: list[str]) -> None:
    assert [quote.speaker_name for quote in speakers(parse, passage)] == expected


@pytest.mark.parametrize(
    ("passage", "kind"),
    [
        ("The carrier's chief executive, Tor Vik, said he was sorry.", SpeakerKind.PERSON),
        ("Johnson Matthews, the law firm, said its client was innocent.", SpeakerKind.ORGANISATION),
        ("The drugmaker withdrew it. The regulator said two patients had died.", SpeakerKind.GOVERNMENT),
        ("A winner was drawn. The winner said it was a dream.", SpeakerKind.PERSON),
        ("The rights group said 40 men were held.", SpeakerKind.ORGANISATION),
        ("The palace said the prince was well.", SpeakerKind.ORGANISATION),
        ("Brewers rose. Some came to the fair. One said he would move.", SpeakerKind.PERSON),
        ("When I ask her what she reads, she shrugs.", SpeakerKind.PERSON),
    ],
)
def test_kinds_of_speakers(parse: Parse, passage: str, kind: SpeakerKind) -> None:
    assert speakers(parse, passage)[-1].speaker_kind is kind


def test_whoever_writes_is_nobody_of_the_cast(parse: Parse) -> None:
    quotes = speakers(parse, "Peter Olsen ran for mayor. When I ask him what he wants, he laughs.")
    assert [(quote.speaker, quote.speaker_name) for quote in quotes] == [(None, "I")]
