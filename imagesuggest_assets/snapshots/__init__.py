"""How a snapshot arrives: what is green, when it is complete, its manifest, the sensors that start
runs, and runs that are forgotten. No dataset is computed here.
"""
