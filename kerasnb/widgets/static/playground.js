// The playground: settings on the left, the network with what every unit does, the plane with its boundary, the
// losses, and the program. The kernel trains; this shows what comes and sends what is pressed.

const LOW = [213, 112, 24], HIGH = [20, 117, 178];
const BRIGHT = [[250, 166, 84], [104, 190, 240]]; // of points on dark ground
const RATES = [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10];
const PENALTIES = [0, 0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1];
const SETS = { circles: "Circles", xor: "Four quarters (xor)", gaussians: "Two clouds", moons: "Moons", spiral: "Spiral", plane: "Slope (a value)", hills: "Hills (a value)" };
const SPEED = { 1: "1 epoch/s", 5: "5 epochs/s", 15: "15 epochs/s", 60: "60 epochs/s", 240: "240 epochs/s" };
const SQUARE = 34, ROW = 42;
const PALER = 0.7; // the ground, so that the points stand out
const ALIVE = 3000; // ms between two signs of life to the kernel

function playground(root, link) {
  let view = null;
  const begin = (content) => {
    link.play = { setup: content, state: content, frame: null, points: null, losses: [] };
    view = new Ground(root, link);
  };
  if (link.play) view = new Ground(root, link);
  else if (link.last.get("everything")) {
    begin(link.last.get("everything").content);
    for (const kind of ["state", "frame"]) {
      const seen = link.last.get(kind);
      if (seen) view.take(seen.content, seen.buffers);
    }
  } else {
    setTimeout(() => {
      if (view || link.gone) return;
      link.ask({ kind: "hello" }).then((a) => begin(a.content)).catch((e) => (root.title = e.message));
    }, 400);
  }
  return {
    receive(content, buffers) {
      if (content.kind === "everything") begin(content);
      else if (content.kind === "gone") view?.gone();
      else view?.take(content, buffers);
    },
  };
}

class Ground {
  constructor(root, link) {
    Object.assign(this, { root, link, setup: link.play.setup, controls: {}, alive: 0 });
    root.classList.add("knb", "knb-playground");
    const style = [...root.children].filter((c) => c.tagName === "STYLE");
    this.facts = make("span.knb-fact");
    const head = make("div.knb-head", {}, make("span.knb-title", {}, "Playground"), this.facts);
    this.said = make("p.knb-note.knb-said", { role: "status" });
    const desk = make("div.knb-desk", {}, this.settings(), this.network(), this.output());
    root.replaceChildren(...style, head, this.bar(), desk, this.program(), this.said);
    this.keepFocus();
    new ResizeObserver(() => this.schedule()).observe(root);
    this.themed = new MutationObserver(() => this.schedule());
    this.themed.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light", "data-jp-theme-name", "class"] });
    this.sync();
    this.schedule();
  }

  // The picture in the notebook is renewed when somebody pauses: whoever is in it stays where they were.
  keepFocus() {
    const { root, link } = this;
    root.addEventListener("focusin", (e) => (link.focused = e.target.dataset.key));
    root.addEventListener("focusout", () => setTimeout(() => {
      if (root.isConnected && !root.contains(document.activeElement)) link.focused = null;
    }));
    if (!link.focused) return;
    const back = () => {
      if (link.focused && root.isConnected && !root.contains(document.activeElement)) root.querySelector(`[data-key="${link.focused}"]`)?.focus({ preventScroll: true });
    };
    back();
    for (const wait of [30, 150]) setTimeout(back, wait); // Lab may have taken it meanwhile
  }

  get state() {
    return this.link.play.state;
  }

  // --- what stands where ---------------------------------------------------------------------------------

  bar() {
    const button = (key, text, act, name = "") => {
      const made = make(`button${name}`, { type: "button", onclick: act }, text);
      made.dataset.key = key;
      return made;
    };
    this.go = button("go", "Play", () => this.send({ kind: this.state.playing ? "pause" : "play" }), ".knb-go");
    this.one = button("step", "Step", () => this.send({ kind: "step" }));
    this.again = button("reset", "Reset", () => this.send({ kind: "reset" }));
    this.speed = this.select("speed", this.setup.speeds.map((s) => [s, SPEED[s] || `${s} epochs/s`]), (v) => this.send({ kind: "speed", value: Number(v) }));
    this.speed.setAttribute("aria-label", "Speed");
    return make("div.knb-bar", { role: "group", "aria-label": "Training" }, this.go, this.one, this.again, this.speed);
  }

