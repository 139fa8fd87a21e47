"""What one text of a module is: its tokens, blocks, hashes and references (MODULES.md section 3)."""
