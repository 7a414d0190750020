// The confusion matrix beside a gallery: a table of buttons that filter; for very many classes the pairs most often
// confused; without labels, how often each class was predicted.

const NUMBERED = 12; // classes up to which cells carry their count
const MATRIX = 40; // classes up to which there is a matrix
const PAIRS = 20;
const ACROSS = 5; // classes up to which long names have room above their columns
const [MIDDLE, STRONG] = [0.47, 0.94]; // shades from which text changes between black and white

class Matrix {
  // filter: the view's own, read here; choose(change): filter anew.
  constructor(samples, filter, choose) {
    Object.assign(this, { samples, filter, choose });
    this.box = make("div.knb-matrix");
    rove(this.box, "td button", () => samples.names.length);
  }

  draw() {
    const s = this.samples, n = s.names.length;
    if (!s.judged) return this.classes();
    const counts = s.confusion();
    const pair = (t, p, text, said) => make("button", { type: "button", tabindex: -1, title: said, "aria-label": said, "data-pair": `${t},${p}`,
      "aria-pressed": "false", onclick: () => {
        const same = this.filter.truth === t && this.filter.predicted === p;
        this.choose({ truth: same ? null : t, predicted: same ? null : p, judged: "all" });
      } }, text);
    if (n > MATRIX) return this.pairs(counts, pair);
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
    this.box.replaceChildren(make(`table.knb-confusion${form}`, { style: `--names:${Math.min(0.6 * longest + 1.2, 7.4).toFixed(1)}em` },
      make("caption", {}, "Rows: the truth. Columns: the prediction. A click shows those samples."),
      make("thead", {}, make("tr", {}, make("td"), ...heads)), make("tbody", {}, ...rows)));
    const first = this.box.querySelector("td button");
    if (first) first.tabIndex = 0;
    this.mark();
  }

  pairs(counts, pair) {
    const s = this.samples, n = s.names.length, found = [];
    counts.forEach((k, at) => k && at % (n + 1) && found.push([Math.floor(at / n), at % n, k]));
    found.sort((a, b) => b[2] - a[2] || a[0] - b[0] || a[1] - b[1]);
    const rows = found.slice(0, PAIRS).map(([t, p, k]) => make("tr", {}, make("td", {}, pair(t, p, s.names[t], `${s.names[t]} taken for ${s.names[p]}: ${k}`)),
      make("td", {}, s.names[p]), make("td", {}, String(k))));
    if (!rows.length) return this.box.replaceChildren(make("p.knb-note", {}, "No two classes were confused."));
    const head = ["true", "taken for", "times"].map((t) => make("th", { scope: "col" }, t));
    this.box.replaceChildren(make("table.knb-pairs", {}, make("caption", {}, "Most often confused. A click shows those samples."),
      make("thead", {}, make("tr", {}, ...head)), make("tbody", {}, ...rows)));
    this.box.querySelector("td button").tabIndex = 0;
    this.mark();
  }

  classes() {
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
    this.box.replaceChildren(make("table.knb-counts", {}, make("caption", {}, "Predicted classes"), make("tbody", {}, ...rows)));
  }

  // Which cell or name is the filter now.
  mark() {
    const { truth, predicted } = this.filter;
    for (const b of this.box.querySelectorAll("[aria-pressed=true]")) b.setAttribute("aria-pressed", "false");
    const name = truth !== null && predicted !== null ? `[data-pair="${truth},${predicted}"]`
      : truth !== null ? `[data-single="truth,${truth}"]` : predicted !== null ? `[data-single="predicted,${predicted}"]` : null;
    if (name) this.box.querySelector(name)?.setAttribute("aria-pressed", "true");
  }
}
