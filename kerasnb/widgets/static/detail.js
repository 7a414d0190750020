// One sample looked at closely: its probabilities, what the prediction rests on, another label for it.

class Detail {
  // changed(i, shut): another sample was opened, or sample i was shut.
  constructor(samples, link, changed) {
    Object.assign(this, { samples, link, changed });
    this.selected = null;
    this.box = make("div.knb-detail", { role: "region", "aria-label": "Sample", hidden: true });
  }

  open(i, focus) {
    const s = this.samples, state = s.state(i);
    this.selected = i;
    this.changed(i, false);
    const close = make("button.knb-close", { type: "button", "aria-label": "Close", onclick: () => this.shut() }, "×");
    const words = { right: "right", wrong: "wrong", open: "no label" }[state];
    const headline = make("b", {}, `Sample ${i}: ${words}`);
    const look = make(`div.knb-look${s.kind === "image" ? "" : ".knb-wide"}`, {}, this.big(i), this.bars(i));
    this.said = make("p.knb-said", { role: "status" }, this.link.gone ? GONE : "");
    this.box.replaceChildren(make("div.knb-detail-head", {}, headline, close), look, this.asks(i), this.corrections(i), this.said);
    this.box.onkeydown = (e) => {
      if (e.key !== "Escape") return;
      e.stopPropagation();
      this.shut();
    };
    this.box.hidden = false;
    if (focus) {
      this.box.scrollIntoView({ block: "nearest" });
      close.focus({ preventScroll: true });
    }
  }

  shut() {
    const i = this.selected;
    this.selected = null;
    this.box.hidden = true;
    this.changed(i, true);
  }

  big(i) {
    const s = this.samples;
    if (s.kind !== "image") {
      const box = make("div.knb-words", {}, s.captions.get(i) ?? "…");
      if (!this.link.gone) this.wholeText(box, i);
      return box;
    }
    const canvas = make(`canvas${this.samples.smooth}`, { role: "img", "aria-label": `Sample ${i}` });
    delete canvas.dataset.lmSuppressShortcuts;
    s.draw(canvas, i);
    if (Math.max(s.shape[0], s.shape[1]) > canvas.width && !this.link.gone) this.whole(canvas, i);
    return make("div.knb-big", {}, canvas);
  }

  // The text to its end, where the tile's line was cut.
  async wholeText(box, i) {
    try {
      const { content } = await this.link.ask({ kind: "whole", index: i });
      if (!box.childElementCount) box.textContent = content.text; // unless the words were weighed meanwhile
    } catch {
      // the line stays: shorter, and there
    }
  }

  // The sample in its full size, where tiles are smaller.
  async whole(canvas, i) {
    try {
      const { content, buffers } = await this.link.ask({ kind: "whole", index: i });
      const sheet = content.sheets[0];
      const { picture } = await unpack(sheet, buffers[0]);
      canvas.width = sheet.width;
      canvas.height = sheet.height;
      canvas.getContext("2d").drawImage(picture, 0, 0);
    } catch {
      // the tile stays: smaller, and there
    }
  }

  bars(i) {
    const s = this.samples, list = make("div.knb-bars", { role: "group", "aria-label": "Probabilities" });
    for (let k = 0; k < s.top; k++) {
      const c = s.classes[i * s.top + k], p = s.p[i * s.top + k], bar = make("i");
      bar.style.width = `${(100 * p).toFixed(1)}%`;
      const kind = c === s.truth[i] ? ".knb-true" : c === s.predicted[i] && s.truth[i] !== UNKNOWN ? ".knb-false" : "";
      list.append(make("span", { title: s.names[c] }, c === s.truth[i] ? make("b", {}, s.names[c]) : s.names[c]),
        make(`div.knb-gauge${kind}`, {}, bar), make("span", {}, percent(p)));
    }
    return list;
  }

  asks(i) {
    const methods = this.samples.kind === "image" ? { occlusion: "Occlusion", gradient: "Gradient" } : { occlusion: "What it rests on" };
    const box = make("div.knb-actions", {});
    for (const [method, text] of Object.entries(methods)) {
      const button = make("button", { type: "button", "aria-pressed": "false", disabled: this.link.gone,
        title: method === "gradient" ? "Pixels that change the answer most" : "Parts without which the answer is less probable" }, text);
      button.onclick = () => this.explain(i, method, button, box);
      box.append(button);
    }
    return box;
  }

