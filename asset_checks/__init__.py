"""What must hold of every dataset before anything after it is touched."""
