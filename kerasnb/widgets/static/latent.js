// The latent map: a place that is dragged over the codes, or set by sliders; the kernel decodes it, one at a time.

const KEY_STEPS = 40; // of the arrow keys, from one end to the other
const EDGE = { left: 34, right: 8, top: 8, bottom: 22 }; // room for the numbers, in CSS pixels

function latent(root, link) {
  let view = null;
  const begin = ({ content, buffers }) => (view ??= new LatentMap(root, link, content, buffers));
  const opened = link.last.get("everything");
  if (opened) begin(opened);
  else setTimeout(() => view || link.gone || link.ask({ kind: "hello" }).then(begin, (e) => (root.title = e.message)), 400);
  return {
    receive(content, buffers) {
      if (content.kind === "everything") begin({ content, buffers });
      else if (content.kind === "gone") view?.say(GONE, true);
    },
  };
}

class LatentMap {
  constructor(root, link, setup, buffers) {
    Object.assign(this, { root, link, setup });
    link.place ??= [...setup.at]; // all copies of the output begin where the last one was
    this.at = [...link.place];
    this.dots = typed(Float32Array, buffers[0]);
    this.classes = typed(Uint8Array, buffers[1]);
    this.busy = this.again = false;
    root.classList.add("knb", "knb-latent");
    root.setAttribute("role", "group");
    root.setAttribute("aria-label", setup.title);
    const style = [...root.children].filter((c) => c.tagName === "STYLE");
    this.map = make("canvas.knb-map", { tabindex: 0, role: "application",
      "aria-label": "Map of the codes. Arrow keys move the place; the sliders do too." });
    this.decoded = make("canvas.knb-decoded", { width: setup.width, height: setup.height, role: "img" });
    this.note = make("p.knb-note", { role: "status" });
    const count = this.dots.length / 2;
    root.replaceChildren(...style,
      make("div.knb-head", {}, make("span.knb-title", {}, setup.title), make("span.knb-note", {}, count ? `${count.toLocaleString("en")} dots: drag over them` : "drag over the map")),
      make("div.knb-desk", {}, this.map, make("div.knb-side", {}, this.decoded, this.sliders(), this.note)));
    this.listen();
    this.paint(typed(Uint8Array, buffers[2]));
    new ResizeObserver(() => this.draw()).observe(this.map);
    // Lab says that the theme is another one before its style sheet has come: look again a little later.
    const themed = new MutationObserver(() => [0, 100, 400, 1500].forEach((ms) => setTimeout(() => this.draw(), ms)));
    themed.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light", "data-jp-theme-name", "class"] });
    this.moved(this.at.some((v, i) => v !== setup.at[i]));
  }

  sliders() {
    const { low, high } = this.setup;
    this.inputs = this.at.map((value, i) => make("input", { type: "range", min: low[i], max: high[i], step: (high[i] - low[i]) / 200,
      "aria-label": `z${i + 1}`, oninput: (e) => this.go(this.at.map((v, k) => (k === i ? Number(e.target.value) : v))) }));
    this.values = this.at.map(() => make("output"));
    return make("div.knb-sliders", { role: "group", "aria-label": "Numbers of the code" },
      ...this.at.flatMap((_, i) => [make("span", {}, `z${i + 1}`), this.inputs[i], this.values[i]]));
  }

