"""Every dataset of the module finder declared once: columns, keys, bounds, meaning, and what is
counted of it. How it is computed is not here.
"""
