"""Pretend tokens: a word is a token, and what is generated follows from the prompt alone."""

import zlib
from functools import lru_cache

WORDS = (
    "ash bay cap den elm fig gum hop ice jam kit log map net oak pit rye sky tin urn vat web yam zip "
    "arc bud cod dew ear fox gem hat ink jet keg lot mud nut orb pen rim sun tub use vow wax yew zoo "
    "aim bee cup dot eve fan gap hut ion jar key lid"
).split()
VOCABULARY = 32768


def words_to_ids(text):
    """The ids of a text's words, so that a generation server needs no tokenizer."""
    return [zlib.crc32(word.encode()) % VOCABULARY for word in text.split()]


def first_token(ids):
    """The first token that a prompt of these ids leads to."""
    return sum(ids) % len(WORDS)


@lru_cache(maxsize=4096)
def text_between(first, start, stop):
    """The generated tokens number start to stop (excluded), where token 0 is `first`."""
    return "".join(" " + WORDS[(first + index) % len(WORDS)] for index in range(start, stop))


def ids_between(first, start, stop):
    """The same tokens as ids."""
    return [(first + index) % len(WORDS) for index in range(start, stop)]