  select(key, options, act) {
    const made = make("select", { onchange: (e) => act(e.target.value) }, ...options.map(([value, text]) => make("option", { value }, text)));
    made.dataset.key = key;
    return made;
  }

  settings() {
    const { setup } = this, plain = (names) => names.map((n) => [n, n]);
    const choose = (name, label, options) => {
      this.controls[name] = { show: (v) => (made.value = v) };
      const made = this.select(name, options, (v) => this.set({ [name]: v }));
      return make("label", {}, label, made);
    };
    const slide = (name, label, values, text) => {
      const said = make("span.knb-value"), nearest = (v) => values.reduce((best, x, i) => (Math.abs(x - v) < Math.abs(values[best] - v) ? i : best), 0);
      const made = make("input", { type: "range", min: 0, max: values.length - 1, step: 1, oninput: () => {
        say(said, text(values[made.value]));
        made.setAttribute("aria-valuetext", text(values[made.value]));
        this.set({ [name]: values[made.value] }, true);
      } });
      made.dataset.key = name;
      this.controls[name] = { show: (v) => {
        if (document.activeElement === made && this.pending) return;
        made.value = nearest(v);
        say(said, text(v));
        made.setAttribute("aria-valuetext", text(v));
      } };
      return make("label", {}, make("span", {}, label), said, made);
    };
    const range = (low, high, step) => Array.from({ length: Math.round((high - low) / step) + 1 }, (_, i) => Number((low + i * step).toFixed(4)));
    const share = (v) => `${Math.round(100 * v)}%`;
    return make("div.knb-settings", { role: "group", "aria-label": "Settings" },
      choose("dataset", "Data", Object.entries(SETS)),
      slide("noise", "Noise", range(0, 0.5, 0.05), share),
      slide("train_share", "Share to train on", range(0.1, 0.9, 0.1), share),
      slide("batch_size", "Batch size", range(1, Math.min(setup.most_batch, 50), 1), String),
      slide("learning_rate", "Learning rate", RATES, String),
      choose("optimizer", "Optimizer", plain(setup.optimizers)),
      choose("activation", "Activation", plain(setup.activations)),
      choose("regularization", "Regularization", plain(setup.regularizations)),
      slide("regularization_rate", "Regularization rate", PENALTIES, String));
  }

  network() {
    this.layerText = make("b");
    this.fewer = make("button.knb-small", { type: "button", "aria-label": "Remove a hidden layer", onclick: () => this.set({ layers: this.layers.slice(0, -1) }) }, "−");
    this.more = make("button.knb-small", { type: "button", "aria-label": "Add a hidden layer", onclick: () => this.set({ layers: [...this.layers, 2] }) }, "+");
    this.fewer.dataset.key = "fewer";
    this.more.dataset.key = "more";
    this.columns = make("div.knb-columns");
    this.net = document.createElement("canvas");
    this.net.setAttribute("role", "img");
    return make("div.knb-net", { role: "group", "aria-label": "Network" }, make("div.knb-net-head", {}, this.fewer, this.more, this.layerText), this.columns, this.net);
  }

  output() {
    this.plane = document.createElement("canvas");
    this.plane.setAttribute("role", "img");
    this.tests = make("input", { type: "checkbox", onchange: () => this.schedule() });
    this.tests.dataset.key = "tests";
    this.curves = document.createElement("canvas");
    this.curves.className = "knb-losses";
    this.curves.setAttribute("role", "img");
    [this.lossText, this.testText] = [make("b"), make("b")];
    const keys = make("div.knb-keys", {}, make("span", {}, "training loss ", this.lossText), make("span", {}, "test loss ", this.testText));
    return make("div.knb-out", {}, make("div.knb-plane", {}, this.plane), make("div.knb-under", {}, make("label", {}, this.tests, "show test points")), keys, this.curves);
  }

  program() {
    this.code = make("pre.knb-code", { tabindex: 0, role: "region", "aria-label": "The program that makes this model" });
    const copy = make("button", { type: "button", onclick: () => this.copy() }, "Copy");
    copy.dataset.key = "copy";
    return make("div.knb-program", {}, this.code, copy);
  }

  // --- talking ---------------------------------------------------------------------------------------------

