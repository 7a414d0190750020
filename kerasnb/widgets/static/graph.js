// The graph of a model. The drawing is already there, as the still picture; here it is walked through: zoomed, panned,
// asked for details. The kernel draws anew when a model inside is opened or shut.

const SVG = "http://www.w3.org/2000/svg";
const MAP = 110; // pixels of the small map's longer side

// Markup that the kernel made for this view: its texts are escaped there, and it is parsed, never run.
function parsed(text) {
  return document.importNode(new DOMParser().parseFromString(text, "image/svg+xml").documentElement, true);
}

function graph(root, link) {
  let view = null;
  const begin = (content) => {
    link.drawing = content || link.drawing;
    if (!view && (link.drawing || root.querySelector(".knb-drawing"))) view = new GraphView(root, link);
    else view?.take(link.drawing);
  };
  begin(link.drawing || link.last.get("drawing")?.content);
  setTimeout(() => {
    if (link.drawing || link.gone) return;
    link.opening ??= link.ask({ kind: "hello" });
    link.opening.then((a) => begin(a.content)).catch(() => {});
  }, 400);
  return {
    receive(content) {
      if (content.kind === "drawing") begin(content);
      else if (content.kind === "gone") view?.gone();
    },
  };
}

class GraphView {
  constructor(root, link) {
    Object.assign(this, { root, link, steps: new Map(), after: new Map(), before: new Map(), selected: null });
    root.classList.add("knb", "knb-graph", "knb-live");
    this.notes = root.querySelector(".knb-head") || root.appendChild(make("div.knb-head"));
    this.body = root.querySelector(".knb-body") || root.appendChild(make("div.knb-body"));
    this.box = this.body.querySelector(".knb-view") || this.body.appendChild(make("div.knb-view"));
    this.box.setAttribute("role", "group");
    this.box.setAttribute("aria-label", "Drawing: arrow keys walk along the tensors, Enter shows a layer, plus and minus zoom");
    this.detail = make("div.knb-detail", { role: "region", "aria-label": "Layer", hidden: true });
    this.body.append(this.detail);
    this.body.before(this.tools());
    this.said = make("p.knb-said", { role: "status" });
    this.body.after(this.said);
    this.map = document.createElementNS(SVG, "svg");
    this.map.setAttribute("class", "knb-map");
    this.map.setAttribute("aria-hidden", "true");
    this.map.addEventListener("pointerdown", (e) => this.jump(e));
    this.pan = new Panning(this.box, () => this.moved());
    this.box.addEventListener("keydown", (e) => this.key(e));
    this.box.addEventListener("click", (e) => this.click(e));
    this.box.addEventListener("focusin", (e) => this.focused(e.target.closest(".knb-step")));
    for (const [kind, on] of [["pointerover", true], ["pointerout", false]]) {
      this.box.addEventListener(kind, (e) => this.light(e.target.closest?.(".knb-step"), on));
    }
    this.take(link.drawing);
  }

  tools() {
    const button = (text, name, act) => make("button", { type: "button", "aria-label": name, title: name, onclick: act }, text);
    this.openAll = make("button", { type: "button", onclick: () => this.open("all") }, "Open all");
    this.shutAll = make("button", { type: "button", onclick: () => this.open([]) }, "Shut all");
    this.search = make("input", { type: "search", placeholder: "Find a layer", "aria-label": "Find a layer", oninput: () => this.find(false) });
    this.search.onkeydown = (e) => {
      if (e.key === "Enter") this.find(true);
      e.stopPropagation();
    };
    return make("div.knb-tools", { role: "group", "aria-label": "Look at the drawing" },
      button("−", "Zoom out", () => this.pan.zoom(1 / 1.3)), button("+", "Zoom in", () => this.pan.zoom(1.3)),
      button("Fit", "Show the whole drawing", () => this.pan.fit()), this.openAll, this.shutAll, this.search);
  }

