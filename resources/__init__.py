"""What is outside the graph: one module a thing one can connect to. No business rule."""
