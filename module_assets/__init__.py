"""The module finder: the Lua modules of all wikis, and which of them are copies of one another.

Knows `resources`, and nothing of the image suggestions.
"""
