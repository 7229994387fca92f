"""The examples in docstrings; those of the readers have a test of their own."""

from __future__ import annotations

import doctest
from importlib import import_module
from pkgutil import iter_modules

import polysift.pipeline.card
import polysift.pipeline.dedup
import polysift.pipeline.rebalance
import pytest

PACKAGES = (polysift.pipeline, polysift.pipeline.dedup, polysift.pipeline.rebalance, polysift.pipeline.card)
MODULES = [
    f"{package.__name__}.{module.name}" for package in PACKAGES for module in iter_modules(package.__path__)
]


@pytest.mark.parametrize("name", MODULES)
def test_examples(name: str) -> None:
    """Every example in a docstring gives what it says."""
    assert doctest.testmod(import_module(name)).failed == 0
