// The live monitor of one fit: shows what the record holds, and sends back what the person presses. It is one
// module with values.js, chart.js and record.js, which stand before it. No network.

const WORDS = {
  compiling: "Compiling", running: "Training", paused: "Paused", stopping: "Stopping",
  done: "Done", stopped: "Stopped", error: "Ended by an error",
};
const OVER = ["done", "stopped", "error"];
const ICONS = {
  pause: "M2 1h3v10H2zM7 1h3v10H7z",
  resume: "M2 1l9 5-9 5z",
  stop: "M2 2h8v8H2z",
};

const runs = new WeakMap();

function runOf(model) {
  if (!runs.has(model)) {
    const run = new Run();
    runs.set(model, run);
    model.on("msg:custom", (message, buffers) => run.take(message, buffers));
  }
  return runs.get(model);
}

function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 12 12");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

function button(name, text) {
  const made = element("button", `knb-button knb-${name}`);
  made.type = "button";
  made.dataset.lmSuppressShortcuts = "true"; // else "d d" with the button focused deletes the cell
  made.append(icon(name), element("span", "", text));
  return made;
}

// The line with the state on the left, and Pause, Stop and the learning rate on the right.
class Controls {
  constructor(root, model, run, redraw) {
    Object.assign(this, { model, run, redraw, wanted: null, sent: null });
    this.dot = element("span", "knb-dot");
    this.what = element("span", "knb-what");
    this.where = element("span", "knb-where");
    this.pause = button("pause", "Pause");
    this.stop = button("stop", "Stop");
    this.rate = element("input", "knb-rate");
    this.rate.type = "text";
    this.rate.inputMode = "decimal";
    this.rate.spellcheck = false;
    this.rate.dataset.lmSuppressShortcuts = "true";
    const label = element("label", "knb-label", "Learning rate ");
    label.append(this.rate);
    const right = element("span", "knb-controls");
    const plan = model.get("plan") || {};
    if (plan.steerable === false) {
      right.append(element("span", "knb-note", "To stop: interrupt the kernel (■)"));
    } else {
      right.append(label, this.pause, this.stop);
    }
    const bar = element("div", "knb-bar");
    const left = element("span", "knb-state");
    left.append(this.dot, this.what, this.where);
    bar.append(left, right);
    root.append(bar);

    this.pause.onclick = () => {
      this.wanted = !this.paused;
      model.send({ kind: "pause", value: this.wanted });
      redraw();
    };
    this.stop.onclick = () => {
      model.send({ kind: "stop" });
      this.stop.disabled = this.pause.disabled = true;
      say(this.stop.lastChild, "Stopping…");
    };
    this.rate.addEventListener("change", () => this.sendRate());
    this.rate.addEventListener("keydown", (e) => {
      e.stopPropagation();
      if (e.key === "Enter") this.sendRate();
      if (e.key === "Escape") {
        this.rate.value = "";
        this.rate.blur();
        redraw();
      }
    });
    this.rate.addEventListener("input", () => this.rate.removeAttribute("aria-invalid"));
  }

  get paused() {
    return this.wanted === null ? this.model.get("status") === "paused" : this.wanted;
  }

  sendRate() {
    const text = this.rate.value.trim().replace(",", ".");
    const value = Number(text);
    if (!text || !(value > 0 && value < 1e6)) {
      if (text) this.rate.setAttribute("aria-invalid", "true");
      return;
    }
    if (this.sent && this.sent.value === value) return;
    this.sent = { value, at: performance.now() };
    this.model.send({ kind: "learning_rate", value });
  }

  draw(status, plan, opened) {
    const { now } = this.run;
    if ((status === "paused") === this.wanted || OVER.includes(status) || status === "stopping") this.wanted = null;
    this.dot.dataset.status = status;
    say(this.what, WORDS[status] || status);
    const steps = now.steps || plan.steps;
    if (status === "compiling") {
      say(this.where, clock((performance.now() - opened) / 1000));
    } else {
      const epoch = Math.min((now.epoch || plan.initial || 0) + 1, plan.epochs);
      const last = this.run.epochs[this.run.epochs.length - 1];
      const validating = plan.validation && steps && now.step >= steps && !(last && last.epoch >= now.epoch);
      const step = validating ? "validation" : steps ? `step ${now.step || 0}/${steps}` : `step ${now.step || 0}`;
      say(this.where, `epoch ${epoch}/${plan.epochs} · ${step}`);
      // As wide as it will ever be: nothing to its right moves.
      const widest = `epoch ${plan.epochs}/${plan.epochs} · step ${steps}/${steps}`.length;
      this.where.style.setProperty("--widest", `${widest}ch`);
    }
    const over = OVER.includes(status) || status === "stopping";
    this.pause.disabled = this.stop.disabled = over;
    this.rate.disabled = over || plan.settable === false;
    this.rate.title = plan.settable === false ? "A schedule sets it" : "Enter applies it from the next step on";
    if (this.pause.dataset.shows !== String(this.paused)) {
      this.pause.dataset.shows = String(this.paused);
      this.pause.firstChild.replaceWith(icon(this.paused ? "resume" : "pause"));
      say(this.pause.lastChild, this.paused ? "Resume" : "Pause");
    }
    if (status !== "stopping") say(this.stop.lastChild, "Stop");
    this.drawRate(now.learning_rate === undefined ? plan.learning_rate : now.learning_rate, status);
  }

