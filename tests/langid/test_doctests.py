from __future__ import annotations

import doctest
import pkgutil
from importlib import import_module

import polysift.langid
import pytest


@pytest.mark.parametrize("name", [module.name for module in pkgutil.iter_modules(polysift.langid.__path__)])
def test_examples_in_docstrings(name: str) -> None:
    """Every example in a docstring gives what it says."""
    assert doctest.testmod(import_module(f"polysift.langid.{name}")).failed == 0
