"""Readers: one module per kind of file, all handing over the same batches."""
