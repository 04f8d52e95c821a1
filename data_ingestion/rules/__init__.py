"""Rules on rows and on the data."""
