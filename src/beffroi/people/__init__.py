"""People: who may come in, how they prove it, and which roles they hold.

    accounts   one-time links, accounts, roles        sessions   coming in, locking, ending
    factors    one-time passwords, recovery codes     tries      who failed waits

No password is ever made by the program: the first start prints a link that works once. What a role may do is
in `beffroi.policy`. Every change is written with its entry in the audit log, in one transaction.
"""

import time
from collections.abc import Callable

from beffroi.errors import AccessError
from beffroi.people.accounts import HOUR_S, Accounts, Known, key, number
from beffroi.people.factors import Factors
from beffroi.people.register import Register
from beffroi.people.sessions import Sessions
from beffroi.people.tries import Tries
from beffroi.site import Site
from beffroi.store.records import Records
from beffroi.store.vault import MasterKey

__all__ = ["AccessError", "Known", "People", "key", "number"]


class People:
    """The people of one site; safe to use from several threads.

    Raises AccessError, StoreError, VaultError.
    """

    def __init__(
        self,
        records: Records,
        master: MasterKey,
        site: Site,
        stamp_s: Callable[[], float],
        now_s: Callable[[], float] = time.time,
    ) -> None:
        """`master` seals the secrets of one-time passwords; `stamp_s`: the clock of the watch, for the log;
        `now_s`: the wall clock."""
        terms = site.people
        self.register = Register(records, master, site.site.name, now_s, stamp_s)
        self.accounts = Accounts(self.register, terms.link_h * HOUR_S, terms.approver_delay_h * HOUR_S)
        self.factors = Factors(self.register)
        self.tries = Tries(self.register)
        self.sessions = Sessions(
            self.register, self.tries, self.factors, terms.lock_min * 60.0, terms.session_h * HOUR_S
        )
        self.terms = terms
        self.address = _address(site)
        """Where links lead."""
        self.named = bool(site.console.hosts)
        """Whether the site says so."""

    def name(self, who: str) -> str:
        """What the person of a key is called; the key itself where there is none such."""
        try:
            return self.sessions.name(number(who))
        except AccessError:
            return who


def _address(site: Site) -> str:
    """How the console of a site is called."""
    console = site.console
    secure = bool(console.certificate or console.behind_proxy)
    if console.behind_proxy and console.hosts:
        return f"https://{console.hosts[0]}/"
    name = console.hosts[0] if console.hosts else f"[{console.host}]" if ":" in console.host else console.host
    return f"http{'s' if secure else ''}://{name}:{console.port}/"
