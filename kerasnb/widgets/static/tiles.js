// The tiles of a gallery's page: buttons, or all at a glance on one canvas.

const GLANCE = 1000; // samples of a contact sheet

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

class Tiles {
  // selected(): the sample that is open, or null; open(i, focus): look at one.
  constructor(samples, selected, open) {
    Object.assign(this, { samples, selected, open });
    this.rows = [];
    this.sheet = false;
    this.cursor = 0; // on the contact sheet
    this.box = make(`div.knb-tiles.knb-${samples.kind}s`, { role: "group", "aria-label": "Samples" });
    rove(this.box, "button.knb-tile", rowLength);
  }

  show(rows, glance) {
    this.rows = rows;
    this.sheet = glance && this.samples.kind === "image";
    this.draw();
  }

  draw() {
    this.sheet ? this.glance() : this.fill();
  }

  soon() {
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => {
      this.waiting = false;
      this.draw();
    });
  }

  // Mark the open sample; give the focus back to the tile of one that was shut.
  mark(shut = null) {
    for (const tile of this.box.querySelectorAll("button.knb-tile")) {
      tile.setAttribute("aria-pressed", String(tile.sample === this.selected()));
      if (tile.sample === shut) tile.focus();
    }
    if (this.sheet) this.soon();
  }

  fill() {
    const s = this.samples;
    let pool = [...this.box.querySelectorAll("button.knb-tile")];
    if (pool.length !== this.box.childElementCount) {
      this.box.replaceChildren();
      pool = [];
    }
    while (pool.length > this.rows.length) pool.pop().remove();
    const fresh = [];
    while (pool.length < this.rows.length) {
      const tile = this.tile();
      fresh.push(tile);
      pool.push(tile);
    }
    this.box.append(...fresh);
    let stop = false;
    pool.forEach((tile, k) => {
      this.label(tile, this.rows[k]);
      stop ||= tile.tabIndex === 0;
    });
    if (pool.length && !stop) pool[0].tabIndex = 0;
    if (!pool.length) this.box.append(make("div.knb-empty", {}, s.size ? "No sample fits this filter. “Show all” takes it off." : "There are no samples."));
  }

  tile() {
    const image = this.samples.kind === "image";
    const shown = image ? make(`canvas.knb-picture${this.samples.smooth}`) : make("span.knb-line");
    const tile = make("button.knb-tile", { type: "button", tabindex: -1, onclick: () => this.open(tile.sample, true) }, shown,
      make("span.knb-cap", {}, make("b", {}, make("span"), "%"), make("span")));
    if (image) {
      delete shown.dataset.lmSuppressShortcuts; // not a place of its own
      shown.style.setProperty("--ratio", `${this.samples.shape[1]} / ${this.samples.shape[0]}`);
    }
    return tile;
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
    tile.setAttribute("aria-pressed", String(i === this.selected()));
    if (s.kind === "image") s.draw(shown, i);
    else shown.textContent = s.captions.get(i) ?? "…";
  }

  // All at a glance: one canvas, a stripe under each tile in the colour of right or wrong.
  glance() {
    const s = this.samples, [h, w] = [s.shape[0], s.shape[1]];
    const scale = Math.max(h, w) > 40 ? 40 / Math.max(h, w) : Math.max(1, Math.floor(40 / Math.max(h, w)));
    const cw = Math.round(w * scale) + 4, ch = Math.round(h * scale) + 7;
    const columns = Math.max(1, Math.min(Math.floor(this.box.clientWidth / cw), 40));
    let canvas = this.box.querySelector(".knb-sheet canvas");
    if (!canvas) {
      canvas = make("canvas", { tabindex: 0, role: "img" });
      const said = make("span.knb-sr", { role: "status" });
      this.box.replaceChildren(make("div.knb-sheet.knb-empty", { style: "padding:0" }, canvas, said));
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
    const g = canvas.getContext("2d"), style = getComputedStyle(this.box);
    const colours = { right: "--knb-train", wrong: "--knb-val", open: "--knb-line" };
    for (const k in colours) colours[k] = style.getPropertyValue(colours[k]);
    g.imageSmoothingEnabled = scale < 1;
    this.rows.forEach((i, k) => {
      const x = (k % columns) * cw + 2, y = Math.floor(k / columns) * ch + 2, tile = s.tiles.get(i);
      if (tile) g.drawImage(tile[0], tile[1], tile[2], tile[3], tile[4], x, y, cw - 4, ch - 7);
      g.fillStyle = colours[s.state(i)];
      g.fillRect(x, y + ch - 7, cw - 4, 3);
      if (i === this.selected() || (k === this.cursor && document.activeElement === canvas)) {
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
    this.box.querySelector("[role=status]").textContent = `Sample ${i}: ${s.state(i)}, says ${s.names[s.predicted[i]]}`;
    if (open) this.open(i, false);
    this.soon();
  }
}
