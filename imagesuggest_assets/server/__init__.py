"""What people and programs read: `imagesuggest serve` (SPEC.md section 11)."""
