"""Network and trainer."""
