"""The advisor's pages: a few questions, an answer in plain words, the menu card."""

from __future__ import annotations

from flask import Flask
from flask_babel import Babel

from matcher.region import Region
from service.pages import signing
from service.pages.follow_up import choice_views, company_views, conversation_views
from service.pages.research import bp as research
from service.pages.shared.errors import error_page
from service.pages.shared.language import TRANSLATIONS, page_language
from service.pages.shared.region import current_region
from service.pages.shell import asset, carry, handle_of_page
from service.pages.views import bp
from service.web import problems

# Below the other pages, so that what is asked of every request to them holds here too.
bp.register_blueprint(research)


def init_app(app: Flask, region: Region) -> None:
    """Add the pages of a region, in two languages, and their way of saying what went wrong."""
    current_region.give(app, region)
    Babel(
        app,
        default_locale="nl",
        default_timezone="Europe/Amsterdam",
        default_translation_directories=str(TRANSLATIONS),
        locale_selector=page_language,
    )
    # A global, not a value of the page: macros that templates import see no values.
    app.jinja_env.globals.update(asset=asset, voor=handle_of_page)
    app.url_defaults(carry)
    for each in (bp, choice_views.bp, conversation_views.bp, company_views.bp, signing.bp):
        app.register_blueprint(each)
    problems.error_page.give(app, error_page)
