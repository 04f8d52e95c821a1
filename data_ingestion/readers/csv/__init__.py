"""CSV files to Arrow record batches."""
