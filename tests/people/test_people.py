"""People: links, passwords, sessions, second factors and roles, on real records with a clock of their own."""

import base64
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from hypothesis import given, settings
from hypothesis import strategies as st

from beffroi.errors import AccessError
from beffroi.people import People, key, totp
from beffroi.people import password as passwords
from beffroi.person import Person, Role
from beffroi.scene import site as made_site
from beffroi.store.audit import Audit
from beffroi.store.records import Records
from beffroi.store.vault import MasterKey

GOOD = "correct horse battery"
OTHER = "staple of another kind"
HOUR_S = 3600.0


class House:
    """People whose wall clock is moved by hand."""

    def __init__(self, folder: Path) -> None:
        self.now_s = 1_800_000_000.0
        self.folder = folder
        self.records = Records.within(folder)
        self.people = self.open()

    def open(self) -> People:
        """The people as a program finds them that starts now."""
        master = MasterKey(self.folder, make=True)
        return People(self.records, master, made_site(), lambda: self.now_s, lambda: self.now_s)

    def first(self) -> Person:
        """The first administrator."""
        secret = self.people.accounts.first_link()
        assert secret is not None
        account = self.people.accounts.accept(secret, "ada", "Ada L", GOOD)
        return Person(key=key(account.id), name="Ada L", roles=frozenset({"administrator", "supervisor"}))

    def join(self, by: Person, login: str, *roles: Role) -> Person:
        """Somebody more."""
        _, secret = self.people.accounts.invite(by, login.title(), roles)
        account = self.people.accounts.accept(secret, login, "", GOOD)
        return Person(key=key(account.id), name=login.title(), roles=frozenset(roles))

    def number(self, who: Person) -> int:
        return int(who.key.partition(":")[2])

    def arm(self, who: Person) -> bytes:
        """Give somebody one-time passwords: the secret of them."""
        begun = self.people.factors.begin_totp(self.number(who))
        secret = base64.b32decode(begun.secret)
        self.codes = self.people.factors.confirm_totp(self.number(who), self.code(secret))
        return secret

    def code(self, secret: bytes) -> str:
        return totp.code(secret, int(self.now_s // totp.STEP_S))

    def roles(self, who: Person) -> frozenset[Role]:
        (known,) = [k for k in self.people.accounts.all() if key(k.account.id) == who.key]
        return known.roles

    def login(self, name: str, word: str = GOOD, address: str = "192.0.2.1") -> str:
        return self.people.sessions.login(name, word, address)

    def who(self, token: str) -> Person | None:
        session = self.people.sessions.of(token)
        return self.people.sessions.person(session) if session else None

    def entries(self) -> list[str]:
        """What the log says."""
        found = Audit(self.records, lambda: self.now_s, self.folder).entries()
        return [entry.action for _, entry in found]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """argon2id as it is, but cheap."""
    monkeypatch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    yield made
    made.records.close()


def refused(kind: str, words: str | None = None) -> pytest.RaisesExc[AccessError]:
    return pytest.raises(AccessError, match=words, check=lambda bad: bad.kind == kind)


# --- links


def test_the_first_start_makes_one_link_that_makes_the_first_person(house: House) -> None:
    old = house.people.accounts.first_link()
    new = house.people.accounts.first_link()
    assert old != new
    assert old is not None
    with refused("unknown"):
        house.people.accounts.accept(old, "ada", "Ada", GOOD)
    assert new is not None
    house.people.accounts.accept(new, "ada", "Ada", GOOD)
    assert house.people.accounts.first_link() is None
    with refused("unknown"):
        house.people.accounts.accept(new, "eve", "Eve", GOOD)


def test_a_link_works_once_and_for_a_day(house: House) -> None:
    ada = house.first()
    _, secret = house.people.accounts.invite(ada, "Bob", ("operator",))
    assert len(base64.urlsafe_b64decode(secret + "==")) * 8 >= 128
    house.now_s += 24 * HOUR_S + 1
    with refused("unknown", "too old"):
        house.people.accounts.accept(secret, "bob", "", GOOD)
    _, secret = house.people.accounts.invite(ada, "Bob", ("operator",))
    house.people.accounts.accept(secret, "bob", "", GOOD)
    with refused("unknown"):
        house.people.accounts.accept(secret, "bob2", "", GOOD)


def test_nothing_in_the_records_opens_a_door(house: House) -> None:
    ada = house.first()
    _, secret = house.people.accounts.invite(ada, "Bob", ("operator",))
    totp_secret = house.arm(ada)
    token = house.login("ada")
    raw = b"".join(path.read_bytes() for path in house.folder.glob("records.sqlite*"))
    for said in (secret, GOOD, token, base64.b32encode(totp_secret).decode(), *house.codes):
        assert said.encode() not in raw, said
    assert totp_secret not in raw
    assert all(code.replace("-", "").encode() not in raw for code in house.codes)


def test_an_invitation_gives_no_approver(house: House) -> None:
    with refused("invalid"):
        house.people.accounts.invite(house.first(), "Bob", ("operator", "approver"))


# --- passwords


@pytest.mark.parametrize(
    "word", ["short", "eleven char", "xx ada xx house 1", "ORLY is a nice place", "x" * 257]
)
def test_a_weak_password_is_refused(word: str) -> None:
    with refused("invalid"):
        passwords.check(word, ("ada", "Ada Lovelace", "Orly"))


def test_a_long_password_needs_nothing_else() -> None:
    passwords.check("twelve lower", ("ada", "Ada Lovelace", "Orly"))


def test_one_text_is_one_password_however_it_is_typed() -> None:
    kept = passwords.hashed("caf\u00e9 correct horse")
    assert kept.startswith("$argon2id$")
    assert passwords.right(kept, "cafe\u0301 correct horse")
    assert not passwords.right(kept, "cafe correct horse")
    assert not passwords.right(None, "a password that nobody has")


# --- coming in


def test_who_fails_waits_longer_each_time_and_a_restart_forgets_nothing(house: House) -> None:
    house.first()
    for _ in range(4):
        with refused("wrong"):
            house.login("ada", "not the password")
    with refused("wait"):
        house.login("ada")
    house.people = house.open()
    with refused("wait"):
        house.login("ada")
    house.now_s += 1.1
    with refused("wrong"):
        house.login("ada", "not the password")
    house.now_s += 1.1
    with refused("wait"):
        house.login("ada")
    house.now_s += 1.1
    assert house.who(house.login("ada"))
    for _ in range(3):
        with refused("wrong"):
            house.login("ada", "not the password")
    assert house.who(house.login("ada"))


def test_many_tries_at_once_are_as_many_one_by_one(house: House) -> None:
    house.first()

    def attempt(_: int) -> str:
        try:
            house.login("ada", "not the password")
        except AccessError as bad:
            return bad.kind
        return "in"

    with ThreadPoolExecutor(8) as pool:
        assert Counter(pool.map(attempt, range(16))) == {"wrong": 4, "wait": 12}


def test_many_names_from_one_address_wait_too(house: House) -> None:
    house.first()
    for i in range(20):
        with refused("wrong"):
            house.login(f"name{i}", "not the password")
    with refused("wait"):
        house.login("ada")
    assert house.who(house.login("ada", address="192.0.2.2"))


def test_an_unknown_name_takes_as_long(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both compare a hash once."""
    house.first()
    compared: list[str | None] = []
    right = passwords.right

    def counted(kept: str | None, word: str) -> bool:
        compared.append(kept)
        return right(kept, word)

    monkeypatch.setattr(passwords, "right", counted)
    for name in ("ada", "nobody"):
        with refused("wrong", "name, password or code is wrong"):
            house.login(name, "not the password")
    assert len(compared) == 2


def test_a_session_locks_without_a_hand_and_ends(house: House) -> None:
    house.first()
    token = house.login("ada")
    assert (who := house.who(token)) is not None
    assert not who.locked
    for _ in range(3):
        house.now_s += 14 * 60
        session = house.people.sessions.of(token)
        assert session is not None
        house.people.sessions.touch(session)
    house.now_s += 15 * 60
    assert (who := house.who(token)) is not None
    assert who.locked
    session = house.people.sessions.of(token)
    assert session is not None
    house.people.sessions.touch(session)
    assert (who := house.who(token)) is not None
    assert who.locked
    with refused("wrong"):
        house.people.sessions.unlock(session, OTHER, "192.0.2.1")
    house.people.sessions.unlock(session, GOOD, "192.0.2.1")
    assert (who := house.who(token)) is not None
    assert not who.locked
    house.people = house.open()
    assert house.who(token)
    house.now_s += 12 * HOUR_S
    assert house.who(token) is None


def test_a_token_of_another_kind_opens_nothing(house: House) -> None:
    house.first()
    token = house.login("ada")
    for wrong in ("", token[:-1], token + "x", token.swapcase(), "x" * 43):
        assert house.who(wrong) is None


def test_a_new_password_ends_all_other_sessions(house: House) -> None:
    house.first()
    here, there = house.login("ada"), house.login("ada")
    session = house.people.sessions.of(here)
    assert session is not None
    with refused("wrong"):
        house.people.sessions.change_password(session, OTHER, OTHER, "192.0.2.1")
    house.people.sessions.change_password(session, GOOD, OTHER, "192.0.2.1")
    assert house.who(here)
    assert house.who(there) is None
    with refused("wrong"):
        house.login("ada")
    assert house.who(house.login("ada", OTHER))


# --- second factors


RFC6238 = [(59, "94287082"), (1111111109, "07081804"), (1111111111, "14050471"), (1234567890, "89005924"),
           (2000000000, "69279037"), (20000000000, "65353130")]  # fmt: skip


@pytest.mark.parametrize(("time_s", "eight"), RFC6238)
def test_codes_are_those_of_the_standard(time_s: int, eight: str) -> None:
    """RFC 6238 appendix B has eight digits; six are their end."""
    assert totp.code(b"12345678901234567890", time_s // 30) == eight[2:]


@given(at_s=st.integers(0, 4_000_000_000), off=st.integers(-5, 5))
@settings(max_examples=50)
def test_a_code_serves_once_and_near_its_time(at_s: int, off: int) -> None:
    secret, step = b"12345678901234567890", at_s // 30
    if step + off < 0:
        return
    said = totp.code(secret, step + off)
    used = totp.used(secret, said, at_s, -1)
    assert used is not None or abs(off) > 1
    if used is not None:
        assert totp.code(secret, used) == said
        again = totp.used(secret, said, at_s, used)
        assert again is None or again > used


def test_a_second_factor_is_asked_for_and_serves_once(house: House) -> None:
    ada = house.first()
    secret = house.arm(ada)
    house.now_s += 30
    token = house.login("ada")
    assert house.who(token) is None
    code = house.code(secret)
    with refused("wrong"):
        house.people.sessions.second(token, "000000" if code != "000000" else "111111", "192.0.2.1")
    opened = house.people.sessions.second(token, code, "192.0.2.1")
    assert house.who(opened)
    assert opened != token
    assert house.who(token) is None
    with refused("wrong"):
        house.people.sessions.second(house.login("ada"), code, "192.0.2.1")
    house.now_s += 30
    assert house.who(house.people.sessions.second(house.login("ada"), house.code(secret), "192.0.2.1"))


def test_a_right_password_does_not_forget_wrong_codes(house: House) -> None:
    house.arm(house.first())
    house.now_s += 30
    tried = 0
    for _ in range(20):
        try:
            house.people.sessions.second(house.login("ada"), "abcdef", "192.0.2.1")
        except AccessError as bad:
            if bad.kind == "wait":
                break
            tried += 1
    assert tried == 4


def test_a_recovery_code_serves_once(house: House) -> None:
    house.arm(house.first())
    assert len(house.codes) == 10
    code = house.codes[3]
    assert house.who(house.people.sessions.second(house.login("ada"), code.upper(), "192.0.2.1"))
    with refused("wrong"):
        house.people.sessions.second(house.login("ada"), code, "192.0.2.1")
    assert house.people.factors.codes(1) == 9


def test_a_begun_factor_is_none(house: House) -> None:
    house.first()
    house.people.factors.begin_totp(1)
    assert house.people.factors.of(1) == []
    assert house.who(house.login("ada"))


# --- roles


def test_an_approver_takes_two_people_a_delay_and_a_second_factor(house: House) -> None:
    ada = house.first()
    bob, cleo = house.join(ada, "bob", "supervisor"), house.join(ada, "cleo", "operator")
    accounts = house.people.accounts
    with refused("refused", "nobody makes oneself"):
        accounts.grant(ada, ada.key, "approver")
    asked = accounts.grant(ada, cleo.key, "approver")
    with refused("refused"):
        accounts.grant(bob, cleo.key, "approver")
    with refused("refused", "somebody else"):
        accounts.agree(ada, asked.id)
    with refused("refused", "nobody makes oneself"):
        accounts.agree(cleo, asked.id)
    with refused("refused", "second factor"):
        accounts.agree(bob, asked.id)
    house.arm(cleo)
    accounts.agree(bob, asked.id)
    assert "approver" not in house.roles(cleo)
    house.now_s += 24 * HOUR_S - 1
    assert "approver" not in house.roles(cleo)
    house.now_s += 1
    assert "approver" in house.roles(cleo)
    (factor,) = house.people.factors.of(house.number(cleo))
    house.people.factors.remove(house.number(cleo), factor.id)
    assert "approver" not in house.roles(cleo)
    house.arm(cleo)
    assert "approver" not in house.roles(cleo)


def test_what_waits_is_withdrawn_by_one(house: House) -> None:
    ada = house.first()
    bob, cleo = house.join(ada, "bob", "supervisor"), house.join(ada, "cleo", "operator")
    house.arm(cleo)
    asked = house.people.accounts.grant(ada, cleo.key, "approver")
    house.people.accounts.agree(bob, asked.id)
    assert house.people.accounts.waits(asked.id)
    house.people.accounts.take(bob, asked.id)
    house.now_s += 48 * HOUR_S
    assert "approver" not in house.roles(cleo)


def test_who_loses_a_role_is_logged_out(house: House) -> None:
    ada = house.first()
    bob = house.join(ada, "bob", "operator", "analyst")
    token = house.login("bob")
    assert house.who(token)
    (known,) = [k for k in house.people.accounts.all() if key(k.account.id) == bob.key]
    house.people.accounts.take(ada, next(g.id for g in known.grants if g.role == "analyst"))
    assert house.who(token) is None
    assert (who := house.who(house.login("bob"))) is not None
    assert who.roles == {"operator"}


def test_the_last_administrator_stays(house: House) -> None:
    ada = house.first()
    (known,) = house.people.accounts.all()
    grant = next(g for g in known.grants if g.role == "administrator")
    with refused("refused", "last"):
        house.people.accounts.take(ada, grant.id)
    with refused("refused", "last"):
        house.people.accounts.close(ada, ada.key)


def test_a_closed_account_is_closed_and_its_name_is_not_given_again(house: House) -> None:
    ada = house.first()
    bob = house.join(ada, "bob", "operator")
    token = house.login("bob")
    house.people.accounts.close(ada, bob.key)
    assert house.who(token) is None
    with refused("wrong"):
        house.login("bob")
    with refused("invalid", "somebody has"):
        house.join(ada, "bob", "operator")
    assert house.people.name(bob.key) == "Bob"


def test_who_lost_the_factors_is_let_in_again_without_approving(house: House) -> None:
    ada = house.first()
    bob, cleo = house.join(ada, "bob", "supervisor"), house.join(ada, "cleo", "operator")
    house.arm(cleo)
    asked = house.people.accounts.grant(ada, cleo.key, "approver")
    house.people.accounts.agree(bob, asked.id)
    house.now_s += 25 * HOUR_S
    assert "approver" in house.roles(cleo)
    house.people.accounts.disarm(ada, cleo.key)
    house.people.accounts.accept(house.people.accounts.reset(ada, cleo.key), "", "", OTHER)
    assert (who := house.who(house.login("cleo", OTHER))) is not None
    assert who.roles == {"operator"}
    house.arm(cleo)
    assert "approver" not in house.roles(cleo)


def test_an_issuer_gives_and_takes_its_roles_but_no_approver(house: House) -> None:
    ada = house.first()
    accounts = house.people.accounts
    account = accounts.issued("https://id.example 42", "Dee", frozenset({"operator", "approver"}))
    dee = Person(key=key(account.id), name="Dee", roles=frozenset())
    assert house.roles(dee) == {"operator"}
    accounts.grant(ada, dee.key, "analyst")
    again = accounts.issued("https://id.example 42", "Dee", frozenset({"supervisor"}))
    assert again.id == account.id
    assert house.roles(dee) == {"supervisor", "analyst"}


def test_each_change_is_in_the_log(house: House) -> None:
    ada = house.first()
    bob = house.join(ada, "bob", "operator")
    token = house.login("bob")
    session = house.people.sessions.of(token)
    assert session is not None
    house.people.sessions.lock(session)
    house.people.accounts.grant(ada, bob.key, "analyst")
    house.people.accounts.close(ada, bob.key)
    with refused("wrong"):
        house.login("nobody", "not the password")
    said = [action for action in house.entries() if not action.startswith("key.")]
    assert said == ["people.join", "people.invite", "people.join", "session.begin", "session.lock",
                    "people.grant", "people.close", "refused.session.open"]  # fmt: skip
