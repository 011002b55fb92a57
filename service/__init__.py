"""The Leermatch service: JSON API, advisor's pages, health."""

from __future__ import annotations

from flask import Flask
from threadpoolctl import threadpool_limits
from werkzeug.middleware.proxy_fix import ProxyFix

from matcher.menu.card import read_menu
from matcher.region import read_region
from service import api, cli, health, metrics, pages
from service.access import gate
from service.api.document import make_application
from service.live.current import current_engine, current_live
from service.live.watch import Live
from service.pages import widget
from service.research import workspace
from service.settings import Settings, read_settings, refuse_unsafe
from service.store import current as store
from service.web import logs, origin, problems, rate_limit, sessions, tags
from service.web.headers import SecurityHeaders

__all__ = ["create_app", "current_engine"]

MAX_BODY = 64 * 1024


def create_app(settings: Settings | None = None, watch: bool = True) -> Flask:
    """Return the application, with a model that answers and a watch on the next one.

    Without settings those of the environment hold. Without ``watch`` whoever serves starts the
    watch: a thread does not survive a fork. Raises MatcherError with every reason not to
    start: BadSettings, InvalidMenu, InvalidRegion.
    """
    if settings is None and cli.is_looking():
        from service.cli.commands import make_app

        return make_app(create_app)
    settings = settings or read_settings()
    refuse_unsafe(settings)
    menu, region = read_menu(settings.menu), read_region(settings.menu)
    app = make_application(__name__)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    # An address has one spelling: a doubled slash is another address, not a redirect.
    app.url_map.merge_slashes = False
    sessions.init_app(app, settings.instance)
    logs.init_app(app)
    if not region.beside_menu:
        logs.log.warning("region_of_the_product", setting="LEERMATCH_MENU", see="docs/operate.md")
    origin.init_app(app, settings)
    tags.init_app(app)
    metrics.init_app(app)
    rate_limit.init_app(app, settings)
    problems.init_app(app)
    # A question is a few small matrices: a second thread for them brings nothing when the machine
    # is idle, and on a busy one it cost 35 ms instead of 1.3 at the 95th percentile.
    threadpool_limits(1)
    live = current_live.give(app, Live(settings.models, menu, settings.menu))
    store.init_app(app, settings)
    gate.init_app(app)
    workspace.init_app(app, settings)
    app.register_blueprint(health.bp)
    api.init_app(app)
    pages.init_app(app, region)
    if settings.auth == "oidc":
        from service.access import oidc  # what it imports costs time that nobody else should wait

        oidc.init_app(app, settings)
    widget.init_app(app)
    cli.init_app(app, create_app)
    app.wsgi_app = SecurityHeaders(app.wsgi_app)  # type: ignore[method-assign]
    if settings.proxy:
        # Outermost: whether a connection is secure decides about headers too.
        hops = settings.proxy
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    if watch:
        live.watch()
    return app
