"""Where data and what it must keep disagree, in words and with rows."""
