// A chart on a canvas: a metric over epochs, training solid, validation dashed, single steps thin behind.
// The legend is HTML, so that it can be read aloud and selected. It is one module with values.js.

const PAD = { left: 52, right: 14, top: 10, bottom: 38 };
const SAMPLE = 1000; // values looked at to find the range of the single steps

export class Chart {
  // cursor: {x}, the epoch under the pointer, shared by all charts of a monitor.
  constructor(parent, name, rising, cursor, redraw) {
    this.name = name;
    this.rising = rising;
    this.cursor = cursor;
    this.redraw = redraw;
    this.fine = new Series();
    this.training = new Series();
    this.validation = new Series();
    this.whole = 0; // how many points of training are those of ended epochs
    this.range = null; // what is drawn: [x0, x1, y0, y1]
    this.keys = {};
    this.build(parent);
  }

  build(parent) {
    this.box = element("figure", "knb-chart");
    const head = element("figcaption", "knb-chart-head");
    head.append(element("span", "knb-metric", this.name));
    for (const kind of ["training", "validation"]) {
      const key = element("span", `knb-key knb-key-${kind}`, `${kind} `);
      key.hidden = true;
      this.keys[kind] = element("b");
      key.append(this.keys[kind]);
      head.append(key);
    }
    this.plot = element("div", "knb-plot");
    this.plot.tabIndex = 0;
    this.plot.setAttribute("role", "img");
    this.plot.dataset.lmSuppressShortcuts = "true";
    this.canvas = element("canvas");
    this.tip = element("div", "knb-tip");
    this.tip.hidden = true;
    this.plot.append(this.canvas, this.tip);
    this.box.append(head, this.plot);
    parent.append(this.box);
    const point = (x) => {
      this.cursor.x = x;
      this.redraw();
    };
    this.plot.addEventListener("pointermove", (e) => {
      const { left } = this.plot.getBoundingClientRect();
      point(this.range && this.epochAt(e.clientX - left));
    });
    this.plot.addEventListener("pointerleave", () => point(null));
    this.plot.addEventListener("blur", () => point(null));
    this.plot.addEventListener("keydown", (e) => this.key(e, point));
  }

