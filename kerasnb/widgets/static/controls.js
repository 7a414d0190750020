// The monitor's first line: the state on the left, Pause, Stop and the learning rate on the right; and the line of
// facts at its foot. It is one module with values.js.

const WORDS = {
  compiling: "Compiling", running: "Training", paused: "Paused", stopping: "Stopping",
  done: "Done", stopped: "Stopped", error: "Ended by an error",
};
const OVER = ["done", "stopped", "error"];
const ICONS = {
  pause: "M2 1h3v10H2zM7 1h3v10H7z",
  resume: "M2 1l9 5-9 5z",
  stop: "M2 2h8v8H2z",
  save: "M5 1h2v5h2.5L6 9.5 2.5 6H5zM1 10h10v1H1z",
  back: "M7 1v4l4-4v10L7 7v4L1 6z",
};

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
  if (name in ICONS) made.append(icon(name));
  made.append(element("span", "", text));
  return made;
}

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

  draw(run, plan, status, chart) {
    const { seconds, worked, rate, compiled, memory } = run.now;
    const share = run.done(plan);
    const known = seconds !== undefined;
    this.set("elapsed", known ? clock(seconds) : "–");
    const left = (worked / share) * (1 - share);
    this.set("left", share > 0 && worked > 0.2 && !OVER.includes(status) ? clock(left) : "–");
    this.set("samples/s", rate ? perSecond(rate) : "–");
    this.set("compiled in", compiled ? clock(compiled) : "–");
    this.set("memory", memory ? bytes(memory) : "–");
    if (!plan.validation || !chart) return;
    const best = chart.bestAt();
    const { x, y } = chart.validation;
    this.set("best validation loss", best >= 0 ? `${short(y[best])} in epoch ${x[best]}` : "–");
  }
}
