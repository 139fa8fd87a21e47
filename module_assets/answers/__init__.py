"""Answers to what people ask of a snapshot: lists, one family, one module, a diff, an archive.

The command asks here, and whoever else shows modules. Nothing is written here, or laid out.
"""
