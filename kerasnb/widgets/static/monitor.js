// The live monitor of one fit. Numbers arrive as messages (float32 losses of every step, one row per
// epoch); this module keeps them, draws two or more charts on canvases, and sends back what the
// person presses. No dependency, no network.

const LIGHT = { training: "#0072B2", validation: "#D55E00" };
const DARK = { training: "#56B4E9", validation: "#E69F00" };

function css(element, name, fallback) {
  return getComputedStyle(element).getPropertyValue(name).trim() || fallback;
}

function isDark() {
  const body = document.body;
  if (body.dataset.jpThemeLight !== undefined) return body.dataset.jpThemeLight === "false";
  return window.matchMedia("(prefers-color-scheme: dark)").matches;
}

export function ticks(low, high, count) {
  if (!isFinite(low) || !isFinite(high)) return [];
  if (high <= low) high = low + (Math.abs(low) || 1);
  const raw = (high - low) / count;
  const size = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5, 10].map((m) => m * size).find((s) => s >= raw) || 10 * size;
  const found = [];
  for (let v = Math.ceil(low / step - 1e-9) * step; v <= high + step * 1e-9; v += step) {
    found.push(parseFloat(v.toPrecision(12)));
  }
  return found;
}

export function short(value) {
  if (typeof value !== "number") return String(value);
  const size = Math.abs(value);
  if (value === 0 || (size >= 1e-3 && size < 1e5)) return value.toFixed(4);
  return value.toExponential(2);
}

export function clock(seconds) {
  if (!isFinite(seconds)) return "–";
  if (seconds < 10) return seconds.toFixed(1) + " s";
  if (seconds < 60) return Math.round(seconds) + " s";
  const minutes = Math.floor(seconds / 60);
  const rest = String(Math.floor(seconds % 60)).padStart(2, "0");
  if (minutes < 60) return `${minutes}:${rest} min`;
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")} h`;
}

function rate(perSecond) {
  if (perSecond >= 1e6) return (perSecond / 1e6).toFixed(1) + "M";
  if (perSecond >= 1e4) return Math.round(perSecond / 1e3) + "k";
  return String(Math.round(perSecond));
}

// What is known of the run; shared by all views of one model.
class Run {
  constructor() {
    this.losses = [];
    this.at = null; // positions of the losses where a snapshot thinned them
    this.count = 0;
    this.epochs = [];
    this.now = {};
    this.whole = false;
    this.received = 0;
  }

  take(message, buffers) {
    this.received = performance.now();
    if (message.kind === "snapshot") {
      const x = floats(buffers[0]);
      const y = floats(buffers[1]);
      this.at = Array.from(x);
      this.losses = Array.from(y);
      this.count = message.count;
      this.epochs = message.epochs;
      this.whole = true;
    } else if (message.kind === "news") {
      const fresh = floats(buffers[0]);
      if (message.from > this.count) this.whole = false; // something was missed
      if (message.from === 0) this.whole = true;
      for (let i = 0; i < fresh.length; i++) {
        if (this.at) this.at.push(message.from + i);
        this.losses.push(fresh[i]);
      }
      this.count = message.from + fresh.length;
      const seen = new Set(this.epochs.map((e) => e.epoch));
      for (const row of message.epochs) if (!seen.has(row.epoch)) this.epochs.push(row);
    }
    this.now = { ...this.now, ...message.now };
  }

  position(i) {
    return this.at ? this.at[i] : i;
  }
}

function floats(view) {
  const bytes = view.buffer ? view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength) : view;
  return new Float32Array(bytes);
}

function metricNames(run) {
  const names = new Set(["loss"]);
  for (const row of run.epochs) {
    for (const key of Object.keys(row)) {
      if (key !== "epoch" && key !== "learning_rate") names.add(key.replace(/^val_/, ""));
    }
  }
  for (const key of Object.keys(run.now.logs || {})) names.add(key.replace(/^val_/, ""));
  return [...names];
}

