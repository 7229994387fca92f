"""MinHash deduplication: signatures, bands, clusters, keepers."""
