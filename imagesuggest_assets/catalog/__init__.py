"""Every dataset declared once: columns, keys, bounds, meaning, what is counted of it.

How a declared dataset becomes an asset is here, too, and how it is drawn; how it is computed is
not.
"""
