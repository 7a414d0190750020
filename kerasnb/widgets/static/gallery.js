// The prediction gallery. The kernel sends numbers of all samples and pictures of the first; paging, sorting and
// filtering happen here. The kernel is asked for more pictures, for explanations, and told of new labels.

const UNKNOWN = 65535;
const SORTS = {
  wrong: "Most confidently wrong",
  loss: "Highest loss",
  unsure: "Least sure",
  sure: "Surest",
  order: "Order of the data",
};
const NUMBERED = 12; // classes up to which cells carry their count
const MATRIX = 40; // classes up to which there is a matrix
const PAIRS = 20;
const ACROSS = 5; // classes up to which long names have room above their columns
const [MIDDLE, STRONG] = [0.47, 0.94]; // shades from which text changes between black and white
const GLANCE = 1000; // samples of a contact sheet
const ATLAS = 4096; // pixels of a side
const TINY = 1e-7;
const LOST = 8000; // ms after which tiles are asked for again
const AHEAD = 20000; // tiles fetched in the background at most

const cut = (name) => (name.length <= 12 ? name : name.slice(0, 11) + "…");
// Whole per cents, and one digit more where they would round to certainty.
const sure = (p) => (p < 0.995 ? `${Math.round(100 * p)}%` : `${(Math.floor(1000 * p + 1e-3) / 10).toFixed(1)}%`);
const count = (n) => n.toLocaleString("en-US");

// Numbers and pictures; shared by all views of one gallery.
class Samples {
  constructor(content, buffers) {
    this.tiles = new Map(); // sample -> [atlas, x, y, width, height]
    this.captions = new Map();
    this.asked = new Set();
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
        this.arrived?.();
      });
    });
    (content.captions || []).forEach((caption, i) => this.captions.set(content.rows[i], caption));
    if (!content.sheets?.length) this.arrived?.();
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

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

// One stop for the Tab key in a group of buttons; arrows move within it.
function rove(box, selector, step) {
  box.addEventListener("focusin", (e) => {
    const all = [...box.querySelectorAll(selector)];
    if (all.includes(e.target)) for (const b of all) b.tabIndex = b === e.target ? 0 : -1;
  });
  box.addEventListener("keydown", (e) => {
    const all = [...box.querySelectorAll(selector)].filter((b) => !b.hidden && !b.disabled);
    const at = all.indexOf(e.target);
    if (at < 0) return;
    const moves = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: step(all), ArrowUp: -step(all), Home: -at, End: all.length - 1 - at };
    if (!(e.key in moves)) return;
    e.preventDefault();
    e.stopPropagation();
    all[Math.min(Math.max(at + moves[e.key], 0), all.length - 1)].focus();
  });
}

// How many elements stand in the first row.
function rowLength(all) {
  const top = all[0]?.offsetTop;
  const n = all.findIndex((b) => b.offsetTop !== top);
  return n < 0 ? all.length : n;
}

function gallery(root, link) {
  const waiting = root.querySelector(".knb-filters");
  let view = null;
  const begin = (content, buffers) => {
    link.samples ??= new Samples(content, buffers);
    view ??= new Gallery(root, link, link.samples);
  };
  const opened = link.last.get("everything");
  if (link.samples || opened) begin(opened?.content, opened?.buffers);
  else {
    if (!waiting) root.append(make("div.knb-filters"));
    setTimeout(() => {
      if (view || link.gone) return;
      link.opening ??= link.ask({ kind: "hello" });
      link.opening.then((a) => begin(a.content, a.buffers)).catch((e) => (view ? 0 : (root.title = e.message)));
    }, 400);
  }
  return {
    receive(content, buffers) {
      if (content.kind === "everything") begin(content, buffers);
      else if (view) view.receive(content, buffers);
    },
  };
}

