// Painting the playground: the plane with its boundary and points, the network with what every unit does, the losses.
// It is one module with in_place.js, values.js and playground.js, which calls it.

const LOW = [213, 112, 24], HIGH = [20, 117, 178];
const BRIGHT = [[250, 166, 84], [104, 190, 240]]; // of points on dark ground
const SQUARE = 34, ROW = 42;
const PALER = 0.7; // the ground, so that the points stand out

// Bytes as a picture: orange at 0, blue at 255, the page's own ground between.
function picture(ground, bytes, side, strength = 1) {
  const middle = ground.dark ? [40, 43, 47] : [246, 246, 244], image = new ImageData(side, side), { data } = image;
  for (let i = 0; i < bytes.length; i++) {
    const share = bytes[i] / 127.5 - 1, end = share < 0 ? LOW : HIGH, far = Math.abs(share) * strength;
    for (let c = 0; c < 3; c++) data[4 * i + c] = middle[c] + (end[c] - middle[c]) * far;
    data[4 * i + 3] = 255;
  }
  ground.scratch ??= document.createElement("canvas");
  if (ground.scratch.width !== side) [ground.scratch.width, ground.scratch.height] = [side, side];
  ground.scratch.getContext("2d").putImageData(image, 0, 0);
  return ground.scratch;
}

function sized(canvas, height) {
  const ratio = window.devicePixelRatio || 1, width = canvas.clientWidth;
  const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== w || canvas.height !== h) [canvas.width, canvas.height] = [w, h];
  const g = canvas.getContext("2d");
  g.setTransform(ratio, 0, 0, ratio, 0, 0);
  g.clearRect(0, 0, width, height);
  return [g, width];
}

function paintPlane(ground, frame, points, regression) {
  const [g, side] = sized(ground.plane, ground.plane.clientWidth);
  g.imageSmoothingEnabled = true;
  g.imageSmoothingQuality = "high";
  g.drawImage(picture(ground, frame.seen, ground.setup.grid, PALER), 0, 0, side, side);
  const dot = ([x, y, value], test) => {
    const share = regression ? (value + 1) / 2 : value, far = Math.abs(2 * share - 1), end = (ground.dark ? BRIGHT : [LOW, HIGH])[Number(share >= 0.5)];
    const middle = ground.dark ? [90, 94, 98] : [225, 225, 222];
    g.beginPath();
    g.arc(side / 2 + (x / 12) * side, side / 2 - (y / 12) * side, test ? 3 : 3.4, 0, 7);
    g.fillStyle = `rgb(${end.map((c, k) => Math.round(middle[k] + (c - middle[k]) * far))})`;
    g.fill();
    g.strokeStyle = test ? (ground.dark ? "#fff" : "#222") : ground.dark ? "#0d1117" : "#fff";
    g.lineWidth = 1.2;
    g.stroke();
  };
  for (const p of points?.[0] || []) dot(p, false);
  if (ground.tests.checked) for (const p of points?.[1] || []) dot(p, true);
  const shape = frame.layers.length ? frame.layers.join(", ") : "no hidden layer";
  ground.plane.setAttribute("aria-label", `What the network (${shape}) says of the plane after ${frame.epoch} epochs; orange for ${regression ? "-1" : "class 0"}, blue for ${regression ? "1" : "class 1"}`);
}

