"""Made-up wikis with modules in the layout of the public dumps, for demos, tests and benchmarks."""

from module_assets.sample.write import make_modules

__all__ = ["make_modules"]
