// Numbers as text, round numbers for axes, numbers in arrays that grow; and elements of a page.

export function ticks(low, high, count) {
  if (!isFinite(low) || !isFinite(high)) return [];
  if (high <= low) high = low + (Math.abs(low) || 1);
  const raw = (high - low) / count;
  const size = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5, 10].map((m) => m * size).find((s) => s >= raw * 0.999) || 10 * size;
  const found = [];
  for (let i = Math.ceil(low / step - 1e-9); i <= Math.floor(high / step + 1e-9); i++) {
    found.push(parseFloat((i * step).toPrecision(12)));
  }
  return found;
}

// 1, 2 and 5 of each power of ten between two exponents; only the powers where there are many.
export function decades(low, high, count) {
  if (!isFinite(low) || !isFinite(high)) return [];
  const wide = Math.max(1, Math.ceil((high - low) / count)); // powers from one line to the next
  const found = [];
  for (let k = Math.floor(low); k <= Math.ceil(high); k++) {
    const inside = high - low > 2.5 ? [1] : [1, 2, 5];
    if (k % wide === 0) for (const m of inside) found.push(parseFloat(`${m}e${k}`));
  }
  const kept = found.filter((v) => Math.log10(v) >= low - 1e-9 && Math.log10(v) <= high + 1e-9);
  return kept.length > 1 ? kept : ticks(10 ** low, 10 ** high, count).filter((v) => v > 0);
}

// A number beside an axis.
function tick(value) {
  const size = Math.abs(value);
  if (size && (size < 1e-4 || size >= 1e6)) return value.toExponential(2).replace(/\.?0+e/, "e").replace("e+", "e");
  return String(parseFloat(value.toPrecision(6)));
}

// A value in few characters, as Python writes it in the still picture.
export function short(value) {
  if (typeof value !== "number" || isNaN(value)) return typeof value === "number" ? "nan" : String(value);
  if (!isFinite(value)) return value > 0 ? "inf" : "-inf";
  const size = Math.abs(value);
  if (value === 0 || (size >= 1e-3 && size < 1e5)) return value.toFixed(4);
  return value.toExponential(3).replace(/e([+-])(\d)$/, "e$10$2");
}

// The next round number: the axis of epochs grows in a few jumps instead of with every point.
export function nice(value) {
  const size = 10 ** Math.floor(Math.log10(Math.max(value, 1)));
  return [1, 2, 3, 5, 7.5, 10].map((m) => m * size).find((v) => v >= value - 1e-9 && Number.isInteger(v));
}

export function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

// Writing the same text again would cost a layout.
export function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

// draw() in the next frame, once however often it was asked for.
function onceAFrame(draw) {
  let waiting = false;
  return () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      draw();
    });
  };
}

// act() whenever the page changes between light and dark; what is returned ends that with disconnect().
function onTheme(act) {
  const watching = new MutationObserver(act);
  watching.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light", "data-jp-theme-name", "class"] });
  return watching;
}

// {x, y, n}: numbers in typed arrays that grow.
export class Series {
  constructor() {
    this.n = 0;
    this.x = new Float64Array(256);
    this.y = new Float32Array(256);
  }

  push(x, y) {
    if (this.n === this.x.length) {
      const [oldX, oldY] = [this.x, this.y];
      this.x = new Float64Array(2 * this.n);
      this.y = new Float32Array(2 * this.n);
      this.x.set(oldX);
      this.y.set(oldY);
    }
    this.x[this.n] = x;
    this.y[this.n++] = y;
  }

  clear() {
    this.n = 0;
  }

  // The index of the point nearest to x among the first n; the points lie in order.
  near(x, n = this.n) {
    let low = 0;
    let high = n - 1;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.x[middle] < x) low = middle;
      else high = middle;
    }
    return n && Math.abs(this.x[low] - x) <= Math.abs(this.x[high] - x) ? low : high;
  }

  // The index of the last point that is not beyond x; -1 where there is none.
  upTo(x) {
    let [low, high] = [0, this.n];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.x[middle] <= x) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}

// Bytes as a person reads them.
export function bytes(count) {
  if (count < 1e6) return `${Math.round(count / 1e3)} kB`;
  return count < 1e9 ? `${Math.round(count / 1e6)} MB` : `${(count / 1e9).toFixed(count < 1e10 ? 2 : 1)} GB`;
}

export function clock(seconds) {
  if (!isFinite(seconds)) return "–";
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  const two = (n) => String(Math.floor(n)).padStart(2, "0");
  if (minutes < 60) return `${minutes}:${two(seconds % 60)} min`;
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)} h`;
}

export function perSecond(rate) {
  if (rate >= 1e6) return `${(rate / 1e6).toFixed(1)}M`;
  return rate >= 1e4 ? `${Math.round(rate / 1e3)}k` : String(Math.round(rate));
}

function floats(view) {
  return new Float32Array(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength));
}

function number(value) {
  return typeof value === "number" ? value : Number(value === "inf" ? "Infinity" : value === "-inf" ? "-Infinity" : NaN);
}