function curves(run, plan, name) {
  const steps = run.now.steps || plan.steps || 1;
  const start = plan.initial || 0;
  const found = { fine: [], training: [], validation: [] };
  if (name === "loss") {
    for (let i = 0; i < run.losses.length; i++) {
      found.fine.push([start + (run.position(i) + 1) / steps, run.losses[i]]);
    }
  }
  for (const row of run.epochs) {
    if (typeof row[name] === "number") found.training.push([row.epoch + 1, row[name]]);
    if (typeof row["val_" + name] === "number") found.validation.push([row.epoch + 1, row["val_" + name]]);
  }
  const logs = run.now.logs || {};
  const last = run.epochs.length ? run.epochs[run.epochs.length - 1].epoch : -1;
  if (typeof logs[name] === "number" && run.now.epoch > last && run.now.step) {
    found.training.push([run.now.epoch + run.now.step / steps, logs[name]]);
  }
  return found;
}

// At most two points for each column of pixels: the least and the greatest.
function thin(points, columns, low, high) {
  if (points.length <= columns * 2) return points;
  const out = [];
  let column = -1;
  let least = null;
  let most = null;
  for (const p of points) {
    const c = Math.floor(((p[0] - low) / (high - low || 1)) * columns);
    if (c !== column) {
      if (least) out.push(...(least[0] <= most[0] ? [least, most] : [most, least]));
      column = c;
      least = most = p;
    } else {
      if (p[1] < least[1]) least = p;
      if (p[1] > most[1]) most = p;
    }
  }
  if (least) out.push(least, most);
  return out;
}

class Chart {
  constructor(parent, name) {
    this.name = name;
    this.box = document.createElement("div");
    this.box.className = "knb-chart";
    this.canvas = document.createElement("canvas");
    this.canvas.setAttribute("role", "img");
    this.tip = document.createElement("div");
    this.tip.className = "knb-tip";
    this.box.append(this.canvas, this.tip);
    parent.append(this.box);
    this.hover = null;
    this.canvas.addEventListener("mousemove", (e) => {
      this.hover = e.offsetX;
      this.again && this.again();
    });
    this.canvas.addEventListener("mouseleave", () => {
      this.hover = null;
      this.again && this.again();
    });
  }

