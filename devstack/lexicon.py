"""`python -m devstack.lexicon CEDICT_FILE`: makes search/analysis/lexicon.tsv.gz from a copy of CC-CEDICT.

Kept are words of two to four characters with short plain glosses; left out are names, variants and what is marked as
old or literary. One line a Chinese word, and one an English gloss in its stems: the key, then what it may be said as.
"""

import gzip
import re
import sys
from collections import defaultdict
from pathlib import Path
from typing import Final

from search.analysis.folding import fold_text
from search.analysis.tokens import Kind, stem, tokenize

TARGET: Final = Path(__file__).resolve().parent.parent / "search/analysis/lexicon.tsv.gz"
MAX_GLOSSES: Final = 6
MAX_WORDS: Final = 12
_ENTRY: Final = re.compile(r"\S+ (?P<word>\S+) \[[^\]]*\] /(?P<glosses>.*)/")
_HAN_WORD: Final = re.compile("[\u4e00-\u9fff]{2,4}")
_ASIDE: Final = re.compile(r"\([^)]*\)|\[[^\]]*\]")
_LEFT_OUT: Final = re.compile(r"variant of|surname|archaic|\(old\)|literary|CL:|abbr\.|see |also written|used in|\d")
_OPENING: Final = re.compile(r"^(to be |to |a |an |the )")


def main() -> None:
    """Read the dictionary that the command line names, and write TARGET."""
    glosses: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for line in Path(sys.argv[1]).read_text(encoding="utf-8").splitlines():
        entry = _ENTRY.match(line)
        if entry and _HAN_WORD.fullmatch(entry["word"]):
            for place, gloss in enumerate(_clean(entry["glosses"])):
                glosses[entry["word"]].setdefault(gloss, place)
    words: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for word, known in glosses.items():
        for gloss, place in known.items():
            words[gloss][word] = place
    rows = [(word, list(known)[:MAX_GLOSSES]) for word, known in glosses.items() if known]
    rows += [(gloss, sorted(known, key=known.__getitem__)[:MAX_WORDS]) for gloss, known in words.items()]
    text = "".join(f"{key}\t{'|'.join(others)}\n" for key, others in sorted(rows))
    TARGET.write_bytes(gzip.compress(text.encode(), mtime=0))
    print(f"{len(glosses)} words, {len(words)} glosses, {TARGET.stat().st_size // 1024} KiB")


def _clean(glosses: str) -> list[str]:
    """The plain glosses of an entry, each as its stems with spaces between."""
    found: dict[str, None] = {}
    for gloss in re.split(r"[/;]", glosses):
        if _LEFT_OUT.search(gloss) or any(letter.isupper() for letter in gloss):
            continue
        bare = _OPENING.sub("", _ASIDE.sub("", gloss).strip())
        stems = [stem(token.text) for token in tokenize(fold_text(bare)) if token.kind is Kind.WORD]
        if 1 <= len(stems) <= 3:
            found[" ".join(stems)] = None
    return list(found)


if __name__ == "__main__":
    main()
