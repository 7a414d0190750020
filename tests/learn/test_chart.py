"""chart: lines, their still picture, their text."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import numpy as np
import pytest

from kerasnb import learn


def test_figure_picture_and_text_show_the_same_series():
    figure = learn.chart({"a": [1.0, 2.0, 4.0], "b <&>": ([1, 3], [0.5, np.nan])}, title="Two", x="day", y="°C")
    assert [(line.name, list(line.x)) for line in figure.data] == [("a", [0, 1, 2]), ("b &lt;&amp;&gt;", [1, 3])]
    bundle = figure._repr_mimebundle_()
    assert set(bundle) == {"text/html", "text/plain", "application/vnd.plotly.v1+json"}
    assert bundle["text/plain"].splitlines()[1] == "  a: 3 values from 1 to 4, the last 4"
    picture = ET.fromstring(bundle["text/html"])  # well-formed, so names are escaped
    said = [element.text for element in picture.iter("{http://www.w3.org/2000/svg}text")]
    assert {"Two", "a", "b <&>", "day", "°C"} <= set(said)
    assert figure.data[0].line.dash != figure.data[1].line.dash


@pytest.mark.parametrize("values", [[5.0], [2.0, 2.0], [-1e9, 1e9]])
def test_ranges_without_width(values):
    assert "NaN" not in learn.chart({"a": values})._repr_mimebundle_()["text/html"].replace("nan", "NaN")


def test_a_gap_is_a_gap():
    html = learn.chart({"a": [1.0, 2.0, np.nan, 3.0, 4.0]})._repr_mimebundle_()["text/html"]
    lines = [p for p in ET.fromstring(html) if p.get("stroke-width") == "1.8"]
    assert [p.get("d").count("L") for p in lines] == [1, 1]


@pytest.mark.parametrize("series", [{}, {"a": []}, {"a": ([1, 2], [1.0])}, {"a": [[1.0]]}, {"a": [np.nan]}])
def test_bad_series_are_told(series):
    with pytest.raises(ValueError, match="chart: "):
        learn.chart(series)