  async explain(i, method, button, box) {
    const on = button.getAttribute("aria-pressed") === "true";
    for (const b of box.children) b.setAttribute("aria-pressed", "false");
    this.box.querySelector(".knb-heat")?.remove();
    if (on) return this.tell("");
    this.tell("Asking the kernel …");
    try {
      const { content, buffers } = await this.link.ask({ kind: "explain", index: i, method }, () => this.tell(BUSY, true));
      if (this.selected !== i) return;
      button.setAttribute("aria-pressed", "true");
      this.samples.kind === "image" ? this.heat(content, buffers[0]) : this.weights(content);
    } catch (error) {
      if (this.selected === i) this.tell(error.message, true);
    }
  }

  heat(content, bytes) {
    const values = typed(Float32Array, bytes), { width, height, method } = content;
    const canvas = make("canvas.knb-heat", { width, height, role: "img", "aria-label": "What the prediction rests on" });
    delete canvas.dataset.lmSuppressShortcuts;
    const image = new ImageData(width, height);
    values.forEach((v, k) => {
      // Warm speaks for the class, cool against it; no weight, no colour.
      const [r, g, b] = v >= 0 ? [255, 140, 0] : [60, 160, 255];
      image.data.set([r, g, b, Math.round(215 * Math.min(1, Math.abs(v)))], 4 * k);
    });
    canvas.getContext("2d").putImageData(image, 0, 0);
    this.box.querySelector(".knb-big").append(canvas);
    const name = this.samples.names[content.class];
    this.tell(!content.most ? `No part of the image changes the answer ${name}.` : method === "gradient"
      ? `Orange: pixels that change ${name} most.`
      : `Orange: without it ${name} is less probable (by ${percent(content.most)} at most). Blue: more.`);
  }

  weights({ parts, weights, class: c }) {
    const most = Math.max(...weights.map(Math.abs), 1e-9), box = this.box.querySelector(".knb-words");
    const mark = (k) => {
      const m = make("mark", { title: `${weights[k] >= 0 ? "−" : "+"}${percent(Math.abs(weights[k]), 2)} without it` }, parts[k]);
      m.style.setProperty("--tone", weights[k] >= 0 ? "var(--knb-val)" : "var(--knb-train)");
      m.style.setProperty("--s", (Math.abs(weights[k]) / most).toFixed(3));
      return m;
    };
    if (this.samples.kind === "text") box.replaceChildren(...parts.flatMap((_, k) => [mark(k), " "]));
    else {
      const order = [...weights.keys()].sort((a, b) => Math.abs(weights[b]) - Math.abs(weights[a])).slice(0, 12);
      box.replaceChildren(make("div.knb-features", {}, ...order.flatMap((k) => [make("span", {}, mark(k)), make("span", {}, `${weights[k] >= 0 ? "−" : "+"}${percent(Math.abs(weights[k]), 2)}`)])));
    }
    this.tell(parts.length ? `How ${this.samples.names[c]} changes without each. Warm: it loses, blue: it gains.` : "There is nothing to cover in this sample.");
  }

  corrections(i) {
    const s = this.samples, off = this.link.gone;
    const select = make("select", { "aria-label": "True class of this sample", disabled: off },
      ...(s.truth[i] === UNKNOWN ? [make("option", { value: UNKNOWN }, "no label")] : []),
      ...s.names.map((n, c) => make("option", { value: c, selected: c === s.truth[i] }, n)));
    select.onchange = () => this.correct(i, "relabel", Number(select.value));
    const gone = s.dropped.has(i), changed = gone || s.truth[i] !== s.given[i];
    const drop = make("button", { type: "button", disabled: off || gone, onclick: () => this.correct(i, "drop") }, "Drop");
    const undo = make("button", { type: "button", disabled: off || !changed, onclick: () => this.correct(i, "restore") }, "Undo");
    return make("div.knb-actions", {}, make("label", {}, "It is ", select), drop, undo);
  }

  // Change here at once, tell the kernel, take it back where the kernel refuses.
  async correct(i, kind, label) {
    const s = this.samples, before = [s.truth[i], s.dropped.has(i)];
    const set = (truth, dropped) => {
      s.relabel(i, truth);
      dropped ? s.dropped.add(i) : s.dropped.delete(i);
      s.each((view) => view.everything());
    };
    if (kind === "relabel") set(label, before[1]);
    else set(kind === "restore" ? s.given[i] : before[0], kind === "drop");
    this.box.querySelector(".knb-close")?.focus({ preventScroll: true });
    try {
      await this.link.ask({ kind, index: i, label }, () => this.tell(BUSY, true));
      this.tell("Noted: gallery.corrected() gives the corrected arrays.");
    } catch (error) {
      set(...before);
      this.tell(error.message, true);
    }
  }

  tell(text, alert = false) {
    if (!this.said) return;
    this.said.textContent = text;
    this.said.classList.toggle("knb-alert", alert);
  }
}
