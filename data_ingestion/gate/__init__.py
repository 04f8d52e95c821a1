"""What the DataGate decides."""
