"""The DataGate: stops the run for data that must not be trained on.

In: anomalies, statistics, the ingestion report, the spans that have passed, and what is allowed.
Out: a verdict with every anomaly, its rows and the text that would accept it.
Open first: `data_gate.py`, which weighs all of it; `drift.py`, what is compared with earlier spans.
"""
