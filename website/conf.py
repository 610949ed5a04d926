"""How Sphinx builds the site; `python -m website` calls it."""

import re
import tomllib
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.utils.math.latex2mathml import tex2mathml

project = "hippo-envs"
author = "The hippo-envs developers"
copyright = f"2026, {author}"  # noqa: A001 (as Sphinx calls it)
release = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text())["project"]["version"]

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.viewcode"]
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 4
nb_execution_mode = "off"  # notebooks are committed with their outputs, which tests make again
nb_merge_streams = True

default_role = "code"  # docstrings have Markdown's backticks
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_preserve_defaults = True
napoleon_google_docstring = True
napoleon_numpy_docstring = False
python_maximum_signature_line_length = 80
SIZE = re.compile(r"\\[Bb]ig{1,2}[lr]?\b")  # of brackets, which MathML sizes itself
html_math_renderer = "mathml"

html_theme = "furo"
html_title = "hippo-envs"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_show_sphinx = False
html_theme_options: dict[str, Any] = {"navigation_with_keys": True}


def _inline(writer: Any, node: nodes.math) -> None:
    """Mathematics that every browser draws by itself, without a script from elsewhere."""
    writer.body.append(tex2mathml(SIZE.sub("", node.astext()), as_block=False))
    raise nodes.SkipNode


def _block(writer: Any, node: nodes.math_block) -> None:
    writer.body.append(f'<div class="math">{tex2mathml(SIZE.sub("", node.astext()), as_block=True)}</div>')
    raise nodes.SkipNode


def _escaped(_app: Any, _what: str, _name: str, _object: Any, _options: Any, lines: list[str]) -> None:
    """In docstrings a bar is a bar; to Sphinx two of them are a substitution."""
    lines[:] = [line if line.startswith(">>>") else line.replace("|", "\\|") for line in lines]


def setup(app: Any) -> None:
    """Called by Sphinx."""
    app.connect("autodoc-process-docstring", _escaped)
    app.add_html_math_renderer("mathml", (_inline, None), (_block, None))
