"""Duplication-aware rebalancing: repeats learned from cluster sizes, the language mixture, the rebalanced dataset."""
