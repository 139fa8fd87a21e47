"""How a snapshot of the module finder arrives: which files make it up, and what starts its run."""
