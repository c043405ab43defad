from __future__ import annotations

from pathlib import Path

from mortar_trainer.chat import Chat, Message
from mortar_trainer.tokenizer import load_tokenizer

from conftest import CODE, TRAJECTORY


def chat_of(model: Path) -> Chat:
    return Chat(load_tokenizer(model))


def test_exactly_the_unmasked_assistant_turns_and_their_end_marks_are_trained(model: Path) -> None:
    chat = chat_of(model)
    (sample,) = chat.encode([TRAJECTORY])  # type: ignore[list-item]
    trained = [token for token, weight in zip(sample.ids, sample.weights, strict=True) if weight]
    assert chat.tokenizer.decode(trained, skip_special_tokens=False) == (
        "view<|im_end|>sed 2\n is None\n is not None<|im_end|>finish<|im_end|>"
    )


def test_a_masked_turn_stays_in_the_context(model: Path) -> None:
    chat = chat_of(model)
    unmasked = [{**message, "turn_mask": False} for message in TRAJECTORY]
    masked_sample, whole_sample = chat.encode([TRAJECTORY, unmasked])  # type: ignore[list-item]
    assert masked_sample.ids == whole_sample.ids
    lost = sum(whole_sample.weights) - sum(masked_sample.weights)
    assert lost == len(chat.tokenizer.encode(TRAJECTORY[3]["content"]).ids) + 1


def test_the_saved_chat_template_gives_the_tokens_that_training_and_serving_use(model: Path) -> None:
    from transformers import AutoTokenizer

    chat = chat_of(model)
    hub = AutoTokenizer.from_pretrained(model)
    messages = [{"role": m["role"], "content": m["content"]} for m in TRAJECTORY]
    (sample,) = chat.encode([messages])  # type: ignore[list-item]
    assert hub.apply_chat_template(messages, tokenize=False) == chat.tokenizer.decode(sample.ids, skip_special_tokens=False)
    assert hub.apply_chat_template(messages, return_dict=False) == sample.ids
    prompt = hub.apply_chat_template(messages[:3], add_generation_prompt=True, return_dict=False)
    assert prompt == chat.prompt(messages[:3])  # type: ignore[arg-type]


def test_a_training_sample_begins_with_the_prompt_that_is_served(model: Path) -> None:
    chat = chat_of(model)
    for end in (1, 3, 5, 7):
        before: list[Message] = [{"role": m["role"], "content": m["content"]} for m in TRAJECTORY[:end]]
        (sample,) = chat.encode([TRAJECTORY])  # type: ignore[list-item]
        prompt = chat.prompt(before)
        assert sample.ids[: len(prompt)] == prompt


def test_text_survives_the_tokenizer(model: Path) -> None:
    tokenizer = load_tokenizer(model)
    for text in (CODE, "é\t x  ==  1 \n\n   y", "sed 12\n  \n", "a_b__c|3|"):
        assert tokenizer.decode(tokenizer.encode(text).ids) == text


def test_answers_of_a_verifier_are_single_tokens(model: Path) -> None:
    tokenizer = load_tokenizer(model)
    assert [len(tokenizer.encode(word).ids) for word in ("yes", "no", "view", "test", "finish", "sed")] == [1] * 6
