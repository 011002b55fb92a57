"""Two complete languages, plain Dutch, and markup that keeps the content security policy."""

import re
from gettext import GNUTranslations
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from werkzeug.datastructures import MultiDict

from service.live.current import current_engine
from service.pages.shared.language import TRANSLATIONS
from tests.plain_dutch import AVOIDED

SERVICE = Path(__file__).parents[3] / "service"
ENGLISH = TRANSLATIONS / "en" / "LC_MESSAGES"
METHODS = [("pages/**.py", "python"), ("templates/**.html", "jinja2")]
KEYWORDS = {"_": None, "_l": None, "gettext": None, "ngettext": (1, 2), "lazy_gettext": None}
RESEARCH = (
    "/onderzoek",
    "/onderzoek/bestanden",
    "/onderzoek/trainen",
    "/onderzoek/feiten",
    "/onderzoek/feiten/praktijkleren-bbl",
)
COMPANY = {
    "needs": ["inwerken", "digitaal"],
    "employees": "38",
    "sector": "2025-F",
    "staffing_pressure": "zeer_krap",
    "province": "drenthe",
    "max_hours_per_participant": "16",
}


@pytest.fixture(scope="module")
def client(make_app, models):
    client = make_app(models).test_client()
    client.post("/advies", data=MultiDict(COMPANY))
    return client


@pytest.fixture(scope="module")
def addresses(client):
    with client.application.app_context():
        cards = [f"/menukaart/{card.id}" for card in current_engine().menu]
        why = [f"/advies/{card.id}" for card in current_engine().menu]
    told = ["/", "/advies", "/vergelijk", "/blad", "/menukaart", "/over", "/bestaat-niet"]
    return [*told, *RESEARCH, *cards, *why[::5]]


def in_source():
    """Return every sentence the pages ask for: a text, or one and many."""
    return {
        message
        for _, _, message, _, _ in extract_from_dir(
            SERVICE, [(m, p) for m, p in METHODS], {}, KEYWORDS
        )
    }


def catalogue():
    with (ENGLISH / "messages.po").open("rb") as file:
        return read_po(file, locale="en")


def test_every_sentence_has_an_english_twin_and_no_twin_is_left_over():
    translated = {message.id for message in catalogue() if message.id}
    assert in_source() == translated
    assert [m.id for m in catalogue() if m.id and (m.fuzzy or not all(_strings(m)))] == []


def _strings(message):
    return message.string if isinstance(message.string, tuple) else (message.string,)


def test_a_translation_fills_in_the_same_values():
    for message in catalogue():
        ids = message.id if isinstance(message.id, tuple) else (message.id,)
        wanted = set(re.findall(r"%\((\w+)\)s", " ".join(ids)))
        found = set(re.findall(r"%\((\w+)\)s", " ".join(_strings(message))))
        assert found == wanted, message.id


def test_the_compiled_catalogue_is_that_of_the_source():
    with (ENGLISH / "messages.mo").open("rb") as file:
        compiled = GNUTranslations(file)
    for message in catalogue():
        if isinstance(message.id, tuple):
            told = tuple(compiled.ngettext(*message.id, number) for number in (1, 2))
            assert told == message.string
        elif message.id:
            assert compiled.gettext(message.id) == message.string


class Reader(HTMLParser):
    """Collects what a person reads, and what a content security policy would refuse."""

    def __init__(self):
        super().__init__()
        self.words, self.refused, self.inside = [], [], []

    def handle_starttag(self, tag, attrs):
        names = dict(attrs)
        self.inside.append(tag)
        if "style" in names or any(name.startswith("on") for name in names):
            self.refused.append((tag, attrs))
        if tag == "style" or (tag == "script" and "src" not in names):
            self.refused.append((tag, attrs))
        # A page asks nothing of another host: where a fact comes from is a link to follow.
        followed = tag == "a" and names.get("rel") == "noopener noreferrer"
        if followed and names["href"].startswith("https://"):
            return
        for name in ("src", "href", "action"):
            if (names.get(name) or "/").startswith(
                ("http:", "https:", "//", "data:", "javascript:")
            ):
                self.refused.append((tag, attrs))

    def handle_data(self, data):
        self.words.append(data)


def read(page):
    reader = Reader()
    reader.feed(page)
    return reader


