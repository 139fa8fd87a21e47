"""What goes out: the gate and people's decisions, the readers' store, the search index."""
