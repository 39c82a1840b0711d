"""SecureConnect: messages, calls and files on your own machine, as five services in one product.

cli          the verbs: init, serve, doctor, config, keys, migrate, user and the others
settings     every setting with its type, default, unit and sentence
wiring       settings -> adapters -> services -> node: the only place that chooses
node         starts in order, listens on public and inner ports, drains, stops in reverse
ops          stands outside and looks in: doctor, reference documents
services     gateway, auth, chat, video, storage: nouns decide, routes and sockets parse and answer
edge         how bytes become calls; knows no service
backends     one folder per need: port.py says what is needed, the adapters beside it provide it
contracts    the product's words: requests, answers, frames, events, errors
kit          no product words: clock, ids, secrets, breaker, crash points
client       the Python client, for bots, tests and tools

Imports point one way: kit <- contracts <- backends <- edge <- services <- wiring, node <- ops <- cli.
"""

__version__ = "0.1.0"
