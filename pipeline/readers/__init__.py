"""Readers: any input as Arrow record batches of one declared schema; what cannot be read is quarantined."""
