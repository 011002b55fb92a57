"""What a machine can find wrong with a page for people who see, hear or move otherwise."""

from axe_playwright_python.sync_playwright import Axe

LEVELS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
"""WCAG 2.0 to 2.2, A and AA."""
PRACTICES = (*LEVELS, "best-practice")
"""The same, and what axe-core advises beyond it."""
COLOURS = ("color-contrast", "link-in-text-block", "target-size")
"""Rules whose answer hangs on how a page is coloured and laid out, and not on what is in it."""
AXE = Axe().axe_script
# What is right is not sent: on the answer that takes as long as finding what is wrong.
VIOLATIONS = "(options) => axe.run(options).then((found) => found.violations)"
THEMES = ((390, "light", ()), (1280, "dark", COLOURS))
"""Where axe-core looks: at all in the narrow light page, at the colours in the wide dark one."""
WIDTHS = (390, 820, 1280)
"""A phone, a tablet and a desk."""


def barriers(page, levels=LEVELS, rules=(), but=()):
    """Return what axe-core finds against the levels but some rules, or against some rules alone."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    only = {"type": "rule", "values": rules} if rules else {"type": "tag", "values": levels}
    options = {
        "runOnly": only,
        "rules": {rule: {"enabled": False} for rule in but},
        "resultTypes": ["violations"],
        "preload": False,  # for a rule that none of the levels has
    }
    return [
        (each["id"], node["html"][:120], node["failureSummary"])
        for each in page.evaluate(VIOLATIONS, options)
        for node in each["nodes"]
    ]


def looks(person, name, shoot, levels=LEVELS, *, known=False):
    """Keep a picture of a page at each width; let nothing stick out, nor be a barrier.

    The page is loaded once: that a window is another size or a device is dark changes how a page is
    laid out and coloured, not what is in it. Where its parts are known from another state, so are
    their colours.
    """
    page = person.page
    themes = {width: (scheme, rules) for width, scheme, rules in THEMES[: 1 if known else None]}
    for width in WIDTHS:
        scheme, rules = themes.get(width, ("light", None))
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 900})
        assert person.overflow() <= 0, (name, width)
        shoot(page, f"{name}-{width}-{scheme}")
        if rules is not None:
            but = COLOURS[:2] if known else ()
            assert barriers(page, levels, rules, but) == [], (name, width, scheme)


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