class Gallery {
  constructor(root, link, samples) {
    Object.assign(this, { root, link, samples });
    // As the newest view had it: the picture of an output may be replaced under the view.
    const last = samples.last || {};
    this.filter = { judged: "all", truth: null, predicted: null, low: 0, high: 100, ...last.filter };
    this.sort = last.sort || samples.sort;
    this.page = last.page || samples.page;
    this.at = last.at || 0; // page shown
    this.selected = null;
    this.cursor = 0; // on the contact sheet
    root.classList.add("knb", "knb-gallery");
    this.head = make("div.knb-head");
    this.bar = this.controls();
    this.tiles = make(`div.knb-tiles.knb-${samples.kind}s`, { role: "group", "aria-label": "Samples" });
    this.pager = this.pages();
    this.detail = make("div.knb-detail", { role: "region", "aria-label": "Sample", hidden: true });
    this.matrix = make("div.knb-matrix");
    const style = [...root.children].filter((c) => c.tagName === "STYLE");
    const main = make("div.knb-main", {}, this.bar, this.tiles, this.pager);
    const side = make("div.knb-side", {}, this.detail, this.matrix);
    root.replaceChildren(...style, this.head, make("div.knb-body", {}, main, side));
    rove(this.tiles, "button.knb-tile", rowLength);
    rove(this.matrix, "td button", () => samples.names.length);
    this.tiles.addEventListener("keydown", (e) => {
      const by = { PageDown: 1, PageUp: -1 }[e.key];
      if (!by) return;
      e.preventDefault();
      this.turn(by);
    });
    samples.views ??= new Set();
    samples.views.add(new WeakRef(this));
    samples.arrived = () => forEachView(samples, (v) => v.soon());
    this.everything();
    if (!link.gone) setTimeout(() => this.prefetch(), 1500);
  }

  // --- controls -----------------------------------------------------------------------------------

  controls() {
    const s = this.samples;
    this.judgedButtons = ["all", "right", "wrong"].map((name) =>
      make("button", { type: "button", "aria-pressed": "false", onclick: () => this.choose({ judged: name }) }, name[0].toUpperCase() + name.slice(1)),
    );
    const options = s.names.map((n, i) => make("option", { value: i }, n));
    this.classSelect = make("select", { "aria-label": s.judged ? "True class" : "Predicted class", onchange: () => {
      const c = this.classSelect.value === "" ? null : Number(this.classSelect.value);
      this.choose(s.judged ? { truth: c, predicted: null } : { predicted: c });
    } }, make("option", { value: "" }, "any class"), ...options);
    const range = (name, key, value) => make("input", { type: "range", min: 0, max: 100, step: 1, value, "aria-label": name,
      oninput: (e) => this.choose({ [key]: Number(e.target.value) }) });
    this.low = range("Least confidence in percent", "low", 0);
    this.high = range("Greatest confidence in percent", "high", 100);
    this.rangeText = make("span.knb-note");
    const sorts = Object.entries(SORTS).filter(([k]) => s.judged || (k !== "wrong" && k !== "loss"));
    this.sortSelect = make("select", { "aria-label": "Sorted by", onchange: (e) => {
      this.sort = e.target.value;
      this.at = 0;
      this.show();
    } }, ...sorts.map(([value, text]) => make("option", { value, selected: value === this.sort }, text)));
    this.clear = make("button", { type: "button", onclick: () => {
      this.choose({ judged: "all", truth: null, predicted: null, low: 0, high: 100 });
      this.sortSelect.focus();
    } }, "Show all");
    this.status = make("span.knb-note.knb-status", { role: "status" });
    return make("div.knb-filters", { role: "group", "aria-label": "Filter and order" },
      s.judged ? make("span.knb-group", { role: "group", "aria-label": "Right or wrong" }, ...this.judgedButtons) : null,
      this.classSelect,
      make("span", { role: "group", "aria-label": "Confidence" }, this.low, " ", this.high, " ", this.rangeText),
      this.sortSelect, this.clear, this.status);
  }

  pages() {
    const button = (text, name, by) => make("button", { type: "button", "aria-label": name, onclick: () => this.turn(by) }, text);
    this.back = button("‹", "Previous page", -1);
    this.forth = button("›", "Next page", 1);
    this.where = make("span.knb-note");
    const sizes = [...new Set([this.samples.page, 28, 56, 112])].filter((n) => n < GLANCE).sort((a, b) => a - b);
    const choices = sizes.map((n) => make("option", { value: n, selected: n === this.page }, `${n} a page`));
    if (this.samples.kind === "image") choices.push(make("option", { value: GLANCE, selected: this.page >= GLANCE }, `${count(GLANCE)} at a glance`));
    const size = make("select", { "aria-label": "Samples of a page", onchange: (e) => {
      this.page = Number(e.target.value);
      this.at = 0;
      this.show();
    } }, ...choices);
    return make("div.knb-pager", {}, this.back, this.where, this.forth, make("span.knb-grow"), size);
  }

