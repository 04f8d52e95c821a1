"""The SavedModel: export, push, prediction."""
