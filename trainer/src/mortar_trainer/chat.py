"""ChatML: the one place that turns messages into tokens, for training and for serving alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from tokenizers import Tokenizer

PAD = "<|endoftext|>"
START = "<|im_start|>"
END = "<|im_end|>"
SPECIAL_TOKENS = (PAD, START, END)

QUESTION = "correct?"
YES = "yes"
NO = "no"

CHAT_TEMPLATE = (
    "{%- for message in messages -%}"
    "{{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>' + '\\n' -}}"
    "{%- endfor -%}"
    "{%- if add_generation_prompt -%}{{- '<|im_start|>assistant\\n' -}}{%- endif -%}"
)


class _Message(TypedDict):
    role: str
    content: str


class Message(_Message, total=False):
    turn_mask: bool
    """True: an assistant turn that is context only."""


@dataclass(slots=True)
class Sample:
    """Tokens, and for each token the weight of predicting it (0: context only)."""

    ids: list[int] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)

    def add(self, ids: Sequence[int], weight: float) -> None:
        self.ids.extend(ids)
        self.weights.extend([weight] * len(ids))

    @property
    def trained(self) -> int:
        return sum(1 for weight in self.weights if weight > 0)


Weigh = Callable[[int, Message], float]


def assistant_turns(_: int, message: Message) -> float:
    """The usual mask: assistant turns are trained, except those that `turn_mask` excludes."""
    return 1.0 if message["role"] == "assistant" and not message.get("turn_mask") else 0.0


class Chat:
    """Encodes messages with a tokenizer. Pieces are encoded one by one, so that a prompt's tokens are the same whether or not the
    answer stands behind it."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self.tokenizer = tokenizer
        self.start = self.special(START)
        self.end = self.special(END)
        self._headers: dict[str, list[int]] = {}
        self._line_feed = self._encode("\n")

    def special(self, token: str) -> int:
        number = self.tokenizer.token_to_id(token)
        if number is None:
            raise ValueError(f"the tokenizer has no {token} token: only ChatML models (Qwen) can be trained or served here")
        return int(number)

    def _encode(self, text: str) -> list[int]:
        return list(self.tokenizer.encode(text, add_special_tokens=False).ids)

    def header(self, role: str) -> list[int]:
        known = self._headers.get(role)
        if known is None:
            known = [self.start, *self._encode(f"{role}\n")]
            self._headers[role] = known
        return known

    def prompt(self, messages: Sequence[Message]) -> list[int]:
        """Tokens up to and including the header of the answer to come."""
        ids: list[int] = []
        for message in messages:
            ids += [*self.header(message["role"]), *self._encode(message["content"]), self.end, *self._line_feed]
        return ids + self.header("assistant")

    def encode(self, conversations: Sequence[Sequence[Message]], weigh: Weigh = assistant_turns) -> list[Sample]:
        """Samples for training. `weigh` gives the weight of a message; headers are never trained, the end mark of a weighted assistant
        turn is, the line feed behind it is not."""
        contents = [message["content"] for messages in conversations for message in messages]
        encoded = iter(self.tokenizer.encode_batch(contents, add_special_tokens=False))
        samples: list[Sample] = []
        for messages in conversations:
            sample = Sample()
            for index, message in enumerate(messages):
                weight = weigh(index, message)
                sample.add(self.header(message["role"]), 0.0)
                sample.add(next(encoded).ids, weight)
                sample.add([self.end], weight if message["role"] == "assistant" else 0.0)
                sample.add(self._line_feed, 0.0)
            samples.append(sample)
        return samples
