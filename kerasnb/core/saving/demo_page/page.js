// The page around the model: paper to draw on (paper.js) or fields to fill in, and what the model says of it.

const about = JSON.parse(document.getElementById("about").textContent);
const model = new Model(about.program, decode(document.getElementById("weights").textContent.trim(), about.dtype));
globalThis.model = model; // model.predict([[...numbers of the first input], ...]) in the browser's console

const SHOWN = 10;

function make(name, attributes = {}, ...children) {
  const [tag, ...classes] = name.split("."), element = document.createElement(tag);
  if (classes.length) element.className = classes.join(" ");
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) element[key] = value;
    else element.setAttribute(key, value);
  }
  element.append(...children);
  return element;
}

const percent = (p) => `${(100 * p).toFixed(1)}%`;
const short = (v) => (!Number.isFinite(v) ? String(v) : Math.abs(v) >= 1e5 || (v !== 0 && Math.abs(v) < 1e-3) ? v.toExponential(3) : String(Number(v.toPrecision(5))));

// --- answers -----------------------------------------------------------------------------------------

class Answer {
  constructor({ kind, names, title }) {
    Object.assign(this, { kind, names });
    this.title = title ? [make("h2", {}, title)] : [];
    this.head = make("div.answer", { role: "status" });
    this.rows = make(kind === "numbers" ? "div.numbers" : "div.bars", { role: "group", "aria-label": title || "The model's answer" });
  }

  clear(text) {
    this.head.replaceChildren(make("span.pale", {}, text));
    if (this.kind === "numbers") this.rows.replaceChildren();
    else this.bars(this.names.slice(0, SHOWN).map((_, i) => [i, 0]), -1);
  }

  show(values) {
    if (this.kind === "numbers") {
      const one = values.length === 1;
      this.head.replaceChildren(...(one ? [make("b", {}, short(values[0])), make("span.pale", {}, this.names[0])] : []));
      this.rows.replaceChildren(...(one ? [] : [...values].flatMap((v, i) => [make("span", {}, this.names[i]), make("span", {}, short(v))])));
      return;
    }
    let p = [...values];
    if (this.kind === "logits") {
      const most = Math.max(...p), e = p.map((v) => Math.exp(v - most)), sum = e.reduce((a, b) => a + b, 0);
      p = e.map((v) => v / sum);
    }
    if (this.kind === "yes or no") p = [1 - p[0], p[0]];
    const order = p.map((v, i) => [i, v]).sort((a, b) => b[1] - a[1]), [best, share] = order[0];
    const name = this.names[best];
    this.head.replaceChildren(make(name.length > 9 ? "b.long" : "b", {}, name), make("span.pale", {}, percent(share)));
    // In the order of the classes while there are few: bars that stay in their place are easier to watch.
    const shown = order.slice(0, SHOWN);
    if (p.length <= SHOWN) shown.sort((a, b) => a[0] - b[0]);
    this.bars(shown, best);
  }

  bars(shown, best) {
    if (this.rows.childElementCount !== 3 * shown.length) {
      this.rows.replaceChildren(...shown.flatMap(() => [make("span"), make("div.gauge", {}, make("i")), make("span")]));
    }
    shown.forEach(([i, p], row) => {
      const [name, track, value] = [0, 1, 2].map((k) => this.rows.children[3 * row + k]);
      name.textContent = name.title = this.names[i];
      track.classList.toggle("most", i === best);
      track.firstChild.style.width = percent(p);
      value.textContent = best < 0 ? "" : percent(p);
    });
  }
}

const answers = about.outputs.map((o) => new Answer(o));
const said = make("p.said", { role: "status" });

function tell(inputs) {
  try {
    const began = performance.now(), outputs = model.predict(inputs);
    answers.forEach((a, i) => a.show(outputs[i]));
    said.textContent = "";
    document.documentElement.dataset.milliseconds = (performance.now() - began).toFixed(1);
  } catch (error) {
    said.textContent = error.message;
  }
}

// --- numbers -----------------------------------------------------------------------------------------------

const MANY = 64; // fields at most; longer inputs are one text

class Fields {
  constructor({ name, names, values, count }) {
    Object.assign(this, { name, names, values, count });
  }

  view() {
    if (this.count > MANY) {
      this.area = make("textarea", { "aria-label": `${this.name}: ${this.count} numbers`, spellcheck: "false", oninput: ask }, this.values.map(short).join(", "));
      return make("section", {}, make("h2", {}, this.name), make("p.pale", {}, `${this.count} numbers, with commas or spaces between them`), this.area);
    }
    this.inputs = this.names.map((n, i) => make("input", { type: "number", step: "any", value: Number(short(this.values[i])), oninput: ask, "aria-label": n }));
    return make("section", {}, make("h2", {}, this.name), make("div.fields", {}, ...this.names.map((n, i) => make("label", {}, n, this.inputs[i]))));
  }

  read() {
    const texts = this.area ? this.area.value.split(/[\s,;]+/).filter(Boolean) : this.inputs.map((i) => i.value);
    const numbers = texts.map((t) => (t.trim() === "" ? NaN : Number(t)));
    if (numbers.length !== this.count || numbers.some(Number.isNaN)) throw new Error(`${this.name} needs ${this.count} numbers.`);
    return numbers;
  }
}

let fields = [];

function ask() {
  try {
    tell(fields.map((f) => f.read()));
  } catch (error) {
    said.textContent = error.message;
  }
}

// --- the whole -----------------------------------------------------------------------------------------------

const body = document.getElementById("desk");
if (about.image) {
  const [left, look] = new Paper(about.image).view();
  const first = make("div.top", {}, answers[0].head, look);
  body.append(left, make("div", {}, first, answers[0].rows, ...answers.slice(1).flatMap((a) => [...a.title, make("div.top", {}, a.head), a.rows]), said));
} else {
  fields = about.fields.map((f) => new Fields(f));
  body.append(make("form", { onsubmit: (e) => e.preventDefault() }, ...fields.map((f) => f.view())));
  body.append(make("div", {}, ...answers.flatMap((a) => [...a.title, make("div.top", {}, a.head), a.rows]), said));
  ask();
}
document.documentElement.dataset.ready = "yes";
