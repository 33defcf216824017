"""The Markdown of the repository, taken apart: pages, headings, links, blocks, tables, commands.

Only what stands in the pages; what it is compared with is known to the tests.
"""

import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
_BLOCK = re.compile(r"^```(?P<kind>.*)\n(?P<text>(?:(?!```).*\n)*?)```$", re.MULTILINE)
_SPAN = re.compile(r"(?<!`)`([^`]+)`(?!`)")


def page(name: str) -> str:
    """The text of a page."""
    return (CHECKOUT / name).read_text(encoding="utf-8")


def pages() -> dict[str, str]:
    """Every Markdown file that is tracked or about to be, by its path in the checkout."""
    # safe.directory: a checkout mounted into a container belongs to somebody else
    git = ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others"]
    listed = subprocess.run(
        [*git, "--exclude-standard", "*.md"], cwd=CHECKOUT, check=True, capture_output=True
    )
    names = sorted(filter(None, listed.stdout.decode().split("\0")))
    return {name: page(name) for name in names if (CHECKOUT / name).is_file()}


README = page("README.md")


def blocks(text: str) -> list[tuple[str, str]]:
    """Every fenced block: what follows its fence, and what is in it."""
    return [(block["kind"].strip(), block["text"]) for block in _BLOCK.finditer(text)]


def blocks_of(text: str, kind: str) -> list[str]:
    """The fenced blocks of one kind, in order."""
    return [block for each, block in blocks(text) if each == kind]


def prose(text: str) -> str:
    """A page without its fenced blocks."""
    return _BLOCK.sub("", text)


def spans(text: str) -> list[str]:
    """What stands between backticks in the prose, a line break in it being a space."""
    return [" ".join(span.split()) for span in _SPAN.findall(prose(text))]


def slugs(text: str) -> set[str]:
    """The anchors of a page, as GitHub makes them of its headings."""
    found: set[str] = set()
    for heading in re.findall(r"^#{1,6} +(.+?)(?: +#+)? *$", prose(text), re.MULTILINE):
        shown = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        slug = re.sub(r"[^\w\- ]", "", shown.lower()).replace(" ", "-")
        again = (f"{slug}-{number}" for number in range(1, len(found) + 2))
        found.add(slug if slug not in found else next(s for s in again if s not in found))
    return found


def links(text: str) -> list[tuple[str, str]]:
    """Every link and picture that stays in the repository: file and anchor, either may be empty."""
    shown = _SPAN.sub("", prose(text))
    targets = re.findall(r"\]\(\s*<?([^)\s>]+)", shown)
    targets += re.findall(r"^\[[^\]]+\]:\s*<?([^\s>]+)", shown, re.MULTILINE)
    targets += re.findall(r"<(?:img|a)\b[^>]*?(?:src|href)=\"([^\"]+)\"", shown)
    inside = [target for target in targets if not re.match(r"[a-z][a-z+.-]*:|//", target)]
    return [(file, anchor) for file, _, anchor in (target.partition("#") for target in inside)]


def table_below(text: str, heading: str) -> list[str]:
    """The rows of the first table below a heading of the second level, head and rule left out."""
    section = text.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    return [line for line in section.splitlines() if line.startswith("|")][2:]


def commands(text: str) -> Iterator[list[str]]:
    """The words of each command: in `sh` blocks, and in spans that begin with Python."""
    lines = "".join(blocks_of(text, "sh")).replace("\\\n", " ").splitlines()
    lines += [span for span in spans(text) if re.match(r"python3? ", span)]
    for line in lines:
        lexer = shlex.shlex(line, posix=True, punctuation_chars="();&|")
        lexer.whitespace_split = True
        words: list[str] = []
        for word in [*lexer, ";"]:
            if not re.fullmatch(r"[();&|]+", word):
                words.append(word)
                continue
            while words and re.match(r"\w+=", words[0]):
                words = words[1:]
            if words:
                yield words
            words = []
