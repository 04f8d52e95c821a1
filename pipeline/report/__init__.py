"""The page of a run: one HTML file that says what went in, what came out, and why.

In: the artifacts of a run, from the channels of the step Report or, when the run has ended, well or
not, from ML Metadata; a `RunRecord`, which says what ML Metadata does not know.
Out: `report.html`, which needs no network, and the list of all runs.
Open first: `page.py`, from a run to the file. `step.py` calls it as the last step of the DAG,
`ending.py` when a run on this machine has ended, with times and memory; `early.py` makes the page
of one that never began; `comment.py` tells it in Markdown. `sections/` has a file for each part,
`pictures.py` draws, `templates/` holds what they are put into.
"""
