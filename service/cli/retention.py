"""``flask --app service retention``: erase what was kept long enough."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from service.cli.telling import explained, refuse, tell
from service.research import studies
from service.research.workspace import workspace_of
from service.store import retention
from service.store.current import current_database, current_settings

group = AppGroup("retention", help="How long things are kept.")


@group.command()
@click.option("--dry-run", is_flag=True, help="Count only; erase nothing.")
@click.option(
    "--clock-is-right", is_flag=True, help="Also after a year in which nothing was recorded."
)
def run(dry_run: bool, clock_is_right: bool) -> None:
    """Erase what is older than the settings allow, a little at a time; run it every night."""
    settings = current_settings()
    days = {
        "requests": settings.keep_requests_days,
        "conversations": settings.keep_conversations_days,
        "audit": settings.keep_audit_days,
    }
    with explained():
        with current_database().reading() as connection:
            jumped = retention.clock_jumped(connection)
        if jumped and not (dry_run or clock_is_right):
            raise refuse("clock_jumped")
        for name, period in days.items():
            rule = retention.RULES[name]
            before = retention.moment_before(period)
            if dry_run:
                with current_database().reading() as connection:
                    tell("would_expire", n=rule.count(connection, before), table=name, days=period)
            else:
                n = retention.expire(current_database(), rule, before)
                tell("expired", n=n, table=name, days=period)
    workspace = workspace_of(settings)
    n = len(studies.old_ones(workspace)) if dry_run else studies.forget_old(workspace)
    code = "would_expire" if dry_run else "expired"
    tell(code, n=n, table="studies", days=studies.KEPT_DAYS)
