"""From the DAG to a file that a server takes.

In: settings and environment. Out: a `Package`, which keeps the server's rules.
Open first: `compiler.py`; `ir.py` has the repairs of what TFX compiles, `validator.py` the rules.
"""
