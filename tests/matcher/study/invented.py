"""An invented list of companies, and what its people type for them; the truth is known.

The flaws are those that teachers, survey desks and trade registers complain of, each with a share
that was fixed before anything was matched:

| kind | share of answers | example |
|---|---|---|
| code as it stands, name left out | 36 % | K017 |
| code in small letters, with spaces, hyphens or dots | 18 % | k 017, k-017 |
| O for 0, l or I for 1 | 4 % | KO17 |
| zeros in front dropped or added | 4 % | K17 |
| code and name both | 12 % | K017 / Bakkerij Jansen |
| name with another case, spaces or signs | 10 % | BAKKERIJ  JANSEN |
| legal form, article or family left out, or written otherwise, or wrong | 9 % | Jansen VOF |
| wrong code beside the right name | 1.5 % | K071 / Bakkerij Jansen |
| one or two slips of the keyboard in the name | 1.5 % | Bakkreij Jansen |
| a word of the name only, or the first and the last | 1 % | Jansen |
| neither, or of no company of the list | 3 % | geen idee |

One company in 25 has the name of another but for its legal form or a place behind it, as families
do; three pairs have the very same name. Other names differ in a word.
"""

from __future__ import annotations

from dataclasses import dataclass

from matcher.study.lookup import Listed

TRADES = (
    *(
        "Bakkerij",
        "Bouwbedrijf",
        "Installatiebedrijf",
        "Hoveniersbedrijf",
        "Autobedrijf",
        "Slagerij",
    ),
    *("Schildersbedrijf", "Transportbedrijf", "Zorgboerderij", "Drukkerij", "Metaalbewerking"),
    *("Kapsalon", "Accountants", "Timmerfabriek", "Tandartspraktijk", "Café", "Loonbedrijf"),
)
FAMILIES = (
    *(
        "Jansen",
        "de Vries",
        "van der Berg",
        "Bakker",
        "Visser",
        "Smit",
        "Meijer",
        "de Boer",
        "Mulder",
    ),
    *("Bos", "Vos", "Peters", "Hendriks", "van Dijk", "Dijkstra", "Hoekstra", "Postma", "Wiersma"),
    *("Veenstra", "Huizinga", "Boersma", "Zijlstra", "Kuipers", "Oosterhuis", "Drenth", "Nijboer"),
    *("Schuringa", "Bolt", "Börger", "van 't Hof", "Kloosterman", "Ter Veer", "Wolthuis", "Kramer"),
)
FIRST = ("Noord", "Wadden", "Tegel", "Hunze", "Eems", "Drent", "Groen", "Stads", "Aduar", "Peel")
LAST = ("licht", "werk", "plus", "wiel", "delta", "hout", "diep", "staal", "media", "techniek")
MADE_UP = tuple(first + last for first in FIRST for last in LAST)
PLACES = ("Assen", "Emmen", "Leeuwarden", "Drachten", "Groningen", "Hoogeveen", "Veendam", "Sneek")
FORMS = ("B.V.", "V.O.F.", "Holding B.V.", "", "", "N.V.", "& Zn.", "B.V.")


@dataclass(frozen=True)
class Answers:
    codes: list[str]
    names: list[str]
    truth: list[str | None]
    kinds: list[str]


def list_of_companies(rng, n=400):
    """Return n companies, each with a code of a letter and three digits and a name."""
    names: list[str] = []
    taken: set[str] = set()
    while len(names) < n:
        if rng.random() < 0.04 and names:
            bare = _bare(names[rng.integers(len(names))])
            names.append(f"{bare} {rng.choice(['Holding B.V.', 'V.O.F.', *PLACES])}")
            continue
        place = f" {rng.choice(PLACES)}" if rng.random() < 0.5 else ""
        if rng.random() < 0.85:
            trade, who = f"{rng.choice(TRADES)} ", rng.choice(FAMILIES)
        else:
            trade, who = "", rng.choice(MADE_UP)
        if f"{trade}{who}" not in taken:
            taken.add(f"{trade}{who}")
            article = "De " if trade and rng.random() < 0.05 else ""
            names.append(f"{article}{trade}{who}{place} {rng.choice(FORMS)}".strip())
    for _ in range(3):
        one, other = rng.choice(n, 2, replace=False)
        names[one] = names[other]
    letters = rng.choice(list("BDKMNPT"), n)
    codes = [f"{letter}{number:03}" for number, letter in enumerate(letters, start=1)]
    return [
        Listed(code, code, (name,), (f"{rng.integers(10**7, 10**8)}",), row)
        for row, (code, name) in enumerate(zip(codes, names, strict=True), start=2)
    ]


