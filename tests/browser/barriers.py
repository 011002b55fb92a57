"""What a machine can find wrong with a page for people who see, hear or move otherwise."""

from axe_playwright_python.sync_playwright import Axe

LEVELS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
"""WCAG 2.0 to 2.2, A and AA."""
PRACTICES = (*LEVELS, "best-practice")
"""The same, and what axe-core advises beyond it."""
COLOURS = ("color-contrast", "link-in-text-block")
"""Rules whose answer hangs on the colours of what is written and of what is behind it."""
AXE = Axe().axe_script
# What is right is not sent: on the answer that takes as long as finding what is wrong.
VIOLATIONS = "(options) => axe.run(options).then((found) => found.violations)"
# Of one kind is what has the same classes, letters, colours and grounds all the way up the page.
COLOURED = """async ([options, theme, seen]) => {
    const kinds = new Map(), fresh = new Map();
    const digest = (text) => {
        let high = 0xdeadbeef, low = 0x41c6ce57;
        for (let at = 0; at < text.length; at++) {
            high = Math.imul(high ^ text.charCodeAt(at), 2654435761);
            low = Math.imul(low ^ text.charCodeAt(at), 1597334677);
        }
        return `${high >>> 0}-${low >>> 0}`;
    };
    const kind = (each) => {
        if (!each) return theme;
        if (!kinds.has(each)) {
            const style = getComputedStyle(each);
            kinds.set(each, digest([kind(each.parentElement), each.tagName,
                each.getAttribute("class"), style.color, style.backgroundColor,
                style.backgroundImage, style.opacity, style.textShadow, style.fontSize,
                style.fontWeight, style.textDecorationLine, style.position].join()));
        }
        return kinds.get(each);
    };
    const written = (each) => each.matches("input, select, textarea") ||
        [...each.childNodes].some((part) => part.nodeType === 3 && part.data.trim());
    for (const each of document.body.querySelectorAll("*"))
        if (written(each) && each.checkVisibility() && !seen.includes(kind(each)))
            fresh.has(kind(each)) || fresh.set(kind(each), each);
    if (!fresh.size) return [[], []];
    const found = await axe.run({include: [...fresh.values()]}, options);
    return [found.violations, [...fresh.keys()]];
}"""
WIDTHS = (390, 820, 1280)
"""A phone, a tablet and a desk."""
SCHEMES = dict(zip(WIDTHS, ("light", "light", "dark"), strict=True))

_seen: set[str] = set()
"""Kinds of what is written whose colours are no barrier."""


def _told(violations):
    return [
        (each["id"], node["html"][:120], node["failureSummary"])
        for each in violations
        for node in each["nodes"]
    ]


def _prepared(page, kind, values):
    """Load axe-core; return what it is asked."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    return {
        "runOnly": {"type": kind, "values": values},
        "resultTypes": ["violations"],
        "preload": False,  # for a rule that none of the levels has
    }


def barriers(page, levels=LEVELS, rules=(), but=()):
    """Return what axe-core finds against the levels but some rules, or against some rules alone."""
    options = _prepared(page, *(("rule", rules) if rules else ("tag", levels)))
    options["rules"] = {rule: {"enabled": False} for rule in but}
    return _told(page.evaluate(VIOLATIONS, options))


def pale(page, theme):
    """Return what axe-core finds against the colours of a theme, in one of each kind not yet seen.

    That takes it longer than all other rules, and most of a page is as it was on another page.
    """
    options = _prepared(page, "rule", COLOURS)
    violations, kinds = page.evaluate(COLOURED, [options, theme, sorted(_seen)])
    if not violations:
        _seen.update(kinds)
    return _told(violations)


def looks(person, name, shoot, levels=LEVELS):
    """Keep a picture of a page at each width; let nothing stick out, nor be a barrier.

    The page is loaded once: that a window is another size or a device is dark changes how a page is
    laid out and coloured, not what is in it.
    """
    page = person.page
    for width, scheme in SCHEMES.items():
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 900})
        assert person.overflow() <= 0, (name, width)
        shoot(page, f"{name}-{width}-{scheme}")
        if width == 390:
            assert barriers(page, levels, but=COLOURS) == [], name
        if width == 1280:
            assert barriers(page, rules=["target-size"]) == [], name
        if width != 820:
            assert pale(page, scheme) == [], (name, scheme)


SMALL = """[...document.querySelectorAll(
        "a, button, input, select, summary, label.need, label.choice")]
    .filter((each) => each.offsetParent && !each.closest("p, .skip") && each.type !== "radio"
        && each.type !== "checkbox")
    .map((each) => [each.getBoundingClientRect(), each])
    .filter(([box]) => box.width > 0 && box.height > 0 && box.height < 44)
    .map(([box, each]) => `${each.outerHTML.slice(0, 80)} is ${box.height} high`)"""


def small(page):
    """Return what is touched and is lower than a finger is wide, on a phone."""
    page.set_viewport_size({"width": 390, "height": 900})
    return page.evaluate(SMALL)


def reflows(person, name, widths=(1280,)):
    """Let nothing stick out at 320 pixels, nor at some widths with text twice as large."""
    page = person.page
    page.set_viewport_size({"width": 320, "height": 900})
    assert person.overflow() <= 0, (name, 320)
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    for width in widths:
        page.set_viewport_size({"width": width, "height": 900})
        assert person.overflow() <= 0, (name, width, "large text")
    page.evaluate("document.documentElement.style.fontSize = ''")
