"""Counts and times for whoever watches the service, in the text form of Prometheus.

Labels are templates of routes, methods, classes of status and classes of answers: nothing of a
profile, no id, no address. Of several processes the numbers add up; what is live is told by the
process that answers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from time import perf_counter, time
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Flask, Response, g, request

from service.live.current import current_live
from service.live.watch import Live
from service.running import Carried
from service.settings import shared_metrics
from service.web.logs import KNOWN_METHODS

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry
    from prometheus_client.core import Metric

bp = Blueprint("metrics", __name__)

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
STARTED = time()


class Metrics:
    """The counters of one application."""

    def __init__(self) -> None:
        # Here: the library settles at its import whether it counts for one process or for several.
        from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

        self.registry = CollectorRegistry()
        self.in_flight = Gauge(
            "leermatch_requests_in_flight",
            "Requests being answered now",
            registry=self.registry,
            multiprocess_mode="livesum",
        )
        self._requests = Counter(
            "leermatch_requests",
            "Requests answered",
            ("route", "method", "status"),
            registry=self.registry,
        )
        self._seconds = Histogram(
            "leermatch_request_seconds",
            "Seconds from the head of a request to its answer",
            ("route",),
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._rankings = Counter(
            "leermatch_rankings",
            "Companies ranked, by how well the trials know companies like it",
            ("known_case",),
            registry=self.registry,
        )
        self.unavailable = Counter(
            "leermatch_database_unavailable",
            "Requests refused because the database did not answer",
            registry=self.registry,
        )
        self._known: dict[tuple[str, str, int], tuple[Callable[[], None], Any]] = {}

    def answered(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count an answer. Routes, methods and statuses are few: what counts each is kept."""
        key = (route, method, status)
        known = self._known.get(key)
        if known is None:
            counter = self._requests.labels(route, method, f"{status // 100}xx")
            known = self._known[key] = (counter.inc, self._seconds.labels(route).observe)
        count, observe = known
        count()
        observe(seconds)

    def ranked(self, known_case: str) -> None:
        """Count a company that was ranked."""
        self._rankings.labels(known_case).inc()


current_metrics: Carried[Metrics] = Carried("metrics")


class _State:
    """What is live in the process that answers."""

    def __init__(self, live: Live) -> None:
        self._live = live

    def collect(self) -> Iterator[Metric]:
        """Yield what is known now."""
        from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily

        served = self._live.served
        if served is not None:
            info = served.engine.info
            told = {
                "version": info.version,
                "simulated": str(info.simulated).lower(),
                "expert_only": str(info.expert_only).lower(),
            }
            yield InfoMetricFamily("leermatch_model", "The version that answers", told)
        refused = float(self._live.failure is not None)
        yield GaugeMetricFamily(
            "leermatch_model_refused", "1 when a newer version does not load", refused
        )
        yield GaugeMetricFamily(
            "leermatch_start_time_seconds", "When the service started, in Unix time", STARTED
        )


def init_app(app: Flask) -> None:
    """Count every request of an application, and tell at ``/metrics``."""
    current_metrics.give(app, Metrics())
    app.before_request(_begin)
    app.after_request(_count)
    app.teardown_request(_end)
    app.register_blueprint(bp)


def _begin() -> None:
    current_metrics().in_flight.inc()
    g.counted = True


def _count(response: Response) -> Response:
    rule, asked = request.url_rule, request.method
    current_metrics().answered(
        "other" if rule is None else rule.rule,
        asked if asked in KNOWN_METHODS else "other",
        response.status_code,
        perf_counter() - g.started,
    )
    return response


def _end(_error: BaseException | None) -> None:
    if g.pop("counted", False):
        current_metrics().in_flight.dec()


@bp.get("/metrics")
def metrics() -> Response:
    """Tell the numbers."""
    from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

    state = CollectorRegistry()
    state.register(_State(current_live()))
    body = generate_latest(_counted(current_metrics())) + generate_latest(state)
    headers = {"Cache-Control": "no-store", "Content-Type": CONTENT_TYPE_LATEST}
    return Response(body, headers=headers)


def _counted(metrics: Metrics) -> CollectorRegistry:
    """Return what was counted: here, or in all processes together."""
    folder = shared_metrics()
    if folder is None:
        return metrics.registry
    from prometheus_client import CollectorRegistry
    from prometheus_client.multiprocess import MultiProcessCollector

    together = CollectorRegistry()
    MultiProcessCollector(together, path=folder)
    return together


def forget(process: int, folder: Path) -> None:
    """Leave what a process that ended was busy with out of the count; what it did stays."""
    from prometheus_client.multiprocess import mark_process_dead

    mark_process_dead(process, str(folder))
