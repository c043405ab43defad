"""A small byte-level BPE tokenizer for code, trained in seconds."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from .chat import CHAT_TEMPLATE, END, NO, PAD, QUESTION, SPECIAL_TOKENS, START, YES

if TYPE_CHECKING:
    from tokenizers import Tokenizer

# In this order: the number of a shown line with the line feed before it (not the line feed of a ChatML header, so that a content has the
# same tokens alone and in its place); words with the space before them; underscores; short numbers;
# operators with the space before them; indentation, less the space that belongs to the next word; line feeds one by one.
SPLIT = r"(?<!user|assistant|system)\n[0-9]{1,2}\||[0-9]{1,2}\|| ?[A-Za-z]+|_+| ?[0-9]{1,2}| ?[^\sA-Za-z0-9_]+| +(?! )|[^\S\n]+|\n"

# Words of the protocol. They get tokens of their own however rare they are in the corpus.
WORDS = (
    "user assistant system fix sed view test finish ok error: no match line unknown tool collection timeout passed failed , "
    f"{QUESTION} {YES} {NO}"
).split()


def train_tokenizer(texts: Iterable[str], vocabulary: int) -> Tokenizer:
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(SPLIT), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=list(SPECIAL_TOKENS),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    protocol = "\n".join(f"{word} {word}" for word in WORDS)

    def corpus() -> Iterable[str]:
        yield from [protocol] * 2000
        yield from texts

    tokenizer.train_from_iterator(corpus(), trainer)
    return tokenizer


def save_tokenizer(tokenizer: Tokenizer, directory: Path, max_length: int) -> None:
    """Writes what `AutoTokenizer.from_pretrained` reads, the chat template included."""
    directory.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(directory / "tokenizer.json"))
    config = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "pad_token": PAD,
        "eos_token": END,
        "additional_special_tokens": [START, END],
        "model_max_length": max_length,
        "clean_up_tokenization_spaces": False,
        "chat_template": CHAT_TEMPLATE,
    }
    (directory / "tokenizer_config.json").write_text(json.dumps(config, indent=2) + "\n")


def load_tokenizer(directory: Path) -> Tokenizer:
    from tokenizers import Tokenizer

    path = directory / "tokenizer.json"
    if not path.is_file():
        raise FileNotFoundError(f"{path} is missing: the model folder needs the tokenizer in the `tokenizers` format")
    return Tokenizer.from_file(str(path))