  // A drawing came: put it in the place of the last one.
  take(content) {
    const old = this.box.querySelector(".knb-drawing");
    const fresh = content && content !== this.taken ? parsed(content.svg) : null;
    const anchor = this.anchor && this.place(this.anchor);
    if (fresh) {
      this.taken = content;
      old ? old.replaceWith(fresh) : this.box.prepend(fresh);
      this.steps = new Map(content.steps.map((s) => [s.key, s]));
      this.after.clear();
      this.before.clear();
      for (const [a, b] of content.flows) {
        this.after.set(a, [...(this.after.get(a) || []), b]);
        this.before.set(b, [...(this.before.get(b) || []), a]);
      }
      const title = this.notes.querySelector(".knb-title");
      this.notes.replaceChildren(...(title ? [title] : []), ...content.notes.map((n) => make("span.knb-note", {}, n)));
      const words = this.root.querySelector(".knb-words pre");
      if (words) words.textContent = content.words;
    }
    const svg = this.box.querySelector(".knb-drawing");
    if (!svg) return;
    svg.setAttribute("role", "group");
    this.nodes = new Map([...svg.querySelectorAll(".knb-step")].map((g) => [g.dataset.key, g]));
    for (const [key, g] of this.nodes) {
      g.setAttribute("role", "button");
      g.setAttribute("tabindex", "-1");
      g.setAttribute("aria-pressed", String(key === this.selected));
      g.setAttribute("aria-label", g.querySelector("title")?.textContent || key);
      g.dataset.lmSuppressShortcuts = "true";
    }
    for (const g of svg.querySelectorAll(".knb-frame .knb-handle")) {
      g.setAttribute("role", "button");
      g.setAttribute("tabindex", "0");
      g.setAttribute("aria-label", `Shut ${g.parentElement.dataset.key}`);
      g.dataset.lmSuppressShortcuts = "true";
    }
    const first = this.nodes.get(this.selected) || this.nodes.values().next().value;
    first?.setAttribute("tabindex", "0");
    const opened = content?.opened || [];
    this.openAll.hidden = this.shutAll.hidden = !(content?.can_open || opened.length);
    this.openAll.disabled = this.link.gone || !content?.can_open;
    this.shutAll.disabled = this.link.gone || !opened.length;
    const now = this.anchor && this.place(this.anchor);
    this.pan.show(svg, anchor && now && { from: anchor, to: now });
    this.drawMap();
    if (this.wanted) (this.nodes.get(this.wanted) || this.frame(this.wanted)?.querySelector(".knb-handle") || first)?.focus({ preventScroll: true });
    this.wanted = this.anchor = null;
    if (this.selected !== null && !this.steps.has(this.selected)) this.shut();
  }

  frame(key) {
    return [...this.box.querySelectorAll(".knb-frame")].find((g) => g.dataset.key === key);
  }

  // The upper left corner of a step or frame in the drawing.
  place(key) {
    const node = this.nodes?.get(key)?.querySelector(".knb-body-box"), frame = this.frame(key);
    return node ? [Number(node.getAttribute("x")), Number(node.getAttribute("y"))] : frame && [Number(frame.dataset.x), Number(frame.dataset.y)];
  }

  // --- models inside --------------------------------------------------------------------------------------

  async open(keys, about) {
    this.anchor = about;
    this.wanted = about;
    this.tell("");
    try {
      const { content } = await this.link.ask({ kind: "open", keys }, () => this.tell(BUSY));
      this.link.drawing = content;
      this.tell("");
      for (const view of this.link.alive()) view.receive?.(content);
    } catch (error) {
      this.tell(error.message);
    }
  }

  toggle(key, on) {
    const opened = this.taken?.opened || [];
    this.open(on ? [...opened, key] : opened.filter((k) => k !== key && !k.startsWith(`${key}/`)), key);
  }

  // --- walking --------------------------------------------------------------------------------------------

  click(e) {
    if (this.pan.dragged) return;
    const frame = e.target.closest(".knb-frame .knb-handle");
    if (frame) return this.toggle(frame.parentElement.dataset.key, false);
    const step = e.target.closest(".knb-step");
    if (!step) return;
    if (e.target.closest(".knb-handle")) return this.toggle(step.dataset.key, true);
    step.focus({ preventScroll: true });
    this.show(step.dataset.key);
  }

