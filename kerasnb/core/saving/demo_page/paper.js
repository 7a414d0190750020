// Paper to draw on, or to lay a picture on, and what the model gets to see of it. It stands between engine.js and page.js.

const SIDE = 336, STEP = 12, LEAST = 0.06;

class Paper {
  constructor({ height, width, channels, low, high, centre }) {
    Object.assign(this, { height, width, channels, low, high, centre });
    this.strokes = [];
    this.tool = "brush";
    this.thick = 24;
    this.pen = { x: SIDE / 2, y: SIDE / 2, down: false };
    this.canvas = make("canvas.paper", { width: SIDE, height: SIDE, tabindex: 0, role: "application",
      "aria-label": "Paper. Draw with the pointer; with keys: arrows move the pen, Space lifts or lowers it, Delete clears." });
    this.seen = make("canvas", { width, height, role: "img", "aria-label": "What the model sees" });
    this.listen();
  }

  tools() {
    const buttons = [["brush", "Brush"], ["eraser", "Eraser"]].map(([tool, text]) => make("button", { type: "button", "aria-pressed": tool === this.tool, onclick: () => {
      this.tool = tool;
      buttons.forEach((b) => b.setAttribute("aria-pressed", b.textContent === text));
    } }, text));
    const size = make("input", { type: "range", min: 8, max: 60, value: this.thick, "aria-label": "Width of the brush", oninput: (e) => (this.thick = Number(e.target.value)) });
    const undo = make("button", { type: "button", onclick: () => { this.strokes.pop(); this.changed(); } }, "Undo");
    const clear = make("button", { type: "button", onclick: () => this.clear() }, "Clear");
    const file = make("input", { type: "file", accept: "image/*", hidden: "", "aria-label": "Picture", onchange: (e) => this.open(e.target.files[0]) });
    const open = make("button", { type: "button", onclick: () => file.click() }, "Open a picture…");
    return make("div.tools", { role: "group", "aria-label": "Drawing" }, ...buttons, size, undo, clear, open, file);
  }

  async open(chosen) {
    if (!chosen) return;
    try {
      this.picture = await createImageBitmap(chosen);
      this.strokes = [];
      this.changed();
    } catch {
      said.textContent = "This file is no picture that the browser can read.";
    }
  }

  listen() {
    const at = (e) => {
      const box = this.canvas.getBoundingClientRect();
      return [((e.clientX - box.left) / box.width) * SIDE, ((e.clientY - box.top) / box.height) * SIDE];
    };
    let stroke = null, keyed = null;
    this.canvas.onpointerdown = (e) => {
      if (e.button) return;
      this.canvas.setPointerCapture(e.pointerId);
      this.keys = false;
      stroke = this.begin(...at(e));
    };
    this.canvas.onpointermove = (e) => stroke && this.extend(stroke, ...at(e));
    this.canvas.onpointerup = this.canvas.onpointercancel = () => (stroke = null);
    this.canvas.onkeydown = (e) => {
      const move = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[e.key];
      if (e.key === " ") {
        this.pen.down = !this.pen.down;
        keyed = this.pen.down ? this.begin(this.pen.x, this.pen.y) : null;
      } else if (move) {
        this.pen.x = clip(this.pen.x + STEP * move[0], 0, SIDE);
        this.pen.y = clip(this.pen.y + STEP * move[1], 0, SIDE);
        if (keyed) this.extend(keyed, this.pen.x, this.pen.y);
      } else if (e.key === "Delete" || e.key === "Backspace") {
        keyed = null;
        this.pen.down = false;
        this.clear();
      } else return;
      this.keys = true;
      e.preventDefault();
      this.repaint();
    };
    this.canvas.onfocus = this.canvas.onblur = () => this.repaint();
  }

  begin(x, y) {
    const stroke = { erase: this.tool === "eraser", size: this.thick, points: [[x, y]] };
    this.strokes.push(stroke);
    this.changed();
    return stroke;
  }

  extend(stroke, x, y) {
    stroke.points.push([x, y]);
    this.changed();
  }

  clear() {
    this.strokes = [];
    this.picture = null;
    this.changed();
  }

