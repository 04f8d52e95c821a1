"""Databases to Arrow record batches."""
