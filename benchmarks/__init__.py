"""Benchmarks, each run as a module from the repository root: measured, never asserted."""