function paintNetwork(ground, frame) {
  const most = Math.max(2, ...frame.layers), height = most * ROW + 4;
  ground.net.style.height = `${height}px`;
  const [g, width] = sized(ground.net, height);
  const columns = [2, ...frame.layers], x = (i) => ((i + 0.5) / columns.length) * width;
  const square = Math.min(SQUARE, (width / columns.length) * 0.6);
  const y = (i, k) => height / 2 + (k - (columns[i] - 1) / 2) * ROW;
  // the weights, the smaller the thinner
  const line = (x0, y0, x1, y1, weight) => {
    const far = Math.min(Math.abs(weight) / 2, 1);
    g.strokeStyle = `rgba(${weight < 0 ? LOW : HIGH}, ${0.25 + 0.65 * far})`;
    g.lineWidth = 0.6 + 3.4 * far;
    g.beginPath();
    g.moveTo(x0, y0);
    g.bezierCurveTo((x0 + x1) / 2, y0, (x0 + x1) / 2, y1, x1, y1);
    g.stroke();
  };
  let at = 0;
  for (let i = 0; i < columns.length; i++) {
    const next = columns[i + 1] || 1, over = i + 1 === columns.length;
    for (let a = 0; a < columns[i]; a++) {
      for (let b = 0; b < next; b++) line(x(i) + square / 2, y(i, a), over ? width : x(i + 1) - square / 2, over ? height / 2 : y(i + 1, b), frame.weights[at++]);
    }
  }
  const inputs = [0, 1].map((axis) => Uint8Array.from({ length: 625 }, (_, i) => ((axis ? 24 - Math.floor(i / 25) : i % 25) / 24) * 255));
  let unit = 0;
  for (let i = 0; i < columns.length; i++) {
    for (let k = 0; k < columns[i]; k++) {
      const bytes = i ? frame.units.subarray(625 * unit, 625 * ++unit) : inputs[k];
      g.drawImage(picture(ground, bytes, ground.setup.unit), x(i) - square / 2, y(i, k) - square / 2, square, square);
      g.strokeStyle = ground.dark ? "#8b949e" : "#59636e";
      g.lineWidth = 1;
      g.strokeRect(x(i) - square / 2, y(i, k) - square / 2, square, square);
      if (!i) {
        g.fillStyle = getComputedStyle(ground.root).color;
        g.font = "12px sans-serif";
        g.textAlign = "right";
        g.textBaseline = "middle";
        g.fillText(`x${k + 1}`, x(0) - square / 2 - 4, y(i, k));
      }
    }
  }
  ground.net.setAttribute("aria-label", `Two inputs, hidden layers of ${frame.layers.join(", ") || "no"} units, one output; each square shows what a unit makes of the plane`);
}

function paintLosses(ground, losses) {
  const height = 120, [g, width] = sized(ground.curves, height), colours = getComputedStyle(ground.root);
  const of = (name) => colours.getPropertyValue(name).trim();
  const sorted = losses.flatMap((r) => [r[1], r[2]]).filter(Number.isFinite).sort((a, b) => a - b);
  const high = Math.max(sorted[Math.floor(0.98 * (sorted.length - 1))] || 1, 1e-6), last = losses.length ? losses[losses.length - 1][0] : 10;
  const end = nice(Math.max(last, 10)), x = (e) => 34 + (e / end) * (width - 40), y = (v) => 6 + (1 - Math.min(v / high, 1)) * (height - 26);
  g.font = "11px sans-serif";
  g.fillStyle = of("--knb-pale");
  g.strokeStyle = of("--knb-line");
  g.lineWidth = 1;
  g.textBaseline = "middle";
  g.textAlign = "right";
  for (const v of ticks(0, high, 3)) {
    g.beginPath();
    g.moveTo(34, y(v));
    g.lineTo(width - 6, y(v));
    g.stroke();
    g.fillText(String(v), 30, y(v));
  }
  g.textAlign = "center";
  for (const e of [0, end / 2, end]) if (Number.isInteger(e)) g.fillText(e.toLocaleString("en"), Math.min(x(e), width - 14), height - 8);
  const step = Math.max(1, Math.floor(losses.length / width));
  for (const [column, name, dash] of [[1, "--knb-train", []], [2, "--knb-val", [6, 4]]]) {
    g.strokeStyle = of(name);
    g.lineWidth = 2;
    g.setLineDash(dash);
    g.beginPath();
    for (let i = 0; i < losses.length; i = i === losses.length - 1 ? i + 1 : Math.min(i + step, losses.length - 1)) g.lineTo(x(losses[i][0]), y(losses[i][column]));
    g.stroke();
  }
  g.setLineDash([]);
  const r = losses[losses.length - 1];
  ground.curves.setAttribute("aria-label", r ? `Losses: training ${short(r[1])}, test ${short(r[2])} after epoch ${r[0]}` : "Losses: nothing trained yet");
}