def answers(rng, companies, n=6000):
    """Return what n people type, about as many of each company."""
    kinds, shares = zip(*SHARES.items(), strict=True)
    of = rng.integers(len(companies), size=n)
    kind = rng.choice(len(kinds), n, p=list(shares))
    typed = [_typed(rng, kinds[k], companies[c], companies) for k, c in zip(kind, of, strict=True)]
    codes, names, none = map(list, zip(*typed, strict=True))
    truth = [None if no else companies[c].key for no, c in zip(none, of, strict=True)]
    return Answers(codes, names, truth, [kinds[k] for k in kind])


SHARES = {
    "code": 0.36,
    "code marks": 0.18,
    "code mixed": 0.04,
    "code zeros": 0.04,
    "both": 0.12,
    "name marks": 0.1,
    "name form": 0.09,
    "wrong code": 0.015,
    "slips": 0.015,
    "part": 0.01,
    "none": 0.03,
}


def _typed(rng, kind, company, companies):
    code, name = company.code, company.names[0]
    match kind:
        case "code":
            return code, "", False
        case "code marks":
            between = rng.choice([" ", "-", ".", "- ", "_"])
            return rng.choice([code.lower(), code[0] + between + code[1:], f" {code} "]), "", False
        case "code mixed":
            mixed = (
                code.replace("0", "O") if "0" in code else code.replace("1", rng.choice(["l", "I"]))
            )
            return mixed, "", False
        case "code zeros":
            return rng.choice([code[0] + code[1:].lstrip("0"), code[0] + "0" + code[1:]]), "", False
        case "name marks":
            return "", _marked(rng, name), False
        case "name form":
            return "", _reformed(rng, name), False
        case "both":
            return code, _reformed(rng, _marked(rng, name)), False
        case "wrong code":
            digits = list(code[1:])
            a, b = rng.choice(3, 2, replace=False)
            digits[a], digits[b] = digits[b], digits[a]
            return code[0] + "".join(digits), name, False
        case "slips":
            return "", _slipped(rng, name), False
        case "part":
            words = name.split()
            return "", rng.choice([words[min(1, len(words) - 1)], f"{words[0]} {words[-1]}"]), False
        case _:
            other = rng.choice(["geen idee", "mijn werk", "Gemeente Westerkwartier", "x", "Q999"])
            return (other, "", True) if other == "Q999" else ("", other, True)


def _marked(rng, name):
    return rng.choice(
        [
            name.upper(),
            name.lower(),
            name.replace(" ", "  "),
            name.replace(".", ""),
            name.replace("&", "en"),
            name.replace("é", "e").replace("ö", "o"),
            f" {name}.",
            name.replace("van der", "v.d."),
        ]
    )


def _reformed(rng, name):
    bare = _bare(name)
    return rng.choice(
        [
            bare,
            f"{bare} BV",
            f"{bare} b.v.",
            bare.removeprefix("De "),
            name.replace("& Zn.", "en Zonen"),
            f"{bare}, V.O.F.",
        ]
    )


def _bare(name):
    for form in (" Holding B.V.", " B.V.", " V.O.F.", " N.V.", " & Zn."):
        name = name.removesuffix(form)
    return name


def _slipped(rng, name):
    letters = list(name)
    for _ in range(int(rng.integers(1, 3))):
        at = int(rng.integers(1, len(letters) - 1))
        match rng.integers(3):
            case 0:
                letters[at], letters[at - 1] = letters[at - 1], letters[at]
            case 1:
                del letters[at]
            case _:
                letters.insert(at, letters[at])
    return "".join(letters)
