"""The parts of the page: each file reads from a run what one section shows, as plain values.

In: a `Run`. Out: a dataclass that its template is filled with; None where the run has not come so
far.
"""
