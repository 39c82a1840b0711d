"""What every test may ask for."""

import hypothesis
import pytest

# A slow machine is no fault of an example; what failed is printed so that it can be run again.
hypothesis.settings.register_profile("secureconnect", deadline=None, print_blob=True)
hypothesis.settings.load_profile("secureconnect")


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Asynchronous tests run on asyncio: the product runs on nothing else."""
    return "asyncio"
