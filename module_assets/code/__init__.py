"""What one text of a module is: tokens, blocks, hashes, references (MODULES.md section 3)."""
