"""What is fast, and how we know: `python -m benchmarks` measures, docs/performance.md tells."""
