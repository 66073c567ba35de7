"""Tokens counted on this machine by Google's own tokenizer, as far as it knows the model.

google-genai has it, and the extra `tokenizer` brings what it needs. Text only. It knows Gemini 2.x and the previews of
Gemini 3, whose vocabulary it fetches once (4 MB, from GitHub, by its hash) and keeps in the folder for temporary files.
Later models need libraries of gigabytes, so they are left to the service.

Source: google/genai/local_tokenizer.py
"""

import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

Count = Callable[[Sequence[Mapping[str, Any]]], int]


class NoTokenizerError(Exception):
    """Why nothing is counted here; without words where nobody has asked for it."""


def counter(model: str) -> Count:
    """What counts the contents of a request. Raises `NoTokenizerError`."""
    try:
        from google.genai import _local_tokenizer_loader as loader
        from google.genai.local_tokenizer import LocalTokenizer
    except ModuleNotFoundError:
        raise NoTokenizerError from None
    except Exception as error:  # protobuf refuses code that was made for another release of it
        raise NoTokenizerError(f"it cannot be loaded: {error}") from None
    try:
        is_light = loader.get_tokenizer_name(model) in loader._TOKENIZERS
    except (AttributeError, ValueError):
        is_light = False
    if not is_light:
        raise NoTokenizerError(f"it does not know {model}")
    try:
        tokenizer = LocalTokenizer(model)
    except (OSError, ValueError) as error:
        raise NoTokenizerError(f"its vocabulary could not be fetched: {error}") from None

    def count(contents: Sequence[Mapping[str, Any]]) -> int:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that it is experimental
            try:
                return int(tokenizer.count_tokens([dict(each) for each in contents]).total_tokens or 0)
            except ValueError as error:
                raise NoTokenizerError(f"it does not take a line: {error}") from None

    return count
