"""The Dutch that people read is plain, and the measure of that does what it says."""

import pytest

from tests.plain_dutch import (
    EASIEST_ENOUGH,
    LONGEST_ON_AVERAGE,
    average,
    faults,
    kinds,
    read_aloud,
    reading_ease,
    sentences,
    syllables,
)


@pytest.mark.parametrize("kind", kinds())
def test_every_text_that_people_read_is_plain(kind):
    texts, longest = kinds()[kind]
    spoken = read_aloud(texts)
    assert len(spoken) > 25
    assert list(faults(texts, longest)) == []
    assert average(spoken) <= LONGEST_ON_AVERAGE
    assert reading_ease(" ".join(spoken.values())) >= EASIEST_ENOUGH


SYLLABLES = {"werk": 1, "mensen": 2, "aanpak": 2, "bedrijf": 2, "leeuw": 1, "ondernemer": 4}


@pytest.mark.parametrize(("word", "many"), SYLLABLES.items(), ids=str)
def test_syllables_are_counted_by_their_vowels(word, many):
    assert syllables(word) == many


def test_reading_ease_by_hand():
    """Two sentences, seven words, ten syllables: 206.84 - .93 x 7 / 2 - 77 x 10 / 7 = 93.58."""
    text = "U kiest een aanpak. Morgen begint u."
    assert sentences(text) == ["U kiest een aanpak.", "Morgen begint u."]
    assert reading_ease(text) == pytest.approx(93.585, abs=0.01)


NOT_PLAIN = {
    "a word of policy": ("Deze interventie past bij u.", "uses 'interventie'"),
    "a long sentence": ("dit is " * 11 + "lang.", "has 23 words"),
    "hard reading": (
        "Organisatieontwikkeling vereist implementatiebegeleiding. " * 20,
        "reads at",
    ),
}


@pytest.mark.parametrize(("text", "why"), NOT_PLAIN.values(), ids=NOT_PLAIN.keys())
def test_what_is_not_plain_is_named(text, why):
    assert any(fault.why.startswith(why) for fault in faults({"here": text}, 20))
