"""Everything that must be versioned with the model, from the feature list to the push."""
