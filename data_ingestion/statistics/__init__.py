"""StatisticsGen.

In: the files of each split.
Out: their statistics, as `zeroskew/statistics/` computes them.
Open first: `statistics_gen.py`; `statistics_view.py` reads the message.
"""
