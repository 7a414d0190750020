// A drawing that is looked at through a window: zoom, pan, and a small map of the whole.

const NEAR = 2.5; // greatest enlargement
const READABLE = 0.85; // scale below which the window opens on the top of the drawing instead of on all of it
const TALLEST = 600; // pixels of the window
const SLACK = 60; // pixels of empty ground beyond the drawing's edge

class Panning {
  // box: the element that shows the drawing; changed(): after each move.
  constructor(box, changed) {
    Object.assign(this, { box, changed, scale: 1, x: 0, y: 0, touched: false });
    box.addEventListener("wheel", (e) => {
      if (!(e.ctrlKey || e.metaKey)) return; // the page scrolls
      e.preventDefault();
      e.stopPropagation();
      this.zoom(Math.exp(-e.deltaY * (e.deltaMode ? 0.05 : 0.002)), e.offsetX, e.offsetY);
    }, { passive: false });
    box.addEventListener("pointerdown", (e) => this.drag(e));
    this.watcher = new ResizeObserver(() => this.resized());
    this.watcher.observe(box);
  }

  // Take a drawing in; keep: a point [x, y] of the drawing that stays where the one given as [x, y] of the last was.
  show(svg, keep) {
    const [x, y, w, h] = svg.getAttribute("viewBox").split(" ").map(Number);
    const before = keep && { x: (keep.from[0] - this.x) * this.scale, y: (keep.from[1] - this.y) * this.scale };
    Object.assign(this, { svg, whole: { x, y, w, h } });
    this.height();
    if (before && this.touched) {
      this.x = keep.to[0] - before.x / this.scale;
      this.y = keep.to[1] - before.y / this.scale;
      this.move();
    } else this.open();
  }

  // As high as the drawing needs, up to a limit.
  height() {
    const { w, h } = this.whole, width = this.box.clientWidth || w;
    const scale = Math.min(1, width / w);
    this.box.style.height = `${Math.round(Math.min(TALLEST, Math.max(140, h * Math.max(scale, Math.min(READABLE, 1)))))}px`;
  }

  get width() {
    return this.box.clientWidth || 1;
  }

  get tall() {
    return this.box.clientHeight || 1;
  }

  get fitting() {
    return Math.min(this.width / this.whole.w, this.tall / this.whole.h, 1.25);
  }

  resized() {
    if (!this.svg || this.width === this.seenWidth) return;
    this.seenWidth = this.width;
    this.height();
    this.touched ? this.move() : this.open();
  }

  // First sight: everything where it can be read, else the top of it.
  open() {
    const { x, y, w } = this.whole;
    this.scale = this.fitting >= READABLE ? this.fitting : Math.min(1, Math.max(READABLE, this.width / w));
    this.x = x + w / 2 - this.width / this.scale / 2;
    this.y = this.fitting >= READABLE ? y + this.whole.h / 2 - this.tall / this.scale / 2 : y;
    this.move();
  }

  fit() {
    const { x, y, w, h } = this.whole;
    this.scale = this.fitting;
    this.x = x + w / 2 - this.width / this.scale / 2;
    this.y = y + h / 2 - this.tall / this.scale / 2;
    this.touched = true;
    this.move();
  }

  zoom(factor, atX = this.width / 2, atY = this.tall / 2) {
    const scale = Math.min(NEAR, Math.max(Math.min(this.fitting, READABLE) * 0.9, this.scale * factor));
    this.x += atX / this.scale - atX / scale;
    this.y += atY / this.scale - atY / scale;
    this.scale = scale;
    this.touched = true;
    this.move();
  }

  by(dx, dy) {
    this.x += dx / this.scale;
    this.y += dy / this.scale;
    this.touched = true;
    this.move();
  }

  // Bring a rectangle of the drawing into sight.
  reveal(r, centre = false) {
    const w = this.width / this.scale, h = this.tall / this.scale, rim = 24 / this.scale;
    if (centre || r.width > w || r.height > h) {
      this.x = r.x + r.width / 2 - w / 2;
      this.y = r.y + r.height / 2 - h / 2;
    } else {
      this.x = Math.max(Math.min(this.x, r.x - rim), r.x + r.width + rim - w);
      this.y = Math.max(Math.min(this.y, r.y - rim), r.y + r.height + rim - h);
    }
    this.touched = true;
    this.move();
  }

  move() {
    const { x, y, w, h } = this.whole, width = this.width / this.scale, height = this.tall / this.scale;
    const slack = SLACK / this.scale;
    const within = (at, from, size, seen) => (size <= seen ? Math.min(Math.max(at, from + size - seen), from) // all of it stays in sight
      : Math.min(Math.max(at, from - slack), from + size + slack - seen));
    this.x = within(this.x, x, w, width);
    this.y = within(this.y, y, h, height);
    this.svg.setAttribute("viewBox", `${this.x} ${this.y} ${width} ${height}`);
    this.changed();
  }

  drag(e) {
    if (e.button !== 0 || e.target.closest(".knb-map, button")) return;
    let [x, y, far] = [e.clientX, e.clientY, 0];
    const move = (m) => {
      far += Math.abs(m.clientX - x) + Math.abs(m.clientY - y);
      if (far > 4) {
        this.dragged = true;
        this.by(x - m.clientX, y - m.clientY);
      }
      [x, y] = [m.clientX, m.clientY];
    };
    const end = () => {
      removeEventListener("pointermove", move);
      removeEventListener("pointerup", end);
      removeEventListener("pointercancel", end);
      setTimeout(() => (this.dragged = false)); // after the click that ends it
    };
    addEventListener("pointermove", move);
    addEventListener("pointerup", end);
    addEventListener("pointercancel", end);
  }
}
