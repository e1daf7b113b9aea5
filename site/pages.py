"""What mkdocs lacks for this site: pages and Javadoc from outside docs/, and links that lead out of it.

In the repository a link is relative to the file that it is in, and may lead to any other. In the site one to a page is a link
to that page, one to a Java source is one to its Javadoc if it has any, and another is one to the repository. One that leads
nowhere is a warning, which `mkdocs build --strict` ends with.
"""

import logging
import posixpath
import re
from pathlib import Path

from mkdocs.structure.files import File

LOG = logging.getLogger("mkdocs.pgha")
ROOT = Path(__file__).resolve().parents[1]
# Written by `mvn javadoc:javadoc`.
JAVADOC = ROOT / "target/reports/apidocs"
PAGES = {
    "README.md": "index.md",
    "ARCHITECTURE.md": "architecture.md",
    "CHANGELOG.md": "changelog.md",
    "drills/README.md": "drills.md",
    "examples/own-hosts/README.md": "examples/own-hosts.md",
}
LINK = re.compile(r"(?P<head>!?\[[^]]*\]\()(?P<path>[^)#:\s]+)(?P<tail>(?:#[^)\s]*)?\))")

FENCE = re.compile(r"^(```.*?^```$)", re.MULTILINE | re.DOTALL)
LIST = re.compile(r"^(?![-*] |\d+\. |[ #|])(.+)\n(?=[-*] |1\. )", re.MULTILINE)


def on_files(files, config):
    """Adds the pages, the Javadoc and the style sheet."""
    files.append(elsewhere(Path(__file__).with_name("site.css"), "site.css", config))
    for source, page in PAGES.items():
        files.append(elsewhere(ROOT / source, page, config))
    for source in sorted(path for path in JAVADOC.rglob("*") if path.is_file()):
        files.append(elsewhere(source, f"javadoc/{source.relative_to(JAVADOC).as_posix()}", config))
    return files


def elsewhere(source, path, config):
    file = File(path, str(source.parent), config["site_dir"], config["use_directory_urls"])
    file.abs_src_path = str(source)
    return file


def on_page_markdown(markdown, page, config, files):
    """Turns the repository's links into the site's."""
    source = Path(page.file.abs_src_path)

    def turned(link):
        target = source.parent.joinpath(link["path"]).resolve()
        return link["head"] + address(target, link["path"]) + link["tail"]

    def address(target, written):
        if not target.is_relative_to(ROOT) or not target.exists():
            LOG.warning("%s has a link to '%s', which isn't there", source.relative_to(ROOT), written)
            return written
        path = target.relative_to(ROOT).as_posix()
        java = path.removeprefix("src/main/java/").removesuffix(".java")
        for there in (PAGES.get(path), path.removeprefix("docs/"), f"javadoc/{java}.html"):
            if there and files.get_file_from_path(there):
                return posixpath.relpath(there, posixpath.dirname(page.file.src_uri) or ".")
        return f"{config['repo_url']}/{'tree' if target.is_dir() else 'blob'}/main/{path}"

    # What is quoted stays as it is. GitHub begins a list without an empty line before it.
    parts = FENCE.split(markdown)
    parts[::2] = [LIST.sub(r"\1\n\n", LINK.sub(turned, part)) for part in parts[::2]]
    return "".join(parts)
