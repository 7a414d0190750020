// A sweep: one small chart for each variant, all to one scale, over a shadow of all curves; the table to sort.

const MOST = 144; // small charts
const CELL = 56; // pixels
const LOG = 30;
const OVER = { done: "Done", stopped: "Stopped", error: "Ended by an error" };
const SHOWN = { waiting: "waiting", failed: "failed", diverged: "diverged", running: "", done: "", stopped: "" };

function sweep(root, link) {
  let view = null;
  const begin = (content, buffers) => {
    link.sweep = new Record(content, buffers);
    view = new SweepPage(root, link);
  };
  const seen = link.last.get("everything");
  if (link.sweep) view = new SweepPage(root, link);
  else if (seen) begin(seen.content, seen.buffers);
  else setTimeout(() => view || link.gone || again(), 400);
  let asking = false;
  const again = async () => {
    if (asking) return;
    asking = true;
    try {
      const answer = await link.ask({ kind: "hello" });
      begin(answer.content, answer.buffers);
    } catch (error) {
      root.title = error.message;
    }
    asking = false;
  };
  return {
    receive(content, buffers) {
      if (content.kind === "everything") begin(content, buffers);
      else if (content.kind === "news" && view) {
        if (link.sweep.newest !== content) {
          link.sweep.newest = content;
          if (!link.sweep.take(content, buffers)) return again(); // something was missed
        }
        view.schedule();
      } else if (content.kind === "gone") view?.gone();
    },
  };
}

// The numbers of all variants.
class Record {
  constructor(content, buffers) {
    this.setup = content;
    this.curves = content.variants.map(() => []);
    this.status = content.variants.map(() => "waiting");
    this.take(content, buffers);
  }

  take(content, buffers) {
    this.now = content.now;
    const values = typed(Float32Array, buffers[0]);
    let at = 0;
    for (const [number, status, first, count] of content.rows) {
      if (this.curves[number].length !== first) return false;
      this.status[number] = status;
      for (let i = 0; i < count; i++) this.curves[number].push(values[at++]);
    }
    return true;
  }

  get done() {
    const { epochs } = this.setup;
    const over = (i) => (["failed", "diverged", "done", "stopped"].includes(this.status[i]) ? 1 : this.curves[i].length / epochs);
    return this.curves.reduce((sum, _, i) => sum + over(i), 0) / Math.max(this.curves.length, 1);
  }

  // The common axis: from the best value to where nearly all lie.
  axis() {
    const all = this.curves.flat().filter(Number.isFinite).sort((a, b) => a - b);
    if (!all.length) return { y: () => 0 };
    const at = (q) => all[Math.min(all.length - 1, Math.floor(q * all.length))];
    const log = all[0] > 0 && all[all.length - 1] > LOG * at(0.5);
    const f = log ? Math.log10 : (v) => v;
    const [low, high] = this.setup.rising ? [f(at(0.05)), f(at(1))] : [f(at(0)), f(at(0.95))];
    const span = high - low || 1;
    return { log, y: (v) => 1 - Math.min(Math.max((f(v) - low) / span, 0), 1) };
  }
}

class SweepPage {
  constructor(root, link) {
    Object.assign(this, { root, link, sort: null, marked: -1, schedule: onceAFrame(() => this.draw()) });
    const { setup } = link.sweep;
    root.classList.add("knb", "knb-sweep");
    const style = [...root.children].filter((c) => c.tagName === "STYLE");
    this.title = make("span.knb-title", {}, setup.title);
    this.where = make("span.knb-note");
    this.pause = make("button.knb-do", { type: "button", "aria-pressed": "false", onclick: () => this.press() }, "Pause");
    this.stop = make("button.knb-do", { type: "button", onclick: () => this.end() }, "Stop");
    this.controls = make("span.knb-controls", {}, this.pause, this.stop);
    this.fill = make("div.knb-fill");
    this.track = make("div.knb-track", { role: "progressbar", "aria-label": "Progress of the sweep", "aria-valuemin": 0, "aria-valuemax": 100 }, this.fill);
    this.best = make("p.knb-best", { "aria-live": "off" });
    this.scale = make("p.knb-note");
    this.cells = make("div.knb-cells", { role: "group", "aria-label": `${setup.objective} of each variant; arrow keys move` });
    this.said = make("p.knb-note.knb-said", { role: "status" });
    const shown = setup.variants.slice(0, MOST);
    this.charts = shown.map((variant, i) => this.cell(variant, i));
    if (setup.columns) {
      this.cells.dataset.columns = setup.columns;
      this.cells.style.setProperty("--columns", setup.columns);
    }
    this.cells.append(...this.charts.map((c) => c.box));
    this.listen();
    const rest = setup.variants.length - shown.length;
    const more = rest > 0 ? make("p.knb-note", {}, `and ${rest} more variants, in the table at the end`) : null;
    this.table = make("div.knb-table", { tabindex: 0, role: "region", "aria-label": "Table of the variants" });
    const parts = [make("div.knb-bar", {}, make("div.knb-head", {}, this.title, this.where), this.controls), this.track, this.best, this.scale, this.cells, more, this.said, this.table];
    root.replaceChildren(...style, ...parts.filter(Boolean));
    this.table.hidden = !setup.table;
    if (setup.table) this.fillTable();
    new ResizeObserver(this.schedule).observe(root);
    onTheme(this.schedule);
    this.schedule();
  }