  get layers() {
    return this.wanted?.layers || this.state.settings.layers;
  }

  // Changes go out one at a time, of a slider the newest only.
  set(values, soon = false) {
    this.wanted = { ...this.wanted, ...values };
    clearTimeout(this.pending);
    this.pending = setTimeout(() => {
      const changes = this.wanted;
      this.pending = this.wanted = null;
      this.send({ kind: "set", values: changes });
    }, soon ? 120 : 0);
  }

  async send(message) {
    try {
      this.note("");
      await this.link.ask(message, () => this.note(BUSY, true));
      if (this.said.textContent === BUSY) this.note("");
    } catch (error) {
      this.note(error.message, true);
      this.sync();
    }
  }

  take(content, buffers) {
    const { play } = this.link;
    if (content.kind === "state") {
      if (content.version !== play.state.version) [play.losses, play.points] = [[], null];
      play.state = content;
      this.sync();
    } else if (content.kind === "frame") {
      if (play.newest !== content) this.keep(content, buffers);
      if (performance.now() - this.alive > ALIVE && this.root.isConnected && !document.hidden) {
        this.alive = performance.now();
        this.link.model.send({ kind: "seen" });
      }
    }
    this.schedule();
  }

  keep(content, buffers) {
    const { play } = this.link;
    play.newest = content;
    const [seen, units, weights, rows] = [typed(Uint8Array, buffers[0]), typed(Uint8Array, buffers[1]), typed(Float32Array, buffers[2]), typed(Float32Array, buffers[3])];
    play.frame = { ...content, seen, units, weights };
    play.losses.length = Math.min(play.losses.length, content.first);
    for (let i = 0; i < rows.length; i += 5) play.losses.push([...rows.subarray(i, i + 5)]);
    if (content.points) play.points = content.points;
  }

  gone() {
    this.note(GONE, true);
    for (const e of this.root.querySelectorAll("button, input, select")) if (e.dataset.key !== "copy" && e !== this.tests) e.disabled = true;
  }

  note(text, alert = false) {
    say(this.said, text);
    this.said.classList.toggle("knb-alert", alert);
  }

  async copy() {
    try {
      await navigator.clipboard.writeText(this.state.code);
      this.note("Copied: paste it into a cell.");
    } catch {
      getSelection().selectAllChildren(this.code);
      this.note("Selected: copy it with Ctrl+C.");
    }
  }

  // --- showing -----------------------------------------------------------------------------------------------

  sync() {
    const { state } = this, { settings } = state;
    say(this.go, state.playing ? "Pause" : "Play");
    this.one.disabled = state.playing;
    this.speed.value = state.speed;
    for (const [name, { show }] of Object.entries(this.controls)) show(settings[name]);
    say(this.code, state.code);
    if (state.problem) this.note(state.problem, true);
    const { layers } = settings;
    say(this.layerText, `${layers.length} hidden layer${layers.length === 1 ? "" : "s"}`);
    this.fewer.disabled = !layers.length;
    this.more.disabled = layers.length >= this.setup.most_layers;
    this.drawHeads(layers);
  }

  // Above every column how many units it has, and buttons for fewer and more.
  drawHeads(layers) {
    const key = layers.join();
    if (this.headsKey === key) return;
    this.headsKey = key;
    const focused = this.root.contains(document.activeElement) ? document.activeElement.dataset.key : null;
    const change = (i, by) => this.set({ layers: this.layers.map((u, k) => (k === i ? u + by : u)) });
    const heads = layers.map((units, i) => {
      const button = (text, by, off, word) => {
        const made = make("button.knb-small", { type: "button", disabled: off, "aria-label": `${word} unit in layer ${i + 1}`, onclick: () => change(i, by) }, text);
        made.dataset.key = `${word}${i}`;
        return made;
      };
      return make("div", {}, make("div", {}, button("−", -1, units <= 1, "one less"), button("+", 1, units >= this.setup.most_units, "one more")), `${units} unit${units === 1 ? "" : "s"}`);
    });
    this.columns.style.gridTemplateColumns = `repeat(${layers.length + 1}, minmax(0, 1fr))`;
    this.columns.replaceChildren(make("div", {}, "inputs"), ...heads);
    if (focused) this.root.querySelector(`[data-key="${focused}"]`)?.focus({ preventScroll: true });
  }

