// Elements and figures. Text enters the page through textContent and attributes only, never as markup.

// One element: make("button.a.b", { title: "x", onclick: f }, child, "text").
export function make(what, attributes = {}, ...children) {
  const [tag, ...classes] = what.split(".");
  const element = document.createElement(tag || "div");
  if (classes.length) element.className = classes.join(" ");
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  if (/^(button|input|summary)$/.test(tag)) element.dataset.lmSuppressShortcuts = "true";
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return element;
}

// New children in an element; what was unfolded stays so, and the focus stays where it was.
export function refill(element, children) {
  const key = (e) => e.closest?.("[data-key]")?.dataset.key;
  const open = new Set([...element.querySelectorAll("details[open]")].map((e) => e.dataset.key));
  const focus = element.contains(document.activeElement) ? key(document.activeElement) : undefined;
  const own = focus && document.activeElement.dataset.own;
  element.replaceChildren(...children);
  for (const details of element.querySelectorAll("details")) if (open.has(details.dataset.key)) details.open = true;
  if (focus === undefined) return;
  const place = [...element.querySelectorAll("[data-key]")].find((e) => e.dataset.key === focus);
  const targets = place ? [place, ...place.querySelectorAll("button, summary")] : [];
  (targets.find((e) => e.dataset.own === own) ?? targets[0])?.focus();
}

const FOLDED = "kerasnb:folded";

// A part of the panel that folds away under its heading; which ones are folded is remembered.
export function folding(title, content) {
  const folded = () => JSON.parse(localStorage.getItem(FOLDED) || "[]");
  const heading = make("summary", {}, make("h2", {}, title));
  const section = make("details.knb-lab-section", { open: !folded().includes(title) }, heading, content);
  section.dataset.title = title;
  section.ontoggle = () => {
    const others = folded().filter((name) => name !== title);
    localStorage.setItem(FOLDED, JSON.stringify(section.open ? others : [...others, title]));
  };
  return section;
}

const SVG = "http://www.w3.org/2000/svg";
const [WIDTH, HEIGHT, EDGE] = [72, 20, 2];

function svg(tag, attributes) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

// Loss (solid) and validation loss (dashed) of a run to one scale; what is not finite leaves a gap.
export function sparkline(curves) {
  const there = (value) => typeof value === "number";
  const all = Object.values(curves).flat().filter(there);
  if (!all.length) return make("span.knb-lab-nospark");
  const [low, high] = [Math.min(...all), Math.max(...all)];
  const loss = (curves.loss ?? []).filter(there);
  const said = loss.length ? `loss from ${figure(loss[0])} to ${figure(loss.at(-1))}` : "no loss";
  const size = { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, width: WIDTH, height: HEIGHT };
  const picture = svg("svg", { ...size, class: "knb-lab-spark", role: "img", "aria-label": said });
  for (const [name, values] of Object.entries(curves)) {
    const kind = name.startsWith("val_") ? "knb-lab-val" : "knb-lab-train";
    const last = Math.max(values.length - 1, 1);
    const x = (i) => EDGE + (i / last) * (WIDTH - 2 * EDGE);
    const y = (value) => EDGE + ((high - value) / (high - low || 1)) * (HEIGHT - 2 * EDGE);
    if (values.filter(there).length === 1) {
      const i = values.findIndex(there);
      picture.append(svg("circle", { class: `${kind} knb-lab-dot`, cx: x(i), cy: y(values[i]), r: 2 }));
      continue;
    }
    let path = "";
    values.forEach((value, i) => {
      if (there(value)) path += `${there(values[i - 1]) ? "L" : "M"}${x(i).toFixed(1)} ${y(value).toFixed(1)}`;
    });
    if (path) picture.append(svg("path", { class: kind, d: path }));
  }
  return picture;
}

// A number in few characters.
export function figure(value) {
  if (typeof value !== "number") return "–";
  const size = Math.abs(value);
  if (size && (size < 1e-3 || size >= 1e6)) return value.toExponential(2);
  return String(Number(value.toPrecision(4)));
}

// A duration in few characters.
export function duration(seconds) {
  if (typeof seconds !== "number") return "–";
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}

export function bytes(count) {
  const units = ["bytes", "KB", "MB", "GB"];
  let i = 0;
  for (; count >= 1000 && i < units.length - 1; i++) count /= 1000;
  return `${i ? Number(count.toPrecision(3)) : count} ${units[i]}`;
}

export function plural(count, word) {
  return `${count.toLocaleString("en")} ${word}${count === 1 ? "" : "s"}`;
}

// Kerasnb's own HTML of a card, which has escaped whatever came from elsewhere, without anything that could act.
export function still(html) {
  const parsed = new DOMParser().parseFromString(html, "text/html").body;
  for (const e of parsed.querySelectorAll("script, iframe, object, embed, link, meta, base, form, img")) e.remove();
  for (const e of parsed.querySelectorAll("*")) {
    for (const { name } of [...e.attributes]) {
      if (/^on|^(href|src|srcdoc|srcset|action|formaction|xlink:href|ping|background)$/i.test(name)) e.removeAttribute(name);
    }
  }
  return [...parsed.childNodes];
}
