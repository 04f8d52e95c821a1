"""The curated schema: text, inference, difference, acceptance."""
