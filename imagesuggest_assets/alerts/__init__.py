"""Who is told when something is wrong: pages, and health."""
