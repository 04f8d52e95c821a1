"""Metrics, trivial baselines, parity and the ModelGate."""
