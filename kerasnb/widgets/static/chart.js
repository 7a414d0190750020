// A chart of one number over epochs: training solid, validation dashed, single steps thin behind. What it draws is
// in paint.js. The legend is HTML, so that it can be read aloud and selected. It is one module with values.js.

const PAD = { left: 52, right: 14, top: 10, bottom: 38 };
const SAMPLE = 1000; // values looked at to find the range of the single steps
const KINDS = ["training", "validation"];

export class Chart {
  // cursor: {x, at}: the place under the pointer, and the step it belongs to, shared by all charts of a monitor.
  // settings: {smoothing, log}, shared too. trace: a small chart of one line (gradient norm, learning rate).
  constructor(parent, name, rising, cursor, redraw, settings = { smoothing: 0, log: false }, trace = false) {
    Object.assign(this, { name, rising, cursor, redraw, settings, trace });
    this.fine = new Series();
    this.smooth = new Series();
    this.training = new Series();
    this.validation = new Series();
    this.branches = []; // {training, validation}: lines that were left behind
    this.starts = []; // where later fits began
    this.marks = { looking: null };
    this.whole = 0; // how many points of training are those of ended epochs
    this.cleared = true; // whether the steps are others than those averaged so far
    this.range = null; // what is drawn: [x0, x1, y0, y1], y after this.scale
    this.keys = {};
    this.pad = trace ? { ...PAD, bottom: 20 } : PAD;
    this.build(parent);
  }

