"""Files and functions stay small enough to be read at once."""

from statistics import median

from tests.shape.tree import EXAMPLES, SOURCE, TESTS, Module, expect_none, length

FILE_MEDIAN = 120
FILE_USUAL = 300
FILE_MAX = 400
FUNCTION_MEDIAN = 10
FUNCTION_MAX = 70

# Files that a program writes, each by its path: nobody reads them line by line.
GENERATED: frozenset[str] = frozenset()

READ = [module for module in SOURCE if module.name not in GENERATED]
# A package's empty `__init__` would flatter the median.
FILLED = [module for module in READ if module.path.name != "__init__.py" or module.lines > 1]


def files_above(modules: list[Module], lines: int) -> list[str]:
    """The files that are longer, with their lengths."""
    return [f"{module.name}: {module.lines} lines" for module in modules if module.lines > lines]


def functions_above(modules: list[Module], lines: int) -> list[str]:
    """The functions that are longer, with their lengths."""
    return [
        f"{module.name}:{function.lineno} {function.name}: {length(function)} lines"
        for module in modules
        for function in module.functions()
        if length(function) > lines
    ]


def test_generated_files_are_there() -> None:
    assert not GENERATED - {module.name for module in SOURCE}


def test_no_file_is_longer_than_400_lines() -> None:
    expect_none(files_above([*READ, *TESTS, *EXAMPLES], FILE_MAX))


def test_nine_files_of_ten_are_under_300_lines() -> None:
    longer = files_above(FILLED, FILE_USUAL)
    assert len(longer) <= len(FILLED) / 10, longer


def test_half_the_files_are_under_120_lines() -> None:
    assert median(module.lines for module in FILLED) <= FILE_MEDIAN


def test_no_function_is_longer_than_70_lines() -> None:
    expect_none(functions_above([*READ, *TESTS, *EXAMPLES], FUNCTION_MAX))


def test_half_the_functions_are_under_10_lines() -> None:
    assert median(length(function) for module in READ for function in module.functions()) <= FUNCTION_MEDIAN
