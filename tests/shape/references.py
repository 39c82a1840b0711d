"""The reference pages that are made from code: what they should say, and a way to write them (`make docs`)."""

import sys
from pathlib import Path

from secureconnect.ops.docs import GENERATORS


def write(folder: Path) -> list[str]:
    """Write every page under `folder` and return the names of those that changed."""
    changed: list[str] = []
    for name, generate in GENERATORS.items():
        page = folder / name
        text = generate()
        if not page.exists() or page.read_text(encoding="utf-8") != text:
            page.parent.mkdir(parents=True, exist_ok=True)
            page.write_text(text, encoding="utf-8")
            changed.append(name)
    return changed


if __name__ == "__main__":
    print(*(f"wrote {name}" for name in write(Path(sys.argv[1]))), sep="\n")
