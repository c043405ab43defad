"""Weighs words by TF-IDF, learnt on the training part: featurize.py TRAIN TEST MAX_FEATURES NGRAMS"""

import json
import math
import sys
from collections import Counter


def read(path):
    with open(path, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def terms(text, longest):
    words = text.lower().split()
    return [" ".join(words[at : at + size]) for size in range(1, longest + 1) for at in range(len(words) - size + 1)]


train, test = read(sys.argv[1]), read(sys.argv[2])
most, longest = int(sys.argv[3]), int(sys.argv[4])
found_in = Counter(term for post in train for term in set(terms(post["title"], longest)))
kept = sorted(found_in, key=lambda term: (-found_in[term], term))[:most]
weight = {term: math.log(len(train) / found_in[term]) for term in kept}
for name, posts in (("train", train), ("test", test)):
    with open(f"{name}.jsonl", "w", encoding="utf-8") as lines:
        for post in posts:
            counts = Counter(term for term in terms(post["title"], longest) if term in weight)
            features = {term: count * weight[term] for term, count in sorted(counts.items())}
            lines.write(json.dumps({"id": post["id"], "features": features, "label": post["python"]}) + "\n")
