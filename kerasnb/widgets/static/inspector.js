// The inspector. Its table and the panels of one sample are there as the still picture; here another sample is chosen,
// and panels are fetched as they are opened.

// Markup that the kernel made for this view: its texts are escaped there, and it is parsed, never run.
function fragment(text) {
  return [...new DOMParser().parseFromString(text, "text/html").body.childNodes].map((n) => document.importNode(n, true));
}

function inspector(root, link) {
  let view = null;
  const begin = (content) => {
    if (!root.querySelector(".knb-layers") && content.html) {
      const inner = fragment(content.html)[0];
      root.replaceChildren(...inner.childNodes);
    }
    if (!view && root.querySelector(".knb-layers")) view = new InspectorView(root, link, content);
  };
  const opened = link.last.get("begin");
  if (opened && root.querySelector(".knb-layers")) begin(opened.content);
  setTimeout(() => {
    if (view || link.gone) return;
    link.opening ??= link.ask({ kind: "hello" });
    link.opening.then((a) => begin(a.content)).catch(() => {});
  }, 400);
  return {
    receive(content) {
      if (content.kind === "begin") begin(content);
      else if (content.kind === "gone") view?.tell(GONE);
    },
  };
}

class InspectorView {
  constructor(root, link, { rows, sample }) {
    Object.assign(this, { root, link, rows, index: sample, wanted: sample });
    root.classList.add("knb", "knb-inspector");
    this.chosen = root.querySelector(".knb-chosen");
    this.strip = root.querySelector(".knb-strip");
    this.tiles = [...(this.strip?.querySelectorAll("img") || [])].map((img, i) => {
      const tile = make("button", { type: "button", "aria-pressed": String(i === sample), "aria-label": `Sample ${i}`, title: `Sample ${i}`, tabindex: i === sample ? 0 : -1, onclick: () => this.choose(i) });
      img.removeAttribute("aria-current");
      img.alt = "";
      img.replaceWith(tile);
      tile.append(img);
      return tile;
    });
    if (this.tiles.length && !this.tiles.some((t) => t.tabIndex === 0)) this.tiles[0].tabIndex = 0;
    this.strip?.addEventListener("keydown", (e) => this.key(e));
    this.strip?.setAttribute("role", "group");
    this.strip?.setAttribute("aria-label", "Samples");
    this.field = make("input", { type: "number", min: 0, max: rows - 1, value: sample, "aria-label": "Number of the sample", onchange: () => this.choose(Number(this.field.value)) });
    this.field.onkeydown = (e) => e.stopPropagation();
    const button = (text, name, act) => make("button", { type: "button", "aria-label": name, title: name, onclick: act }, text);
    this.back = button("‹", "Sample before", () => this.choose(this.wanted - 1));
    this.forth = button("›", "Next sample", () => this.choose(this.wanted + 1));
    this.any = button("Any", "A sample at random", () => this.choose(Math.floor(Math.random() * rows)));
    this.all = make("button", { type: "button", onclick: () => this.openAll() }, "Open all");
    this.said = make("p.knb-said", { role: "status" });
    this.chosen.before(make("div.knb-tools", { role: "group", "aria-label": "Sample and layers" },
      make("label", {}, "Sample ", this.field), this.back, this.forth, this.any, this.all));
    this.chosen.after(this.said);
    this.layers = [...root.querySelectorAll(".knb-one")];
    for (const one of this.layers) {
      one.seen = one.hasAttribute("data-empty") ? null : sample;
      one.addEventListener("toggle", () => one.open && one.seen !== this.index && this.fetch([one]));
      this.watch(one);
    }
    this.marks();
  }

  key(e) {
    const at = this.tiles.indexOf(e.target.closest("button"));
    const by = { ArrowRight: 1, ArrowLeft: -1, Home: -at, End: this.tiles.length - 1 - at }[e.key];
    if (at < 0 || by === undefined) return;
    e.preventDefault();
    e.stopPropagation();
    const next = this.tiles[Math.min(Math.max(at + by, 0), this.tiles.length - 1)];
    next.focus();
    this.choose(this.tiles.indexOf(next));
  }

  choose(i) {
    if (!Number.isFinite(i)) return this.marks();
    this.wanted = Math.min(Math.max(Math.round(i), 0), this.rows - 1);
    this.marks();
    this.fetch(this.layers.filter((one) => one.open));
  }

  marks() {
    this.field.value = this.wanted;
    this.back.disabled = this.wanted <= 0;
    this.forth.disabled = this.wanted >= this.rows - 1;
    this.tiles.forEach((tile, i) => {
      tile.setAttribute("aria-pressed", String(i === this.wanted));
      if (i === this.wanted) this.tiles.forEach((t) => (t.tabIndex = t === tile ? 0 : -1));
    });
  }

  openAll() {
    for (const one of this.layers) one.open = true; // each asks for its panel by itself
  }

  // Panels of the chosen sample. One request is under way; of those that come meanwhile the newest goes out next.
  async fetch(ones) {
    this.queue = new Set([...(this.queue || []), ...ones]);
    if (this.busy) return;
    this.busy = true;
    try {
      while (this.queue.size || this.wanted !== this.index) {
        const asked = [...this.queue], index = this.wanted;
        this.queue.clear();
        const { content } = await this.link.ask({ kind: "panels", index, keys: asked.map((one) => one.dataset.key) }, () => this.tell(BUSY));
        this.tell("");
        if (this.index !== index) {
          this.index = index;
          this.chosen.replaceChildren(...fragment(content.chosen));
        }
        for (const one of asked) {
          one.seen = index;
          one.removeAttribute("data-empty");
          one.querySelector(".knb-panel").replaceChildren(...fragment(content.panels[one.dataset.key]));
          this.watch(one);
        }
        for (const one of this.layers) if (one.open && one.seen !== this.wanted) this.queue.add(one);
      }
    } catch (error) {
      this.wanted = this.index;
      this.queue.clear();
      this.marks();
      this.tell(error.message);
    }
    this.busy = false;
  }

  // Say which map the pointer is on.
  watch(one) {
    for (const img of one.querySelectorAll(".knb-sheet")) {
      const columns = Number(img.dataset.columns), rows = Number(img.dataset.rows);
      const figure = img.closest("figure"), what = figure?.dataset.what;
      if (columns * rows < 2) continue;
      img.onpointermove = (e) => {
        const n = Math.floor((e.offsetX / img.clientWidth) * columns) + columns * Math.floor((e.offsetY / img.clientHeight) * rows);
        img.title = `${what} ${n}`;
      };
    }
  }

  tell(text) {
    this.said.textContent = text;
  }
}

export default inPlace(inspector);