def test_no_page_uses_a_word_of_policy(client, addresses):
    for address in addresses:
        words = " ".join(read(client.get(f"{address}?taal=nl").text).words).casefold()
        found = [word for word in AVOIDED if re.search(word, words)]
        assert not found, (address, found)


def test_dutch_sentences_of_the_pages_are_short():
    """At most 15 words on average and 26 in one: the measure of domain section 6."""
    texts = [m if isinstance(m, str) else m[-1] for m in in_source()]
    sentences = [s for text in texts for s in re.split(r"(?<=[.?!:;]) ", text) if s.endswith(".")]
    lengths = [len(sentence.split()) for sentence in sentences]
    assert max(lengths) <= 26
    assert sum(lengths) / len(lengths) <= 12


@pytest.mark.parametrize("language", ["nl", "en"])
def test_no_page_needs_inline_code_or_another_host(client, addresses, language):
    for address in addresses:
        assert read(client.get(f"{address}?taal={language}").text).refused == []


@pytest.mark.parametrize("language", ["nl", "en"])
def test_no_page_leaves_a_value_unfilled(client, addresses, language):
    for address in addresses:
        words = " ".join(read(client.get(f"{address}?taal={language}").text).words)
        assert not re.search(r"%\(|\bNone\b(?! of these)|\{\{|\bnan\b", words), address


def test_english_pages_have_no_dutch_sentence_left(client, addresses):
    dutch = {m for m in in_source() if isinstance(m, str) and len(m) > 12 and "%" not in m}
    same = {m.id for m in catalogue() if m.id == m.string}
    for address in addresses:
        words = read(client.get(f"{address}?taal=en").text).words
        assert not {word.strip() for word in words} & (dutch - same), address


def test_names_of_ids_stand_once_on_a_page(client, addresses):
    for address in addresses:
        ids = re.findall(r'\sid="([^"]+)"', client.get(address).text)
        assert len(ids) == len(set(ids)), address


def test_what_describes_a_field_exists(client):
    page = client.post("/advies", data={}).text
    ids = set(re.findall(r'\sid="([^"]+)"', page))
    for described in re.findall(r'aria-describedby="([^"]+)"', page):
        assert set(described.split()) <= ids
    for target in re.findall(r'href="#([^"]+)"', page):
        assert target in ids


def tokens(css, dark):
    start = css.index("@media (prefers-color-scheme: dark)") if dark else 0
    block = css[css.index(":root", start) : css.index("}", css.index(":root", start))]
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block))


def luminance(colour):
    """Return the relative luminance of WCAG 2: linear light, weighted."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


TEXT = [
    ("ink", ("paper", "sheet", "heather-tint", "care-tint", "good-tint", "sand")),
    ("ink-soft", ("paper", "sheet", "heather-tint", "sand")),
    ("heather", ("paper", "sheet", "heather-tint")),
    ("on-heather", ("heather", "heather-deep")),
    ("care", ("care-tint", "paper")),
    ("wrong", ("wrong-tint", "paper")),
]
SHAPES = [
    ("edge", ("paper", "sheet")),
    ("heather", ("bar-ground", "sheet")),
    ("good", ("good-tint",)),
    ("care", ("care-tint",)),
]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_colours_differ_enough_to_be_read(dark):
    """WCAG 2.2 AA: 4.5 to 1 for text, 3 to 1 for what is drawn."""
    colours = tokens((SERVICE / "static" / "leermatch.css").read_text(), dark)
    for pairs, least in ((TEXT, 4.5), (SHAPES, 3.0)):
        for front, backs in pairs:
            for back in backs:
                assert contrast(colours[front], colours[back]) >= least, (front, back)


def test_the_first_load_is_light(client):
    """Under 100 kB, even before anything compresses it."""
    page = client.get("/").text
    addresses = set(re.findall(r'(?:href|src)="(/static/[^"#]+)', page))
    size = len(page.encode())
    for address in addresses:
        with client.get(address) as response:
            size += len(response.data)
    assert size < 100_000


def test_the_scripts_are_small():
    """Under 240 lines in all: comfort, no more. The widget's are for pages of others."""
    scripts = [s for s in (SERVICE / "static").glob("*.js") if not s.name.startswith("widget")]
    assert sum(len(script.read_text().splitlines()) for script in scripts) < 240
