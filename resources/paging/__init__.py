"""Telling people that something is wrong, once, until somebody has been told. No Dagster here.

``pager.Pager`` is what to begin with: it is told what was judged (``problems.Judgement``), and
sends what is due to the destinations that ``destinations.destinations_from`` reads from a setting.
"""
