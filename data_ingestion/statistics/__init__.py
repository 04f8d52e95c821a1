"""StatisticsGen, and what it counts."""
