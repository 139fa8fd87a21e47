"""A made-up Wikimedia in the layout of the public dumps, for demos, tests and benchmarks."""

from resources.sample.write import SampleSummary, make_sample

__all__ = ["SampleSummary", "make_sample"]
