// The prediction gallery. The kernel sends numbers of all samples and pictures of the first; paging, sorting and
// filtering happen here. The kernel is asked for more pictures, for explanations, and told of new labels.

const SORTS = {
  wrong: "Most confidently wrong",
  loss: "Highest loss",
  unsure: "Least sure",
  sure: "Surest",
  order: "Order of the data",
};
const LOST = 8000; // ms after which tiles are asked for again
const AHEAD = 20000; // tiles fetched in the background at most

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

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
    root.classList.add("knb", "knb-gallery");
    this.head = make("div.knb-head");
    this.bar = this.controls();
    this.detail = new Detail(samples, link, (i, shut) => this.tiles.mark(shut ? i : null));
    this.tiles = new Tiles(samples, () => this.detail.selected, (i, focus) => this.detail.open(i, focus));
    this.matrix = new Matrix(samples, this.filter, (change) => this.choose(change));
    this.pager = this.pages();
    const style = [...root.children].filter((c) => c.tagName === "STYLE");
    const main = make("div.knb-main", {}, this.bar, this.tiles.box, this.pager);
    const side = make("div.knb-side", {}, this.detail.box, this.matrix.box);
    root.replaceChildren(...style, this.head, make("div.knb-body", {}, main, side));
    this.tiles.box.addEventListener("keydown", (e) => {
      const by = { PageDown: 1, PageUp: -1 }[e.key];
      if (!by) return;
      e.preventDefault();
      this.turn(by);
    });
    samples.views.add(new WeakRef(this));
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
    const inside = this.tiles.box.contains(document.activeElement);
    this.show();
    if (inside) this.tiles.box.querySelector("button.knb-tile")?.focus();
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
    this.matrix.draw();
    this.show();
    if (this.detail.selected !== null) this.detail.open(this.detail.selected, false);
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
    this.matrix.mark();
    this.tiles.show(this.rows, this.page >= GLANCE);
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
      if (this.detail.selected !== null) this.detail.open(this.detail.selected, false);
      this.tiles.soon();
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

export default inPlace(gallery);
