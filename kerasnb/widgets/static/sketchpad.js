// The sketchpad. Strokes are kept here; while they grow the newest drawing goes to the kernel, one at a time.

const SIDE = 280; // the paper's own pixels
const SENT = 140; // of the drawing that is sent
const STEP = 10; // of the pen by arrow key

function sketchpad(root, link) {
  let view = null;
  const begin = (content) => {
    link.pad ??= { strokes: [], kept: content.kept };
    view ??= new Pad(root, link, content);
  };
  const opened = link.last.get("everything");
  if (opened) begin(opened.content);
  else {
    setTimeout(() => {
      if (view || link.gone) return;
      link.ask({ kind: "hello" }).then((a) => begin(a.content)).catch((e) => (root.title = e.message));
    }, 400);
  }
  return {
    receive(content) {
      if (content.kind === "everything") begin(content);
      else if (content.kind === "gone") view?.say(GONE, true);
    },
  };
}

class Pad {
  constructor(root, link, setup) {
    Object.assign(this, { root, link, setup });
    this.strokes = link.pad.strokes;
    this.tool = "brush";
    this.size = 20;
    this.pen = { x: SIDE / 2, y: SIDE / 2, down: false };
    this.busy = this.again = false;
    root.classList.add("knb", "knb-sketchpad");
    const style = [...root.children].filter((c) => c.tagName === "STYLE");
    this.paper = make("canvas.knb-paper", { width: SIDE, height: SIDE, tabindex: 0, role: "application",
      "aria-label": "Paper. Draw with the pointer; with keys: arrows move the pen, Space lifts or lowers it." });
    this.seen = make("canvas.knb-seen", { width: setup.width, height: setup.height, role: "img", "aria-label": "What the model sees" });
    delete this.seen.dataset.lmSuppressShortcuts;
    this.answer = make("div.knb-answer", { role: "status" });
    this.bars = make("div.knb-bars", { role: "group", "aria-label": "Probabilities" });
    this.note = make("p.knb-note.knb-said", { role: "status" });
    this.keptText = make("span.knb-note");
    const left = make("div.knb-left", {}, this.paper, this.tools());
    const look = make("figure.knb-look", {}, this.seen, make("figcaption.knb-note", {}, "what the model sees"));
    const right = make("div.knb-right", {}, make("div.knb-top", {}, this.answer, look), this.bars, this.keeping(), this.note);
    const head = make("div.knb-head", {}, make("span.knb-title", {}, setup.title), this.keptText);
    root.replaceChildren(...style, head, make("div.knb-desk", {}, left, right));
    this.listen();
    this.repaint();
    this.show({ bars: [] }, []);
    this.count(link.pad.kept);
    if (this.strokes.length) this.send();
  }

  tools() {
    const tool = (name, text) => make("button", { type: "button", "aria-pressed": String(name === this.tool), onclick: () => {
      this.tool = name;
      for (const b of this.toolButtons) b.setAttribute("aria-pressed", String(b === this.toolButtons[name === "brush" ? 0 : 1]));
    } }, text);
    this.toolButtons = [tool("brush", "Brush"), tool("eraser", "Eraser")];
    const size = make("input", { type: "range", min: 8, max: 44, value: this.size, "aria-label": "Width of the brush",
      oninput: (e) => (this.size = Number(e.target.value)) });
    const undo = make("button", { type: "button", onclick: () => {
      this.strokes.pop();
      this.changed();
    } }, "Undo");
    const clear = make("button", { type: "button", onclick: () => this.clear() }, "Clear");
    return make("div.knb-tools", { role: "group", "aria-label": "Drawing" }, make("span.knb-group", {}, ...this.toolButtons), size, undo, clear);
  }

  keeping() {
    const names = this.setup.names;
    this.label = make("select", { "aria-label": "Label of the drawing" }, make("option", { value: "" }, "no label"), ...names.map((n, i) => make("option", { value: i }, n)));
    this.keepButton = make("button", { type: "button", disabled: true, onclick: () => this.keep() }, "Keep");
    this.forgetButton = make("button", { type: "button", disabled: true, onclick: () => this.tell({ kind: "forget" }, "The last one is gone.") }, "Take back");
    return make("div.knb-tools", { role: "group", "aria-label": "Keep the drawing as a sample" }, make("label", {}, "It is ", this.label), this.keepButton, this.forgetButton);
  }

  listen() {
    const paper = this.paper;
    const at = (e) => {
      const box = paper.getBoundingClientRect();
      return [((e.clientX - box.left) / box.width) * SIDE, ((e.clientY - box.top) / box.height) * SIDE];
    };
    let stroke = null;
    paper.onpointerdown = (e) => {
      if (e.button) return;
      paper.setPointerCapture(e.pointerId);
      this.keys = false;
      stroke = this.begin(...at(e));
    };
    paper.onpointermove = (e) => {
      if (!stroke) return;
      const events = e.getCoalescedEvents?.() ?? [];
      for (const one of events.length ? events : [e]) this.extend(stroke, ...at(one));
    };
    paper.onpointerup = paper.onpointercancel = () => (stroke = null);
    let keyed = null;
    paper.onkeydown = (e) => {
      const move = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[e.key];
      if (e.key === " ") {
        this.pen.down = !this.pen.down;
        keyed = this.pen.down ? this.begin(this.pen.x, this.pen.y) : null;
      } else if (move) {
        this.pen.x = Math.min(Math.max(this.pen.x + STEP * move[0], 0), SIDE);
        this.pen.y = Math.min(Math.max(this.pen.y + STEP * move[1], 0), SIDE);
        if (keyed && this.strokes.includes(keyed)) this.extend(keyed, this.pen.x, this.pen.y);
      } else if (e.key === "Delete" || e.key === "Backspace") this.clear();
      else return;
      this.keys = true;
      e.preventDefault();
      e.stopPropagation();
      this.repaint();
    };
    paper.onfocus = paper.onblur = () => {
      if (document.activeElement !== paper) {
        this.pen.down = false;
        keyed = null;
      }
      this.repaint();
    };
  }

