"""What a person typed, as terms: CJK runs, words, and names that punctuation holds together."""

from dataclasses import dataclass
from functools import cached_property

from search.analysis.folding import fold_text
from search.analysis.tokens import Kind, Token, stem, tokenize


@dataclass(frozen=True)
class Term:
    """One thing that must occur: a run of CJK characters, or words that follow each other (mostly one)."""

    kind: Kind
    pieces: tuple[str, ...]

    @property
    def text(self) -> str:
        """The run, or the words with spaces."""
        return " ".join(self.pieces)

    @cached_property
    def stems(self) -> tuple[str, ...]:
        """The words as the index has them."""
        return tuple(stem(piece) for piece in self.pieces)


@dataclass(frozen=True)
class Query:
    """A query's terms in the order typed, each once; none where it holds nothing that can be searched for."""

    text: str
    terms: tuple[Term, ...]

    @cached_property
    def letters(self) -> str:
        """Its Latin letters together where it holds nothing else, as pinyin may be typed with spaces; or empty."""
        pieces = [piece for term in self.terms if term.kind is Kind.WORD for piece in term.pieces]
        joined = "".join(pieces)
        is_all = all(term.kind is Kind.WORD for term in self.terms)
        return joined if is_all and joined.isascii() and joined.isalpha() else ""


def parse_query(text: str) -> Query:
    """The terms of a text."""
    terms: list[Term] = []
    chain: list[Token] = []
    for token in tokenize(fold_text(text)):
        if chain and not (token.joined and token.kind is chain[-1].kind is Kind.WORD):
            terms.append(_term(chain))
            chain = []
        chain.append(token)
    if chain:
        terms.append(_term(chain))
    return Query(text, tuple(dict.fromkeys(terms)))


def _term(chain: list[Token]) -> Term:
    return Term(chain[0].kind, tuple(token.text for token in chain))