  drawRate(value, status) {
    if (this.sent && value && Math.abs(value / this.sent.value - 1) < 1e-4) this.sent = null;
    if (this.sent && status === "running" && performance.now() - this.sent.at > 5000) this.sent = null;
    if (document.activeElement === this.rate) return;
    const shown = this.sent ? this.sent.value : value;
    const text = shown ? String(parseFloat(shown.toPrecision(4))) : "";
    if (this.rate.value !== text && !this.rate.hasAttribute("aria-invalid")) this.rate.value = text;
  }
}

// The line below the charts; every number has its own place, so that none moves another.
class Foot {
  constructor(root) {
    this.box = element("div", "knb-foot");
    this.items = {};
    root.append(this.box);
  }

  set(name, value) {
    if (!(name in this.items)) {
      const item = element("span", "knb-fact", `${name} `);
      this.items[name] = element("b");
      item.append(this.items[name]);
      this.box.append(item);
    }
    say(this.items[name], value);
  }

  draw(run, plan, status) {
    const { seconds, worked, rate, compiled } = run.now;
    const share = run.done(plan);
    const known = seconds !== undefined;
    this.set("elapsed", known ? clock(seconds) : "–");
    const left = (worked / share) * (1 - share);
    this.set("left", share > 0 && worked > 0.2 && !OVER.includes(status) ? clock(left) : "–");
    this.set("samples/s", rate ? perSecond(rate) : "–");
    this.set("compiled in", compiled ? clock(compiled) : "–");
    if (!plan.validation) return;
    const rows = run.epochs.filter((row) => typeof row.values.val_loss === "number");
    const best = rows.reduce((a, b) => (a && a.values.val_loss <= b.values.val_loss ? a : b), null);
    this.set("best validation loss", best ? `${short(best.values.val_loss)} in epoch ${best.epoch + 1}` : "–");
  }
}

function initialize({ model }) {
  runOf(model); // listen before any view exists, so that nothing is missed
}

function render({ model, el }) {
  const run = runOf(model);
  const root = element("div", "knb knb-monitor");
  root.setAttribute("role", "group");
  const aloud = element("div", "knb-sr");
  aloud.setAttribute("aria-live", "polite");
  const track = element("div", "knb-track");
  track.setAttribute("role", "progressbar");
  track.setAttribute("aria-label", "Progress");
  const filled = element("div", "knb-fill");
  track.append(filled);
  const controls = new Controls(root, model, run, schedule);
  const grid = element("div", "knb-charts");
  root.append(track, grid, aloud);
  const foot = new Foot(root);
  el.append(root);
  const charts = new Map();
  root.charts = charts;
  const cursor = { x: null };
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)");
  const opened = performance.now();
  let fresh = true; // whether the charts' numbers are behind the run's
  let footAt = 0;

  function draw() {
    const plan = model.get("plan") || {};
    const status = model.get("status");
    root.setAttribute("aria-label", `Training of ${plan.name}`);
    say(aloud, `${WORDS[status] || status} ${plan.name || ""}`);
    controls.draw(status, plan, opened);
    const share = run.done(plan);
    filled.style.transform = `scaleX(${share})`;
    track.setAttribute("aria-valuenow", String(Math.round(100 * share)));
    let moving = false;
    for (const name of run.names(plan.panels || ["loss"])) {
      if (!charts.has(name)) {
        charts.set(name, new Chart(grid, name, (plan.rising || {})[name] ?? null, cursor, schedule));
        fresh = true;
      }
    }
    grid.dataset.count = charts.size;
    for (const chart of charts.values()) {
      if (fresh) run.fill(chart, plan);
      moving = chart.draw(plan.initial || 0, plan.epochs || 1, calm.matches) || moving;
    }
    fresh = false;
    if (performance.now() - footAt > 240 || OVER.includes(status)) {
      footAt = performance.now();
      foot.draw(run, plan, status); // ten times a second nobody can read
    }
    if (moving) schedule();
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
  const onMessage = () => {
    fresh = true;
    schedule();
  };
  model.on("msg:custom", onMessage);
  model.on("change:status", schedule);
  model.on("change:plan", schedule);
  const resized = new ResizeObserver(schedule);
  resized.observe(root);
  const themed = new MutationObserver(schedule);
  themed.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light", "data-jp-theme-name", "class"] });
  const late = () => (run.count === 0 || run.missed) && !["compiling", "paused"].includes(model.get("status"));
  const ticking = setInterval(() => {
    if (late()) model.send({ kind: "snapshot" });
    if (!OVER.includes(model.get("status"))) schedule(); // the clock of "compiling", the last foot
  }, 500);
  if (model.get("status") !== "compiling" && run.count === 0) model.send({ kind: "snapshot" });
  schedule();
  return () => {
    clearInterval(ticking);
    resized.disconnect();
    themed.disconnect();
    model.off("msg:custom", onMessage);
    model.off("change:status", schedule);
    model.off("change:plan", schedule);
  };
}

export default { initialize, render };
