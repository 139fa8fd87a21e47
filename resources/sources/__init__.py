"""Where inputs come from: the public dumps, their SQL and entity files."""
