"""The examples in the readers' docstrings."""

from __future__ import annotations

import doctest
from importlib import import_module
from pkgutil import iter_modules

import polysift.pipeline.readers
import pytest


@pytest.mark.parametrize("name", [module.name for module in iter_modules(polysift.pipeline.readers.__path__)])
def test_examples(name: str) -> None:
    """Every example in a docstring gives what it says."""
    assert doctest.testmod(import_module(f"polysift.pipeline.readers.{name}")).failed == 0