  draw(data, plan) {
    const width = this.box.clientWidth;
    const height = this.box.clientHeight;
    if (!width || !height) return;
    const ratio = window.devicePixelRatio || 1;
    if (this.canvas.width !== Math.round(width * ratio) || this.canvas.height !== Math.round(height * ratio)) {
      this.canvas.width = Math.round(width * ratio);
      this.canvas.height = Math.round(height * ratio);
    }
    const g = this.canvas.getContext("2d");
    g.setTransform(ratio, 0, 0, ratio, 0, 0);
    g.clearRect(0, 0, width, height);
    const colours = isDark() ? DARK : LIGHT;
    const ink = css(this.box, "--jp-ui-font-color1", isDark() ? "#e6edf3" : "#1f2328");
    const pale = css(this.box, "--jp-ui-font-color2", isDark() ? "#9aa4af" : "#57606a");
    const grid = css(this.box, "--jp-border-color2", isDark() ? "#30363d" : "#d0d7de");
    const font = css(this.box, "--jp-ui-font-family", "system-ui, sans-serif");
    const left = 52, right = 12, top = 28, bottom = 24;

    const main = [...data.training, ...data.validation].map((p) => p[1]).filter(isFinite);
    const fine = data.fine.map((p) => p[1]).filter(isFinite);
    let all = main;
    if (fine.length) {
      const sorted = fine.slice().sort((a, b) => a - b);
      all = main.concat([sorted[Math.floor(sorted.length * 0.02)], sorted[Math.floor((sorted.length - 1) * 0.98)]]);
    }
    let y0 = Math.min(...all), y1 = Math.max(...all);
    if (!all.length) [y0, y1] = [0, 1];
    const margin = (y1 - y0) * 0.06 || Math.abs(y1) * 0.1 || 0.5;
    y0 -= margin;
    y1 += margin;
    const last = Math.max(1, ...[...data.fine.slice(-1), ...data.training.slice(-1), ...data.validation.slice(-1)].map((p) => p[0]));
    const x0 = plan.initial || 0;
    // The axis grows in a few jumps instead of with every point.
    const x1 = Math.min(Math.max(plan.epochs, x0 + 1), nice(last - x0) + x0);
    const px = (x) => left + ((x - x0) / (x1 - x0 || 1)) * (width - left - right);
    const py = (y) => top + (1 - (Math.min(Math.max(y, y0), y1) - y0) / (y1 - y0 || 1)) * (height - top - bottom);

    g.font = `600 12px ${font}`;
    g.fillStyle = ink;
    g.textAlign = "left";
    g.fillText(this.name, left, 14);
    g.font = `11px ${font}`;
    g.lineWidth = 1;
    for (const v of ticks(y0, y1, 4)) {
      g.strokeStyle = grid;
      g.beginPath();
      g.moveTo(left, Math.round(py(v)) + 0.5);
      g.lineTo(width - right, Math.round(py(v)) + 0.5);
      g.stroke();
      g.fillStyle = pale;
      g.textAlign = "right";
      g.fillText(parseFloat(v.toPrecision(6)), left - 6, py(v) + 4);
    }
    g.textAlign = "center";
    for (const v of ticks(x0, x1, 6)) if (v === Math.round(v)) g.fillText(v, px(v), height - 8);

    const line = (points, colour, wide, dash, alpha) => {
      if (!points.length) return;
      g.save();
      g.globalAlpha = alpha;
      g.strokeStyle = g.fillStyle = colour;
      g.lineWidth = wide;
      g.setLineDash(dash);
      g.lineJoin = "round";
      g.beginPath();
      let open = false;
      for (const [x, y] of points) {
        if (!isFinite(y)) { open = false; continue; }
        open ? g.lineTo(px(x), py(y)) : g.moveTo(px(x), py(y));
        open = true;
      }
      g.stroke();
      if (points.length === 1) {
        g.beginPath();
        g.arc(px(points[0][0]), py(points[0][1]), 3, 0, 7);
        g.fill();
      }
      g.restore();
    };
    line(thin(data.fine, width - left - right, x0, x1), colours.training, 1, [], 0.35);
    line(data.training, colours.training, 2, [], 1);
    line(data.validation, colours.validation, 2, [6, 4], 1);

    const judged = data.validation.length ? data.validation : [];
    if (judged.length > 1) {
      const up = (plan.rising || []).includes(this.name) || /acc|auc|precision|recall|f1/.test(this.name);
      const best = judged.reduce((a, b) => ((up ? b[1] > a[1] : b[1] < a[1]) ? b : a));
      g.fillStyle = colours.validation;
      g.beginPath();
      g.arc(px(best[0]), py(best[1]), 4, 0, 7);
      g.fill();
    }
    let x = width - right;
    g.textAlign = "left";
    const said = [];
    for (const [kind, dash] of [["validation", [6, 4]], ["training", []]]) {
      const points = data[kind];
      if (!points.length) continue;
      const text = `${kind} ${short(points[points.length - 1][1])}`;
      said.unshift(text);
      x -= g.measureText(text).width;
      g.fillStyle = pale;
      g.fillText(text, x, 14);
      g.strokeStyle = colours[kind];
      g.lineWidth = 2;
      g.setLineDash(dash);
      g.beginPath();
      g.moveTo(x - 22, 10);
      g.lineTo(x - 5, 10);
      g.stroke();
      g.setLineDash([]);
      x -= 34;
    }
    this.canvas.setAttribute("aria-label", `${this.name}: ${said.join(", ") || "no values yet"}`);
    this.point(g, data, px, py, x0, x1, left, right, top, bottom, width, height, pale);
  }