  begin(x, y) {
    const stroke = { erase: this.tool === "eraser", size: this.size, points: [[x, y]] };
    this.strokes.push(stroke);
    this.changed();
    return stroke;
  }

  extend(stroke, x, y) {
    stroke.points.push([x, y]);
    this.changed();
  }

  clear() {
    this.strokes.length = 0;
    this.changed();
  }

  changed() {
    this.repaint();
    this.send();
  }

  // Ink is white on black in both themes, as in the data sets.
  ink(canvas) {
    const g = canvas.getContext("2d"), scale = canvas.width / SIDE;
    g.setTransform(scale, 0, 0, scale, 0, 0);
    g.fillStyle = "#000";
    g.fillRect(0, 0, SIDE, SIDE);
    g.lineCap = g.lineJoin = "round";
    for (const { erase, size, points } of this.strokes) {
      g.strokeStyle = erase ? "#000" : "#fff";
      g.lineWidth = erase ? size * 1.4 : size;
      g.beginPath();
      g.moveTo(...points[0]);
      if (points.length === 1) g.lineTo(points[0][0] + 0.01, points[0][1]);
      for (const p of points.slice(1)) g.lineTo(...p);
      g.stroke();
    }
    return g;
  }

  repaint() {
    const g = this.ink(this.paper);
    if (document.activeElement === this.paper && this.keys) {
      g.strokeStyle = this.pen.down ? "#f0a330" : "#56b4e9";
      g.lineWidth = 2;
      g.beginPath();
      g.arc(this.pen.x, this.pen.y, 7, 0, 7);
      g.stroke();
    }
  }

  // One request in flight; what was drawn meanwhile goes as one, when the answer is there.
  async send() {
    this.again = true;
    if (this.busy) return;
    this.busy = true;
    this.small ??= new OffscreenCanvas(SENT, SENT);
    while (this.again) {
      this.again = false;
      const g = this.ink(this.small), pixels = g.getImageData(0, 0, SENT, SENT).data;
      const bytes = new Uint8Array(SENT * SENT);
      for (let i = 0; i < bytes.length; i++) bytes[i] = pixels[4 * i];
      try {
        const { content, buffers } = await this.link.ask({ kind: "draw", height: SENT, width: SENT }, () => this.say(BUSY, true), [bytes.buffer]);
        this.show(content, buffers);
        this.say(content.notes.join(" · "));
      } catch (error) {
        this.say(error.message, true);
        break;
      }
    }
    this.busy = false;
  }

  show({ bars }, buffers) {
    const names = this.setup.names, { width, height } = this.setup;
    const g = this.seen.getContext("2d");
    if (buffers.length) {
      const grey = typed(Uint8Array, buffers[0]), image = new ImageData(width, height);
      for (let i = 0; i < grey.length; i++) image.data.set([grey[i], grey[i], grey[i], 255], 4 * i);
      g.putImageData(image, 0, 0);
    } else {
      g.fillStyle = "#000";
      g.fillRect(0, 0, width, height);
    }
    this.answer.replaceChildren(...(bars.length
      ? [make("b", {}, names[bars[0][0]]), make("span.knb-note", {}, percent(bars[0][1]))]
      : [make("span.knb-note", {}, "Draw something")]));
    // In the order of the classes while there are few: bars that stay in their place are easier to watch.
    const all = bars.length ? [...bars] : names.slice(0, 10).map((_, c) => [c, 0]);
    if (names.length <= 10) all.sort((a, b) => a[0] - b[0]);
    const most = bars.length ? bars[0][0] : -1;
    if (this.bars.childElementCount !== 3 * all.length) {
      this.bars.replaceChildren(...all.flatMap(() => [make("span"), make("div.knb-gauge", {}, make("i")), make("span")]));
    }
    all.forEach(([c, p], k) => {
      const [name, track, value] = [0, 1, 2].map((j) => this.bars.children[3 * k + j]);
      name.textContent = names[c];
      name.title = names[c];
      track.classList.toggle("knb-true", c === most);
      track.firstChild.style.width = `${(100 * p).toFixed(1)}%`;
      value.textContent = percent(p);
    });
    this.keepButton.disabled = !bars.length || this.link.gone;
  }

  async keep() {
    const label = this.label.value === "" ? null : Number(this.label.value);
    if (await this.tell({ kind: "keep", label }, "Kept: pad.samples holds it.")) {
      this.clear();
      this.paper.focus({ preventScroll: true });
    }
  }

  async tell(message, said) {
    try {
      const { content } = await this.link.ask(message, () => this.say(BUSY, true));
      this.count(content.kept);
      this.say(said);
      return true;
    } catch (error) {
      this.say(error.message, true);
      return false;
    }
  }

  count(kept) {
    this.link.pad.kept = kept;
    this.keptText.textContent = kept ? `${kept} kept` : "";
    this.forgetButton.disabled = !kept;
  }

  say(text, alert = false) {
    this.note.textContent = text;
    this.note.classList.toggle("knb-alert", alert);
  }
}

export default inPlace(sketchpad);
