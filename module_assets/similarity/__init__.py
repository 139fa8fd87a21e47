"""Which shapes are alike, and the families that they make (MODULES.md sections 4 and 5)."""
