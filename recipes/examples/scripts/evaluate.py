"""Average precision and area under the ROC curve: evaluate.py MODEL TEST"""

import json
import sys

with open(f"{sys.argv[1]}/weights.json", encoding="utf-8") as file:
    weights = json.load(file)
with open(sys.argv[2], encoding="utf-8") as lines:
    rows = [json.loads(line) for line in lines]
scored = sorted(
    ((sum(weights.get(term, 0) * value for term, value in row["features"].items()), row["label"]) for row in rows),
    key=lambda pair: -pair[0],
)
right, precisions, wins = 0, [], 0.0
for rank, (_, label) in enumerate(scored, start=1):
    if label:
        right += 1
        precisions.append(right / rank)
positives, negatives = right, len(scored) - right
for score, label in scored:
    if label:
        wins += sum((score > other) + 0.5 * (score == other) for other, wrong in scored if not wrong)
with open("metrics.json", "w", encoding="utf-8") as out:
    json.dump(
        {
            "avg_prec": round(sum(precisions) / len(precisions), 4),
            "roc_auc": round(wins / (positives * negatives), 4),
            "posts": len(scored),
        },
        out,
    )
