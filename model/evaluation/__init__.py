"""How good a model is, and whether it may serve.

In: a SavedModel, raw and transformed examples, and the gate's settings.
Out: metrics by slice, the scores of trivial rules, a parity report, and a blessing with reasons.
Open first: `model_gate.py`, why a model is blessed or refused; `evaluator.py`, what is measured.
"""
