"""`secureconnect user import`: many accounts from a CSV file, each fault told before anything is made."""

import csv
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, TextIO

from secureconnect.backends.peers.port import Peers
from secureconnect.contracts.errors import Code
from secureconnect.contracts.operator import USER_IMPORT, NewUser, UserImportAsk, UserImported
from secureconnect.ops.asking import Source, asked
from secureconnect.ops.listing import moment, plain, print_json
from secureconnect.ops.loading import Refusal, refuse
from secureconnect.ops.progress import progress
from secureconnect.settings import Loaded

COLUMNS = ("username", "display_name", "email", "admin")
SWITCH = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False, "": False}
FILE_BYTES_MAX = 16 * 1024 * 1024
FIELD_CHARACTERS_MAX = 1024
ROWS_MAX = 50_000
BATCH = 50
FAULTS_SHOWN_MAX = 100


class Wish(NamedTuple):
    """An account to be made, and the line of the file that asks for it."""

    line: int
    user: NewUser


class RowFault(NamedTuple):
    """What is wrong with one line of the file."""

    line: int
    told: str


def parse(lines: Iterator[str]) -> tuple[list[Wish], list[RowFault]]:
    """Read the rows of a CSV file with a header; every fault is told, none is raised."""
    reader = csv.DictReader(lines, restkey="", strict=True)
    wishes: list[Wish] = []
    faults: list[RowFault] = []
    seen: dict[str, int] = {}
    try:
        header = [name.strip() for name in reader.fieldnames or []]
        faults += _header_faults(header)
        if faults:
            return [], faults
        reader.fieldnames = header
        for row in reader:
            if len(wishes) >= ROWS_MAX:
                return [], [RowFault(reader.line_num, f"there are more than {ROWS_MAX} rows; part the file")]
            told = _row_fault(row, seen, reader.line_num)
            if told is not None:
                faults.append(RowFault(reader.line_num, told))
                continue
            wishes.append(Wish(reader.line_num, _user(row)))
    except csv.Error as error:
        faults.append(RowFault(reader.line_num, f"is no CSV ({error})"))
    return wishes, faults


def _header_faults(header: list[str]) -> list[RowFault]:
    faults = [RowFault(1, f"has the column {plain(name)!r}, which is none of {', '.join(COLUMNS)}")
              for name in header if name not in COLUMNS]  # fmt: skip
    faults += [RowFault(1, f"has the column {name} twice") for name in COLUMNS if header.count(name) > 1]
    if "username" not in header:
        faults.append(RowFault(1, f"must name the columns, username at least (of {', '.join(COLUMNS)})"))
    return faults


def _row_fault(row: dict[str, str], seen: dict[str, int], line: int) -> str | None:
    """What is wrong with a row as far as the file alone tells."""
    if "" in row:
        return "has more fields than the header"
    if any(value is None for value in row.values()):  # pyright: ignore[reportUnnecessaryComparison]  # a short row
        return "has fewer fields than the header"
    if any(len(value) > FIELD_CHARACTERS_MAX for value in row.values()):
        return f"has a field of more than {FIELD_CHARACTERS_MAX} characters"
    username = row["username"].strip()
    if not username:
        return "has no username"
    if row.get("admin", "").strip().lower() not in SWITCH:
        return f"says {plain(row['admin'])!r} for admin; write yes or no"
    first = seen.setdefault(username.casefold(), line)
    return None if first == line else f"names {plain(username)} again, as line {first} does"


def _user(row: dict[str, str]) -> NewUser:
    return NewUser(
        username=row["username"].strip(),
        display_name=row.get("display_name", "").strip() or None,
        email=row.get("email", "").strip() or None,
        admin=SWITCH[row.get("admin", "").strip().lower()],
    )


def import_users(
    source: Source, file: Path, out: Path | None, *, check: bool, show_links: bool, skip_existing: bool, json: bool
) -> int:
    """Check every row, then make the accounts; the links by which people set their passwords go into `out`."""
    if not check and out is None and not show_links:
        told = (
            "the links by which people set their passwords need a place. Nothing was changed. Give --out FILE "
            "(it is made with mode 0600), --show-links to see them here, or --check to only check the file."
        )
        return refuse(Refusal(told))
    try:
        wishes, faults = _read(file)
    except Refusal as refusal:
        return refuse(refusal)
    if not wishes:
        return _tell_faults(file, faults)

    async def work(peers: Peers, _: Loaded) -> int:
        wanted, wrong = await _checked(peers, wishes, skip_existing=skip_existing)
        if faults or wrong:
            return _tell_faults(file, [*faults, *wrong])
        if not wanted:
            print(f"{file}: all names are taken. Nothing was changed.", file=sys.stderr)
            return 0
        if check:
            print(f"{file}: {len(wanted)} accounts can be made, no fault. Nothing was changed.", file=sys.stderr)
            return 0
        return await _make(peers, wanted, out, show_links=show_links, json=json)

    return asked(source, work)


