"""docs/reference/cli.md: every verb of the command line with its options."""

from secureconnect.cli import app

OPENING = """# The command line

Generated from the code.

Exit codes: 0 it is done, 1 the answer is no (something waits, a check failed, a row was refused), 2 it was refused or
asked for in a wrong way; nothing was changed then unless the answer says so. Answers go to standard output, all else to
standard error; listings are tables on a terminal, tab-separated lines elsewhere, JSON with `--json`.

Verbs that read or change accounts, keys and mail speak to the running node over its inner listener, with the operator's
key of the same `data_dir`; while none runs they open the stores themselves. They take the settings that the node was
started with: the same environment, `--config`, or `--set`.
"""
"""What stands before the verbs."""


def commands_page() -> str:
    """The page as Markdown."""
    _, _, verbs = app.generate_docs(output_format="markdown").partition("## Table of Contents")
    return f"{OPENING}\n## Table of Contents{verbs.rstrip()}\n"
