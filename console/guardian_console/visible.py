"""Text of others on a terminal: what it holds is seen, and moves no cursor, colours nothing and hides nothing. Pure."""


def visible(text: str) -> str:
    """Return one line of text with every character that does not print as its escape."""
    return "".join(one if one.isprintable() else ascii(one)[1:-1] for one in text)