  cell(variant, i) {
    const canvas = document.createElement("canvas");
    canvas.setAttribute("aria-hidden", "true");
    const value = make("b");
    const box = make("figure.knb-cell", { tabindex: i ? -1 : 0, role: "img", title: variant.label }, canvas,
      make("figcaption", {}, make("span", {}, variant.short), value));
    return { box, canvas, value };
  }

  // One stop for Tab, arrows inside.
  listen() {
    const boxes = this.charts.map((c) => c.box);
    const columns = () => getComputedStyle(this.cells).gridTemplateColumns.split(" ").length;
    this.cells.onkeydown = (e) => {
      const from = boxes.indexOf(document.activeElement);
      const to = { ArrowLeft: from - 1, ArrowRight: from + 1, ArrowUp: from - columns(), ArrowDown: from + columns(), Home: 0, End: boxes.length - 1 }[e.key];
      if (from < 0 || to === undefined) return;
      e.preventDefault();
      e.stopPropagation();
      if (boxes[to]) this.focus(to);
    };
    boxes.forEach((box, i) => {
      box.onfocus = box.onpointerenter = () => this.mark(i);
      box.onpointerdown = () => this.focus(i);
    });
    this.cells.onpointerleave = () => this.mark(-1);
  }

  focus(i) {
    this.charts.forEach(({ box }, k) => (box.tabIndex = k === i ? 0 : -1));
    this.charts[i].box.focus();
  }

  mark(i) {
    this.marked = i;
    const { setup, curves, status } = this.link.sweep;
    if (i >= 0) {
      const curve = curves[i], last = curve.length ? ` · ${setup.objective} ${short(curve[curve.length - 1])} after epoch ${curve.length}` : "";
      say(this.said, `Variant ${i}: ${setup.variants[i].label}${last}${SHOWN[status[i]] ? ` · ${status[i]}` : ""}`);
    }
    for (const row of this.table.querySelectorAll("tbody tr")) row.classList.toggle("knb-marked", row.dataset.number === String(i));
  }

  press() {
    const value = this.pause.getAttribute("aria-pressed") !== "true";
    this.pause.setAttribute("aria-pressed", String(value));
    say(this.pause, value ? "Resume" : "Pause");
    this.link.model.send({ kind: "pause", value });
  }

  end() {
    this.link.model.send({ kind: "stop" });
    this.pause.disabled = this.stop.disabled = true;
    say(this.stop, "Stopping…");
  }

  gone() {
    this.controls.hidden = true;
    say(this.said, GONE);
  }

