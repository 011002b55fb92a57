"""What a machine can find wrong with a page for people who see, hear or move otherwise."""

from axe_playwright_python.sync_playwright import Axe

LEVELS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
"""WCAG 2.0 to 2.2, A and AA."""
PRACTICES = (*LEVELS, "best-practice")
"""The same, and what axe-core advises beyond it."""
COLOURS = ("color-contrast", "link-in-text-block")
"""Rules whose answer hangs on the colours of what is written and of what is behind it."""
TARGET = "target-size"
AXE = Axe().axe_script
# What is right is not sent: on the answer that takes as long as finding what is wrong.
VIOLATIONS = "(options) => axe.run(options).then((found) => found.violations)"
# Of one kind is what has the same classes, letters, colours and grounds all the way up the page.
WRITTEN = """(theme, seen) => {
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
    return fresh;
}"""
# What axe-core says of a target hangs on its size and on those that are near: a circle of 24 around
# each. What is as large and meets no other is right by the words of the rule; of what is not, one
# is asked about of all that are alike, and stand among the same neighbours.
TOUCHED = """(seen) => {
    const LEAST = 24;
    const sort = (each) =>
        [each.tagName, each.getAttribute("class"), getComputedStyle(each).display];
    const touched = "a[href], button, input, select, textarea, [role]";
    const targets = [...document.body.querySelectorAll("*")]
        .filter((each) => each.tabIndex >= 0 || each.matches(`[tabindex]:is(${touched})`))
        .filter((each) => each.checkVisibility())
        .map((each) => [each, each.getBoundingClientRect()]);
    const meet = (one, other, apart) => one.left - apart < other.right &&
        other.left < one.right + apart && one.top - apart < other.bottom &&
        other.top < one.bottom + apart;
    const own = (part) => part.nodeType === 3 && part.data.trim();
    const fresh = new Map();
    for (const [each, box] of targets) {
        const near = targets.filter(([other, its]) => other !== each && meet(box, its, LEAST));
        if (box.width >= LEAST && box.height >= LEAST && !near.some(([, its]) => meet(box, its, 0)))
            continue;
        const kind = JSON.stringify([sort(each), box.width, box.height, sort(each.parentElement),
            [...each.parentElement.childNodes].some(own), near.map(([other, its]) => [sort(other),
                its.left - box.left, its.top - box.top, its.width, its.height].join())]);
        if (!seen.includes(kind) && !fresh.has(kind)) fresh.set(kind, each);
    }
    return fresh;
}"""
FRESH = f"""async ([options, theme, seen, rules]) => {{
    const fresh = [({WRITTEN})(theme, seen[0]), ({TOUCHED})(seen[1])];
    options.runOnly.values = rules.filter((_, i) => fresh[i].size).flat();
    const include = fresh.flatMap((kinds) => [...kinds.values()]);
    const violations = include.length ? (await axe.run({{include}}, options)).violations : [];
    return [violations, fresh.map((kinds) => [...kinds.keys()])];
}}"""
WIDTHS = (390, 820, 1280)
"""A phone, a tablet and a desk."""
STEPS = ((320, "light"), (390, "light"), (820, "light"), (1280, "dark"))
"""Sizes of a window and what the device shows there; the first is a desk enlarged four times."""
GROUNDS = {"light": "rgb(245, 241, 232)", "dark": "rgb(27, 23, 26)"}
GROUND = "getComputedStyle(document.body).backgroundColor"
LETTERS = "(size) => { document.documentElement.style.fontSize = size; }"

_seen: tuple[set[str], set[str]] = (set(), set())
"""Kinds of what is written whose colours, and of what is touched whose room, are no barrier."""


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


def crowded_or_pale(page, theme):
    """Return what axe-core finds against colours and room to touch, in one of each kind not seen.

    These rules take it nine tenths of its time, and most of a page is as it was on another page.
    """
    options = _prepared(page, "rule", [])
    seen = [sorted(kinds) for kinds in _seen]
    told = [options, theme, seen, [COLOURS, [TARGET]]]
    violations, fresh = page.evaluate(FRESH, told)
    if not violations:
        for kinds, more in zip(_seen, fresh, strict=True):
            kinds.update(more)
    return _told(violations)


def looks(person, name, shoot, levels=LEVELS, *, reflow=False, large=False):
    """Keep a picture of a page at each width; let nothing stick out, nor be a barrier.

    The page is loaded once: that a window is another size or a device is dark changes how a page is
    laid out and coloured, not what is in it. The next page is looked at from there on back, for
    each change is a page drawn anew.

    What should ``reflow`` does so at 320 pixels and with text twice as large on a desk. What is
    ``large`` holds such text at each width, and is as high as a finger is wide wherever it is
    touched on a phone.
    """
    page = person.page
    for width, scheme in STEPS if person.scheme != "dark" else reversed(STEPS):
        if width == 320 and not reflow:
            continue
        if person.scheme != scheme:
            page.emulate_media(color_scheme=scheme)
            person.scheme = scheme
        page.set_viewport_size({"width": width, "height": 900})
        assert person.overflow() <= 0, (name, width)
        if width == 320:
            continue
        shoot(page, f"{name}-{width}-{scheme}")
        if width == 390:
            assert barriers(page, levels, but=(*COLOURS, TARGET)) == [], name
            if large:
                assert page.evaluate(SMALL) == [], name
        if width != 820:
            assert crowded_or_pale(page, scheme) == [], (name, width, scheme)
            assert page.evaluate(GROUND) == GROUNDS[scheme], name
        if large or (reflow and width == 1280):
            page.evaluate(LETTERS, "200%")
            assert person.overflow() <= 0, (name, width, "large text")
            page.evaluate(LETTERS, "")


SMALL = """[...document.querySelectorAll(
        "a, button, input, select, summary, label.need, label.choice")]
    .filter((each) => each.offsetParent && !each.closest("p, .skip") && each.type !== "radio"
        && each.type !== "checkbox")
    .map((each) => [each.getBoundingClientRect(), each])
    .filter(([box]) => box.width > 0 && box.height > 0 && box.height < 44)
    .map(([box, each]) => `${each.outerHTML.slice(0, 80)} is ${box.height} high`)"""