  choose(change) {
    Object.assign(this.filter, change);
    const f = this.filter;
    if ("low" in change && f.low > f.high) f.high = f.low;
    if ("high" in change && f.high < f.low) f.low = f.high;
    this.at = 0;
    this.show();
  }

  turn(by) {
    const pages = Math.max(1, Math.ceil(this.shown.length / this.page));
    this.at = Math.min(Math.max(this.at + by, 0), pages - 1);
    const inside = this.tiles.contains(document.activeElement);
    this.show();
    if (inside) this.tiles.querySelector("button.knb-tile")?.focus();
  }

  // --- what is shown --------------------------------------------------------------------------------

  find() {
    const s = this.samples, f = this.filter;
    const low = f.low / 100, high = f.high >= 100 ? 2 : f.high / 100;
    const order = s.order(this.sort);
    const found = [];
    for (let k = 0; k < order.length; k++) {
      const i = order[k];
      if (f.truth !== null && s.truth[i] !== f.truth) continue;
      if (f.predicted !== null && s.predicted[i] !== f.predicted) continue;
      if (s.confidence[i] < low || s.confidence[i] > high) continue;
      if (f.judged !== "all" && s.state(i) !== f.judged) continue;
      found.push(i);
    }
    return found;
  }

  everything() {
    this.heading();
    this.drawMatrix();
    this.show();
    if (this.selected !== null) this.open(this.selected, false);
  }

  heading() {
    const s = this.samples, n = s.counts(), known = n.right + n.wrong;
    const notes = [known ? `${count(n.right)} of ${count(known)} right (${percent(n.right / known)})` : `${count(n.open)} samples`];
    if (known && n.open) notes.push(`${count(n.open)} without a label`);
    const changed = [];
    if (n.relabelled) changed.push(`${count(n.relabelled)} relabelled`);
    if (s.dropped.size) changed.push(`${count(s.dropped.size)} dropped`);
    if (changed.length) notes.push(`${changed.join(", ")}: corrected() gives the arrays`);
    this.head.replaceChildren(make("span.knb-title", {}, s.title), ...[...notes, ...s.notes].map((t) => make("span.knb-note", {}, t)));
  }

  show() {
    const s = this.samples, f = this.filter;
    this.shown = this.find();
    const pages = Math.max(1, Math.ceil(this.shown.length / this.page));
    this.at = Math.min(this.at, pages - 1);
    this.rows = this.shown.slice(this.at * this.page, (this.at + 1) * this.page);
    this.judgedButtons.forEach((b) => b.setAttribute("aria-pressed", String(b.textContent.toLowerCase() === f.judged)));
    this.classSelect.value = (s.judged ? f.truth : f.predicted) ?? "";
    this.low.value = f.low;
    this.high.value = f.high;
    this.rangeText.textContent = f.low || f.high < 100 ? `${f.low}–${f.high} % sure` : "any confidence";
    const filtered = f.judged !== "all" || f.truth !== null || f.predicted !== null || f.low > 0 || f.high < 100;
    this.clear.disabled = !filtered;
    this.status.textContent = `${count(this.shown.length)} of ${count(s.size)}${this.words()}`;
    this.where.textContent = `page ${this.at + 1} of ${count(pages)}`;
    this.back.disabled = this.at === 0;
    this.forth.disabled = this.at >= pages - 1;
    this.marks();
    this.page >= GLANCE ? this.glance() : this.fill();
    this.fetch(this.rows);
    s.last = { filter: { ...f }, sort: this.sort, page: this.page, at: this.at };
  }

  // The filter by classes in words.
  words() {
    const { truth, predicted } = this.filter, names = this.samples.names;
    if (truth !== null && predicted !== null) return truth === predicted ? `: ${names[truth]}, found` : `: ${names[truth]} taken for ${names[predicted]}`;
    if (truth !== null) return `: ${names[truth]}`;
    return predicted !== null ? `: taken for ${names[predicted]}` : "";
  }

