"""The verbs of people at the command line, and the link of the first start."""

import re
import subprocess
import sys
from pathlib import Path

import httpx

BEFFROI = str(Path(sys.executable).with_name("beffroi"))
SITE = '[site]\nname = "Orly"\nlat_deg = 48.7\nlon_deg = 2.4\n[console]\nport = 0\n'
GOOD = "correct horse battery"


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [BEFFROI, "people", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=120)


def test_the_first_start_prints_one_link_and_the_shell_invites(tmp_path: Path) -> None:
    (tmp_path / "site.toml").write_text(SITE)
    serving = subprocess.Popen([BEFFROI, "serve"], cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    try:
        assert serving.stderr is not None
        said = ""
        while not (found := re.search(r"first person: (http://127\.0\.0\.1:\d+/)#link=(\S+) ", said)):
            line = serving.stderr.readline()
            assert line, said
            said += line
        address, secret = found.groups()
        with httpx.Client(base_url=address, timeout=30) as http:
            assert http.get("/api/v1/signs").status_code == 401
            joining = {"link": secret, "login": "ada", "name": "Ada L", "password": GOOD}
            assert http.post("/api/v1/links/use", json=joining).json()["state"] == "open"
            assert http.get("/api/v1/signs").status_code == 200
        assert run(tmp_path, "list").stdout == "person:1  ada  Ada L  supervisor, administrator\n"
        invited = run(tmp_path, "invite", "Bob B", "--role", "operator", "--role", "analyst").stdout
        (link,) = re.findall(r"#link=(\S+)", invited)
        with httpx.Client(base_url=address, timeout=30) as http:
            joining = {"link": link, "login": "bob", "password": GOOD}
            assert http.post("/api/v1/links/use", json=joining).json()["person"]["name"] == "Bob B"
    finally:
        serving.terminate()
        serving.wait(30)
    assert "#link=" in run(tmp_path, "link", "ada").stdout
    assert run(tmp_path, "invite", "Eve", "--role", "approver").returncode == 2
    assert run(tmp_path, "link", "eve").returncode == 2
