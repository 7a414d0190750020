// The playground: settings on the left, the network with what every unit does, the plane with its boundary, the
// losses, and the program. The kernel trains; this shows what comes and sends what is pressed. It is one module with
// in_place.js, values.js and playground_paint.js.

const RATES = [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10];
const PENALTIES = [0, 0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1];
const SETS = { circles: "Circles", xor: "Four quarters (xor)", gaussians: "Two clouds", moons: "Moons", spiral: "Spiral", plane: "Slope (a value)", hills: "Hills (a value)" };
const SPEED = { 1: "1 epoch/s", 5: "5 epochs/s", 15: "15 epochs/s", 60: "60 epochs/s", 240: "240 epochs/s" };
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
    this.schedule = onceAFrame(() => root.clientWidth && this.draw());
    root.classList.add("knb", "knb-playground");
    const style = [...root.children].filter((c) => c.tagName === "STYLE");
    this.facts = make("span.knb-fact");
    const head = make("div.knb-head", {}, make("span.knb-title", {}, "Playground"), this.facts);
    this.said = make("p.knb-note.knb-said", { role: "status" });
    const desk = make("div.knb-desk", {}, this.settings(), this.network(), this.output());
    root.replaceChildren(...style, head, this.bar(), desk, this.program(), this.said);
    this.keepFocus();
    new ResizeObserver(this.schedule).observe(root);
    onTheme(this.schedule);
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
      paintPlane(this, frame, play.points, regression);
      paintNetwork(this, frame);
    }
    paintLosses(this, losses);
  }
}

export default inPlace(playground);
