"""The command line: its verbs, and how each ends.

Exit codes: 0 done, 1 the input is bad, 2 wrong use, 3 a part that it needs is missing, 130 interrupted by
Ctrl-C. Every error of ours ends as one line on stderr. What a verb needs is imported when it runs, so that
`--help` comes at once.
"""

import sys
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from beffroi.errors import BeffroiError, InputError, UseError

if TYPE_CHECKING:
    from beffroi.console.app import Console
    from beffroi.person import Role
    from beffroi.pipeline import Pipeline
    from beffroi.site import Site
    from beffroi.watch import Step
    from beffroi.zone import Zone

FILE = click.Path(dir_okay=False, path_type=Path)
POSITIVE = click.FloatRange(min=0, min_open=True)
FOLDER = click.Path(file_okay=False, path_type=Path)
INPUT = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)
LINES_A_WRITE = 512
PORT = click.IntRange(0, 65535)
INVITED = ("operator", "supervisor", "analyst", "liaison", "protection", "auditor", "administrator")
"""Roles that an invitation may give; that of an approver takes two people."""
INTERRUPTED = 130
"""128 and the number of SIGINT, as shells have it."""
REASONS = 20
"""So many reasons are named; more are counted."""


class Verbs(click.Group):
    """The verbs. An error of ours is one line on stderr and its own exit code; Ctrl-C is quiet."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BeffroiError as bad:
            click.echo(f"beffroi: {bad}", err=True)
            sys.exit(bad.exit_code)
        except KeyboardInterrupt:
            sys.exit(INTERRUPTED)


class Moment(click.ParamType[float]):
    """A time with date and zone (UTC if none), or a date, as Unix seconds."""

    name = "time"

    def __init__(self, of_day_s: float = 0.0) -> None:
        """`of_day_s`: which moment of the day a date stands for."""
        self._of_day_s = of_day_s

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        if isinstance(value, float):
            return value
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no time such as 2021-10-07 or 2021-10-07T13:40:00Z", param, ctx)
        of_day_s = self._of_day_s if _is_date(value) else 0.0
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() + of_day_s


def _is_date(text: str) -> bool:
    """Is it a date without a time?"""
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


BEGIN, END = Moment(), Moment(86_399.999)
"""A date stands for the begin of that day, or for its end."""
DAY = Moment(22 * 3600.0 + 3599.0)
"""A date stands for an hour before midnight, so that stamps without one fall on that day (wire/stamp.py)."""


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="beffroi")
def main() -> None:
    """Beffroi watches the sky round airports, raises explained signs, and lets people decide."""


@main.command()
@click.argument("format")
@click.argument("file", type=INPUT)
@click.option(
    "--received",
    type=DAY,
    help="The date of stamps that have none (OGN, METAR), or the time when the last of them came; UTC.",
)
def decode(format: str, file: Path, received: float | None) -> None:
    """Print what FILE says: one JSON observation a line; what was refused, counted with why, on stderr."""
    import beffroi
    from beffroi.observation import to_json

    out = sys.stdout.buffer
    lines: list[bytes] = []
    refused: Counter[str] = Counter()
    read = 0
    for item in beffroi.decode(file, format, received):
        if isinstance(item, InputError):
            refused[str(item)] += 1
            continue
        read += 1
        lines.append(to_json(item))
        if len(lines) >= LINES_A_WRITE:
            _write(out, lines)
    _write(out, lines)
    click.echo(f"read {read}, refused {refused.total()}", err=True)
    _tell_refused(refused)
    if not read:
        sys.exit(1)


def _write(out: Any, lines: list[bytes]) -> None:
    out.write(b"".join(line + b"\n" for line in lines))
    out.flush()
    lines.clear()


def _tell_refused(refused: Counter[str]) -> None:
    """Each reason with how often, most frequent first."""
    for reason, count in refused.most_common(REASONS):
        click.echo(f"  {count} × {reason}", err=True)
    if len(refused) > REASONS:
        click.echo(f"  and {len(refused) - REASONS} other reasons", err=True)


@main.command()
@click.argument("format")
@click.argument("files", type=FILE, nargs=-1, required=True, metavar="FILE...")
def check(format: str, files: tuple[Path, ...]) -> None:
    """Say of each FILE whether it is right, or what is wrong with it."""
    import beffroi

    bad = False
    for file in files:
        try:
            beffroi.check(file, format)
            click.echo(f"{file}: ok")
        except UseError:
            raise
        except InputError as wrong:
            bad = True
            click.echo(f"{file}: {wrong}")
        except beffroi.LinkError as missing:
            bad = True
            click.echo(f"{file}: {missing.reason}")
    if bad:
        sys.exit(1)


@main.command()
def formats() -> None:
    """List the formats, with the standard that each follows."""
    from beffroi import feeds, zones

    _list("decode, replay", {name: feeds.feed(name).SOURCE for name in feeds.names()})
    _list("check only", {name: zones.zone_format(name).SOURCE for name in zones.names()})


@main.command()
def signs() -> None:
    """List the signs, with what each finds and the law or standard behind it."""
    from beffroi import signs as family

    for name in family.names():
        member = family.module(name)
        click.echo(f"{name}\n    {_first_line(member)}\n    basis: {'; '.join(member.BASIS)}")


def _list(title: str, rows: dict[str, str]) -> None:
    click.echo(f"{title}:")
    width = max(map(len, rows), default=0)
    for name, text in rows.items():
        click.echo(f"  {name:{width}}  {text}")


def _first_line(member: Any) -> str:
    return str(member.__doc__ or "").strip().partition("\n")[0]


@main.command()
@click.argument("plots", type=INPUT)
@click.option("--out", type=FILE, required=True, help="Where the tracks go.")
@click.option("--sigma-m", type=POSITIVE, default=10.0, show_default=True, help="Noise of the plots.")
def track(plots: Path, out: Path, sigma_m: float) -> None:
    """Track the plots of a CSV file."""
    import beffroi

    _save(out, beffroi.track_plots(_text(plots), sigma_m).csv())


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except UnicodeDecodeError as bad:
        raise InputError(f"{path}: byte {bad.start}", "this is no UTF-8 text") from bad


def _save(out: Path, text: str) -> None:
    try:
        out.write_text(text)
    except OSError as bad:
        raise UseError(f"{out}: cannot be written: {bad.strerror}") from bad


@main.command()
@click.argument("files", nargs=-1, required=True, metavar="[SOURCE=]FILE...")
@click.option("--site", type=INPUT, required=True, help="The site configuration.")
@click.option("--out", type=FOLDER, required=True, help="Where tracks.jsonl and signs.jsonl go.")
def replay(files: tuple[str, ...], site: Path, out: Path) -> None:
    """Replay captures, or the log in a folder, through the watch as fast as it goes."""
    import beffroi

    report = beffroi.replay_into(out, files, *_site(site))
    click.echo(
        f"{report.ticks} ticks, {report.observations.total()} observations, results in {out}", err=True
    )
    _tell_refused(Counter({f"{source}: {why}": n for (source, why), n in report.refused.items()}))
    for kind, count in report.missing.items():
        click.echo(f"missing: {count} observations of class {kind}", err=True)


def _site(path: Path) -> "tuple[Site, tuple[Zone, ...]]":
    """A site as it is configured, its files sought beside it."""
    from beffroi import links, site, zones

    whole = zones.with_runways(site.read(_text(path)))
    links.check(whole)
    return whole, zones.of_site(whole, lambda name: (path.parent / name).read_bytes())


@main.command()
@click.argument("logs", nargs=-1, required=True, metavar="[NAME=]LOGS...")
@click.option(
    "--truth", type=INPUT, multiple=True, required=True, help="GPS of a target, GPX or CSV; one each."
)
@click.option("--out", type=FOLDER, default=Path("trial"), show_default=True, help="Where the page goes.")
@click.option("--site", type=INPUT, help="The site configuration: where sensors stand, how well they see.")
@click.option("--gate-m", type=POSITIVE, help="What is this near to a target is on it.")
@click.option("--range-m", type=POSITIVE, help="How far every sensor is asked to see.")
@click.option("--sigma-m", type=POSITIVE, help="Noise of sensors whose noise nobody states.")
@click.option("--shift-s", type=float, help="Added to the times of truth.")
@click.option("--geoid-m", type=float, help="Height of mean sea level above the ellipsoid.")
@click.option("--from", "from_s", type=BEGIN, help="Begin of the trial, UTC; of a date: 00:00.")
@click.option("--to", "to_s", type=END, help="End of the trial, UTC; of a date: the end of that day.")
def trial(
    logs: tuple[str, ...], truth: tuple[Path, ...], out: Path, site: Path | None, **terms: float | None
) -> None:
    """Judge sensors by what they said of targets whose path is known: a table, and OUT/trial.html."""
    from beffroi import trial as judge

    given = {name: value for name, value in terms.items() if value is not None}
    click.echo(judge.run(logs, truth, out, site, judge.Terms(**given)))


@main.group()
def audit() -> None:
    """Check, prove and hand out the log of what people did."""


STORE = click.option(
    "--store", type=FOLDER, default=Path("beffroi-data"), show_default=True, help="Its folder."
)


@audit.command("verify")
@STORE
@click.option("--checkpoint", "checkpoints", type=INPUT, multiple=True, help="One that was given away.")
@click.option("--key", "keys", type=INPUT, multiple=True, help="A verifier key to trust, and no other.")
@click.option("--proof", type=INPUT, help="Check this proof with --key, without a store.")
def audit_verify(
    store: Path, checkpoints: tuple[Path, ...], keys: tuple[Path, ...], proof: Path | None
) -> None:
    """Say what is wrong with the log, and where."""
    from beffroi import audit as log

    if proof is None:
        found = log.examined(store, checkpoints, keys)
        click.echo("\n".join(log.lines(found)))
        sys.exit(1 if found.faults else 0)
    if not keys or checkpoints:
        raise UseError("--proof goes with --key, which says whom to trust, and without --checkpoint")
    click.echo(f"ok: {log.shown(proof, keys)}")


@audit.command("prove")
@STORE
@click.argument("number", type=click.IntRange(min=0), required=False, metavar="[ID]")
@click.option("--since", type=INPUT, help="Prove that the log goes on from this checkpoint.")
def audit_prove(store: Path, number: int | None, since: Path | None) -> None:
    """Print the proof that entry ID is in the log, as JSON."""
    from beffroi import audit as log

    click.echo(log.proven(store, number, since))


@audit.command("checkpoint")
@STORE
def audit_checkpoint(store: Path) -> None:
    """Print a signed checkpoint of all that is in the log: keep it elsewhere, or give it to a partner."""
    from beffroi import audit as log

    click.echo(log.opened(store).checkpoint(), nl=False)


@audit.command("key")
@STORE
def audit_key(store: Path) -> None:
    """Print the key that verifies the checkpoints of a store."""
    from beffroi import audit as log

    click.echo(log.opened(store).key)


@audit.command("entries")
@STORE
@click.option(
    "--since", type=click.IntRange(min=0), default=0, show_default=True, help="From this number on."
)
@click.option("--subject", help="Of this one alone: sign:12-1700000000000, case:7.")
def audit_entries(store: Path, since: int, subject: str | None) -> None:
    """Print the entries as JSON, one a line."""
    from beffroi import audit as log

    for line in log.printed(store, since, subject):
        click.echo(line)


@main.group()
def people() -> None:
    """Say who may come in, and invite people."""


CONFIG = click.option("--config", type=INPUT, default=Path("site.toml"), show_default=True)


@people.command("list")
@CONFIG
def people_list(config: Path) -> None:
    """Print everybody, with roles and second factors."""
    from beffroi.people import shell

    for line in shell.listed(shell.opened(_site(config)[0])):
        click.echo(line)


@people.command("invite")
@CONFIG
@click.argument("name")
@click.option("--role", "roles", type=click.Choice(INVITED), multiple=True, required=True)
def people_invite(config: Path, name: str, roles: "tuple[Role, ...]") -> None:
    """Print a one-time link that makes a person."""
    from beffroi.people import shell

    click.echo(shell.invited(shell.opened(_site(config)[0]), name, roles))


@people.command("link")
@CONFIG
@click.argument("login")
def people_link(config: Path, login: str) -> None:
    """Print a one-time link by which somebody sets a new password."""
    from beffroi.people import shell

    click.echo(shell.link(shell.opened(_site(config)[0]), login))


@main.command()
@click.option("--config", type=INPUT, default=Path("site.toml"), show_default=True)
@click.option("--no-console", is_flag=True, help="The signs in the terminal alone.")
@click.option("--port", type=PORT, help="Where the console listens, if not where the site says.")
def serve(config: Path, no_console: bool, port: int | None) -> None:
    """Watch, until interrupted, and open the console.

    Say each sign when it opens and when it is over; on stderr, each change of a source, and at the end what
    each gave.
    """
    import asyncio
    from functools import partial

    from beffroi.console import security
    from beffroi.journal import Journal, to_stderr
    from beffroi.links.clock import WallClock
    from beffroi.pipeline import Pipeline, Publish
    from beffroi.watch import Watch

    to_stderr()
    site, zones = _site(config)
    if not no_console:
        security.check_address(site.console.host, site.console, people=True)
    journal, clock, watch = Journal(), WallClock(), Watch(site, zones)
    publish: list[Publish] = [partial(_say, site), journal.take]
    pipeline = Pipeline(site, watch, clock, publish=publish)
    journal.intakes = pipeline.intakes
    try:
        if no_console:
            asyncio.run(_until_interrupted(pipeline))
        else:
            from beffroi.console.app import Console
            from beffroi.people import shell

            people = shell.opened(site)
            console = Console(
                site, zones, watch, pipeline, clock, Path(site.store.directory), people=people
            )  # fmt: skip
            publish.append(console.take)
            asyncio.run(
                _shown(console, pipeline, site.console.host, site.console.port if port is None else port)
            )
    finally:
        journal.end()


async def _shown(console: "Console", pipeline: "Pipeline", host: str, port: int) -> None:
    """Watch with the console open."""
    from beffroi.console import pages
    from beffroi.people import shell

    async with console.open(host, port) as address:
        click.echo(f"console: {address}" if pages.built() else pages.MISSING.strip(), err=True)
        if console.seen.people and (first := shell.first(console.seen.people, address)):
            click.echo(first, err=True)
        await _until_interrupted(pipeline)


async def _until_interrupted(pipeline: "Pipeline") -> None:
    import asyncio
    import signal

    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, pipeline.stop)
    click.echo(f"watching {len(pipeline.intakes)} sources", err=True)
    await pipeline.run()


def _say(site: "Site", step: "Step") -> None:
    from beffroi import signs

    for sign in step.signs:
        if sign.change != "updated":
            at = datetime.fromtimestamp(sign.time_s, UTC).strftime("%H:%M:%SZ")
            text = signs.headline(sign, sign.rule, site.site.languages[0], site.site.units)
            click.echo(f"{at} {sign.id} {sign.change} {sign.priority}: {text}")


@main.command()
@click.option("--headless", is_flag=True, help="Print the summary alone; fail if an intrusion was missed.")
@click.option("--speed", type=POSITIVE, default=30.0, show_default=True, help="Times as fast.")
@click.option("--minutes", type=POSITIVE, help="Play so much of it.")
@click.option("--no-console", is_flag=True, help="The table in the terminal alone.")
@click.option("--port", type=PORT, default=8470, show_default=True, help="Where the console listens.")
@click.option("--browse", is_flag=True, help="Show the console in a browser, where there is a display.")
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), default=Path("demo"), show_default=True
)
def demo(
    headless: bool, speed: float, minutes: float | None, no_console: bool, port: int, browse: bool, out: Path
) -> None:
    """Play real traffic with simulated drones, in the terminal and on the console."""
    from beffroi.demo import play
    from beffroi.journal import to_stderr

    to_stderr()
    opening = None if headless or no_console else play.Opening(port, browse)
    sys.exit(play.run(out, headless=headless, speed=speed, minutes=minutes, opening=opening))
