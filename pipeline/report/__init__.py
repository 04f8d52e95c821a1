"""The page of a run: one HTML file that says what went in, what came out, and why.

In: ML Metadata and the artifacts of a run that has ended, well or not; a `RunRecord`, which says
what ML Metadata does not know.
Out: `report.html`, which needs no network, and the list of all runs.
Open first: `page.py`, from a run to the file; `sections/` has a file for each part of the page,
`pictures.py` draws, `templates/` holds what they are put into.
"""
