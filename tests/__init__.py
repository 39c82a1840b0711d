"""The tests of SecureConnect; tests/unit mirrors the package."""
