"""Who may use what: every endpoint of the application, in one table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from service.caller import ROLES, Caller, Role, Scope


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may use an endpoint: everybody, a key with a scope, or people with a role."""

    public: bool = False
    scope: Scope | None = None
    roles: frozenset[Role] = frozenset()
    self_service: bool = False
    """Open to everybody where the owner of a company may work alone."""
    past_proxies: bool = False
    """Open to whoever asks from this machine itself, and not by way of the proxies that are set."""

    def allows(self, caller: Caller, *, self_service: bool, past_proxies: bool) -> bool:
        """Return whether this caller may, in an application that is set up in this way."""
        return (
            self.public
            or (self.self_service and self_service)
            or (self.past_proxies and past_proxies)
            or (self.scope is not None and self.scope in caller.scopes)
            or (caller.role is not None and caller.role in self.roles)
        )


PUBLIC = Rule(public=True)
SIGNED_IN = Rule(roles=frozenset(ROLES))
ADVICE = Rule(roles=frozenset(ROLES), self_service=True)
ADVISING = Rule(roles=frozenset({"advisor", "administrator"}))
RESEARCHING = Rule(roles=frozenset({"researcher", "administrator"}))
RECOMMEND = Rule(scope="recommend")
RECORD = Rule(scope="record")
EXPORT = Rule(scope="export")
METRICS = Rule(scope="metrics", past_proxies=True)
CLOSED = Rule()
"""What an endpoint gets that stands in no table: nobody may."""

TABLE: Mapping[str, Rule] = {
    "metrics.metrics": METRICS,
    "health.live": PUBLIC,
    "health.ready": PUBLIC,
    "api.interventions": PUBLIC,
    "api.intervention": PUBLIC,
    "api.vocabulary": PUBLIC,
    "api.model": PUBLIC,
    "api.openapi": PUBLIC,
    "api.recommend": RECOMMEND,
    "batches.recommend": RECOMMEND,
    "reference.reference": PUBLIC,
    "conversations.record": RECORD,
    "conversations.listed": RECORD,
    "conversations.read": RECORD,
    "conversations.erase": RECORD,
    "conversations.choose": RECORD,
    "conversations.tell": RECORD,
    "trials.trials": EXPORT,
    "pages.static": PUBLIC,
    "pages.menu": PUBLIC,
    "pages.card": PUBLIC,
    "pages.over": PUBLIC,
    "pages.start": ADVICE,
    "pages.answer": ADVICE,
    "pages.advise": ADVICE,
    "pages.restart": ADVICE,
    "pages.pressure_said": ADVICE,
    "pages.place_said": ADVICE,
    "pages.set_limits": ADVICE,
    "pages.explain": ADVICE,
    "pages.pick": ADVICE,
    "pages.compare": ADVICE,
    # Shows nothing but answers on the device itself, which a code may have brought back.
    "pages.sheet": PUBLIC,
    "choice.choose": ADVISING,
    "choice.pick": ADVISING,
    "choice.keep_pick": ADVISING,
    "choice.ask_code": PUBLIC,
    "choice.read_code": PUBLIC,
    "follow_up.show": ADVISING,
    "follow_up.change": ADVISING,
    "follow_up.undo": ADVISING,
    "follow_up.state": ADVISING,
    "follow_up.measurement": ADVISING,
    "follow_up.due": ADVISING,
    "company.show": PUBLIC,
    "company.state": PUBLIC,
    "company.measurement": PUBLIC,
    "pages.research.overview": RESEARCHING,
    "pages.research.version": RESEARCHING,
    "pages.research.version_page": RESEARCHING,
    "pages.research.files": RESEARCHING,
    "pages.research.send": RESEARCHING,
    "pages.research.preview": RESEARCHING,
    "pages.research.keep": RESEARCHING,
    "pages.research.discard": RESEARCHING,
    "pages.research.ask_to_withdraw": RESEARCHING,
    "pages.research.withdraw": RESEARCHING,
    "pages.research.training": RESEARCHING,
    "pages.research.train": RESEARCHING,
    "pages.research.job": RESEARCHING,
    "pages.research.stop": RESEARCHING,
    "pages.research.facts": RESEARCHING,
    "pages.research.ask_to_renew": RESEARCHING,
    "pages.research.renew": RESEARCHING,
    "pages.research.ask_to_promote": RESEARCHING,
    "pages.research.promote": RESEARCHING,
    "pages.research.ask_to_go_back": RESEARCHING,
    "pages.research.go_back": RESEARCHING,
    "pages.research.studies": RESEARCHING,
    "pages.research.start_study": RESEARCHING,
    "pages.research.erase_study": RESEARCHING,
    "pages.research.study": RESEARCHING,
    "pages.research.save_study": RESEARCHING,
    "pages.research.add_files": RESEARCHING,
    "pages.research.who": RESEARCHING,
    "pages.research.say_who": RESEARCHING,
    "pages.research.outcome": RESEARCHING,
    "pages.research.accept_outcome": RESEARCHING,
    "pages.research.close_study": RESEARCHING,
    "pages.research.study_file": RESEARCHING,
    "pages.research.study_keys": RESEARCHING,
    "pages.research.hand_over": RESEARCHING,
    "widget.script": PUBLIC,
    "widget.ask": PUBLIC,
    "widget.answer": PUBLIC,
    "signing.closed": PUBLIC,
    "signing.open_here": PUBLIC,
    "signing.sign_in": PUBLIC,
    "signing.enter": PUBLIC,
    "signing.to_provider": PUBLIC,
    "signing.from_provider": PUBLIC,
    "signing.sign_out": PUBLIC,
    "signing.go_on": SIGNED_IN,
    "signing.password": SIGNED_IN,
    "signing.change_password": SIGNED_IN,
}
"""Endpoint -> who may use it."""