  // The values of one epoch over all curves, where the pointer is.
  point(g, data, px, py, x0, x1, left, right, top, bottom, width, height, pale) {
    if (this.hover === null || this.hover < left || this.hover > width - right) {
      this.tip.style.display = "none";
      return;
    }
    const x = x0 + ((this.hover - left) / (width - left - right)) * (x1 - x0);
    const near = (points) => points.reduce((a, b) => (!a || Math.abs(b[0] - x) < Math.abs(a[0] - x) ? b : a), null);
    const anchor = near(data.training) || near(data.fine);
    if (!anchor) return;
    const rows = [`epoch ${Number.isInteger(anchor[0]) ? anchor[0] : anchor[0].toFixed(2)}`];
    for (const kind of ["training", "validation"]) {
      const p = data[kind].find((q) => q[0] === anchor[0]);
      if (p) rows.push(`${kind} ${short(p[1])}`);
    }
    g.strokeStyle = pale;
    g.lineWidth = 1;
    g.beginPath();
    g.moveTo(Math.round(px(anchor[0])) + 0.5, top);
    g.lineTo(Math.round(px(anchor[0])) + 0.5, height - bottom);
    g.stroke();
    this.tip.textContent = rows.join("\n");
    this.tip.style.display = "block";
    const wide = this.tip.offsetWidth;
    this.tip.style.left = Math.min(Math.max(px(anchor[0]) + 10, 0), width - wide) + "px";
    this.tip.style.top = top + 6 + "px";
  }
}

function nice(value) {
  for (const step of [1, 2, 3, 5, 10, 15, 20, 30, 50, 75, 100]) if (value <= step) return step;
  const size = 10 ** Math.floor(Math.log10(value));
  return [1, 1.5, 2, 3, 5, 7.5, 10].map((m) => m * size).find((v) => v >= value);
}

const runs = new WeakMap();

function runOf(model) {
  if (!runs.has(model)) {
    const run = new Run();
    runs.set(model, run);
    model.on("msg:custom", (message, buffers) => run.take(message, buffers));
  }
  return runs.get(model);
}

function initialize({ model }) {
  runOf(model); // listen before any view exists, so that nothing is missed
}

