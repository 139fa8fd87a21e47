"""The server of the module finder: pages for people and an API. It only reads the lake."""
