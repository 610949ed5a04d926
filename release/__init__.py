"""A rehearsal of a release: python -m release."""
