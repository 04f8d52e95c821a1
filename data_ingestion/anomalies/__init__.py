"""Where data and what it must keep disagree, in words and with rows.

In: what TFDV found, the schema, statistics, and the source.
Out: a list of `Anomaly`: what was expected, what was observed, the first rows that show it.
Open first: `anomaly.py`; the kinds there are stand in `data_ingestion/anomaly_kinds.py`.
"""