  key(e) {
    if (e.ctrlKey || e.metaKey || e.altKey) return;
    const step = e.target.closest(".knb-step"), frame = e.target.closest(".knb-frame .knb-handle");
    const pans = { ArrowLeft: [-60, 0], ArrowRight: [60, 0], ArrowUp: [0, -60], ArrowDown: [0, 60] };
    if (e.shiftKey && e.key in pans) this.pan.by(...pans[e.key]);
    else if (e.key === "+" || e.key === "=") this.pan.zoom(1.3);
    else if (e.key === "-" || e.key === "_") this.pan.zoom(1 / 1.3);
    else if (e.key === "0") this.pan.fit();
    else if (frame && (e.key === "Enter" || e.key === " ")) this.toggle(frame.parentElement.dataset.key, false);
    else if (step && e.key in pans) this.walk(step.dataset.key, e.key);
    else if (step && (e.key === "Enter" || e.key === " ")) this.show(step.dataset.key, true);
    else if (step && (e.key === "Home" || e.key === "End")) [...this.nodes.values()].at(e.key === "Home" ? 0 : -1).focus({ preventScroll: true });
    else if (e.key === "Escape" && this.selected !== null) this.shut();
    else return;
    e.preventDefault();
    e.stopPropagation();
  }

  // Down and up along the tensors, left and right to what stands beside.
  walk(key, where) {
    const box = (k) => this.nodes.get(k).querySelector(".knb-body-box").getBBox();
    const here = box(key), middle = (b) => b.x + b.width / 2;
    let next = [...((where === "ArrowDown" ? this.after : this.before).get(key) || [])].filter((k) => this.nodes.has(k));
    if (where === "ArrowLeft" || where === "ArrowRight") {
      const side = where === "ArrowLeft" ? -1 : 1;
      next = [...this.nodes.keys()].filter((k) => {
        const b = box(k);
        return (middle(b) - middle(here)) * side > 1 && Math.abs(b.y - here.y) < 60;
      });
    } else if (!next.length) { // the drawing from the still picture alone
      const keys = [...this.nodes.keys()], at = keys.indexOf(key) + (where === "ArrowDown" ? 1 : -1);
      next = keys[at] && !this.taken ? [keys[at]] : [];
    }
    next.sort((a, b) => Math.abs(middle(box(a)) - middle(here)) - Math.abs(middle(box(b)) - middle(here)));
    if (next.length) this.nodes.get(next[0]).focus({ preventScroll: true });
  }

  focused(step) {
    if (!step) return;
    for (const g of this.nodes.values()) g.setAttribute("tabindex", g === step ? "0" : "-1");
    this.pan.reveal(step.getBBox());
  }

  light(step, on) {
    if (!step) return;
    const key = step.dataset.key;
    for (const flow of this.box.querySelectorAll(".knb-flow")) {
      if (flow.dataset.from !== key && flow.dataset.to !== key) continue;
      flow.classList.toggle("knb-lit", on);
      this.nodes.get(flow.dataset.from)?.classList.toggle("knb-from-here", on);
    }
    if (step.dataset.same) {
      for (const g of this.nodes.values()) if (g.dataset.same === step.dataset.same) g.classList.toggle("knb-same", on);
    }
  }

  find(go) {
    const words = this.search.value.trim().toLowerCase();
    const found = [...this.nodes].filter(([key, g]) => {
      const hit = words !== "" && (key.toLowerCase().includes(words) || g.querySelector(".knb-kind").textContent.toLowerCase().includes(words));
      g.classList.toggle("knb-found", hit);
      return hit;
    });
    this.tell(words === "" ? "" : `${found.length} of ${this.nodes.size} layers`);
    if (!found.length) return;
    this.pan.reveal(found[0][1].getBBox(), true);
    if (go) found[0][1].focus({ preventScroll: true });
  }

  // --- one step -------------------------------------------------------------------------------------------

