"""Which bank slip does a text name? Our number on it (nosso número), whose check digit banks reckon modulo 11."""

from __future__ import annotations

from collections.abc import Iterator

from assets.cash_application.engine.texts import Text

SHORTEST_SLIP = 5  # digits a slip's number must have to be looked for
LETTER = "P"  # what one bank prints for a remainder of one


class SlipNumbers:
    """Numbers of bank slips, without leading zeros, each with the check digit it was printed with, if it had one."""

    def __init__(self) -> None:
        self._documents: dict[str, dict[int, str]] = {}

    def __bool__(self) -> bool:
        return bool(self._documents)

    def add(self, document: int, printed: str) -> None:
        """Take up the number of a slip printed with a document, such as `00000022832563-4`."""
        body, _, digit = printed.partition("-")
        number = body.lstrip("0")
        if number.isdecimal() and len(number) >= SHORTEST_SLIP:
            self._documents.setdefault(number, {})[document] = digit.upper()

    def read(self, text: Text) -> Iterator[tuple[tuple[int, ...], str, bool | None, int, int]]:
        """Yield documents with the number that names them, whether its check digit is right, and where it stands.

        A number without check digit is neither right nor wrong: None. A wrong digit names nothing for certain.
        """
        words, last = text.words, len(text.words) - 1
        for at, word in enumerate(words):
            if not word.isdecimal() or len(word) < SHORTEST_SLIP:
                continue
            start = text.starts[at]
            if start in text.decoys:
                continue
            digit = words[at + 1] if at < last and text.joined[at] == "-" and len(words[at + 1]) == 1 else ""
            if digit == LETTER or digit.isdecimal():
                body, end = word, start + len(word) + 1
            elif word.lstrip("0") in self._documents:
                body, digit, end = word, "", start + len(word)
            else:
                body, digit, end = word[:-1], word[-1], start + len(word)
            number = body.lstrip("0")
            documents = self._documents.get(number)
            if not documents:
                continue
            if not digit:
                yield tuple(documents), number, None, start, end
                continue
            right = [document for document, own in documents.items() if digit == (own or check_digit(number))]
            yield tuple(right or documents), number, bool(right), start, end


def check_digit(number: str) -> str:
    """Return the check digit of a number modulo 11, weights 2 to 9 from the right; 0 where it would have two digits."""
    rest = sum(int(sign) * (2 + place % 8) for place, sign in enumerate(reversed(number))) % 11
    return "0" if rest < 2 else str(11 - rest)