  draw() {
    if (!this.cells.clientWidth) return; // out of sight; the observer calls again
    const record = this.link.sweep, { setup, now, curves, status } = record;
    const over = now.status in OVER;
    const running = status.map((s, i) => (s === "running" ? curves[i].length : -1)).filter((n) => n >= 0);
    const ended = status.filter((s) => ["done", "stopped", "failed", "diverged"].includes(s)).length;
    const where = running.length ? `${ended} of ${status.length} done · ${running.length} in training, epoch ${Math.max(...running)} of ${setup.epochs}` : `${ended} of ${status.length} done`;
    say(this.where, over ? OVER[now.status] : setup.steerable ? where : `${where} · to stop: interrupt the kernel (■)`);
    this.controls.hidden = over || !setup.steerable || this.link.gone;
    this.track.hidden = over;
    const share = record.done;
    this.fill.style.transform = `scaleX(${share})`;
    this.track.setAttribute("aria-valuenow", String(Math.round(100 * share)));
    this.drawBest(now, over);
    const axis = record.axis();
    say(this.scale, `${setup.objective} over the epochs, all to one ${axis.log ? "logarithmic " : ""}scale; grey: all variants`);
    const colours = getComputedStyle(this.root);
    const ink = { own: colours.getPropertyValue("--knb-train").trim(), first: colours.getPropertyValue("--knb-good").trim(), all: colours.getPropertyValue("--knb-pale").trim() };
    const width = Math.max(this.charts[0]?.canvas.clientWidth || 0, 1), ratio = window.devicePixelRatio || 1;
    const shadow = this.shadow(record, axis, width, ratio, ink);
    this.charts.forEach(({ box, canvas, value }, i) => {
      const best = i === now.best;
      box.classList.toggle("knb-first", best);
      box.dataset.status = status[i];
      const last = curves[i][curves[i].length - 1];
      const text = SHOWN[status[i]] || (curves[i].length ? short(last) : "");
      say(value, text);
      box.setAttribute("aria-label", `${setup.variants[i].label}: ${text || status[i]}${best ? ", the best so far" : ""}`);
      if (canvas.width !== shadow.width) [canvas.width, canvas.height] = [shadow.width, shadow.height];
      const g = canvas.getContext("2d");
      g.setTransform(1, 0, 0, 1, 0, 0);
      g.clearRect(0, 0, canvas.width, canvas.height);
      g.drawImage(shadow, 0, 0);
      g.setTransform(ratio, 0, 0, ratio, 0, 0);
      g.strokeStyle = best ? ink.first : ink.own;
      g.lineWidth = 2;
      g.lineJoin = "round";
      this.line(g, curves[i], axis, width);
    });
  }

  drawBest(now, over) {
    const key = JSON.stringify([now.best, now.best_value, over]);
    if (this.bestKey === key) return;
    this.bestKey = key;
    if (now.best === null) return this.best.replaceChildren(make("span.knb-note", {}, over ? "No variant has a result." : "The variants are being built and compiled."));
    this.best.replaceChildren(make("span.knb-note", {}, over ? "Best" : "Best so far"), make("b", {}, now.best_text),
      make("span.knb-note", {}, this.link.sweep.setup.objective), make("b", {}, now.best_value));
  }

  // All curves in grey, drawn once for all charts.
  shadow(record, axis, width, ratio, ink) {
    this.behind ??= document.createElement("canvas");
    [this.behind.width, this.behind.height] = [Math.round(width * ratio), Math.round(CELL * ratio)];
    const g = this.behind.getContext("2d");
    g.setTransform(ratio, 0, 0, ratio, 0, 0);
    g.strokeStyle = ink.all;
    g.globalAlpha = Math.max(0.05, 0.3 / Math.sqrt(record.curves.length / 4 + 1));
    g.lineWidth = 1;
    for (const curve of record.curves) this.line(g, curve, axis, width);
    return this.behind;
  }

  line(g, curve, axis, width) {
    const { epochs } = this.link.sweep.setup;
    const step = Math.max(1, Math.floor(curve.length / width));
    g.beginPath();
    let begun = false;
    for (let i = 0; i < curve.length; i = i === curve.length - 1 ? curve.length : Math.min(i + step, curve.length - 1)) {
      if (!Number.isFinite(curve[i])) continue;
      const x = 2 + ((i + 1) / epochs) * (width - 4), y = 3 + axis.y(curve[i]) * (CELL - 6);
      begun ? g.lineTo(x, y) : g.moveTo(x, y);
      if (!begun && curve.length === 1) g.lineTo(x + 1, y);
      begun = true;
    }
    g.stroke();
  }

  fillTable() {
    const { heads, rows } = this.link.sweep.setup.table;
    const sorted = [...rows];
    if (this.sort) {
      const { column, down } = this.sort;
      const compare = (a, b) => (typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b)));
      sorted.sort((a, b) => {
        const [x, y] = [a.keys[column], b.keys[column]];
        if (x === null || y === null) return (x === null) - (y === null);
        return down ? compare(y, x) : compare(x, y);
      });
    }
    const head = make("tr", {}, ...heads.map((name, column) => {
      const on = this.sort?.column === column;
      const button = make("button", { type: "button", onclick: () => {
        this.sort = { column, down: on && !this.sort.down };
        this.fillTable();
        this.table.querySelectorAll("th button")[column].focus();
      } }, name);
      return make("th", { scope: "col", "aria-sort": on ? (this.sort.down ? "descending" : "ascending") : null }, button);
    }));
    const best = this.link.sweep.now.best;
    const body = sorted.map(({ number, text, message }) => {
      const row = make(number === best ? "tr.knb-first" : "tr", { title: message || null }, ...text.map((t) => make("td", {}, t)));
      row.dataset.number = number;
      return row;
    });
    this.table.replaceChildren(make("table", {}, make("thead", {}, head), make("tbody", {}, ...body)));
  }
}

export default inPlace(sweep);
