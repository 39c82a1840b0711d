"""What is wrong with the settings: one line each, all raised at once, and never a value in them."""

import msgspec


class FaultLine(msgspec.Struct, frozen=True):
    """One fault: the setting, where its value came from, what is wrong and what to do. It holds no value."""

    setting: str
    source: str
    wrong: str
    fix: str

    def __str__(self) -> str:
        end = "" if self.fix.endswith("?") else "."
        return f"{self.setting} ({self.source}) {self.wrong}: {self.fix}{end}"


class SettingsFault(Exception):
    """The settings cannot be used; `faults` lists every reason, so that one start shows them all."""

    def __init__(self, faults: list[FaultLine]) -> None:
        self.faults = sorted(faults, key=lambda line: (line.setting, line.source))
        super().__init__("\n".join(str(line) for line in self.faults))


class WrongValue(Exception):
    """A value that its setting does not take: what is wrong, in words that follow its name, and what to do."""

    def __init__(self, wrong: str, fix: str = "") -> None:
        self.fix = fix
        super().__init__(wrong)


def printable(name: str) -> str:
    """A name that somebody typed, cut to 120 characters and with everything unprintable escaped."""
    shown = "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in name[:120])
    return shown or "(no name)"