  schedule() {
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => {
      this.waiting = false;
      if (this.root.clientWidth) this.draw();
    });
  }

  draw() {
    const { play } = this.link, { state } = play, { frame, losses } = play;
    this.dark = document.body.dataset.jpThemeLight === "false" || document.body.classList.contains("vscode-dark");
    const last = losses[losses.length - 1], regression = ["plane", "hills"].includes(state.settings.dataset);
    const epoch = frame && frame.version === state.version ? frame.epoch : state.epoch;
    const accuracy = last && !regression ? ` · test accuracy ${percent(last[4])}` : "";
    say(this.facts, `epoch ${epoch.toLocaleString("en")}${accuracy}`);
    say(this.lossText, last ? short(last[1]) : "–");
    say(this.testText, last ? short(last[2]) : "–");
    if (frame && frame.version === state.version) {
      this.drawPlane(frame, play.points, regression);
      this.drawNetwork(frame);
    }
    this.drawCurves(losses);
  }

  // Bytes as a picture: orange at 0, blue at 255, the page's own ground between.
  picture(bytes, side, strength = 1) {
    const middle = this.dark ? [40, 43, 47] : [246, 246, 244], image = new ImageData(side, side), { data } = image;
    for (let i = 0; i < bytes.length; i++) {
      const share = bytes[i] / 127.5 - 1, end = share < 0 ? LOW : HIGH, far = Math.abs(share) * strength;
      for (let c = 0; c < 3; c++) data[4 * i + c] = middle[c] + (end[c] - middle[c]) * far;
      data[4 * i + 3] = 255;
    }
    this.scratch ??= document.createElement("canvas");
    if (this.scratch.width !== side) [this.scratch.width, this.scratch.height] = [side, side];
    this.scratch.getContext("2d").putImageData(image, 0, 0);
    return this.scratch;
  }

  sized(canvas, height) {
    const ratio = window.devicePixelRatio || 1, width = canvas.clientWidth;
    const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (canvas.width !== w || canvas.height !== h) [canvas.width, canvas.height] = [w, h];
    const g = canvas.getContext("2d");
    g.setTransform(ratio, 0, 0, ratio, 0, 0);
    g.clearRect(0, 0, width, height);
    return [g, width];
  }

  drawPlane(frame, points, regression) {
    const [g, side] = this.sized(this.plane, this.plane.clientWidth);
    g.imageSmoothingEnabled = true;
    g.imageSmoothingQuality = "high";
    g.drawImage(this.picture(frame.seen, this.setup.grid, PALER), 0, 0, side, side);
    const dot = ([x, y, value], test) => {
      const share = regression ? (value + 1) / 2 : value, far = Math.abs(2 * share - 1), end = (this.dark ? BRIGHT : [LOW, HIGH])[Number(share >= 0.5)];
      const middle = this.dark ? [90, 94, 98] : [225, 225, 222];
      g.beginPath();
      g.arc(side / 2 + (x / 12) * side, side / 2 - (y / 12) * side, test ? 3 : 3.4, 0, 7);
      g.fillStyle = `rgb(${end.map((c, k) => Math.round(middle[k] + (c - middle[k]) * far))})`;
      g.fill();
      g.strokeStyle = test ? (this.dark ? "#fff" : "#222") : this.dark ? "#0d1117" : "#fff";
      g.lineWidth = 1.2;
      g.stroke();
    };
    for (const p of points?.[0] || []) dot(p, false);
    if (this.tests.checked) for (const p of points?.[1] || []) dot(p, true);
    const shape = frame.layers.length ? frame.layers.join(", ") : "no hidden layer";
    this.plane.setAttribute("aria-label", `What the network (${shape}) says of the plane after ${frame.epoch} epochs; orange for ${regression ? "-1" : "class 0"}, blue for ${regression ? "1" : "class 1"}`);
  }

  drawNetwork(frame) {
    const most = Math.max(2, ...frame.layers), height = most * ROW + 4;
    this.net.style.height = `${height}px`;
    const [g, width] = this.sized(this.net, height);
    const columns = [2, ...frame.layers], x = (i) => ((i + 0.5) / columns.length) * width;
    const square = Math.min(SQUARE, (width / columns.length) * 0.6);
    const y = (i, k) => height / 2 + (k - (columns[i] - 1) / 2) * ROW;
    // the weights, the smaller the thinner
    const line = (x0, y0, x1, y1, weight) => {
      const far = Math.min(Math.abs(weight) / 2, 1);
      g.strokeStyle = `rgba(${weight < 0 ? LOW : HIGH}, ${0.25 + 0.65 * far})`;
      g.lineWidth = 0.6 + 3.4 * far;
      g.beginPath();
      g.moveTo(x0, y0);
      g.bezierCurveTo((x0 + x1) / 2, y0, (x0 + x1) / 2, y1, x1, y1);
      g.stroke();
    };
    let at = 0;
    for (let i = 0; i < columns.length; i++) {
      const next = columns[i + 1] || 1, over = i + 1 === columns.length;
      for (let a = 0; a < columns[i]; a++) {
        for (let b = 0; b < next; b++) line(x(i) + square / 2, y(i, a), over ? width : x(i + 1) - square / 2, over ? height / 2 : y(i + 1, b), frame.weights[at++]);
      }
    }
    const inputs = [0, 1].map((axis) => Uint8Array.from({ length: 625 }, (_, i) => ((axis ? 24 - Math.floor(i / 25) : i % 25) / 24) * 255));
    let unit = 0;
    for (let i = 0; i < columns.length; i++) {
      for (let k = 0; k < columns[i]; k++) {
        const bytes = i ? frame.units.subarray(625 * unit, 625 * ++unit) : inputs[k];
        g.drawImage(this.picture(bytes, this.setup.unit), x(i) - square / 2, y(i, k) - square / 2, square, square);
        g.strokeStyle = this.dark ? "#8b949e" : "#59636e";
        g.lineWidth = 1;
        g.strokeRect(x(i) - square / 2, y(i, k) - square / 2, square, square);
        if (!i) {
          g.fillStyle = getComputedStyle(this.root).color;
          g.font = "12px sans-serif";
          g.textAlign = "right";
          g.textBaseline = "middle";
          g.fillText(`x${k + 1}`, x(0) - square / 2 - 4, y(i, k));
        }
      }
    }
    this.net.setAttribute("aria-label", `Two inputs, hidden layers of ${frame.layers.join(", ") || "no"} units, one output; each square shows what a unit makes of the plane`);
  }

  drawCurves(losses) {
    const height = 120, [g, width] = this.sized(this.curves, height), colours = getComputedStyle(this.root);
    const of = (name) => colours.getPropertyValue(name).trim();
    const sorted = losses.flatMap((r) => [r[1], r[2]]).filter(Number.isFinite).sort((a, b) => a - b);
    const high = Math.max(sorted[Math.floor(0.98 * (sorted.length - 1))] || 1, 1e-6), last = losses.length ? losses[losses.length - 1][0] : 10;
    const end = nice(Math.max(last, 10)), x = (e) => 34 + (e / end) * (width - 40), y = (v) => 6 + (1 - Math.min(v / high, 1)) * (height - 26);
    g.font = "11px sans-serif";
    g.fillStyle = of("--knb-pale");
    g.strokeStyle = of("--knb-line");
    g.lineWidth = 1;
    g.textBaseline = "middle";
    g.textAlign = "right";
    for (const v of ticks(0, high, 3)) {
      g.beginPath();
      g.moveTo(34, y(v));
      g.lineTo(width - 6, y(v));
      g.stroke();
      g.fillText(String(v), 30, y(v));
    }
    g.textAlign = "center";
    for (const e of [0, end / 2, end]) if (Number.isInteger(e)) g.fillText(e.toLocaleString("en"), Math.min(x(e), width - 14), height - 8);
    const step = Math.max(1, Math.floor(losses.length / width));
    for (const [column, name, dash] of [[1, "--knb-train", []], [2, "--knb-val", [6, 4]]]) {
      g.strokeStyle = of(name);
      g.lineWidth = 2;
      g.setLineDash(dash);
      g.beginPath();
      for (let i = 0; i < losses.length; i = i === losses.length - 1 ? i + 1 : Math.min(i + step, losses.length - 1)) g.lineTo(x(losses[i][0]), y(losses[i][column]));
      g.stroke();
    }
    g.setLineDash([]);
    const r = losses[losses.length - 1];
    this.curves.setAttribute("aria-label", r ? `Losses: training ${short(r[1])}, test ${short(r[2])} after epoch ${r[0]}` : "Losses: nothing trained yet");
  }
}

export default inPlace(playground);
