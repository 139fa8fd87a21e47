"""Reads the files of the dumps into the tables that the datasets of modules are made of."""
