"""A made-up Wikimedia in the layout of the public dumps, for demos, tests and benchmarks."""
