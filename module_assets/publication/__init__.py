"""What of a snapshot is shown: what is wrong with it, its gate, and people's decisions."""