  show(key, focus = false) {
    const step = this.steps.get(key), node = this.nodes.get(key);
    this.nodes.get(this.selected)?.setAttribute("aria-pressed", "false");
    this.selected = key;
    node.setAttribute("aria-pressed", "true");
    const close = make("button", { type: "button", "aria-label": "Close", onclick: () => this.shut() }, "×");
    const head = make("div.knb-detail-head", {}, make("b", {}, step?.name ?? key), close);
    const facts = step ? step.facts.flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, value)])
      : [make("dt", {}, "layer"), make("dd", {}, node.getAttribute("aria-label"))];
    const links = (text, keys) => (keys?.length ? make("div.knb-links", {}, text, ...keys.map((k) => make("button", { type: "button", onclick: () => {
      this.nodes.get(k)?.focus({ preventScroll: true });
      this.show(k);
    } }, this.steps.get(k)?.name ?? k))) : null);
    const opens = step?.opens ? make("button", { type: "button", disabled: this.link.gone, onclick: () => this.toggle(key, true) }, "Open this model") : null;
    this.detail.replaceChildren(head, make("dl.knb-facts", {}, ...facts), ...[links("from", this.before.get(key)), links("to", this.after.get(key)), opens].filter(Boolean));
    this.detail.onkeydown = (e) => {
      if (e.key !== "Escape") return;
      e.stopPropagation();
      this.shut();
    };
    this.pan.touched = true; // the window gets narrower: what was clicked stays where it is
    this.detail.hidden = false;
    this.body.classList.add("knb-with-detail");
    requestAnimationFrame(() => this.pan.reveal(node.getBBox()));
    if (focus) close.focus({ preventScroll: true });
  }

  shut() {
    const node = this.nodes.get(this.selected);
    node?.setAttribute("aria-pressed", "false");
    this.selected = null;
    this.detail.hidden = true;
    this.body.classList.remove("knb-with-detail");
    node?.focus({ preventScroll: true });
  }

  // --- the map --------------------------------------------------------------------------------------------

  drawMap() {
    const { x, y, w, h } = this.pan.whole, scale = MAP / Math.max(w, h);
    this.map.setAttribute("viewBox", `${x} ${y} ${w} ${h}`);
    this.map.setAttribute("width", Math.max(16, w * scale));
    this.map.setAttribute("height", Math.max(16, h * scale));
    const rect = (kind, box) => {
      const made = document.createElementNS(SVG, "rect");
      made.setAttribute("class", kind);
      for (const name of ["x", "y", "width", "height"]) made.setAttribute(name, box[name]);
      return made;
    };
    const dots = [...this.nodes.values()].map((g) => {
      const box = g.querySelector(".knb-body-box");
      return rect("knb-dot", Object.fromEntries(["x", "y", "width", "height"].map((n) => [n, box.getAttribute(n)])));
    });
    this.seen = rect("knb-seen", { x, y, width: w, height: h });
    this.map.replaceChildren(...dots, this.seen);
    this.box.append(this.map);
    this.moved();
  }

  moved() {
    const { x, y, scale, whole: all } = this.pan, width = this.pan.width / scale, height = this.pan.tall / scale;
    const hidden = x <= all.x + 20 && y <= all.y + 20 && x + width >= all.x + all.w - 20 && y + height >= all.y + all.h - 20;
    this.map.style.display = hidden ? "none" : "";
    for (const [name, value] of Object.entries({ x, y, width, height })) this.seen?.setAttribute(name, value);
  }

  jump(e) {
    const to = (m) => {
      const box = this.map.getBoundingClientRect(), { x, y, w, h } = this.pan.whole;
      const point = { x: x + ((m.clientX - box.x) / box.width) * w, y: y + ((m.clientY - box.y) / box.height) * h, width: 0, height: 0 };
      this.pan.reveal(point, true);
    };
    const end = () => {
      removeEventListener("pointermove", to);
      removeEventListener("pointerup", end);
    };
    e.stopPropagation();
    to(e);
    addEventListener("pointermove", to);
    addEventListener("pointerup", end);
  }

  gone() {
    this.openAll.disabled = this.shutAll.disabled = true;
  }

  tell(text) {
    this.said.textContent = text;
  }
}

export default inPlace(graph);
