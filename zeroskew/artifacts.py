"""What rooms and orchestrators must agree on about artifacts."""

ABSENT = "absent"
"""Custom property, 1 for an artifact that stands for none: an optional input is left out for it."""