  listen() {
    const map = this.map;
    let held = false;
    const to = (e) => {
      const box = map.getBoundingClientRect(), plane = this.plane();
      const share = [(e.clientX - box.left - plane.x) / plane.width, 1 - (e.clientY - box.top - plane.y) / plane.height];
      this.go(this.at.map((v, i) => (i < 2 ? this.setup.low[i] + share[i] * (this.setup.high[i] - this.setup.low[i]) : v)));
    };
    map.onpointerdown = (e) => {
      if (e.button) return;
      map.setPointerCapture(e.pointerId);
      held = true;
      to(e);
    };
    map.onpointermove = (e) => held && to(e);
    map.onpointerup = map.onpointercancel = () => (held = false);
    map.onkeydown = (e) => {
      const move = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [1, 1], ArrowDown: [1, -1] }[e.key];
      if (!move) return;
      e.preventDefault();
      e.stopPropagation();
      const [axis, by] = move;
      this.go(this.at.map((v, i) => (i === axis ? v + (by * (this.setup.high[i] - this.setup.low[i])) / KEY_STEPS : v)));
    };
  }

  go(at) {
    this.at = at.map((v, i) => Math.min(Math.max(v, this.setup.low[i]), this.setup.high[i]));
    this.link.place = this.at;
    this.moved(true);
  }

  moved(ask) {
    this.at.forEach((v, i) => {
      this.inputs[i].value = v;
      this.values[i].textContent = v.toFixed(2);
    });
    this.decoded.setAttribute("aria-label", `The picture at ${this.at.map((v) => v.toFixed(2)).join(", ")}`);
    this.draw();
    if (ask) this.send();
  }

  // One request in flight; of the places passed meanwhile only the newest is asked for.
  async send() {
    this.again = true;
    if (this.busy) return;
    this.busy = true;
    while (this.again) {
      this.again = false;
      try {
        const { buffers } = await this.link.ask({ kind: "walk", at: this.at }, () => this.say(BUSY, true));
        this.paint(typed(Uint8Array, buffers[0]));
        this.say("");
      } catch (error) {
        this.say(error.message, true);
        break;
      }
    }
    this.busy = false;
  }

  paint(bytes) {
    const { width, height, channels } = this.setup, image = new ImageData(width, height);
    for (let i = 0; i < width * height; i++) {
      for (let c = 0; c < 3; c++) image.data[4 * i + c] = bytes[channels * i + (channels === 3 ? c : 0)];
      image.data[4 * i + 3] = 255;
    }
    this.decoded.getContext("2d").putImageData(image, 0, 0);
  }

  plane() {
    const { clientWidth: w, clientHeight: h } = this.map;
    return { x: EDGE.left, y: EDGE.top, width: w - EDGE.left - EDGE.right, height: h - EDGE.top - EDGE.bottom };
  }

  draw() {
    const { clientWidth: w, clientHeight: h } = this.map, ratio = window.devicePixelRatio || 1;
    if (!w || !h) return;
    if (this.map.width !== Math.round(w * ratio)) {
      this.map.width = Math.round(w * ratio);
      this.map.height = Math.round(h * ratio);
    }
    const g = this.map.getContext("2d"), css = getComputedStyle(this.root), plane = this.plane();
    const colour = (name) => css.getPropertyValue(name).trim();
    const { low, high, names, colours } = this.setup;
    const x = (v) => plane.x + ((v - low[0]) / (high[0] - low[0])) * plane.width;
    const y = (v) => plane.y + (1 - (v - low[1]) / (high[1] - low[1])) * plane.height;
    g.setTransform(ratio, 0, 0, ratio, 0, 0);
    g.clearRect(0, 0, w, h);
    g.font = `11px ${css.fontFamily}`;
    g.fillStyle = colour("--knb-pale");
    g.strokeStyle = colour("--knb-line");
    g.lineWidth = 1;
    for (const [axis, at] of [[0, x], [1, y]]) {
      g.textAlign = axis ? "right" : "center";
      g.textBaseline = axis ? "middle" : "top";
      for (const v of marks(low[axis], high[axis])) {
        g.beginPath();
        axis ? (g.moveTo(plane.x, at(v)), g.lineTo(plane.x + plane.width, at(v))) : (g.moveTo(at(v), plane.y), g.lineTo(at(v), plane.y + plane.height));
        g.stroke();
        axis ? g.fillText(v, plane.x - 6, at(v)) : g.fillText(v, at(v), plane.y + plane.height + 6);
      }
    }
    g.save();
    g.beginPath();
    g.rect(plane.x, plane.y, plane.width, plane.height);
    g.clip();
    g.globalAlpha = 0.75;
    for (let i = 0; i < this.classes.length; i++) {
      g.fillStyle = colours[this.classes[i] % colours.length];
      g.beginPath();
      g.arc(x(this.dots[2 * i]), y(this.dots[2 * i + 1]), 1.8, 0, 7);
      g.fill();
    }
    g.restore();
    g.font = `600 15px ${css.fontFamily}`;
    g.textAlign = "center";
    g.textBaseline = "middle";
    g.lineJoin = "round";
    for (const label of names) {
      g.strokeStyle = colour("--knb-ground");
      g.lineWidth = 5;
      g.strokeText(label.name, x(label.x), y(label.y));
      g.fillStyle = colour("--knb-ink");
      g.fillText(label.name, x(label.x), y(label.y));
    }
    for (const [stroke, width] of [[colour("--knb-ground"), 6], [colour("--knb-train"), 3]]) {
      g.strokeStyle = stroke;
      g.lineWidth = width;
      g.beginPath();
      g.arc(x(this.at[0]), y(this.at[1]), 8, 0, 7);
      g.stroke();
    }
  }

  say(text, alert = false) {
    this.note.textContent = text;
    this.note.classList.toggle("knb-alert", alert);
  }
}

// Some five round numbers between two.
function marks(low, high) {
  const rough = (high - low) / 5, power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= rough);
  const found = [];
  for (let k = Math.ceil(low / step); k * step <= high; k++) found.push(Number((k * step).toPrecision(6)));
  return found;
}

export default inPlace(latent);
