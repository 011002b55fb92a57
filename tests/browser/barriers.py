"""What a machine can find wrong with a page for people who see, hear or move otherwise."""

from axe_playwright_python.sync_playwright import Axe

LEVELS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
"""WCAG 2.0 to 2.2, A and AA."""
PRACTICES = (*LEVELS, "best-practice")
"""The same, and what axe-core advises beyond it."""
AXE = Axe().axe_script
# What is right is not sent: on the answer that takes as long as finding what is wrong.
VIOLATIONS = "(options) => axe.run(options).then((found) => found.violations)"


def barriers(page, levels=LEVELS):
    """Return what axe-core finds against the levels, each with its place."""
    page.evaluate(AXE)
    options = {"runOnly": {"type": "tag", "values": levels}, "resultTypes": ["violations"]}
    return [
        (each["id"], node["html"][:120], node["failureSummary"])
        for each in page.evaluate(VIOLATIONS, options)
        for node in each["nodes"]
    ]