function render({ model, el }) {
  const run = runOf(model);
  el.classList.add("knb-host");
  const root = document.createElement("div");
  root.className = "knb-monitor";
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", "Training monitor");
  root.innerHTML = `
    <div class="knb-bar"><span class="knb-dot"></span><span class="knb-what" aria-live="polite"></span>
      <span class="knb-where"></span>
      <span class="knb-controls">
        <label>Learning rate <input type="text" inputmode="decimal" data-lm-suppress-shortcuts="true"></label>
        <button type="button" class="knb-pause" data-lm-suppress-shortcuts="true">Pause</button>
        <button type="button" class="knb-stop" data-lm-suppress-shortcuts="true">Stop</button>
      </span></div>
    <div class="knb-track" role="progressbar" aria-label="Progress" aria-valuemin="0" aria-valuemax="100"><div class="knb-fill"></div></div>
    <div class="knb-charts"></div><div class="knb-foot"></div>`;
  el.append(root);
  const find = (name) => root.querySelector(name);
  const pause = find(".knb-pause"), stop = find(".knb-stop"), lr = find("input");
  const charts = new Map();
  const opened = performance.now();
  let paused = false;
  let ended = false;

  pause.onclick = () => {
    paused = !paused;
    model.send({ kind: "pause", value: paused });
    pause.textContent = paused ? "Resume" : "Pause";
  };
  stop.onclick = () => {
    model.send({ kind: "stop" });
    stop.disabled = pause.disabled = true;
    stop.textContent = "Stopping…";
  };
  const sendRate = () => {
    const value = parseFloat(lr.value);
    if (value > 0) model.send({ kind: "learning_rate", value });
  };
  lr.addEventListener("change", sendRate);
  lr.addEventListener("keydown", (e) => {
    e.stopPropagation();
    if (e.key === "Enter") sendRate();
  });

  function draw() {
    const plan = model.get("plan") || {};
    const status = model.get("status");
    const now = run.now;
    const shown = run.count === 0 && status === "compiling" ? "compiling" : status === "compiling" ? "running" : status;
    const words = { compiling: "Compiling", running: "Training", paused: "Paused", stopping: "Stopping", done: "Done", stopped: "Stopped", error: "Ended by an error" };
    find(".knb-dot").dataset.status = shown;
    find(".knb-what").textContent = `${words[shown] || shown} ${plan.name || ""}`;
    const steps = now.steps || plan.steps;
    const epochs = plan.epochs || 1;
    if (shown === "compiling") {
      find(".knb-where").textContent = clock((performance.now() - opened) / 1000);
    } else {
      const step = steps ? ` · step ${now.step || 0}/${steps}` : now.step ? ` · step ${now.step}` : "";
      find(".knb-where").textContent = `epoch ${Math.min((now.epoch || 0) + 1, epochs)}/${epochs}${step}`;
    }
    const start = plan.initial || 0;
    const done = ((now.epoch || start) - start + (steps ? (now.step || 0) / steps : 0)) / Math.max(epochs - start, 1);
    find(".knb-fill").style.transform = `scaleX(${Math.min(done, 1)})`;
    find(".knb-track").setAttribute("aria-valuenow", Math.round(100 * Math.min(done, 1)));
    if (document.activeElement !== lr && now.learning_rate !== undefined && now.learning_rate !== null) {
      lr.value = parseFloat(now.learning_rate.toPrecision(4));
    } else if (!lr.value && plan.learning_rate) {
      lr.value = parseFloat(plan.learning_rate.toPrecision(4));
    }
    for (const name of metricNames(run).slice(0, 4)) {
      if (!charts.has(name)) {
        const chart = new Chart(find(".knb-charts"), name);
        chart.again = schedule;
        charts.set(name, chart);
      }
      charts.get(name).draw(curves(run, plan, name), plan);
    }
    const foot = [];
    const seconds = now.seconds || 0;
    const work = seconds - (now.compiled || 0);
    if (seconds) foot.push(["elapsed", clock(seconds)]);
    if (done > 0 && done < 1 && work > 0.2) foot.push(["left", clock((work / done) * (1 - done))]);
    if (plan.samples && work > 0.2 && done > 0) {
      foot.push(["samples/s", rate((plan.samples * done * Math.max(epochs - start, 1)) / work)]);
    }
    if (now.compiled) foot.push(["compiled in", clock(now.compiled)]);
    const rows = run.epochs.filter((r) => typeof r.val_loss === "number");
    if (rows.length) {
      const best = rows.reduce((a, b) => (b.val_loss < a.val_loss ? b : a));
      foot.push(["best val_loss", `${short(best.val_loss)} (epoch ${best.epoch + 1})`]);
    }
    find(".knb-foot").replaceChildren(
      ...foot.map(([name, value]) => {
        const span = document.createElement("span");
        const b = document.createElement("b");
        b.textContent = value;
        span.append(name + " ", b);
        return span;
      }),
    );
    if (["done", "stopped", "error"].includes(status)) {
      ended = true;
      stop.disabled = pause.disabled = lr.disabled = true;
    }
  }

  let waiting = false;
  function schedule() {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      draw();
    });
  }
  const onMessage = () => schedule();
  model.on("msg:custom", onMessage);
  model.on("change", schedule);
  const resized = new ResizeObserver(schedule);
  resized.observe(root);
  const themed = new MutationObserver(schedule);
  themed.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light", "data-jp-theme-name", "class"] });
  const ticking = setInterval(() => {
    if (ended) return;
    if (!run.whole) model.send({ kind: "snapshot" });
    if (run.count === 0) schedule(); // the clock of "compiling"
  }, 500);
  schedule();
  return () => {
    clearInterval(ticking);
    resized.disconnect();
    themed.disconnect();
    model.off("msg:custom", onMessage);
    model.off("change", schedule);
  };
}

export default { initialize, render };
