"""Somebody who works with the keyboard alone, and how long that takes them."""

KEYSTROKE = 0.28
"""Seconds for one key: an assumption, the average typist of Card, Moran and Newell (1980)."""
DECISION = 1.0
"""Seconds to know an answer to a question that was read: an assumption."""
WAY = 160
"""Keys after which somebody gives up looking."""


class Keyboard:
    """Presses keys, and counts them and the decisions between them."""

    def __init__(self, page):
        self._page, self.keys, self.decisions = page, 0, 0

    @property
    def seconds(self):
        return self.keys * KEYSTROKE + self.decisions * DECISION

    def press(self, key):
        self._page.keyboard.press(key)
        self.keys += 1

    def type(self, text):
        self._page.keyboard.type(text)
        self.keys += len(text)

    def to(self, selector):
        """Go on with Tab until what has the focus is what is looked for."""
        there = f"document.activeElement.matches({selector!r})"
        for _ in range(WAY):
            self.press("Tab")
            if self._page.evaluate(there):
                self.decisions += 1
                return
        raise AssertionError(f"no way to {selector} by keyboard")
