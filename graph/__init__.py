"""What every asset graph of the house is made of: how datasets are declared, become assets, are
checked, held back at a gate and shown; how a snapshot's files are written down.

No dataset and no rule of any graph is here.
"""