  soon() {
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => {
      this.waiting = false;
      this.page >= GLANCE ? this.glance() : this.fill();
    });
  }

  fill() {
    const s = this.samples;
    let pool = [...this.tiles.querySelectorAll("button.knb-tile")];
    if (pool.length !== this.tiles.childElementCount) {
      this.tiles.replaceChildren();
      pool = [];
    }
    while (pool.length > this.rows.length) pool.pop().remove();
    const fresh = [];
    while (pool.length < this.rows.length) {
      const tile = this.tile();
      fresh.push(tile);
      pool.push(tile);
    }
    this.tiles.append(...fresh);
    let stop = false;
    pool.forEach((tile, k) => {
      this.label(tile, this.rows[k]);
      stop ||= tile.tabIndex === 0;
    });
    if (pool.length && !stop) pool[0].tabIndex = 0;
    if (!pool.length) this.tiles.append(make("div.knb-empty", {}, s.size ? "No sample fits this filter. “Show all” takes it off." : "There are no samples."));
  }

  tile() {
    const image = this.samples.kind === "image";
    const shown = image ? make(`canvas.knb-picture${this.smooth()}`) : make("span.knb-line");
    const tile = make("button.knb-tile", { type: "button", tabindex: -1, onclick: () => this.open(tile.sample, true) }, shown,
      make("span.knb-cap", {}, make("b", {}, make("span"), "%"), make("span")));
    if (image) {
      delete shown.dataset.lmSuppressShortcuts; // not a place of its own
      shown.style.setProperty("--ratio", `${this.samples.shape[1]} / ${this.samples.shape[0]}`);
    }
    return tile;
  }

  smooth() {
    return Math.max(this.samples.shape[0], this.samples.shape[1]) > 64 ? ".knb-smooth" : "";
  }

  label(tile, i) {
    const s = this.samples, state = s.state(i), [shown, cap] = tile.children;
    tile.sample = i;
    const said = `${s.names[s.predicted[i]]} ${sure(s.confidence[i])}`;
    const truth = state === "wrong" ? `is ${s.names[s.truth[i]]}` : "";
    const gone = s.dropped.has(i);
    tile.className = `knb-tile knb-${state}${gone || s.truth[i] !== s.given[i] ? " knb-changed" : ""}`;
    cap.firstChild.firstChild.textContent = s.names[s.predicted[i]];
    cap.firstChild.lastChild.textContent = ` ${sure(s.confidence[i])}`;
    cap.lastChild.textContent = gone ? "dropped" : truth;
    tile.title = `${said}${truth ? `, ${truth}` : ""}`;
    tile.setAttribute("aria-label", `Sample ${i}: ${state === "open" ? "" : state + ", "}says ${said}${truth ? `, ${truth}` : ""}${gone ? ", dropped" : ""}`);
    tile.setAttribute("aria-pressed", String(i === this.selected));
    if (s.kind === "image") s.draw(shown, i);
    else shown.textContent = s.captions.get(i) ?? "…";
  }

  // All at a glance: one canvas, a stripe under each tile in the colour of right or wrong.
  glance() {
    const s = this.samples, [h, w] = [s.shape[0], s.shape[1]];
    const scale = Math.max(h, w) > 40 ? 40 / Math.max(h, w) : Math.max(1, Math.floor(40 / Math.max(h, w)));
    const cw = Math.round(w * scale) + 4, ch = Math.round(h * scale) + 7;
    const columns = Math.max(1, Math.min(Math.floor(this.tiles.clientWidth / cw), 40));
    let canvas = this.tiles.querySelector(".knb-sheet canvas");
    if (!canvas) {
      canvas = make("canvas", { tabindex: 0, role: "img" });
      const said = make("span.knb-sr", { role: "status" });
      this.tiles.replaceChildren(make("div.knb-sheet.knb-empty", { style: "padding:0" }, canvas, said));
      canvas.onclick = (e) => {
        const k = Math.floor((e.offsetX / canvas.clientWidth) * canvas.columns) +
          canvas.columns * Math.floor((e.offsetY / canvas.clientHeight) * canvas.lines);
        if (k < this.rows.length) this.pick(k, true);
      };
      canvas.onkeydown = (e) => {
        const by = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: canvas.columns, ArrowUp: -canvas.columns }[e.key];
        if (by) this.pick(Math.min(Math.max(this.cursor + by, 0), this.rows.length - 1), false);
        else if (e.key === "Enter" || e.key === " ") this.pick(this.cursor, true);
        else return;
        e.preventDefault();
        e.stopPropagation();
      };
      canvas.onfocus = canvas.onblur = () => this.soon();
    }
    const lines = Math.max(1, Math.ceil(this.rows.length / columns));
    Object.assign(canvas, { columns, lines });
    canvas.width = columns * cw;
    canvas.height = lines * ch;
    canvas.style.maxWidth = `${columns * cw}px`;
    canvas.setAttribute("aria-label", `${this.rows.length} samples at a glance; arrow keys move, Enter opens`);
    const g = canvas.getContext("2d"), style = getComputedStyle(this.root);
    const colours = { right: "--knb-train", wrong: "--knb-val", open: "--knb-line" };
    for (const k in colours) colours[k] = style.getPropertyValue(colours[k]);
    g.imageSmoothingEnabled = scale < 1;
    this.rows.forEach((i, k) => {
      const x = (k % columns) * cw + 2, y = Math.floor(k / columns) * ch + 2, tile = s.tiles.get(i);
      if (tile) g.drawImage(tile[0], tile[1], tile[2], tile[3], tile[4], x, y, cw - 4, ch - 7);
      g.fillStyle = colours[s.state(i)];
      g.fillRect(x, y + ch - 7, cw - 4, 3);
      if (i === this.selected || (k === this.cursor && document.activeElement === canvas)) {
        g.strokeStyle = style.getPropertyValue("--knb-ink");
        g.lineWidth = 2;
        g.strokeRect(x - 1, y - 1, cw - 2, ch - 3);
      }
    });
  }

  pick(k, open) {
    this.cursor = k;
    const i = this.rows[k], s = this.samples;
    if (i === undefined) return;
    this.tiles.querySelector("[role=status]").textContent = `Sample ${i}: ${s.state(i)}, says ${s.names[s.predicted[i]]}`;
    if (open) this.open(i, false);
    this.soon();
  }

  // --- the confusion matrix ---------------------------------------------------------------------------

  drawMatrix() {
    const s = this.samples, n = s.names.length;
    if (!s.judged) return this.drawCounts();
    const counts = s.confusion();
    const pair = (t, p, text, said) => make("button", { type: "button", tabindex: -1, title: said, "aria-label": said, "data-pair": `${t},${p}`,
      "aria-pressed": "false", onclick: () => {
        const same = this.filter.truth === t && this.filter.predicted === p;
        this.choose({ truth: same ? null : t, predicted: same ? null : p, judged: "all" });
      } }, text);
    if (n > MATRIX) return this.drawPairs(counts, pair);
    let worst = 0;
    const rows = [];
    for (let k = 0; k < n * n; k++) if (k % (n + 1)) worst = Math.max(worst, counts[k]);
    const single = (key, c, said) => make("button", { type: "button", title: said, "aria-label": said, "data-single": `${key},${c}`, "aria-pressed": "false",
      onclick: () => this.choose({ truth: null, predicted: null, [key]: this.filter[key] === c && this.filter[key === "truth" ? "predicted" : "truth"] === null ? null : c }) }, cut(s.names[c]));
    for (let t = 0; t < n; t++) {
      let sum = 0;
      for (let p = 0; p < n; p++) sum += counts[t * n + p];
      const cells = s.names.map((name, p) => {
        const k = counts[t * n + p];
        const share = !k ? 0 : 0.15 + (0.85 * k) / (t === p ? sum : worst);
        const said = t === p ? `${name} found: ${k}` : `${s.names[t]} taken for ${name}: ${k}`;
        const cell = make(`td.${t === p ? "r" : "w"}${share > STRONG ? ".knb-strong" : share > MIDDLE ? ".knb-mid" : ""}`, {}, pair(t, p, n <= NUMBERED && k ? String(k) : "", said));
        cell.style.setProperty("--s", share.toFixed(3));
        return cell;
      });
      rows.push(make("tr", {}, make("th", { scope: "row" }, single("truth", t, `${s.names[t]}: all of it`)), ...cells));
    }
    const heads = s.names.map((name, c) => make("th", { scope: "col" }, make("span", {}, single("predicted", c, `all taken for ${name}`))));
    const longest = Math.max(...s.names.map((name) => cut(name).length));
    const form = `${n > NUMBERED ? ".knb-dense" : ""}${longest > 3 && n > ACROSS ? ".knb-long" : ""}`;
    this.matrix.replaceChildren(make(`table.knb-confusion${form}`, { style: `--names:${Math.min(0.6 * longest + 1.2, 7.4).toFixed(1)}em` },
      make("caption", {}, "Rows: the truth. Columns: the prediction. A click shows those samples."),
      make("thead", {}, make("tr", {}, make("td"), ...heads)), make("tbody", {}, ...rows)));
    const first = this.matrix.querySelector("td button");
    if (first) first.tabIndex = 0;
    this.marks();
  }

  drawPairs(counts, pair) {
    const s = this.samples, n = s.names.length, found = [];
    counts.forEach((k, at) => k && at % (n + 1) && found.push([Math.floor(at / n), at % n, k]));
    found.sort((a, b) => b[2] - a[2] || a[0] - b[0] || a[1] - b[1]);
    const rows = found.slice(0, PAIRS).map(([t, p, k]) => make("tr", {}, make("td", {}, pair(t, p, s.names[t], `${s.names[t]} taken for ${s.names[p]}: ${k}`)),
      make("td", {}, s.names[p]), make("td", {}, String(k))));
    if (!rows.length) return this.matrix.replaceChildren(make("p.knb-note", {}, "No two classes were confused."));
    const head = ["true", "taken for", "times"].map((t) => make("th", { scope: "col" }, t));
    this.matrix.replaceChildren(make("table.knb-pairs", {}, make("caption", {}, "Most often confused. A click shows those samples."),
      make("thead", {}, make("tr", {}, ...head)), make("tbody", {}, ...rows)));
    this.matrix.querySelector("td button").tabIndex = 0;
    this.marks();
  }

  drawCounts() {
    const s = this.samples, counts = new Uint32Array(s.names.length);
    for (let i = 0; i < s.size; i++) if (!s.dropped.has(i)) counts[s.predicted[i]]++;
    const most = Math.max(1, ...counts);
    const order = [...counts.keys()].filter((c) => counts[c]).sort((a, b) => counts[b] - counts[a] || a - b).slice(0, MATRIX);
    const rows = order.map((c) => {
      const bar = make("i");
      bar.style.width = `${((100 * counts[c]) / most).toFixed(1)}%`;
      const name = make("button", { type: "button", "aria-pressed": "false", "data-single": `predicted,${c}`, onclick: () => this.choose({ predicted: this.filter.predicted === c ? null : c }) }, s.names[c]);
      return make("tr", {}, make("th", { scope: "row" }, name), make("td", {}, bar), make("td", {}, count(counts[c])));
    });
    this.matrix.replaceChildren(make("table.knb-counts", {}, make("caption", {}, "Predicted classes"), make("tbody", {}, ...rows)));
  }

  // Which cell or name is the filter now.
  marks() {
    const { truth, predicted } = this.filter;
    for (const b of this.matrix.querySelectorAll("[aria-pressed=true]")) b.setAttribute("aria-pressed", "false");
    const name = truth !== null && predicted !== null ? `[data-pair="${truth},${predicted}"]`
      : truth !== null ? `[data-single="truth,${truth}"]` : predicted !== null ? `[data-single="predicted,${predicted}"]` : null;
    if (name) this.matrix.querySelector(name)?.setAttribute("aria-pressed", "true");
  }

  // --- one sample --------------------------------------------------------------------------------------

  open(i, focus) {
    const s = this.samples, state = s.state(i);
    this.selected = i;
    for (const tile of this.tiles.querySelectorAll("button.knb-tile")) tile.setAttribute("aria-pressed", String(tile.sample === i));
    const close = make("button.knb-close", { type: "button", "aria-label": "Close", onclick: () => this.shut() }, "×");
    const words = { right: "right", wrong: "wrong", open: "no label" }[state];
    const headline = make("b", {}, `Sample ${i}: ${words}`);
    const look = make(`div.knb-look${s.kind === "image" ? "" : ".knb-wide"}`, {}, this.big(i), this.bars(i));
    this.said = make("p.knb-said", { role: "status" }, this.link.gone ? GONE : "");
    this.detail.replaceChildren(make("div.knb-detail-head", {}, headline, close), look, this.asks(i), this.corrections(i), this.said);
    this.detail.onkeydown = (e) => {
      if (e.key !== "Escape") return;
      e.stopPropagation();
      this.shut();
    };
    this.detail.hidden = false;
    if (focus) {
      this.detail.scrollIntoView({ block: "nearest" });
      close.focus({ preventScroll: true });
    }
  }

  shut() {
    const i = this.selected;
    this.selected = null;
    this.detail.hidden = true;
    for (const tile of this.tiles.querySelectorAll("button.knb-tile")) {
      tile.setAttribute("aria-pressed", "false");
      if (tile.sample === i) tile.focus();
    }
    if (this.page >= GLANCE) this.soon();
  }

  big(i) {
    const s = this.samples;
    if (s.kind !== "image") return make("div.knb-words", {}, s.captions.get(i) ?? "…");
    const canvas = make(`canvas${this.smooth()}`, { role: "img", "aria-label": `Sample ${i}` });
    delete canvas.dataset.lmSuppressShortcuts;
    s.draw(canvas, i);
    if (Math.max(s.shape[0], s.shape[1]) > canvas.width && !this.link.gone) this.whole(canvas, i);
    return make("div.knb-big", {}, canvas);
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
    this.detail.querySelector(".knb-heat")?.remove();
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
    this.detail.querySelector(".knb-big").append(canvas);
    const name = this.samples.names[content.class];
    this.tell(!content.most ? `No part of the image changes the answer ${name}.` : method === "gradient"
      ? `Orange: pixels that change ${name} most.`
      : `Orange: without it ${name} is less probable (by ${percent(content.most)} at most). Blue: more.`);
  }

  weights({ parts, weights, class: c }) {
    const most = Math.max(...weights.map(Math.abs), 1e-9), box = this.detail.querySelector(".knb-words");
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
      forEachView(s, (v) => v.everything());
    };
    if (kind === "relabel") set(label, before[1]);
    else set(kind === "restore" ? s.given[i] : before[0], kind === "drop");
    this.detail.querySelector(".knb-close")?.focus({ preventScroll: true });
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

  // --- the kernel ------------------------------------------------------------------------------------------

  receive(content, buffers) {
    if (content.kind === "numbers") {
      const s = this.samples;
      if (s.refreshed !== content) { // once, for all views
        s.refreshed = content;
        s.numbers(content, buffers);
        s.dropped = new Set(content.dropped);
      }
      this.everything();
    } else if (content.kind === "gone") {
      if (this.selected !== null) this.open(this.selected, false);
      this.soon();
    }
  }

  // Pictures of these samples, where they are not here yet.
  async fetch(rows) {
    const s = this.samples;
    const wanted = rows.filter((i) => !s.has(i) && !s.asked.has(i)).slice(0, 400);
    if (!wanted.length || this.link.gone) return;
    wanted.forEach((i) => s.asked.add(i));
    const again = () => {
      wanted.forEach((i) => s.has(i) || s.asked.delete(i));
      if (this.rows.some((i) => !s.has(i))) this.fetch(this.rows);
    };
    setTimeout(again, LOST); // the server drops messages when there are too many of them
    try {
      const { content, buffers } = await this.link.ask({ kind: "tiles", rows: wanted });
      s.add(content, buffers);
      if (wanted.length === 400) this.fetch(rows);
    } catch {
      wanted.forEach((i) => s.asked.delete(i)); // the kernel may come back
    }
  }

  // The rest in the background, slowly: the server lets a megabyte a second through.
  async prefetch() {
    const s = this.samples;
    while (!this.link.gone && this.root.isConnected && s.asked.size < AHEAD) {
      const rows = [];
      for (const i of s.order(this.sort)) {
        if (!s.has(i) && !s.asked.has(i)) rows.push(i);
        if (rows.length >= 200) break;
      }
      if (!rows.length) return;
      await Promise.race([this.fetch(rows), pause(LOST)]);
      await pause(700);
    }
  }
}

function forEachView(samples, act) {
  for (const reference of samples.views) {
    const view = reference.deref();
    view ? act(view) : samples.views.delete(reference);
  }
}

export default inPlace(gallery);
