"""Splits the posts into a training and a test part: prepare.py POSTS SHARE SEED"""

import json
import random
import sys

posts, share, seed = sys.argv[1], float(sys.argv[2]), int(sys.argv[3])
rng = random.Random(seed)
with open(posts, encoding="utf-8") as lines, open("train.jsonl", "w") as train, open("test.jsonl", "w") as test:
    for line in lines:
        post = json.loads(line)
        (test if rng.random() < share else train).write(json.dumps(post) + "\n")
