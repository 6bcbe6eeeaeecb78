"""The strategy that scales: one person's whole plan is the unit (Dantzig-Wolfe decomposition).

column.py         a plan of one person, and linear figures over plans
master.py         the restricted master: which plans together, by linear programming; gives prices
pricing.py        a person's best plan under given prices: exact, or with a bound that stays valid
bounding.py       column generation: prices and plans in turn until the bound is tight
neighbourhood.py  a few people's plans re-made exactly, guided by prices
strategy.py       the stages in order: bound, improve, fix the floor, go on
"""