async def _checked(peers: Peers, wishes: list[Wish], *, skip_existing: bool) -> tuple[list[Wish], list[RowFault]]:
    """What is to be made, and what the server would refuse."""
    wanted: list[Wish] = []
    wrong: list[RowFault] = []
    with progress("checking", len(wishes)) as done:
        for part in _parts(wishes):
            reply = await peers.ask(USER_IMPORT, UserImportAsk([wish.user for wish in part], check=True))
            for wish, result in zip(part, reply.results, strict=True):
                done()
                if result.code is None:
                    wanted.append(wish)
                elif not (skip_existing and result.code == Code.AUTH_USERNAME_TAKEN.wire):
                    wrong.append(_refused(wish, result))
    return wanted, wrong


async def _make(peers: Peers, wishes: list[Wish], out: Path | None, *, show_links: bool, json: bool) -> int:
    results: list[UserImported] = []
    wrong: list[RowFault] = []
    kept = _Links(out) if out is not None else None
    try:
        with progress("making accounts", len(wishes)) as done:
            for part in _parts(wishes):
                reply = await peers.ask(USER_IMPORT, UserImportAsk([wish.user for wish in part]))
                if kept is not None:
                    kept.keep(reply.results)
                for wish, result in zip(part, reply.results, strict=True):
                    done()
                    results.append(result)
                    if result.made is None:
                        wrong.append(_refused(wish, result))
    finally:
        if kept is not None:
            kept.close()
        made = sum(1 for result in results if result.made is not None)
        print(f"{made} of {len(wishes)} accounts were made.", file=sys.stderr)
        if kept is not None and made:
            print(f"Their links are in {out} (mode 0600): send each by a safe way, then delete it.", file=sys.stderr)
    if show_links:
        _show(results, json=json)
    for fault in wrong:
        print(f"line {fault.line} {fault.told}", file=sys.stderr)
    return 1 if wrong else 0


class _Links:
    """The file of the one-time links: made before any account, for its owner alone, durable part by part."""

    def __init__(self, path: Path) -> None:
        try:
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
            self._file: TextIO = os.fdopen(os.open(path, flags, 0o600), "w", encoding="utf-8", newline="")
        except FileExistsError:
            raise Refusal(f"{path} is there already. Nothing was changed. Name a new file with --out.") from None
        except OSError as error:
            raise Refusal(f"{path} cannot be written ({error.strerror}). Nothing was changed.") from None
        self._rows = csv.writer(self._file)
        self._rows.writerow(("username", "link", "until_utc"))

    def keep(self, results: Sequence[UserImported]) -> None:
        for result in results:
            if result.made is not None and result.made.link is not None:
                link = result.made.link
                self._rows.writerow((result.made.account.username, link.link, moment(link.expires_at)))
        self._file.flush()
        os.fsync(self._file.fileno())

    def close(self) -> None:
        self._file.close()


def _show(results: Sequence[UserImported], *, json: bool) -> None:
    if json:
        print_json(results)
        return
    for result in results:
        if result.made is not None and result.made.link is not None:
            print(f"{result.made.account.username}\t{result.made.link.link}")


def _refused(wish: Wish, result: UserImported) -> RowFault:
    return RowFault(wish.line, f"({plain(wish.user.username)}) {result.detail or result.code} ({result.code})")


def _parts(wishes: list[Wish]) -> Iterator[list[Wish]]:
    for at in range(0, len(wishes), BATCH):
        yield wishes[at : at + BATCH]


def _read(file: Path) -> tuple[list[Wish], list[RowFault]]:
    try:
        if file.stat().st_size > FILE_BYTES_MAX:
            raise Refusal(f"{file} is larger than {FILE_BYTES_MAX} bytes; part it. Nothing was changed.")
        with file.open(encoding="utf-8-sig", newline="") as opened:
            wishes, faults = parse(iter(opened))
    except OSError as error:
        raise Refusal(f"{file} cannot be read ({error.strerror}). Nothing was changed.") from None
    except UnicodeDecodeError:
        raise Refusal(f"{file} is no UTF-8 text. Nothing was changed. Save it as CSV UTF-8.") from None
    if not wishes and not faults:
        raise Refusal(f"{file} has no rows. Nothing was changed.")
    return wishes, faults


def _tell_faults(file: Path, faults: Sequence[RowFault]) -> int:
    for fault in sorted(faults)[:FAULTS_SHOWN_MAX]:
        print(f"{file}: line {fault.line} {fault.told}", file=sys.stderr)
    if len(faults) > FAULTS_SHOWN_MAX:
        print(f"{file}: and {len(faults) - FAULTS_SHOWN_MAX} more", file=sys.stderr)
    count = "1 line is" if len(faults) == 1 else f"{len(faults)} lines are"
    print(f"{count} not right. Nothing was changed. Correct the file and run the command again.", file=sys.stderr)
    return 1