  changed() {
    this.repaint();
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => {
      this.waiting = false;
      this.ask();
    });
  }

  // Ink is white on black in both themes, as in the data sets.
  ink(canvas, width = canvas.width, height = canvas.height) {
    const g = canvas.getContext("2d", { willReadFrequently: true });
    g.setTransform(width / SIDE, 0, 0, height / SIDE, 0, 0);
    g.fillStyle = "#000";
    g.fillRect(0, 0, SIDE, SIDE);
    g.imageSmoothingQuality = "high";
    if (this.picture) g.drawImage(this.picture, 0, 0, SIDE, SIDE);
    g.lineCap = g.lineJoin = "round";
    for (const { erase, size: thick, points } of this.strokes) {
      g.strokeStyle = erase ? "#000" : "#fff";
      g.lineWidth = thick;
      g.beginPath();
      g.moveTo(...points[0]);
      if (points.length === 1) g.lineTo(points[0][0] + 0.01, points[0][1]);
      for (const p of points.slice(1)) g.lineTo(...p);
      g.stroke();
    }
    return g;
  }

  repaint() {
    const g = this.ink(this.canvas);
    if (document.activeElement !== this.canvas || !this.keys) return;
    g.strokeStyle = this.pen.down ? "#f0a330" : "#56b4e9";
    g.lineWidth = 3;
    g.beginPath();
    g.arc(this.pen.x, this.pen.y, 8, 0, 7);
    g.stroke();
  }

  ask() {
    const small = new OffscreenCanvas(SIDE, SIDE), pixels = this.ink(small).getImageData(0, 0, SIDE, SIDE).data;
    const planes = [0, 1, 2].map((k) => Float32Array.from({ length: SIDE * SIDE }, (_, i) => pixels[4 * i + k] / 255));
    const blank = !this.picture && !planes[0].some((v) => v > LEAST);
    const shrink = (plane) => average(plane, 0, 0, SIDE, SIDE, SIDE, this.height, this.width);
    let found;
    if (this.picture) found = planes.map(shrink);
    else found = Array(3).fill(this.centre ? centred(planes[0], this.height, this.width) : shrink(planes[0]));
    this.picturise(found);
    if (blank) return answers.forEach((a) => a.clear("Draw something"));
    const n = this.height * this.width, x = new Float32Array(n * this.channels);
    for (let i = 0; i < n; i++) {
      const grey = (found[0][i] + found[1][i] + found[2][i]) / 3;
      for (let k = 0; k < this.channels; k++) x[i * this.channels + k] = this.low + (this.channels === 3 ? found[k][i] : grey) * (this.high - this.low);
    }
    tell([x]);
  }

  picturise(planes) {
    const image = new ImageData(this.width, this.height);
    for (let i = 0; i < this.width * this.height; i++) {
      const grey = (planes[0][i] + planes[1][i] + planes[2][i]) / 3;
      for (let k = 0; k < 3; k++) image.data[4 * i + k] = 255 * (this.channels === 3 ? planes[k][i] : grey);
      image.data[4 * i + 3] = 255;
    }
    this.seen.getContext("2d").putImageData(image, 0, 0);
  }

  view() {
    const left = make("div", {}, this.canvas, this.tools());
    const look = make("figure.pale", {}, this.seen, make("figcaption", {}, "what the model sees"));
    queueMicrotask(() => this.changed());
    return [left, look];
  }
}

// A part of a plane, averaged into height x width.
function average(plane, top, left, rows, columns, stride, height, width) {
  const out = new Float32Array(height * width);
  for (let i = 0; i < height; i++) {
    for (let j = 0; j < width; j++) {
      const [a0, a1, b0, b1] = [(i * rows) / height, ((i + 1) * rows) / height, (j * columns) / width, ((j + 1) * columns) / width];
      let sum = 0, area = 0;
      for (let a = Math.floor(a0); a < a1; a++) {
        const da = Math.min(a + 1, a1) - Math.max(a, a0);
        for (let b = Math.floor(b0); b < b1; b++) {
          const d = da * (Math.min(b + 1, b1) - Math.max(b, b0));
          sum += d * plane[(top + a) * stride + left + b];
          area += d;
        }
      }
      out[i * width + j] = sum / area;
    }
  }
  return out;
}

// As MNIST's digits were made (LeCun et al. 1998): scaled into a box of 20/28 of the side with the proportions kept,
// and placed with the centre of mass in the middle. Images below 20 pixels are filled.
function centred(ink, height, width) {
  let top = SIDE, bottom = -1, left = SIDE, right = -1;
  for (let i = 0; i < SIDE; i++) {
    for (let j = 0; j < SIDE; j++) {
      if (ink[i * SIDE + j] <= LEAST) continue;
      top = Math.min(top, i), bottom = Math.max(bottom, i), left = Math.min(left, j), right = Math.max(right, j);
    }
  }
  const image = new Float32Array(height * width);
  if (bottom < 0) return image;
  const rows = bottom - top + 1, columns = right - left + 1, little = Math.min(height, width) < 20;
  const scale = Math.min(height / rows, width / columns) * (little ? 1 : 20 / 28);
  const h = clip(Math.round(rows * scale), 1, height), w = clip(Math.round(columns * scale), 1, width);
  const glyph = average(ink, top, left, rows, columns, SIDE, h, w);
  const most = glyph.reduce((a, b) => Math.max(a, b), 1e-6);
  let total = 0, y = 0, x = 0;
  for (let i = 0; i < h; i++) {
    for (let j = 0; j < w; j++) {
      const v = (glyph[i * w + j] /= most);
      total += v, y += v * i, x += v * j;
    }
  }
  const [cy, cx] = little ? [(h - 1) / 2, (w - 1) / 2] : [y / total, x / total];
  const to = [clip(Math.round((height - 1) / 2 - cy), 0, height - h), clip(Math.round((width - 1) / 2 - cx), 0, width - w)];
  for (let i = 0; i < h; i++) image.set(glyph.subarray(i * w, (i + 1) * w), (to[0] + i) * width + to[1]);
  return image;
}

