"""The datasets of the module finder, one function a dataset, which is called as it: of tables that
were read or analysed, Ibis expressions that give the same rows on every engine.
"""
