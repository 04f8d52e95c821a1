"""What MkDocs cannot know of itself: pages that lie elsewhere, links out of docs/, made-up parts.

On GitHub the documents are read where they lie, so their links are those of the repository.
"""

import os
import re
from pathlib import Path
from typing import Dict, Match

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from site_reference import PARTS

ROOT = Path(__file__).resolve().parent.parent
BLOCK = re.compile(r"(^```.*?^```)", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^)\s#]*)(#[^)\s]*)?\)")
MADE = re.compile(r"^<!-- made: (\w+) -->$", re.MULTILINE)


def pages_elsewhere() -> Dict[str, Path]:
    """Returns the documents outside of docs/ that are pages: their place on the site, and here."""
    examples = sorted((ROOT / "examples").glob("*/README.md"))
    return {
        "index.md": ROOT / "README.md",
        **{f"examples/{file.parent.name}.md": file for file in examples},
    }


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Adds the pages that lie elsewhere."""
    for place, file in pages_elsewhere().items():
        text = file.read_text(encoding="utf-8")
        files.append(File.generated(config, place, content=text))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Puts in what is made from the code, and turns the repository's links into the site's."""
    markdown = MADE.sub(lambda found: PARTS[found[1]](), markdown)
    places = {file: place for place, file in pages_elsewhere().items()}
    place = page.file.src_uri
    folder = pages_elsewhere().get(place, Path(config.docs_dir, place)).parent

    def link(found: Match[str]) -> str:
        picture, text, target, anchor = found.groups(default="")
        if not target or "://" in target or target.startswith("mailto:"):
            return found[0]
        file = Path(os.path.normpath(folder / target))
        if file.is_relative_to(config.docs_dir):
            here = file.relative_to(config.docs_dir).as_posix()
        elif file in places:
            here = places[file]
        else:
            # Code is read in the repository; the site has no copy of it.
            return text
        path = os.path.relpath(here, Path(place).parent)
        return f"{picture}[{text}]({path}{anchor})"

    parts = BLOCK.split(markdown)
    return "".join(one if number % 2 else LINK.sub(link, one) for number, one in enumerate(parts))