  build(parent) {
    this.box = element("figure", `knb-chart${this.trace ? " knb-trace" : ""}`);
    const head = element("figcaption", "knb-chart-head");
    head.append(element("span", "knb-metric", this.name));
    for (const kind of this.trace ? ["now"] : KINDS) {
      const key = element("span", `knb-key knb-key-${kind}`, kind === "now" ? "" : `${kind} `);
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

  // Arrows walk along the epochs, with Shift along the steps.
  key(event, point) {
    const steps = { ArrowLeft: -1, ArrowRight: 1 };
    const last = this.whole ? this.training.x[this.whole - 1] : Math.max(this.last(), 1);
    const first = Math.floor(this.range ? this.range[0] : 0);
    if (event.key in steps && this.range) {
      const now = this.cursor.x === null ? last + (steps[event.key] < 0 ? 0 : 1) : this.cursor.x;
      if (event.shiftKey && this.fine.n) {
        const i = this.fine.near(now) + (this.cursor.x === null ? 0 : steps[event.key]);
        point(this.fine.x[Math.min(Math.max(i, 0), this.fine.n - 1)]);
      } else {
        const next = this.cursor.x === null ? Math.floor(last) : steps[event.key] < 0 ? Math.ceil(now) - 1 : Math.floor(now) + 1;
        point(Math.min(Math.max(next, first + 1), Math.max(Math.floor(last), first + 1)));
      }
    } else if (event.key === "Home" || event.key === "End") {
      point(event.key === "Home" ? first + 1 : Math.floor(last));
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
    return x0 + ((px - this.pad.left) / (this.plot.clientWidth - this.pad.left - this.pad.right)) * (x1 - x0);
  }

  // The epoch that has been reached.
  last() {
    return Math.max(...[this.fine, this.training, this.validation].map((s) => (s.n ? s.x[s.n - 1] : -Infinity)));
  }

  get log() {
    return this.settings.log && (this.trace || this.name.endsWith("loss"));
  }

  // A value as it lies on the axis.
  scale(value) {
    return this.log ? Math.log10(value) : value;
  }

  // The steps' values averaged, the newer the more: over about so many steps as the slider says.
  smoothen() {
    const { fine, smooth } = this;
    const window = this.name === "learning rate" ? 0 : this.settings.smoothing;
    if (this.window !== window || this.cleared) {
      smooth.clear();
      this.sums = [0, 0];
    }
    [this.window, this.cleared] = [window, false];
    if (window < 2) return;
    const keep = 1 - 1 / window;
    let [sum, weight] = this.sums;
    for (let i = smooth.n; i < fine.n; i++) {
      if (isFinite(fine.y[i])) {
        sum = keep * sum + (1 - keep) * fine.y[i];
        weight = keep * weight + (1 - keep);
      }
      smooth.push(fine.x[i], weight ? sum / weight : NaN);
    }
    this.sums = [sum, weight];
  }

  // The range that the data asks for.
  wanted(first, epochs) {
    let [low, high] = [Infinity, -Infinity];
    const take = (value) => {
      const v = this.scale(value);
      if (!isFinite(v)) return;
      low = Math.min(low, v);
      high = Math.max(high, v);
    };
    for (const series of [this.training, this.validation]) for (let i = 0; i < series.n; i++) take(series.y[i]);
    const sample = [];
    for (let i = 0, by = Math.max(1, Math.floor(this.fine.n / SAMPLE)); i < this.fine.n; i += by) {
      if (isFinite(this.fine.y[i])) sample.push(this.fine.y[i]);
    }
    sample.sort((a, b) => a - b); // the spikes of single steps may leave the picture
    for (const share of this.trace ? [0, 0.98] : [0.05, 0.95]) if (sample.length) take(sample[Math.floor((sample.length - 1) * share)]);
    if (this.trace && !this.log && low >= 0) low = 0;
    if (low > high) [low, high] = [0, 1];
    const margin = (high - low) * 0.06 || Math.abs(high) * 0.1 || 0.5;
    const right = first + nice(Math.max(this.last(), first) - first);
    return [first, Math.min(right, Math.max(epochs, first + 1)), low === 0 && this.trace ? 0 : low - margin, high + margin];
  }

  // Draws; true where the axes have not arrived yet and another frame is wanted.
  draw(first, epochs, still) {
    const target = this.wanted(first, epochs);
    const before = this.logDrawn === this.log ? this.range : null;
    this.logDrawn = this.log;
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
    if (width > this.pad.left + this.pad.right && height) paint(this, width, height);
    this.legend();
    return moving;
  }

  // The index of the best validation.
  bestAt() {
    const s = this.rising === null ? { n: 0 } : this.validation; // nobody can tell what is better
    let found = -1;
    for (let i = 0; i < s.n; i++) {
      if (!isFinite(s.y[i])) continue;
      if (found < 0 || (this.rising ? s.y[i] > s.y[found] : s.y[i] < s.y[found])) found = i;
    }
    return s.n < 2 ? -1 : found;
  }

  // [epoch, training, validation] from the best epoch on, where validation got worse than training since.
  gap() {
    const best = this.bestAt();
    const found = [];
    let worse = false;
    for (let i = best, j = 0; best >= 0 && i < this.validation.n; i++) {
      const [x, v] = [this.validation.x[i], this.validation.y[i]];
      while (j < this.whole && this.training.x[j] < x) j++;
      const t = this.training.y[j];
      if (j >= this.whole || this.training.x[j] !== x || !isFinite(v) || !isFinite(t)) continue;
      const behind = this.rising ? v < t : v > t;
      worse = worse || behind;
      found.push([x, t, behind ? v : t]);
    }
    return found.length > 1 && worse ? found : [];
  }

  legend() {
    const said = [];
    for (const kind of Object.keys(this.keys)) {
      const series = kind === "now" ? this.fine : this[kind];
      this.keys[kind].parentNode.hidden = !series.n;
      if (!series.n) continue;
      say(this.keys[kind], short(series.y[series.n - 1]));
      said.push(`${kind} ${short(series.y[series.n - 1])}`);
    }
    const label = `${this.name}: ${said.join(", ") || "no values yet"}`;
    if (this.plot.getAttribute("aria-label") !== label) this.plot.setAttribute("aria-label", label);
  }

  // What belongs to the step under the pointer: {y, text, kind} of each curve.
  valuesAt(at) {
    const found = [];
    const near = (series, text, kind) => {
      const i = series.upTo(at.x + 1e-9);
      if (i >= 0) found.push({ y: series.y[i], kind, text: `${text}${short(series.y[i])}` });
    };
    if (this.trace) near(this.fine, "", "fine");
    for (const kind of this.trace ? [] : KINDS) {
      const i = this[kind].near(at.epoch, kind === "training" ? this.whole : this[kind].n);
      if (i >= 0 && this[kind].x[i] === at.epoch) found.push({ y: this[kind].y[i], kind, text: `${kind} ${short(this[kind].y[i])}` });
    }
    if (!this.trace && this.fine.n && (!at.whole || !found.length)) near(this.fine, this.name === "loss" ? "this step " : "so far ", "fine");
    return found;
  }
}
