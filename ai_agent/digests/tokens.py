"""How many tokens a text is, roughly."""


def count_tokens(text: str) -> int:
    """About a token for four letters of ASCII, one for any other letter."""
    ascii_letters = sum(character.isascii() for character in text)
    return (ascii_letters + 3) // 4 + len(text) - ascii_letters
