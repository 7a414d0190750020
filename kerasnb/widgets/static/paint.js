// Painting a chart on its canvas: axes, areas, lines, marks. It is one module with chart.js.

function paint(chart, width, height) {
  const { canvas, pad, range } = chart;
  const ratio = window.devicePixelRatio || 1;
  const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== w || canvas.height !== h) [canvas.width, canvas.height] = [w, h];
  const g = canvas.getContext("2d");
  g.setTransform(ratio, 0, 0, ratio, 0, 0);
  g.clearRect(0, 0, width, height);
  const style = getComputedStyle(chart.box);
  const colour = (name) => style.getPropertyValue(`--knb-${name}`).trim() || "#888";
  const [x0, x1, y0, y1] = range;
  const bottom = height - pad.bottom;
  const px = (x) => pad.left + ((x - x0) / (x1 - x0 || 1)) * (width - pad.left - pad.right);
  const py = (y) => pad.top + (1 - (chart.scale(y) - y0) / (y1 - y0 || 1)) * (bottom - pad.top);
  const at = { g, px, py, width, bottom, top: pad.top, left: pad.left, right: width - pad.right, colour };

  g.font = `11px ${style.fontFamily}`;
  axes(chart, at);
  g.save();
  g.beginPath(); // what leaves the range is cut off at its border
  g.rect(pad.left - 4, pad.top - 4, width - pad.left - pad.right + 8, bottom - pad.top + 4);
  g.clip();
  area(chart.gap(), at);
  chart.starts.forEach((start, i) => {
    upright(start, at, colour("pale"), [2, 3]);
    const room = px(chart.starts[i + 1] ?? x1) - px(start);
    g.textAlign = "left";
    g.fillStyle = colour("pale");
    if (!chart.trace && room > 34) g.fillText(`fit ${i + 2}`, px(start) + 4, bottom - 5);
  });
  for (const branch of chart.branches) {
    trace(branch.training, at, colour("pale"), 1.2, [], 0.7);
    trace(branch.validation, at, colour("pale"), 1.2, [6, 4], 0.7);
  }
  const blue = colour(chart.trace ? "good" : "train");
  trace(chart.fine, at, blue, chart.trace && !chart.smooth.n ? 1.5 : 1, [], chart.smooth.n ? 0.2 : chart.trace ? 1 : 0.3);
  trace(chart.smooth, at, blue, 1.5, [], 0.75);
  trace(chart.training, at, blue, 2, [], 1);
  trace(chart.validation, at, colour("val"), 2, [6, 4], 1);
  if (chart.marks.looking !== null) upright(chart.marks.looking, at, colour("warn"), [], 2);
  g.restore();
  const best = chart.bestAt();
  if (best >= 0) ring(px(chart.validation.x[best]), py(chart.validation.y[best]), at, colour("val"));
  pointed(chart, at);
}

function axes(chart, { g, px, py, width, bottom, left, right, colour }) {
  const [x0, x1, y0, y1] = chart.range;
  g.lineWidth = 1;
  g.fillStyle = colour("pale");
  g.strokeStyle = colour("line");
  g.textAlign = "right";
  const count = chart.trace ? 3 : 5;
  for (const v of chart.log ? decades(y0, y1, count) : ticks(y0, y1, count)) {
    const y = Math.round(py(v)) + 0.5;
    g.beginPath();
    g.moveTo(left, y);
    g.lineTo(right, y);
    g.stroke();
    g.fillText(tick(v), left - 7, y + 3.5);
  }
  g.textAlign = "center";
  for (const v of ticks(x0, x1, Math.max(2, Math.min(6, Math.floor(width / 60))))) {
    if (Number.isInteger(v)) g.fillText(String(v), px(v), bottom + 16);
  }
  if (!chart.trace) g.fillText("epoch", (left + right) / 2, bottom + 33);
}

