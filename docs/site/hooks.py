"""What the site adds to the pages of docs/: files they link to elsewhere, and drawn diagrams.

The pages stay as they read on GitHub. What a page says is not changed here.
"""

import posixpath
import re
from functools import cache
from pathlib import Path
from typing import Any

import mermaidx
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files, InclusionLevel
from mkdocs.structure.pages import Page

CHECKOUT = Path(__file__).resolve().parents[2]
TOP = "top/"
"""Where the site has pages of the repository's top folder: they link as if beside docs/."""
SOURCE = "source/"
"""Where it has other files that pages link to."""
LINK = re.compile(r"(\]\()([^)\s#:]+)")


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Have diagrams drawn."""
    fence = {"name": "mermaid", "class": "mermaid", "format": drawn}
    config.mdx_configs.setdefault("pymdownx.superfences", {})["custom_fences"] = [fence]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add pages of the top folder, and every file that a page links to."""
    for top in sorted(CHECKOUT.glob("*.md")):
        files.append(File.generated(config, TOP + top.name, content=top.read_text("utf-8")))
    ahead = [file.src_uri for file in files.documentation_pages()]
    while ahead:
        page = ahead.pop()
        for _, link in LINK.findall(files.src_uris[page].content_string):
            path = in_repository(page, link)
            place = in_site(path)
            if place not in files.src_uris and (CHECKOUT / path).is_file():
                text = (CHECKOUT / path).read_text("utf-8")
                shown = text if path.endswith(".md") else listing(path, text)
                added = File.generated(
                    config, place, content=shown, inclusion=InclusionLevel.NOT_IN_NAV
                )
                files.append(added)
                ahead.append(place)
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Let links lead to where the site has the files."""
    here = page.file.src_uri

    def there(link: re.Match[str]) -> str:
        place = in_site(in_repository(here, link[2]))
        if place not in files.src_uris:
            return link[0]  # an example, or one that --strict is to find
        return link[1] + posixpath.relpath(place, posixpath.dirname(here) or ".")

    return LINK.sub(there, markdown)


def in_repository(page: str, link: str) -> str:
    """Get the path in the repository that a link of a page of the site stands for.

    Args:
        page: The page's path in the site.
        link: What it links to, as on GitHub.
    """
    path = page.removeprefix(TOP).removeprefix(SOURCE)
    if path == page:
        path = f"docs/{page}"
    return posixpath.normpath(posixpath.join(posixpath.dirname(path), link))


def in_site(path: str) -> str:
    """Get the site's path of a file of the repository."""
    if path.startswith("docs/"):
        return path.removeprefix("docs/")
    if path.endswith(".md"):
        return (SOURCE if "/" in path else TOP) + path
    return f"{SOURCE}{path}.md"


def listing(path: str, text: str) -> str:
    """Get a page that shows a file."""
    kind = posixpath.splitext(path)[1].lstrip(".") or "text"
    return (
        f"# {posixpath.basename(path)}\n\n`{path}` in the repository:\n\n````{kind}\n{text}\n````\n"
    )


@cache
def drawing(source: str) -> str:
    """Draw a diagram; across where it would be wider than any page."""
    across = source.replace("erDiagram\n", "erDiagram\n  direction LR\n")
    svg: str = mermaidx.render(across, theme="neutral").svg()
    return svg


def drawn(source: str, *_: Any, **__: Any) -> str:
    """Get a diagram as superfences wants it."""
    return f'<div class="diagram">{drawing(source)}</div>'
