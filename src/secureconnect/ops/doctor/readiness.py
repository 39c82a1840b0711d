"""What the running services say of themselves: ready, and each of their dependencies; and what waits for a person."""

import asyncio

from secureconnect.contracts.errors import Code, Fault
from secureconnect.contracts.peers import AUTH_POLICY, Nothing, PolicyReply
from secureconnect.ops.doctor.answers import Heard, asker, hear
from secureconnect.ops.doctor.finding import Finding, fail, ok, warn
from secureconnect.ops.doctor.patient import Patient
from secureconnect.settings import SERVICES
from secureconnect.wiring.operating import operator_line, ping_mail


async def check_readiness(patient: Patient) -> list[Finding]:
    """Each service's own account of its dependencies; nothing where none answers, which the listeners tell."""
    async with asker() as client:
        urls = [(name, url) for name in SERVICES for url in patient.inner(name)]
        heard = await asyncio.gather(*(hear(client, f"{url}/ready") for _, url in urls))
    judged = [(name, judge_ready(name, one)) for (name, _), one in zip(urls, heard, strict=True) if one.of_inner]
    wrong = [finding for _, finding in judged if finding is not None]
    good = [name for name, finding in judged if finding is None]
    return [*wrong, *([ok("ready", ", ".join(dict.fromkeys(good)))] if good else [])]


def judge_ready(service: str, heard: Heard) -> Finding | None:
    """What a service lacks; None when it is ready and all it uses answers."""
    words: dict[str, str] = heard.body.get("checks") or {}
    lacks = [f"{need} ({word})" for need, word in sorted(words.items()) if word != "ok"]
    fix = "read the node's log lines of that time; the lines of this report on what it uses may say more"
    if heard.status != 200:
        return fail(service, f"is not ready: {', '.join(lacks) or 'it does not say why'}", fix)
    if lacks:
        return warn(service, f"is ready, but without {', '.join(lacks)}", fix)
    return None


async def check_operator(patient: Patient) -> list[Finding]:
    """Whether the node takes this data_dir's operator, and whether the first administrator has signed up."""
    if not patient.runs:
        return []
    try:
        line = operator_line(patient.settings)
    except (OSError, ValueError):
        fix = "run doctor as the user who runs the node"
        return [fail("operator", "the operator's key of this data_dir cannot be read", fix)]
    try:
        return judge_policy(await line.peers.ask(AUTH_POLICY, Nothing(), timeout_s=5.0))
    except Fault as fault:
        return judge_refusal(fault, split=patient.split)
    finally:
        await line.close()


def judge_policy(policy: PolicyReply) -> list[Finding]:
    """Who may come in, and whether anybody looks after the server."""
    if policy.first_admin_pending:
        told = "nobody has signed up as the first administrator"
        return [warn("administrator", told, "open the link that the last start showed, or `secureconnect user create`")]
    return [ok("administrator", f"there is one; registration is {policy.registration}")]


def judge_refusal(fault: Fault, *, split: bool) -> list[Finding]:
    """Why auth gave the operator no answer."""
    if fault.code is Code.UNAUTHENTICATED and split:
        return [ok("operator", "verbs on accounts and keys are given where auth runs, with its data_dir")]
    if fault.code is Code.UNAUTHENTICATED:
        told = "the node at auth.inner_port does not know this data_dir's operator: it uses another data_dir"
        return [fail("operator", told, "set data_dir to the one it was started with")]
    return [fail("operator", f"auth gives no answer ({fault.code.wire})", "the lines on auth say why")]


async def check_mail(patient: Patient) -> list[Finding]:
    """Whether letters can go out."""
    try:
        told = await ping_mail(patient.loaded)
    except Fault as fault:
        fix = "check smtp.url, smtp_password and the firewall; `secureconnect mail test` sends a letter"
        return [fail("mail", fault.detail or fault.code.title, fix)]
    if told is None:
        return [warn("mail", "none is sent: people cannot reset their passwords alone", "set smtp.url and smtp.sender")]
    return [ok("mail", told)]
