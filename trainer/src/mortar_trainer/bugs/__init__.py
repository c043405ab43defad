"""Bug injection: one-line bugs in Python functions. Imports the standard library only.

functions = list(iter_functions(source, "package/module.py"))
mutant = mutate(functions[0], random.Random(17))
"""

from .candidates import KINDS
from .functions import Function, iter_functions
from .mutate import Mutant, mutants, mutate, mutated_text

__all__ = ["KINDS", "Function", "Mutant", "iter_functions", "mutants", "mutate", "mutated_text"]
