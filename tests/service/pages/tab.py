"""A tab of a browser without scripts: it follows the links and sends the forms that a page has."""

from html.parser import HTMLParser
from urllib.parse import urlsplit

from werkzeug.datastructures import MultiDict


class _Page(HTMLParser):
    """Links, and forms with what stands in their fields."""

    def __init__(self, text):
        super().__init__()
        self.links, self.forms, self._by_id = [], [], {}
        self._form = self._select = self._link = self._button = None
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        at = dict(attributes)
        if tag == "form":
            self._form = self._by_id.setdefault(at.get("id", len(self.forms)), _Form())
            self._form.action, self._form.method = at.get("action", ""), at.get("method", "get")
            self.forms.append(self._form)
        form = self._by_id.setdefault(at["form"], _Form()) if "form" in at else self._form
        if tag == "a" and "href" in at:
            self._link = [at["href"], at.get("aria-label", "")]
            self.links.append(self._link)
        elif tag == "select":
            self._select = (form, at["name"], [])
        elif tag == "option" and self._select:
            self._select[2].append((at.get("value", ""), "selected" in at))
        elif form is not None and tag == "button":
            self._button = [at, ""]
            form.buttons.append(self._button)
        elif form is not None and tag == "input" and "name" in at:
            form.take(at)

    def handle_endtag(self, tag):
        if tag == "form":
            self._form = None
        elif tag == "a":
            self._link = None
        elif tag == "button":
            self._button = None
        elif tag == "select":
            form, name, options = self._select
            chosen = [value for value, selected in options if selected] or [options[0][0]]
            if form is not None:
                form.fields.add(name, chosen[-1])
            self._select = None

    def handle_data(self, data):
        if self._link and not self._link[1]:
            self._link[1] += data.strip()
        if self._button:
            self._button[1] += data.strip()


class _Form:
    def __init__(self):
        self.action, self.method, self.fields, self.buttons = "", "get", MultiDict(), []

    def take(self, at):
        kind = at.get("type", "text")
        if kind in ("checkbox", "radio") and "checked" not in at:
            return
        if kind != "file":
            self.fields.add(at["name"], at.get("value", "on" if kind == "checkbox" else ""))


class Tab:
    """What stands in one tab; all tabs of a client share its cookies."""

    def __init__(self, client, address="/"):
        self.client = client
        self.go(address)

    def go(self, address):
        self._show(self.client.get(address, follow_redirects=True))
        return self

    def _show(self, response):
        self.status, self.text = response.status_code, response.text
        self.address = response.request.path
        self.query = response.request.query_string.decode()
        self.page = _Page(self.text)

    def link(self, words):
        """Return where the first link with these words leads."""
        return next(href for href, told in self.page.links if told.startswith(words))

    def follow(self, words):
        return self.go(self.link(words).partition("#")[0])

    def form(self, button):
        """Return the form of the first button with these words, and the button."""
        return next(
            (form, pressed)
            for form in self.page.forms
            for pressed, told in form.buttons
            if told.startswith(button)
        )

    def send(self, button, **filled):
        """Press a button, with other values in some fields of its form."""
        form, pressed = self.form(button)
        sent = MultiDict(form.fields)
        for name, value in filled.items():
            sent.setlist(name, value if isinstance(value, list) else [value])
        if "name" in pressed:
            sent.add(pressed["name"], pressed.get("value", ""))
        to = pressed.get("formaction") or form.action or self.address
        assert not urlsplit(to).netloc
        self._show(self.client.post(to, data=sent, follow_redirects=True))
        return self
