"""How two spellings of a name are compared: ``T-Shirts``, ``t shirts`` and ``tshirts`` are the same."""

from __future__ import annotations

import unicodedata


def spelling_key(text: str) -> str:
    """Letters and digits only, without accents or case: how two spellings are compared.

    The vowels that Hindi, Thai and other scripts write as marks on a letter stay: they make other words.
    """
    plain = unicodedata.normalize("NFKD", text.replace("&", " and ")).casefold()
    return "".join(sign for sign in plain if sign.isalnum() or _is_vowel(sign))


def _is_vowel(sign: str) -> bool:
    return unicodedata.category(sign).startswith("M") and not "\u0300" <= sign <= "\u036f"