function trace(series, at, stroke, wide, dash, alpha) {
  if (!series.n) return;
  const { g, px, py, width } = at;
  g.globalAlpha = alpha;
  g.strokeStyle = g.fillStyle = stroke;
  g.lineWidth = wide;
  g.lineJoin = "round";
  g.setLineDash(dash);
  if (series.n === 1) {
    g.beginPath();
    g.arc(px(series.x[0]), py(series.y[0]), 3, 0, 7);
    g.fill();
  } else {
    line(g, series, px, py, width);
  }
  g.setLineDash([]);
  g.globalAlpha = 1;
}

// The area between training and validation since the best epoch.
function area(gap, { g, px, py, colour }) {
  if (!gap.length) return;
  g.globalAlpha = 0.14;
  g.fillStyle = colour("val");
  g.beginPath();
  gap.forEach(([x, , v], i) => (i ? g.lineTo(px(x), py(v)) : g.moveTo(px(x), py(v))));
  for (let i = gap.length - 1; i >= 0; i--) g.lineTo(px(gap[i][0]), py(gap[i][1]));
  g.fill();
  g.globalAlpha = 1;
}

function upright(x, { g, px, top, bottom }, stroke, dash, wide = 1) {
  g.strokeStyle = stroke;
  g.lineWidth = wide;
  g.setLineDash(dash);
  g.beginPath();
  g.moveTo(Math.round(px(x)) + 0.5, top);
  g.lineTo(Math.round(px(x)) + 0.5, bottom);
  g.stroke();
  g.setLineDash([]);
}

function ring(x, y, { g, colour }, stroke) {
  g.fillStyle = colour("ground");
  g.strokeStyle = stroke;
  g.lineWidth = 2;
  g.beginPath();
  g.arc(x, y, 4, 0, 7);
  g.fill();
  g.stroke();
}

// The step under the pointer: a line through all charts, a dot on every curve, the values in a box.
function pointed(chart, at) {
  const where = chart.cursor.at;
  const [x0, x1] = chart.range;
  const rows = !where || where.x < x0 || where.x > x1 ? [] : chart.valuesAt(where);
  chart.tip.hidden = !rows.length;
  if (!rows.length) return;
  const { g, px, py, width, top, bottom, colour } = at;
  upright(where.x, at, colour("pale"), []);
  for (const row of rows) {
    const y = py(row.y);
    if (!isFinite(y) || y < top - 4 || y > bottom + 4) continue;
    g.fillStyle = colour(chart.trace ? "good" : row.kind === "validation" ? "val" : "train");
    g.beginPath();
    g.arc(px(row.kind === "fine" ? where.x : where.epoch), y, 3, 0, 7);
    g.fill();
  }
  const texts = rows.map((r) => r.text);
  say(chart.tip, (chart.trace ? texts : [where.label, ...texts]).join("\n"));
  const x = px(where.x);
  const wide = chart.tip.offsetWidth;
  const left = x + 10 + wide > width ? x - 10 - wide : x + 10;
  chart.tip.style.transform = `translate(${Math.round(Math.max(left, 0))}px, ${top + (chart.trace ? -6 : 4)}px)`;
}

// A line through a series: for each column of pixels at most its least and its greatest value.
function line(g, series, px, py, width) {
  const { x, y, n } = series;
  g.beginPath();
  let open = false;
  const to = (i) => {
    const [a, b] = [px(x[i]), py(y[i])];
    if (!isFinite(b)) open = false; // nothing below zero lies on a logarithmic axis
    else if (open) g.lineTo(a, b);
    else g.moveTo(a, b);
    open = isFinite(b);
  };
  const dense = n > 2 * width;
  let column = NaN;
  let [least, most] = [-1, -1];
  const flush = () => {
    if (least < 0) return;
    to(Math.min(least, most));
    if (least !== most) to(Math.max(least, most));
    least = most = -1;
  };
  for (let i = 0; i < n; i++) {
    if (!isFinite(y[i])) {
      flush();
      open = false;
    } else if (!dense) {
      to(i);
    } else {
      const c = Math.floor(px(x[i]));
      if (c !== column) flush();
      column = c;
      if (least < 0 || y[i] < y[least]) least = i;
      if (most < 0 || y[i] > y[most]) most = i;
    }
  }
  flush();
  g.stroke();
}
