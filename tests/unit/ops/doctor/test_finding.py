"""Findings are ordered by how bad they are, and sizes are told in units that people read."""

from secureconnect.ops.doctor.finding import Level, fail, ok, size, warn, worst


def test_the_worst_of_all_counts() -> None:
    assert worst([]) is Level.OK
    assert worst([ok("a", "x"), warn("b", "x", "y")]) is Level.WARN
    assert worst([fail("c", "x", "y"), ok("a", "x"), warn("b", "x", "y")]) is Level.FAIL


def test_sizes_are_told_in_the_largest_unit_that_fits() -> None:
    assert [size(octets) for octets in (0, 1023, 1024, 1536, 5 << 30)] == [
        "0 bytes", "1023 bytes", "1.0 KiB", "1.5 KiB", "5.0 GiB",
    ]  # fmt: skip
