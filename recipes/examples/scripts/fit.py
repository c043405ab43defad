"""Fits a logistic regression by gradient descent: fit.py TRAIN STEPS RATE"""

import json
import math
import os
import sys
from collections import defaultdict

with open(sys.argv[1], encoding="utf-8") as lines:
    rows = [json.loads(line) for line in lines]
steps, rate = int(sys.argv[2]), float(sys.argv[3])
weights: dict = defaultdict(float)
for _ in range(steps):
    gradient: dict = defaultdict(float)
    for row in rows:
        score = weights[""] + sum(weights[term] * value for term, value in row["features"].items())
        error = 1 / (1 + math.exp(-score)) - row["label"]
        gradient[""] += error
        for term, value in row["features"].items():
            gradient[term] += error * value
    for term, value in gradient.items():
        weights[term] -= rate * value / len(rows)
os.makedirs("model")
with open("model/weights.json", "w", encoding="utf-8") as out:
    json.dump(dict(sorted(weights.items())), out, indent=1)
