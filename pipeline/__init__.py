"""The DAG and what runs it. This room wires; it decides nothing."""
