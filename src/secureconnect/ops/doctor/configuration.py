"""Whether the settings and secrets are right and complete."""

from secureconnect.ops.doctor.finding import Finding, fail, ok, warn
from secureconnect.ops.doctor.patient import Patient
from secureconnect.settings import SERVICES, FaultLine, SettingsFault, missing_secrets, show

CHECK = "settings"


def of_faults(fault: SettingsFault) -> list[Finding]:
    """A line for each reason why the settings cannot be used."""
    return [_fault(line) for line in fault.faults]


async def check_settings(patient: Patient) -> list[Finding]:
    """Settings and secrets: what lacks, what is allowed but hardly meant, or that all is right."""
    loaded = patient.loaded
    missing = [] if patient.split else missing_secrets(loaded.settings, loaded.secrets, SERVICES)
    found = [_fault(line) for line in missing]
    found += [warn(CHECK, warning, "`secureconnect config show` tells where it stands") for warning in loaded.warnings]
    rows = show(loaded)
    given = sum(1 for row in rows if row.source not in {"default", "nowhere"})
    return found or [ok(CHECK, f"all right; {given} of {len(rows)} are set, the others have their defaults")]


def _fault(line: FaultLine) -> Finding:
    return fail(CHECK, f"{line.setting} ({line.source}) {line.wrong}", line.fix)
