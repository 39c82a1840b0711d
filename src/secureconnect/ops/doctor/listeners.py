"""The listeners: each public and inner port answers as ours, and no inner one is reached from outside."""

import asyncio
import ipaddress

import httpx2

from secureconnect.kit.listeners import holder_of
from secureconnect.ops.doctor.addresses import own_addresses
from secureconnect.ops.doctor.answers import Heard, Way, asker, hear
from secureconnect.ops.doctor.finding import Finding, fail, ok, warn
from secureconnect.ops.doctor.patient import Patient
from secureconnect.settings import SERVICES


async def check_listeners(patient: Patient) -> list[Finding]:
    """Every listener of the five services, or, while no node runs, whether their ports are free."""
    async with asyncio.timeout(60), asker() as client:
        if not patient.runs and not patient.split:
            return await _free_ports(patient, client)
        parts = await asyncio.gather(*(_service(patient, client, name) for name in SERVICES))
        exposed = await asyncio.gather(*(_exposed(patient, client, name) for name in SERVICES))
    return [finding for part in (*parts, *exposed) for finding in part]


async def _service(patient: Patient, client: httpx2.AsyncClient, name: str) -> list[Finding]:
    found: list[Finding] = []
    for kind, urls in (("port", patient.public(name)), ("inner_port", patient.inner(name))):
        for url in urls:
            heard = await hear(client, f"{url}/health")
            holder = holder_of(_port(url)) if heard.way is not Way.REFUSED and not heard.of_ours else None
            if (
                wrong := judge_listener(f"{name}.{kind}", url, heard, holder, name, inner=kind == "inner_port")
            ) is not None:
                found.append(wrong)
    where = ", ".join([*patient.public(name), *patient.inner(name)])
    return found or [ok(name, f"answers at {where}")]


def judge_listener(
    setting: str, url: str, heard: Heard, holder: str | None, service: str, *, inner: bool
) -> Finding | None:
    """What is wrong with one listener by its answer to `/health`; None when it answers as ours."""
    if heard.of_inner and heard.body["service"] != service:
        fix = f"correct {setting}, or the setting of {heard.body['service']}"
        return fail(setting, f"{url} is the {heard.body['service']} service", fix)
    if heard.of_inner is inner and heard.of_ours:
        return None
    if heard.of_ours:
        what = "an inner listener" if heard.of_inner else "a public listener"
        return fail(setting, f"{url} is {what}", f"correct {setting}")
    if heard.way is Way.REFUSED or heard.way is Way.UNKNOWN:
        return fail(setting, f"{url}: {heard.way.value}", f"start the {service} service, or correct {setting}")
    if heard.way is Way.ANSWERED and heard.status == 421:
        fix = "add that host name to `hosts`"
        return fail(setting, f"{url} does not answer for its own host name", fix)
    who = f"{holder} has that port" if holder else "something else has that port"
    told = f"{url}: {who}" if heard.way is not Way.SILENT else f"{url}: {heard.way.value}"
    return fail(setting, told, f"stop it, or give {setting} another port; then start the node anew")


async def _free_ports(patient: Patient, client: httpx2.AsyncClient) -> list[Finding]:
    found: list[Finding] = []
    for name in SERVICES:
        own = patient.settings.service(name)
        for setting, port, urls in (
            (f"{name}.port", own.port, patient.public(name)),
            (f"{name}.inner_port", own.inner_port, patient.inner(name)),
        ):
            heard = await hear(client, f"{urls[0]}/health")
            if (taken := judge_free(setting, port, heard, holder_of(port))) is not None:
                found.append(taken)
    return found or [ok("ports", "all ten are free")]


def judge_free(setting: str, port: int, heard: Heard, holder: str | None) -> Finding | None:
    """Whether a port that a start will want is free; None when it is."""
    if heard.way is Way.REFUSED and holder is None:
        return None
    if heard.of_ours:
        told = f"port {port} belongs to a node with another data_dir" + (f", {holder}" if holder else "")
        return fail(setting, told, f"stop that node, give {setting} another port, or set data_dir to the one it uses")
    told = f"port {port} is in use by {holder or 'another process'}"
    return fail(setting, told, f"stop it, or give {setting} another port")


async def _exposed(patient: Patient, client: httpx2.AsyncClient, name: str) -> list[Finding]:
    """Where the inner listener of a service answers on this machine's other addresses."""
    port = patient.settings.service(name).inner_port
    addresses = own_addresses()
    heard = await asyncio.gather(*(hear(client, f"http://{_host(one)}:{port}/health") for one in addresses))
    seen = [address for address, answer in zip(addresses, heard, strict=True) if answer.of_inner]
    elsewhere = any(patient.settings.service(other).inner_urls for other in SERVICES)
    return [judge_exposed(name, port, address, elsewhere=elsewhere) for address in seen]


def judge_exposed(name: str, port: int, address: str, *, elsewhere: bool) -> Finding:
    """An inner listener that answers beyond loopback: wrong, unless services of other machines need a private one."""
    setting = f"{name}.inner_port"
    told = f"the inner listener answers at {address}:{port}"
    if elsewhere and not ipaddress.ip_address(address).is_global:
        fix = "let the firewall admit the other services' machines alone"
        return warn(setting, f"{told}, where other services reach it", fix)
    fix = f"set {name}.inner_host to 127.0.0.1 and start the node anew; close port {port} in the firewall"
    return fail(setting, f"{told}: health, metrics and calls between services must not be reached from outside", fix)


def _port(url: str) -> int:
    parsed = httpx2.URL(url)
    return parsed.port or (443 if parsed.scheme == "https" else 80)


def _host(address: str) -> str:
    return f"[{address}]" if ":" in address else address
