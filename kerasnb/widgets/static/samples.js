// The samples of a gallery: their numbers, and their pictures as they arrive. Shared by all views of one gallery.

const UNKNOWN = 65535;
const ATLAS = 4096; // pixels of a side
const TINY = 1e-7;

const cut = (name) => (name.length <= 12 ? name : name.slice(0, 11) + "…");
// Whole per cents, and one digit more where they would round to certainty.
const sure = (p) => (p < 0.995 ? `${Math.round(100 * p)}%` : `${(Math.floor(1000 * p + 1e-3) / 10).toFixed(1)}%`);
const count = (n) => n.toLocaleString("en-US");

class Samples {
  constructor(content, buffers) {
    this.tiles = new Map(); // sample -> [atlas, x, y, width, height]
    this.captions = new Map();
    this.asked = new Set();
    this.views = new Set();
    const numbers = this.numbers(content, buffers);
    this.dropped = new Set(content.dropped);
    this.add(content, buffers.slice(numbers));
  }

  // Read the arrays; returns how many buffers they are.
  numbers(content, buffers) {
    Object.assign(this, {
      size: content.count, names: content.names, kind: content.samples, shape: content.shape, notes: content.notes,
      title: content.title, top: content.top, judged: content.judged, sort: content.sort, page: content.page,
    });
    [this.truth, this.predicted, this.given, , , this.classes] = buffers.slice(0, 7).map((b) => typed(Uint16Array, b));
    const shares = (b) => Float32Array.from(typed(Uint16Array, b), (v) => v / 65535);
    [this.confidence, this.loss, this.p] = [3, 4, 6].map((i) => shares(buffers[i]));
    this.loss.forEach((v, i) => (this.loss[i] = this.truth[i] === UNKNOWN ? NaN : -Math.log(TINY) * v));
    this.orders = new Map();
    return 7;
  }

  add(content, buffers) {
    let at = 0;
    (content.sheets || []).forEach((sheet, i) => {
      const rows = content.rows.slice(at, at + sheet.count);
      at += sheet.count;
      unpack(sheet, buffers[i]).then((atlas) => {
        rows.forEach((row, k) => this.tiles.set(row, [atlas.picture, ...atlas.place(k), sheet.width, sheet.height]));
        this.each((view) => view.tiles.soon());
      });
    });
    (content.captions || []).forEach((caption, i) => this.captions.set(content.rows[i], caption));
    if (!content.sheets?.length) this.each((view) => view.tiles.soon());
  }

  // All views of these samples that are still somewhere.
  each(act) {
    for (const reference of this.views) {
      const view = reference.deref();
      view ? act(view) : this.views.delete(reference);
    }
  }

  get smooth() {
    return Math.max(this.shape[0], this.shape[1]) > 64 ? ".knb-smooth" : "";
  }

  has(i) {
    return this.kind === "image" ? this.tiles.has(i) : this.captions.has(i);
  }

  state(i) {
    if (this.truth[i] === UNKNOWN) return "open";
    return this.truth[i] === this.predicted[i] ? "right" : "wrong";
  }

  margin(i) {
    return this.top > 1 ? this.p[i * this.top] - this.p[i * this.top + 1] : 1;
  }

  probability(i, c) {
    for (let k = 0; k < this.top; k++) if (this.classes[i * this.top + k] === c) return this.p[i * this.top + k];
    return TINY;
  }

  relabel(i, label) {
    this.truth[i] = label;
    this.loss[i] = label === UNKNOWN ? NaN : -Math.log(Math.max(this.probability(i, label), TINY));
  }

  order(by) {
    if (!this.orders.has(by)) {
      const key = {
        wrong: (i) => (this.state(i) === "wrong" ? -1 - this.confidence[i] : this.confidence[i]),
        loss: (i) => (Number.isNaN(this.loss[i]) ? 1 : -this.loss[i]),
        unsure: (i) => this.margin(i),
        sure: (i) => -this.margin(i),
        order: (i) => i,
      }[by];
      const keys = Float64Array.from({ length: this.size }, (_, i) => key(i));
      this.orders.set(by, Uint32Array.from(keys.keys()).sort((a, b) => keys[a] - keys[b] || a - b));
    }
    return this.orders.get(by);
  }

  counts() {
    const found = { right: 0, wrong: 0, open: 0, relabelled: 0 };
    for (let i = 0; i < this.size; i++) {
      if (this.dropped.has(i)) continue;
      found[this.state(i)]++;
      if (this.truth[i] !== this.given[i]) found.relabelled++;
    }
    return found;
  }

  confusion() {
    const n = this.names.length;
    const found = new Uint32Array(n * n);
    for (let i = 0; i < this.size; i++) {
      if (this.truth[i] !== UNKNOWN && !this.dropped.has(i)) found[this.truth[i] * n + this.predicted[i]]++;
    }
    return found;
  }

  draw(canvas, i) {
    const tile = this.tiles.get(i);
    const [h, w] = tile ? [tile[4], tile[3]] : [this.shape[0], this.shape[1]];
    if (canvas.width !== w) canvas.width = w;
    if (canvas.height !== h) canvas.height = h;
    const g = canvas.getContext("2d");
    if (tile) g.drawImage(tile[0], tile[1], tile[2], w, h, 0, 0, w, h);
    else g.clearRect(0, 0, w, h);
    return Boolean(tile);
  }
}

// A sheet of tiles as something that drawImage takes, and where tile k lies in it.
async function unpack(sheet, bytes) {
  const { count: n, width: w, height: h, channels } = sheet;
  if (sheet.format !== "raw") {
    const blob = new Blob([typed(Uint8Array, bytes)], { type: `image/${sheet.format}` });
    const place = (k) => [(k % sheet.columns) * w, Math.floor(k / sheet.columns) * h];
    return { picture: await createImageBitmap(blob), place };
  }
  const columns = Math.max(1, Math.min(n, Math.floor(ATLAS / w)));
  const wide = columns * w;
  const pixels = new Uint32Array(wide * Math.ceil(n / columns) * h);
  const from = typed(Uint8Array, bytes);
  let at = 0;
  for (let k = 0; k < n; k++) {
    const corner = Math.floor(k / columns) * h * wide + (k % columns) * w;
    for (let y = 0; y < h; y++) {
      const line = corner + y * wide;
      for (let x = 0; x < w; x++) {
        if (channels === 1) pixels[line + x] = 0xff000000 | (from[at++] * 0x10101);
        else pixels[line + x] = 0xff000000 | from[at++] | (from[at++] << 8) | (from[at++] << 16);
      }
    }
  }
  const picture = make("canvas", { width: wide, height: Math.ceil(n / columns) * h });
  picture.getContext("2d").putImageData(new ImageData(new Uint8ClampedArray(pixels.buffer), wide), 0, 0);
  return { picture, place: (k) => [(k % columns) * w, Math.floor(k / columns) * h] };
}
