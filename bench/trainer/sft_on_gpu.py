"""Masked SFT of Qwen3 architectures on one GPU, from random weights: speed, memory, and that a killed job ends in the same weights.

    PYTHONPATH=trainer/src python3 bench/trainer/sft_on_gpu.py [--sizes 0.6b,1.7b,4b] [--length 16384] [--out DIR]

Speed and memory depend on the architecture and the lengths, not on what the weights know, so no weights have to be fetched. The
conversations are this repository's own files, cut into turns; every third assistant turn is masked. `mfu` is 6 * parameters * tokens
plus the attention's own products, over the time of a step and the card's dense bf16 rate as measured in the same run."""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
# Published configurations of Qwen3; the vocabulary's size is what the logits cost.
SIZES: dict[str, dict[str, int]] = {
    "0.6b": {"hidden": 1024, "layers": 28, "heads": 16, "kv_heads": 8, "head_dim": 128, "intermediate": 3072},
    "1.7b": {"hidden": 2048, "layers": 28, "heads": 16, "kv_heads": 8, "head_dim": 128, "intermediate": 6144},
    "4b": {"hidden": 2560, "layers": 36, "heads": 32, "kv_heads": 8, "head_dim": 128, "intermediate": 9728},
}
VOCABULARY = 151_936


def matrix_rate() -> float:
    """Floating-point operations a second of a large bf16 product."""
    import torch

    left, right = (torch.randn(8192, 8192, device="cuda", dtype=torch.bfloat16) for _ in range(2))
    for _ in range(3):
        left @ right
    torch.cuda.synchronize()
    started = time.perf_counter()
    for _ in range(20):
        left @ right
    torch.cuda.synchronize()
    return 20 * 2 * 8192**3 / (time.perf_counter() - started)


def make_model(folder: Path, size: dict[str, int], length: int) -> int:
    """Writes a model and its tokenizer; gives the number of parameters."""
    import torch

    from mortar_trainer.base_model import new_model
    from mortar_trainer.tokenizer import save_tokenizer, train_tokenizer

    texts = [path.read_text(errors="ignore") for path in sorted((ROOT / "trainer" / "src").rglob("*.py"))]
    tokenizer = train_tokenizer(texts, 4096)
    with torch.device("cuda"):
        model = new_model({**size, "max_length": length}, VOCABULARY, 0, int(tokenizer.token_to_id("<|im_end|>")), seed=1)
    model.to(torch.bfloat16).save_pretrained(folder)
    save_tokenizer(tokenizer, folder, length)
    return sum(parameter.numel() for parameter in model.parameters())


def write_conversations(path: Path, count: int, characters: int) -> int:
    """Turns of about 1,200 characters; gives the assistant turns that are trained."""
    text = "\n".join(file.read_text(errors="ignore") for file in sorted(ROOT.glob("*/**/*.ts")) if "node_modules" not in file.parts)
    trained = 0
    with path.open("w") as file:
        for number in range(count):
            messages: list[dict[str, Any]] = []
            for start in range(0, characters, 1200):
                at = (number * 7919 + start) % max(1, len(text) - 1200)
                assistant = len(messages) % 2 == 1
                masked = assistant and len(messages) % 6 == 3
                trained += assistant and not masked
                messages.append({"role": "assistant" if assistant else "user", "content": text[at : at + 1200]})
                if masked:
                    messages[-1]["turn_mask"] = True
            file.write(json.dumps({"messages": messages}) + "\n")
    return trained


def start(job: Path, config: dict[str, Any]) -> subprocess.Popen[bytes]:
    job.mkdir(parents=True, exist_ok=True)
    (job / "config.json").write_text(json.dumps(config))
    return subprocess.Popen([sys.executable, "-m", "mortar_trainer", "sft", "--job", str(job)])


def events(job: Path) -> list[dict[str, Any]]:
    path = job / "log.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def digest(folder: Path) -> str:
    import hashlib

    hashes = [hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.glob("*.safetensors"))]
    return hashlib.sha256("".join(hashes).encode()).hexdigest()


def used_memory() -> float:
    query = ["nvidia-smi", "--query-gpu=memory.used", "--format=csv,noheader,nounits"]
    out = subprocess.run(query, capture_output=True, text=True, check=True)
    return int(out.stdout.split()[0]) / 1024


def measure(name: str, length: int, folder: Path, rate: float) -> dict[str, Any]:
    size = SIZES[name]
    parameters = make_model(folder / "model", size, length)
    trained = write_conversations(folder / "data.jsonl", 24, length * 3)
    train = {"steps": 8, "batch": 4, "micro_tokens": length, "learning_rate": 1e-4, "cutoff": length, "gradient_checkpointing": True}
    config = {"model": str(folder / "model"), "data": str(folder / "data.jsonl"), "seed": 1, "train": {**train, "checkpoint_seconds": 1e9}}
    config["expected_trained_turns"] = trained
    process = start(folder / "whole", config)
    peak = 0.0
    while process.poll() is None:
        peak = max(peak, used_memory())
        time.sleep(0.2)
    if process.returncode != 0:
        return {"model": name, "parameters": parameters, "failed": process.returncode, "peak_gib": round(peak, 1)}
    steps = [event for event in events(folder / "whole") if event["event"] == "step"]
    done = events(folder / "whole")[-1]
    seconds = steps[-1]["seconds"] - steps[0]["seconds"]
    tokens = steps[-1]["tokens"] - steps[0]["tokens"]
    attention = 12 * size["layers"] * size["heads"] * size["head_dim"] * length / 2
    speed = tokens / seconds
    return {
        "model": name,
        "parameters": parameters,
        "length": length,
        "tokens_per_second": round(speed),
        "mfu": round(speed * (6 * parameters + attention) / rate, 3),
        "peak_gib": round(peak, 1),
        "first_loss": steps[0]["loss"],
        "last_loss": done["loss"],
        "masks": done["masks"]["masked_turns"],
        "cut": done["masks"]["cut"],
        "weights": digest(folder / "whole" / "output"),
    }


def kill_and_resume(folder: Path) -> dict[str, Any]:
    """The same job, killed after its first checkpoint: its weights must be those of the job that nothing disturbed."""
    config = json.loads((folder / "whole" / "config.json").read_text())
    config["train"]["checkpoint_seconds"] = 0
    process = start(folder / "cut", config)
    while not list((folder / "cut").glob("checkpoints/checkpoint-*/complete")) and process.poll() is None:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    code = start(folder / "cut", config).wait()
    resumed = [event["step"] for event in events(folder / "cut") if event["event"] == "resume"]
    return {"code": code, "resumed_at": resumed, "weights": digest(folder / "cut" / "output") if code == 0 else None}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="0.6b,1.7b,4b")
    parser.add_argument("--length", type=int, default=16_384)
    parser.add_argument("--out", default=os.environ.get("OUT", "."))
    arguments = parser.parse_args()
    import torch

    if not torch.cuda.is_available():
        sys.exit("No GPU: this measures one.")
    rate = matrix_rate()
    results: dict[str, Any] = {"device": torch.cuda.get_device_name(), "torch": torch.__version__, "bf16_flops": rate, "models": []}
    for number, name in enumerate(arguments.sizes.split(",")):
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary)
            torch.cuda.empty_cache()
            result = measure(name, arguments.length, folder, rate)
            if number == 0 and "failed" not in result:
                result["killed_and_resumed"] = kill_and_resume(folder)
            results["models"].append(result)
            print(json.dumps(result), flush=True)
    (Path(arguments.out) / "sft_on_gpu.json").write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main()
