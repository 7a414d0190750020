"""The site's configuration: Sphinx, MyST for pages and notebooks, the theme Furo. Run by ``docs/sitebuild``."""

from __future__ import annotations

from kerasnb import __version__
from kerasnb.learn.series import REPOSITORY

project = "kerasnb"
author = "The kerasnb authors"
copyright = "the kerasnb authors, Apache-2.0"
version = release = __version__

extensions = ["myst_nb", "sphinx_copybutton", "sitebuild.mathml"]
root_doc = "index"
exclude_patterns = ["jupyter_execute", "**.ipynb_checkpoints"]
language = "en"

# Pages
myst_enable_extensions = ["dollarmath", "deflist", "html_image", "attrs_inline"]
myst_heading_anchors = 4
suppress_warnings = [
    "myst.header",  # notebooks begin sections where they like
    "mystnb.unknown_mime_type",
    "misc.highlighting_failure",
]
# Notebooks are executed beforehand (sitebuild.notebooks), so that a second build is quick.
nb_execution_mode = "off"
nb_ipywidgets_js = {}  # nothing is fetched from a network
nb_merge_streams = True
nb_render_image_options = {"class": "output-image"}

# Reference
python_maximum_signature_line_length = 80
python_use_unqualified_type_names = True
add_module_names = True
toc_object_entries = False

# Look
html_theme = "furo"
html_title = "kerasnb"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_js_files = ["theme.js"]
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#c4320a", "color-brand-content": "#b02c08"},
    "dark_css_variables": {"color-brand-primary": "#ff8a5c", "color-brand-content": "#ff9d75"},
    "source_repository": f"https://github.com/{REPOSITORY}/",
    "footer_icons": [],
}
copybutton_prompt_text = r">>> |\.\.\. "
copybutton_prompt_is_regexp = True
pygments_style = "friendly"
pygments_dark_style = "monokai"