  // Arrows walk along the epochs.
  key(event, point) {
    const steps = { ArrowLeft: -1, ArrowRight: 1 };
    const last = this.whole ? this.training.x[this.whole - 1] : Math.max(this.last(), 1);
    if (event.key in steps && this.range) {
      const now = this.cursor.x === null ? last : Math.round(this.cursor.x) + steps[event.key];
      point(Math.min(Math.max(now, Math.floor(this.range[0]) + 1), Math.floor(last)));
    } else if (event.key === "Home" || event.key === "End") {
      point(event.key === "Home" ? Math.floor(this.range ? this.range[0] : 0) + 1 : Math.floor(last));
    } else if (event.key === "Escape") {
      point(null);
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  epochAt(px) {
    const [x0, x1] = this.range;
    return x0 + ((px - PAD.left) / (this.plot.clientWidth - PAD.left - PAD.right)) * (x1 - x0);
  }

  // The epoch that has been reached.
  last() {
    return Math.max(...[this.fine, this.training, this.validation].map((s) => (s.n ? s.x[s.n - 1] : -Infinity)));
  }

  // The range that the data asks for.
  wanted(first, epochs) {
    let [low, high] = [Infinity, -Infinity];
    const take = (value) => {
      if (!isFinite(value)) return;
      low = Math.min(low, value);
      high = Math.max(high, value);
    };
    for (const series of [this.training, this.validation]) for (let i = 0; i < series.n; i++) take(series.y[i]);
    const sample = [];
    for (let i = 0, by = Math.max(1, Math.floor(this.fine.n / SAMPLE)); i < this.fine.n; i += by) {
      if (isFinite(this.fine.y[i])) sample.push(this.fine.y[i]);
    }
    sample.sort((a, b) => a - b); // the spikes of single steps may leave the picture
    for (const share of [0.05, 0.95]) if (sample.length) take(sample[Math.floor((sample.length - 1) * share)]);
    if (low > high) [low, high] = [0, 1];
    const margin = (high - low) * 0.06 || Math.abs(high) * 0.1 || 0.5;
    const right = first + nice(Math.max(this.last(), first) - first);
    return [first, Math.min(right, Math.max(epochs, first + 1)), low - margin, high + margin];
  }

  // Draws; true where the axes have not arrived yet and another frame is wanted.
  draw(first, epochs, still) {
    const target = this.wanted(first, epochs);
    const before = this.range;
    let moving = false;
    if (!before || still || this.fine.n + this.training.n < 3) {
      this.range = target;
    } else {
      this.range = target.map((t, i) => {
        const span = i < 2 ? target[1] - target[0] : target[3] - target[2];
        if (Math.abs(t - before[i]) < 0.002 * span) return t;
        moving = true;
        return before[i] + (t - before[i]) * 0.3;
      });
      this.range[1] = Math.max(this.range[1], Math.min(this.last(), target[1])); // nothing waits outside
    }
    const [width, height] = [this.plot.clientWidth, this.plot.clientHeight];
    if (width > PAD.left + PAD.right && height) this.paint(width, height);
    this.legend();
    return moving;
  }

  paint(width, height) {
    const ratio = window.devicePixelRatio || 1;
    const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (this.canvas.width !== w || this.canvas.height !== h) [this.canvas.width, this.canvas.height] = [w, h];
    const g = this.canvas.getContext("2d");
    g.setTransform(ratio, 0, 0, ratio, 0, 0);
    g.clearRect(0, 0, width, height);
    const style = getComputedStyle(this.box);
    const colour = (name) => style.getPropertyValue(`--knb-${name}`).trim() || "#888";
    const [x0, x1, y0, y1] = this.range;
    const bottom = height - PAD.bottom;
    const px = (x) => PAD.left + ((x - x0) / (x1 - x0 || 1)) * (width - PAD.left - PAD.right);
    const py = (y) => PAD.top + (1 - (y - y0) / (y1 - y0 || 1)) * (bottom - PAD.top);

    g.font = `11px ${style.fontFamily}`;
    g.lineWidth = 1;
    g.fillStyle = colour("pale");
    g.strokeStyle = colour("line");
    g.textAlign = "right";
    for (const v of ticks(y0, y1, 5)) {
      const y = Math.round(py(v)) + 0.5;
      g.beginPath();
      g.moveTo(PAD.left, y);
      g.lineTo(width - PAD.right, y);
      g.stroke();
      g.fillText(String(parseFloat(v.toPrecision(6))), PAD.left - 7, y + 3.5);
    }
    g.textAlign = "center";
    for (const v of ticks(x0, x1, Math.max(2, Math.min(6, Math.floor(width / 60))))) {
      if (Number.isInteger(v)) g.fillText(String(v), px(v), bottom + 16);
    }
    g.fillText("epoch", (PAD.left + width - PAD.right) / 2, height - 5);

    const trace = (series, stroke, wide, dash, alpha) => {
      if (!series.n) return;
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
    };
    g.save();
    g.beginPath(); // what leaves the range is cut off at its border
    g.rect(PAD.left - 4, PAD.top - 4, width - PAD.left - PAD.right + 8, bottom - PAD.top + 4);
    g.clip();
    trace(this.fine, colour("train"), 1, [], 0.3);
    trace(this.training, colour("train"), 2, [], 1);
    trace(this.validation, colour("val"), 2, [6, 4], 1);
    g.restore();
    const best = this.best();
    if (best) {
      g.fillStyle = colour("ground");
      g.strokeStyle = colour("val");
      g.lineWidth = 2;
      g.beginPath();
      g.arc(px(best[0]), py(best[1]), 4, 0, 7);
      g.fill();
      g.stroke();
    }
    this.point(g, px, colour("pale"), width, bottom);
  }

  // [epoch, value] of the best validation.
  best() {
    const s = this.rising === null ? { n: 0 } : this.validation; // nobody can tell what is better
    let found = -1;
    for (let i = 0; i < s.n; i++) {
      if (!isFinite(s.y[i])) continue;
      if (found < 0 || (this.rising ? s.y[i] > s.y[found] : s.y[i] < s.y[found])) found = i;
    }
    return found < 0 || s.n < 2 ? null : [s.x[found], s.y[found]];
  }

  legend() {
    const said = [];
    for (const kind of ["training", "validation"]) {
      const series = this[kind];
      this.keys[kind].parentNode.hidden = !series.n;
      if (!series.n) continue;
      say(this.keys[kind], short(series.y[series.n - 1]));
      said.push(`${kind} ${short(series.y[series.n - 1])}`);
    }
    const label = `${this.name}: ${said.join(", ") || "no values yet"}`;
    if (this.plot.getAttribute("aria-label") !== label) this.plot.setAttribute("aria-label", label);
  }

  // The values of one epoch (before the first one: of one step), where the pointer is.
  point(g, px, stroke, width, bottom) {
    const x = this.cursor.x;
    const rows = x === null || x < this.range[0] || x > this.range[1] ? [] : this.valuesAt(x);
    this.tip.hidden = !rows.length;
    if (!rows.length) return;
    const at = Math.round(px(rows[0].x)) + 0.5;
    g.strokeStyle = stroke;
    g.lineWidth = 1;
    g.beginPath();
    g.moveTo(at, PAD.top);
    g.lineTo(at, bottom);
    g.stroke();
    say(this.tip, rows.map((r) => r.text).join("\n"));
    const wide = this.tip.offsetWidth;
    const left = at + 10 + wide > width ? at - 10 - wide : at + 10;
    this.tip.style.transform = `translate(${Math.max(left, 0)}px, ${PAD.top + 4}px)`;
  }

  valuesAt(x) {
    const rows = [];
    const at = this.whole ? this.training.x[this.training.near(x, this.whole)] : null;
    for (const kind of at === null ? [] : ["training", "validation"]) {
      const s = this[kind];
      const i = s.near(at);
      if (!s.n || s.x[i] !== at) continue;
      if (!rows.length) rows.push({ x: at, text: `epoch ${at}` });
      rows.push({ x: at, text: `${kind} ${short(s.y[i])}` });
    }
    if (!rows.length && this.fine.n) {
      const i = this.fine.near(x);
      rows.push({ x: this.fine.x[i], text: `epoch ${this.fine.x[i].toFixed(2)}\n${short(this.fine.y[i])}` });
    }
    return rows;
  }
}

// A line through a series: for each column of pixels at most its least and its greatest value.
function line(g, series, px, py, width) {
  const { x, y, n } = series;
  g.beginPath();
  let open = false;
  const to = (i) => {
    if (open) g.lineTo(px(x[i]), py(y[i]));
    else g.moveTo(px(x[i]), py(y[i]));
    open = true;
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
