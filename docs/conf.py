"""How Sphinx makes the site: of the documents where they lie, so the source folder is the repository's root."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from sphinx.application import Sphinx

ROOT = Path(__file__).parents[1]
os.environ.setdefault("FER_LAB_CACHE", str(ROOT / ".cache"))  # notebooks run in an empty folder; twins are drawn once
os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"  # they call fer-lab, too

project = "fer_lab"
copyright = "the fer_lab developers, Apache License 2.0"
extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
    "sphinx_copybutton",
    "sphinx_design",
]
root_doc = "docs/index"
include_patterns = ["*.md", "conf/README.md", "docs/**.md", "experiments/*/README.md", "results/reference/*/*/table.md"]
exclude_patterns = [".*", "build", "dist", "results/[!r]*", "results/re[!f]*", "results/runs", "**/node_modules"]

myst_enable_extensions = ["attrs_inline", "colon_fence"]
myst_heading_anchors = 4
nb_execution_mode = "force"
nb_execution_in_temp = True
nb_execution_raise_on_error = True
nb_execution_timeout = 600  # seconds a cell
nb_merge_streams = True

autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
python_use_unqualified_type_names = True
autodoc_default_options = {"no-value": True}
napoleon_use_param = False  # "first, second: ..." stays as it is written
napoleon_custom_sections = [("Attributes", "params_style")]
add_module_names = False

html_theme = "furo"
html_title = "fer_lab"
html_static_path = ["_static"]
html_css_files = ["fer_lab.css"]
html_additional_pages = {"index": "start.html"}
templates_path = ["_templates"]
html_show_sphinx = False
html_copy_source = False
copybutton_exclude = ".linenos, .gp, .go"


def setup(app: Sphinx) -> None:
    """Before Napoleon: it would take what stands before a colon in the docstring of a value for its type."""
    app.connect("autodoc-process-docstring", _is_prose, priority=400)


def _is_prose(app: Sphinx, what: str, name: str, thing: object, options: object, lines: list[str]) -> None:
    if what in ("attribute", "data", "property"):
        lines.insert(0, "")
