"""Numbers as people type them, and what each means where a count, an amount or a score is asked.

One table for every door: files of trials, profiles, plans, pages, settings and the API.
"""

THOUSANDS, NO_NUMBER, NOT_WHOLE = "thousands", "not_a_number", "not_whole"
SMALL, LARGE = "too_small", "too_large"

Meaning = float | str

TYPED: dict[str, tuple[str, Meaning, Meaning, Meaning]] = {
    # what was typed, and what it is as a count, as an amount (hours, euros) and as a score to 6
    "a thousand and some in Dutch": ("1.850", THOUSANDS, THOUSANDS, 1.85),
    "a thousand and some in English": ("1,850", THOUSANDS, THOUSANDS, 1.85),
    "hours with three decimals": ("1.250", THOUSANDS, THOUSANDS, 1.25),
    "a thousand in Dutch": ("1.000", THOUSANDS, THOUSANDS, 1),
    "a thousand in English": ("1,000", THOUSANDS, THOUSANDS, 1),
    "twelve thousand": ("12.000", THOUSANDS, THOUSANDS, LARGE),
    "a hundred thousand": ("100,000", THOUSANDS, THOUSANDS, LARGE),
    "with a sign": ("-1.850", THOUSANDS, THOUSANDS, SMALL),
    "a space": ("1 850", 1850, 1850, LARGE),
    "a hard space": ("1\u00a0850", 1850, 1850, LARGE),
    "a thin space": ("1\u2009850", 1850, 1850, LARGE),
    "a narrow hard space": ("1\u202f850", 1850, 1850, LARGE),
    "an apostrophe": ("1'850", 1850, 1850, LARGE),
    "cents in Dutch": ("1.850,50", NOT_WHOLE, 1850.5, LARGE),
    "cents in English": ("1,850.50", NOT_WHOLE, 1850.5, LARGE),
    "cents after a space": ("1 850,50", NOT_WHOLE, 1850.5, LARGE),
    "no cents in Dutch": ("1.850,00", 1850, 1850, LARGE),
    "two groups in Dutch": ("1.250.000", LARGE, 1250000, LARGE),
    "two groups in English": ("1,250,000", LARGE, 1250000, LARGE),
    "three decimals under one": ("0,125", NOT_WHOLE, 0.125, SMALL),
    "four decimals": ("1,8500", NOT_WHOLE, 1.85, 1.85),
    "two decimals": ("1.85", NOT_WHOLE, 1.85, 1.85),
    "a whole number with decimals": ("38,0", 38, 38, LARGE),
    "more of them": ("3.00", 3, 3, 3),
    "no mark": ("1850", 1850, 1850, LARGE),
    "spaces around": (" 4 ", 4, 4, 4),
    "a plus": ("+4", 4, 4, 4),
    "below nothing": ("-4", SMALL, SMALL, SMALL),
    "groups of two": ("1.25.000", NO_NUMBER, NO_NUMBER, NO_NUMBER),
    "mixed marks": ("1,250.000.000", NO_NUMBER, NO_NUMBER, NO_NUMBER),
    "a group of four": ("1 8500", NO_NUMBER, NO_NUMBER, NO_NUMBER),
    "a power of ten": ("1e3", NO_NUMBER, NO_NUMBER, NO_NUMBER),
    "as Python writes it": ("1_000", NO_NUMBER, NO_NUMBER, NO_NUMBER),
    "as C writes it": ("0x10", NO_NUMBER, NO_NUMBER, NO_NUMBER),
    "not a number": ("-nan", NO_NUMBER, NO_NUMBER, NO_NUMBER),
    "infinite": ("inf", NO_NUMBER, NO_NUMBER, NO_NUMBER),
    "infinite at length": ("-Infinity", NO_NUMBER, NO_NUMBER, NO_NUMBER),
    "Arabic digits": ("\u0661\u0662", NO_NUMBER, NO_NUMBER, NO_NUMBER),
    "wide digits": ("\uff11\uff12", NO_NUMBER, NO_NUMBER, NO_NUMBER),
    "a raised digit": ("\u00b2", NO_NUMBER, NO_NUMBER, NO_NUMBER),
    "a unit": ("4 uur", NO_NUMBER, NO_NUMBER, NO_NUMBER),
    "a euro sign": ("\u20ac 1850", NO_NUMBER, NO_NUMBER, NO_NUMBER),
    "5000 digits": ("9" * 5000, NO_NUMBER, NO_NUMBER, NO_NUMBER),
    "500 groups": ("1" + ".000" * 500, NO_NUMBER, NO_NUMBER, NO_NUMBER),
}
COUNTS = {name: (text, meaning) for name, (text, meaning, _, _) in TYPED.items()}
AMOUNTS = {name: (text, meaning) for name, (text, _, meaning, _) in TYPED.items()}
SCORES = {name: (text, meaning) for name, (text, _, _, meaning) in TYPED.items()}

DAYS: dict[str, tuple[str, str | None]] = {
    "ISO 8601": ("2023-03-06", "2023-03-06"),
    "Dutch": ("06-03-2023", "2023-03-06"),
    "one digit": ("6-3-2023", "2023-03-06"),
    "slashes": ("06/03/2023", "2023-03-06"),
    "with a time": ("2023-03-06 14:05", "2023-03-06"),
    "29 February": ("29-02-2024", "2024-02-29"),
    "no such day": ("29-02-2023", None),
    "month first": ("03-16-2023", None),
    "absurd": ("06-03-0223", None),
    "points": ("6.3.2023", "2023-03-06"),
    "a year of two digits": ("06-03-23", "2023-03-06"),
    "a month by name": ("6 maart 2023", "2023-03-06"),
    "as Excel shows it": ("6-mrt-23", "2023-03-06"),
    "as American Excel does": ("6-Mar-23", "2023-03-06"),
    "abbreviated": ("6 mrt. 2023", "2023-03-06"),
    "the last century": ("06-03-98", None),
    "no such month": ("6-mrd-23", None),
    "words": ("gisteren", None),
    "Arabic digits": ("\u0662\u0660\u0662\u0663-03-06", None),
}
YES_NO: dict[str, tuple[str, bool | str | None]] = {
    "ja": ("Ja", True),
    "yes": ("yes", True),
    "one": ("1", True),
    "nee": ("NEE", False),
    "onwaar": ("onwaar", False),
    "unknown": ("weet niet", None),
    "perhaps": ("misschien", "not_a_boolean"),
}

MONTHS: dict[str, tuple[str, str, str]] = {
    # what was typed, and the first and the last day that it can stand for
    "Dutch": ("maart 2023", "2023-03-01", "2023-03-31"),
    "as Excel shows it": ("mrt-23", "2023-03-01", "2023-03-31"),
    "English": ("February 2024", "2024-02-01", "2024-02-29"),
    "year first": ("2023-12", "2023-12-01", "2023-12-31"),
    "year last": ("6/2023", "2023-06-01", "2023-06-30"),
}
BLANKS = ("NA", "n/a", "N/A", "NaN", "n.v.t.", "N.V.T", "#N/B", "niet van toepassing", "null", ".")
"""What R, pandas, SPSS and survey tools write where nothing is known; in files only."""


def within(meaning: Meaning, most: float) -> Meaning:
    """Return what a text means where at most so much may be."""
    return LARGE if not isinstance(meaning, str) and meaning > most else meaning


def meaning_of(code: str) -> str:
    """Return the code of a fault as the table has it, whatever door it was told at."""
    meant = code.removeprefix("table_")
    return {"not_yes_no": "not_a_boolean"}.get(meant, meant)
