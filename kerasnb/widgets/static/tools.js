// The monitor's second line (smoothing, axis, save) and its line for going back in a run that keeps its states; and
// what the numbers say in words. It is one module with values.js and controls.js.

const WINDOWS = [1, 3, 10, 30, 100, 300, 1000]; // steps that the slider averages over

class Tools {
  constructor(root, model, settings, changed) {
    Object.assign(this, { model, settings });
    const plan = model.get("plan") || {};
    this.box = element("div", "knb-tools");
    this.smoothing = element("input", "knb-slider");
    Object.assign(this.smoothing, { type: "range", min: 0, max: WINDOWS.length - 1, step: 1, value: 0 });
    this.smoothing.dataset.lmSuppressShortcuts = "true";
    this.over = element("span", "knb-over", "off");
    const label = element("label", "knb-label", "Smoothing ");
    label.append(this.smoothing, this.over);
    this.smoothing.addEventListener("input", () => {
      settings.smoothing = WINDOWS[Number(this.smoothing.value)];
      const text = settings.smoothing > 1 ? `${settings.smoothing} steps` : "off";
      say(this.over, text);
      this.smoothing.setAttribute("aria-valuetext", text);
      changed();
    });
    this.smoothing.setAttribute("aria-valuetext", "off");
    this.log = button("log", "Log axis");
    this.log.setAttribute("aria-pressed", "false");
    this.log.title = "Losses on a logarithmic axis";
    this.log.onclick = () => {
      settings.log = !settings.log;
      this.log.setAttribute("aria-pressed", String(settings.log));
      changed();
    };
    this.save = button("save", "Save now");
    this.save.title = "Write the model as it is to a .keras file";
    this.save.onclick = () => {
      this.save.disabled = true;
      model.send({ kind: "save" });
      say(this.said, "Saving…");
    };
    this.said = element("span", "knb-said");
    this.said.setAttribute("role", "status");
    this.box.append(label, this.log);
    if (plan.steerable !== false) this.box.append(this.save);
    this.box.append(this.said);
    root.append(this.box);
    const heard = () => this.heard();
    model.on("change:done", heard);
    this.leave = () => model.off("change:done", heard);
  }

  heard() {
    const done = this.model.get("done") || {};
    if (done.saved) say(this.said, `Saved: ${done.saved}`);
    else if (done.problem) say(this.said, done.problem);
    else if (done.back !== undefined) say(this.said, "Going on from there.");
    else return;
    this.said.title = this.said.textContent;
    this.save.disabled = false;
  }

  draw(status) {
    const over = OVER.includes(status) || status === "stopping";
    if (over || status === "compiling") this.save.disabled = true;
    else if (this.said.textContent !== "Saving…") this.save.disabled = false;
  }
}

// Former epochs: dragging shows the predictions of one in the gallery that is attached to fit; a button goes on from it.
class RewindBar {
  // stays: whether the epoch stays chosen after the button was pressed.
  constructor(root, model, run, redraw, action = "Continue from here", stays = false) {
    Object.assign(this, { model, run, redraw, at: null, asked: undefined, busy: false });
    this.box = element("div", "knb-rewind");
    this.slider = element("input", "knb-slider");
    Object.assign(this.slider, { type: "range", min: 0, max: 0, step: 1, value: 0 });
    this.slider.dataset.lmSuppressShortcuts = "true";
    const label = element("label", "knb-label knb-grow", "Rewind ");
    label.append(this.slider);
    this.text = element("span", "knb-over");
    this.go = button("back", action);
    this.now = button("now", "Newest");
    this.box.append(label, this.text, this.go, this.now);
    root.append(this.box);
    this.slider.addEventListener("input", () => this.look(Number(this.slider.value)));
    this.go.onclick = () => {
      model.send({ kind: "back", value: this.at });
      if (!stays) this.at = null;
      redraw();
    };
    this.now.onclick = () => this.look(null);
    const heard = () => {
      this.busy = false;
      if (this.asked !== undefined) this.ask(this.asked);
    };
    model.on("change:done", heard);
    this.leave = () => model.off("change:done", heard);
  }

  // Show an epoch of the chart, null for the newest. One question is under way at a time, only the newest follows.
  look(epoch) {
    const newest = epoch !== null && epoch >= this.last;
    this.at = newest ? null : epoch;
    this.ask(this.at);
    this.redraw();
  }

  ask(epoch) {
    if (this.busy) {
      this.asked = epoch;
      return;
    }
    this.asked = undefined;
    this.busy = true;
    this.model.send({ kind: "look", value: epoch });
    setTimeout(() => (this.busy = false), 2000); // an answer that never came
  }

  draw(status, plan) {
    const moved = plan.past?.offset || 0;
    const rows = this.run.epochs;
    const first = (plan.initial || 0) + moved;
    this.last = rows.length ? rows[rows.length - 1].epoch + 1 + moved : first;
    this.slider.min = first;
    this.slider.max = this.last;
    if (document.activeElement !== this.slider || this.at === null) this.slider.value = this.at ?? this.last;
    const over = OVER.includes(status) || status === "stopping";
    this.slider.disabled = over || this.last <= first;
    this.go.disabled = this.now.disabled = over || this.at === null;
    const text = this.at === null ? `newest: epoch ${this.last}` : `epoch ${this.at} of ${this.last}`;
    say(this.text, text);
    this.slider.setAttribute("aria-valuetext", text);
  }
}

// Dragging along a chart shows former epochs.
function dragAlong(chart, bar) {
  chart.plot.classList.add("knb-drag");
  const look = (e) => {
    if (!(e.buttons & 1) || !chart.range || bar.slider.disabled) return;
    const epoch = Math.round(chart.epochAt(e.clientX - chart.plot.getBoundingClientRect().left));
    const within = Math.min(Math.max(epoch, Number(bar.slider.min)), Number(bar.slider.max));
    if (within !== (bar.at ?? bar.last)) bar.look(within);
  };
  chart.plot.addEventListener("pointerdown", (e) => {
    chart.plot.setPointerCapture(e.pointerId);
    look(e);
  });
  chart.plot.addEventListener("pointermove", look);
}

// What the losses say, in words.
class Hints {
  constructor(root) {
    this.box = element("ul", "knb-hints");
    this.box.setAttribute("aria-label", "What the losses say");
    this.box.setAttribute("aria-live", "polite");
    this.box.hidden = true;
    root.append(this.box);
  }

  draw(hints) {
    this.box.hidden = !hints.length;
    while (this.box.children.length > hints.length) this.box.lastChild.remove();
    hints.forEach((hint, i) => {
      if (!this.box.children[i]) {
        const line = element("li");
        line.append(element("b"), element("span"));
        this.box.append(line);
      }
      const [evidence, advice] = this.box.children[i].children;
      say(evidence, `${hint.evidence} `);
      say(advice, hint.advice);
    });
  }
}
