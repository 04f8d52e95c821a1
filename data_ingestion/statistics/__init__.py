"""StatisticsGen, and what it counts.

In: the files of one split.
Out: the statistics that TFDV computes, as its message, without Beam.
Open first: `compute.py`; `statistics_view.py` reads the message.
"""
