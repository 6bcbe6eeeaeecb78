"""Simulated annealing over whole plans, compiled: what finds plans; what proves them good is in ``plans``."""
