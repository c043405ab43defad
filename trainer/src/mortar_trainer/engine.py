"""Continuous batching: requests join and leave the running batch at every step; prompts that begin alike share their work."""

from __future__ import annotations

import asyncio
import math
import random
from collections import OrderedDict, deque
from typing import Any

import torch
from torch import Tensor

from .chat import NO, YES, Chat
from .forward import Chunk, Qwen3
from .generation import BLOCK, Answer, Generation, Running, block_hashes

CACHE_BYTES = 512 << 20
PREFIX_BYTES = 512 << 20
PREFILL_TOKENS = 2048


class Engine:
    def __init__(self, model: Qwen3, chat: Chat, max_length: int | None = None, slots: int = 64) -> None:
        self.model = model
        self.chat = chat
        self.max_length = min(max_length or model.sizes.max_length, model.sizes.max_length)
        sizes = model.sizes
        each = 8 * sizes.layers * sizes.kv_heads * sizes.head_dim * self.max_length
        self.slots = max(1, min(slots, CACHE_BYTES // each))
        self.cache = model.new_cache(self.slots, self.max_length)
        self.active: list[Running] = []
        self.waiting: deque[Running] = deque()
        self.wake = asyncio.Event()
        self.prefixes: dict[int, Running] = {}
        self.kept: OrderedDict[int, Running] = OrderedDict()
        self.kept_bytes = 0
        self.ends = {chat.end}
        pad = chat.tokenizer.token_to_id("<|endoftext|>")
        if pad is not None:
            self.ends.add(int(pad))
        encode = chat.tokenizer.encode
        self.yes, self.no = (encode(word, add_special_tokens=False).ids[0] for word in (YES, NO))

    def submit(self, request: Generation) -> Running:
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        running = Running(request, future, random.Random(request.seed), block_hashes(request.prompt))
        self.waiting.append(running)
        self.wake.set()
        return running

    async def run(self) -> None:
        while True:
            if not self.active and not self.waiting:
                self.wake.clear()
                await self.wake.wait()
                # Requests that were sent together arrive within a moment: better one batch than one and then the rest.
                await asyncio.sleep(0.001)
            try:
                self.step()
            except Exception as error:
                for running in [*self.active, *self.waiting]:
                    if not running.future.done():
                        running.future.set_exception(RuntimeError(f"{type(error).__name__}: {error}"))
                self.active.clear()
                self.waiting.clear()
                self.prefixes.clear()
                self.kept.clear()
                self.kept_bytes = 0
            await asyncio.sleep(0)

    def step(self) -> None:
        for running in [running for running in self.active if running.future.done()]:
            self.leave(running)
        decoding = len(self.active)
        tokens = [running.tokens[-1] for running in self.active]
        chunks = [Chunk(running.slot, running.filled, 1) for running in self.active]
        for running in self.admit():
            new = running.request.prompt[running.filled :]
            tokens += new
            chunks.append(Chunk(running.slot, running.filled, len(new)))
        if not chunks:
            return
        logits = self.model.forward(torch.tensor(tokens), chunks, self.cache)
        for running, chunk in zip(self.active, chunks, strict=True):
            running.filled += chunk.length
        for running in self.active[decoding:]:
            for block in running.blocks:
                self.prefixes[block] = running
        self.sample(logits)

    def admit(self) -> list[Running]:
        """Takes waiting requests into free slots. One that begins like another of this very step waits a step, to share its work."""
        admitted: list[Running] = []
        beginning: set[int] = set()
        later: list[Running] = []
        budget = PREFILL_TOKENS
        while self.waiting and len(self.active) < self.slots and budget > 0:
            running = self.waiting.popleft()
            if running.future.done():
                continue
            shared = self.shared(running)
            ahead = running.blocks[shared // BLOCK :]
            if any(block in beginning for block in ahead):
                later.append(running)
                continue
            beginning.update(ahead)
            running.slot = len(self.active)
            usable = min(shared, len(running.request.prompt) - 1)
            if usable:
                source = self.prefixes[running.blocks[shared // BLOCK - 1]]
                stored = source.stored if source.stored is not None else self.cache[:, :, source.slot]
                self.cache[:, :, running.slot, :, :usable] = stored[..., :usable, :]
                if id(source) in self.kept:
                    self.kept.move_to_end(id(source))
            running.filled = running.cached = usable
            budget -= len(running.request.prompt) - usable
            self.active.append(running)
            admitted.append(running)
        self.waiting.extendleft(reversed(later))
        return admitted

    def shared(self, running: Running) -> int:
        """Tokens of the prompt whose keys and values are known."""
        for count in range(len(running.blocks), 0, -1):
            source = self.prefixes.get(running.blocks[count - 1])
            length = count * BLOCK
            if source is not None and source.filled >= length and source.tokens[:length] == running.request.prompt[:length]:
                return length
        return 0

    def sample(self, logits: Tensor) -> None:
        if self.model.regressive:
            self.judge(logits)
            return
        plain = torch.log_softmax(logits.double(), dim=-1)
        greedy = plain.argmax(-1)
        temperatures = torch.tensor([running.request.temperature or 1.0 for running in self.active], dtype=torch.float64)
        # One number a token from the request's own generator: what else is in the batch cannot matter.
        draws = torch.tensor([running.rng.random() for running in self.active], dtype=torch.float64)
        sums = torch.softmax(plain / temperatures[:, None], dim=-1).cumsum(-1)
        drawn = torch.searchsorted(sums, (draws * sums[:, -1])[:, None], right=True).squeeze(1).clamp_max(logits.shape[-1] - 1)
        cold = torch.tensor([running.request.temperature == 0 for running in self.active])
        chosen = torch.where(cold, greedy, drawn)
        own = plain.gather(1, chosen[:, None]).squeeze(1).tolist()
        most = max((running.request.top for running in self.active), default=0)
        top = plain.topk(most) if most else None
        for row, (running, token) in enumerate(zip(list(self.active), chosen.tolist(), strict=True)):
            running.made.append(token)
            running.logprobs.append(own[row])
            if running.request.top and top is not None:
                count = running.request.top
                running.tops.append(list(zip(top.indices[row, :count].tolist(), top.values[row, :count].tolist(), strict=True)))
            self.check(running)

    def judge(self, logits: Tensor) -> None:
        """A verifier with a scalar head answers `yes` or `no`, with the probabilities that its score stands for."""
        for running, score in zip(list(self.active), logits.double().squeeze(-1).tolist(), strict=True):
            yes = -math.log1p(math.exp(-score)) if score > -30 else score
            no = -math.log1p(math.exp(score)) if score < 30 else -score
            pairs = sorted([(self.yes, yes), (self.no, no)], key=lambda pair: -pair[1])
            heads = pairs[0] if running.request.temperature == 0 else pairs[running.rng.random() >= math.exp(pairs[0][1])]
            running.made.append(heads[0])
            running.logprobs.append(heads[1])
            running.tops.append(pairs[: running.request.top])
            self.finish(running, self.chat.tokenizer.decode([heads[0]]), "stop")

    def check(self, running: Running) -> None:
        """Ends a request whose last token ends it."""
        request = running.request
        if running.made[-1] in self.ends:
            self.finish(running, self.chat.tokenizer.decode(running.made[:-1], skip_special_tokens=False), "stop")
            return
        if request.stop:
            text = self.chat.tokenizer.decode(running.made, skip_special_tokens=False)
            found = min((text.find(stop) for stop in request.stop if stop in text), default=-1)
            if found >= 0:
                self.finish(running, text[:found], "stop")
                return
        if len(running.made) >= request.max_tokens or len(running.tokens) >= self.max_length:
            self.finish(running, self.chat.tokenizer.decode(running.made, skip_special_tokens=False), "length")

    def finish(self, running: Running, text: str, finish: str) -> None:
        if not running.future.done():
            running.future.set_result(Answer(text, finish, running.made, running.logprobs, running.tops, running.cached))
        self.leave(running)

    def leave(self, running: Running) -> None:
        """Takes a request out of the batch, keeps its keys and values for prompts to come, and moves the last slot into the gap."""
        running.stored = self.cache[:, :, running.slot, :, : running.filled].clone()
        running.blocks = block_hashes(running.tokens[: running.filled])
        for block in running.blocks:
            self.prefixes[block] = running
        self.kept[id(running)] = running
        self.kept_bytes += running.stored.numel() * 4
        last = self.active[-1]
        if last is not running:
            self.cache[:, :, running.slot, :, : last.filled] = self.cache[:, :, last.slot, :, : last.filled]
            last.slot = running.slot
            self.active[running.slot] = last
        self.active.pop()
        while self.kept_bytes > PREFIX_BYTES and len(self.kept) > 1:
            _, oldest = self.kept.popitem(last=False)
            if oldest.stored is not None:
                self.kept_bytes -= oldest.stored.numel() * 4
            for block in oldest.blocks:
                if self.prefixes.get(block) is oldest:
                    del self.prefixes[block]

    def stats(self) -> dict[str, Any]:
        return {"active": len(self.active), "waiting": len(self.waiting), "slots": self.slots, "max_length": self.max_length}
