"""The verbs on accounts, as a person runs them: on a running node, and on its stores while none runs."""

import stat
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from secureconnect.client import Client, ServerFault
from secureconnect.contracts.auth import AdminAccount, AuditRow
from secureconnect.contracts.operator import UserMade
from tests.fixtures.nodes import Node, Ports
from tests.fixtures.verbs import Operator

pytestmark = pytest.mark.anyio
PASSWORD = "a sentence that nobody guesses"


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """A node that runs."""
    running = Node(tmp_path_factory.mktemp("users") / "data", Ports.fresh())
    try:
        running.start()
        yield running
    finally:
        running.end()


@pytest.fixture(scope="module")
def operator(node: Node) -> Operator:
    """Whoever runs it."""
    return Operator(node.data_dir, node.ports)


def account(operator: Operator, name: str) -> AdminAccount:
    found = msgspec.json.decode(operator.good("user", "list", "--query", name, "--json"), type=list[AdminAccount])
    return next(one for one in found if one.username == name)


async def signed_in(node: Node, name: str, password: str = PASSWORD) -> None:
    async with Client(node.url) as client:
        await client.auth.login(name, password)
        await client.people.me()


async def test_an_account_is_made_with_a_password_and_signs_in(operator: Operator, node: Node) -> None:
    operator.good("user", "create", "root-admin", "--admin", "--password-file", "-", stdin=PASSWORD + "\n")
    assert account(operator, "root-admin").admin
    await signed_in(node, "root-admin")


async def test_an_account_is_made_with_a_link_that_sets_its_password(operator: Operator, node: Node) -> None:
    made = msgspec.json.decode(
        operator.good("user", "create", "linus", "--link", "--email", "linus@example.org", "--json"), type=UserMade
    )
    assert made.link is not None
    assert made.account.email_verified
    async with Client(node.url) as client:
        await client.auth.reset(made.link.link.rpartition("#")[2], PASSWORD)
    await signed_in(node, "linus")


async def test_disabling_shuts_out_and_enabling_lets_in_again(operator: Operator, node: Node) -> None:
    operator.good("user", "create", "dinah", "--password-file", "-", stdin=PASSWORD)
    async with Client(node.url) as client:
        await client.auth.login("dinah", PASSWORD)
        operator.good("user", "disable", "dinah")
        with pytest.raises(ServerFault):
            await client.people.me()
    assert account(operator, "dinah").disabled
    operator.good("user", "enable", "dinah")
    await signed_in(node, "dinah")


async def test_sessions_are_ended_and_a_link_sets_a_new_password(operator: Operator, node: Node) -> None:
    operator.good("user", "create", "elsa", "--password-file", "-", stdin=PASSWORD)
    await signed_in(node, "elsa")
    assert account(operator, "elsa").sessions == 1
    operator.good("user", "end-sessions", "elsa")
    assert account(operator, "elsa").sessions == 0
    link = operator.good("user", "reset-link", "elsa").strip()
    async with Client(node.url) as client:
        await client.auth.reset(link.rpartition("#")[2], PASSWORD + " and more")
    await signed_in(node, "elsa", PASSWORD + " and more")


async def test_the_role_is_given_and_taken_and_the_last_one_stays(operator: Operator) -> None:
    operator.good("user", "create", "rollo", "--link")
    operator.good("user", "set-admin", "rollo")
    assert account(operator, "rollo").admin
    operator.good("user", "set-admin", "rollo", "--off")
    refused = operator.run("user", "set-admin", "root-admin", "--off")
    assert refused.returncode == 2
    assert "auth.last_admin" in refused.stderr


async def test_deleting_asks_first_and_closes_for_ever(operator: Operator) -> None:
    operator.good("user", "create", "gone", "--link")
    refused = operator.run("user", "delete", "gone")
    assert refused.returncode == 2
    assert "Give --yes" in refused.stderr
    operator.good("user", "delete", "gone", "--yes")
    taken = operator.run("user", "create", "gone", "--link")
    assert taken.returncode == 2
    assert "auth.username_taken" in taken.stderr


@pytest.mark.parametrize(
    ("words", "stdin", "told"),
    [
        (("disable", "nobody"), "", "See `secureconnect user list`"),
        (("create", "b ad", "--link"), "", "auth.username_invalid"),
        (("create", "weak", "--password-file", "-"), "short", "auth.password_weak"),
        (("create", "nofile", "--password-file", "/nonexistent"), "", "cannot be read"),
        (("create", "both", "--password-file", "-", "--link"), "", "exclude each other"),
        (("create", "noterm"), "", "no terminal"),
        (("import", "/nonexistent.csv", "--check"), "", "cannot be read"),
        (("import", "/nonexistent.csv"), "", "--out FILE"),
    ],
)
async def test_what_cannot_be_is_refused_with_2_and_changes_nothing(
    operator: Operator, words: tuple[str, ...], stdin: str, told: str
) -> None:
    done = operator.run("user", *words, stdin=stdin)
    assert done.returncode == 2
    assert told in done.stderr
    assert "Nothing was changed" in done.stderr
    assert done.stdout == ""


async def test_an_import_tells_every_fault_and_makes_nothing_until_there_is_none(
    operator: Operator, tmp_path: Path
) -> None:
    file, out = tmp_path / "people.csv", tmp_path / "links.csv"
    file.write_text(
        "username,email,admin\nida,ida@example.org,\nida,,\nroot-admin,,\nje ff,,\nkai,nowhere,\nleo,,maybe\n"
    )
    done = operator.run("user", "import", str(file), "--out", str(out))
    assert done.returncode == 1
    assert [line.split(": ")[1].split()[1] for line in done.stderr.splitlines()[:-1]] == ["3", "4", "5", "6", "7"]
    assert not out.exists()
    file.write_text("username,email,admin\nida,ida@example.org,\nroot-admin,,\nkai,,yes\n")
    assert operator.run("user", "import", str(file), "--check").returncode == 1
    operator.good("user", "import", str(file), "--skip-existing", "--check")
    operator.good("user", "import", str(file), "--skip-existing", "--out", str(out))
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert [line.split(",")[0] for line in out.read_text().splitlines()] == ["username", "ida", "kai"]
    assert account(operator, "kai").admin
    again = operator.run("user", "import", str(file), "--out", str(out))
    assert again.returncode == 1
    assert "auth.username_taken" in again.stderr


async def test_lists_are_lines_or_json_and_bounded(operator: Operator) -> None:
    lines = operator.good("user", "list").splitlines()
    assert all(len(line.split("\t")) == 9 for line in lines)
    limited = operator.run("user", "list", "--limit", "1")
    assert len(limited.stdout.splitlines()) == 1
    assert "There are more" in limited.stderr


async def test_each_act_stands_in_the_audit_with_the_names_of_people(operator: Operator) -> None:
    operator.good("user", "create", "audrey", "--link")
    last = operator.good("audit", "tail", "--limit", "1").split("\t")
    assert (last[1], last[2], last[3]) == ("operator", "account.create", "audrey")
    rows = msgspec.json.decode(operator.good("audit", "tail", "--json"), type=list[AuditRow])
    assert [row.at for row in rows] == sorted(row.at for row in rows)


async def test_a_letter_is_kept_where_no_mail_server_is_set(operator: Operator) -> None:
    done = operator.run("mail", "test", "a@example.org")
    assert done.returncode == 0
    assert "was not sent" in done.stderr
    assert list((operator.data_dir / "outbox" / "mail").glob("*.eml"))
    refused = operator.run("mail", "test", "nowhere")
    assert refused.returncode == 2
    assert "auth.email_invalid" in refused.stderr
