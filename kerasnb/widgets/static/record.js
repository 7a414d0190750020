// What is known of one fit, behind what earlier fits of the model left (plan.past). Numbers arrive as messages: float32
// losses of every step, gradient norms, a row for each epoch, running means. It is one module with values.js.

const MOST_CHARTS = 8;
const MOST_MEANS = 4000;
const TRACES = ["gradient norm", "learning rate"];

// What is known of the run; shared by all views of one model.
class Run {
  constructor() {
    this.now = {};
    this.begin();
  }

  begin() {
    this.steps = new Series(); // x: how many steps came before, y: loss
    this.norms = new Series(); // x: count of the step, y: norm of its gradients
    this.rates = []; // [count, learning rate] where it changed
    this.epochs = []; // {epoch, end, values}
    this.means = []; // [count, values]
    this.branches = null; // what a snapshot says; the plan's until then
    this.count = 0;
    this.missed = false;
    this.held = {}; // another object whenever the places of earlier steps may have changed
  }

  take(message, buffers) {
    const parts = buffers.map(floats);
    if (message.kind === "snapshot") {
      this.begin();
      parts[0].forEach((step, i) => this.steps.push(step, parts[1][i]));
      this.takeNorms(parts[2], parts[3]);
      this.count = message.count;
      this.means = message.means;
      this.branches = message.branches || null;
    } else {
      this.missed = this.missed || message.from > this.count;
      const skip = this.count - message.from; // what a snapshot brought already
      parts[0].forEach((value, i) => i >= skip && this.steps.push(message.from + i, value));
      this.takeNorms(parts[1], parts[2]);
      this.count = Math.max(this.count, message.now.count);
      this.means.push([message.now.count, message.now.logs]);
      if (this.means.length > MOST_MEANS) this.means = this.means.filter((_, i) => i % 2 || i > MOST_MEANS / 2);
    }
    if (message.now.steps !== this.now.steps) this.held = {};
    const known = this.epochs.length ? this.epochs[this.epochs.length - 1].epoch : -1;
    for (const row of message.epochs.filter((row) => row.epoch > known)) {
      const before = this.epochs.length ? this.epochs[this.epochs.length - 1].end : 0;
      if (row.end - before !== message.now.steps) this.held = {};
      this.epochs.push(row);
    }
    const noted = this.rates.length ? this.rates[this.rates.length - 1][0] : -1;
    this.rates.push(...(message.rates || []).filter((row) => row[0] > noted));
    this.now = message.now;
  }

  takeNorms(at, values) {
    const known = this.norms.n ? this.norms.x[this.norms.n - 1] : -1;
    at?.forEach((count, i) => count > known && this.norms.push(count, values[i]));
  }

  names(panels) {
    const found = new Set(panels);
    for (const row of this.epochs.slice(-1)) for (const name of Object.keys(row.values)) found.add(name);
    const plain = [...found].filter((name) => name !== "learning_rate").map((name) => name.replace(/^val_/, ""));
    return [...new Set(plain)].slice(0, MOST_CHARTS);
  }

  // Names of the small charts: what was measured, the learning rate only where it changed.
  traces(plan) {
    const before = plan.past?.fine?.["learning rate"]?.[1] || [];
    const rates = new Set([...before, ...this.rates.map((row) => row[1])].map((v) => Number(v).toPrecision(5)));
    return TRACES.filter((name, i) => (i ? rates.size > 1 : this.norms.n > 1));
  }

  // A function from a count of steps to its place on the axis of epochs; counts must come in order.
  placer(plan) {
    const moved = plan.past?.offset || 0;
    let i = 0;
    return (count) => {
      while (i < this.epochs.length && this.epochs[i].end < count) i++;
      const before = i ? this.epochs[i - 1] : { end: 0, epoch: (plan.initial || 0) - 1 };
      const row = this.epochs[i];
      const steps = this.now.steps || plan.steps || (i ? this.epochs[0].end : 0);
      const length = row ? row.end - before.end : steps || this.count - before.end;
      return (row ? row.epoch : before.epoch + 1) + (count - before.end) / Math.max(length, 1) + moved;
    };
  }

  fill(chart, plan) {
    const { fine, training, validation, name } = chart;
    const past = plan.past || {};
    const moved = past.offset || 0;
    for (const series of [training, validation]) series.clear();
    // The places of a run's steps stay where they are, so that of 100 000 only the new ones are worked out.
    const kept = name === "loss" && chart.held === this.held && chart.heldPlan === plan && this.now.steps;
    if (!kept) {
      fine.clear();
      [chart.taken, chart.cleared] = [0, true];
      const [xs, ys] = past.fine?.[name] || [[], []];
      xs.forEach((x, i) => fine.push(x, number(ys[i])));
    }
    [chart.held, chart.heldPlan] = [this.held, plan];
    const place = this.placer(plan);
    if (name === "loss") {
      for (; chart.taken < this.steps.n; chart.taken++) fine.push(place(this.steps.x[chart.taken] + 1), this.steps.y[chart.taken]);
    } else if (name === TRACES[0]) {
      for (let i = 0; i < this.norms.n; i++) fine.push(place(this.norms.x[i]), this.norms.y[i]);
    } else if (name === TRACES[1]) {
      this.rates.forEach(([count, rate], i) => {
        fine.push(place(count), rate);
        fine.push(place(i + 1 < this.rates.length ? this.rates[i + 1][0] : this.count), rate);
      });
    } else if (this.means.length > 2 * this.epochs.length) {
      for (const [count, values] of this.means) if (name in values) fine.push(place(count), number(values[name]));
    }
    const rows = [
      ...(past.epochs || []).map((epoch, i) => [epoch, past.rows[i]]),
      ...this.epochs.map(({ epoch, values }) => [epoch + 1 + moved, values]),
    ];
    for (const [epoch, values] of chart.trace ? [] : rows) {
      if (name in values) training.push(epoch, number(values[name]));
      if (`val_${name}` in values) validation.push(epoch, number(values[`val_${name}`]));
    }
    chart.whole = training.n;
    chart.starts = (past.starts || []).slice(1);
    chart.branches = (this.branches || past.branches || []).map(({ curves }) => {
      const made = { training: new Series(), validation: new Series() };
      for (const [kind, key] of [["training", name], ["validation", `val_${name}`]]) {
        curves[key]?.[0].forEach((x, i) => made[kind].push(x, number(curves[key][1][i])));
      }
      return made;
    });
    const last = this.epochs[this.epochs.length - 1];
    const { logs, count } = this.now;
    if (!chart.trace && logs && name in logs && count > (last ? last.end : 0)) {
      training.push(this.placer(plan)(count), number(logs[name]));
    }
    chart.smoothen();
  }

  // The step that is nearest to a place on the axis: {x, epoch, label, whole}.
  snap(x, chart, plan) {
    if (x === null || !chart) return null;
    const { fine, training } = chart;
    if (!fine.n && !chart.whole) return null;
    const series = fine.n ? fine : training;
    const at = series.x[series.near(x, fine.n || chart.whole)];
    const epoch = Math.max(Math.ceil(at - 1e-6), 1);
    const whole = Math.abs(at - epoch) < 1e-6;
    const steps = this.now.steps || plan.steps;
    const step = Math.round((at - epoch + 1) * (steps || 0));
    const begun = plan.past?.starts?.length ? plan.past.starts[plan.past.starts.length - 1] : plan.initial || 0;
    const label = steps && !whole && at > begun ? `epoch ${epoch} · step ${step}/${steps}` : `epoch ${whole ? epoch : at.toFixed(2)}`;
    return { x: at, epoch, whole, label };
  }

  // The share of the work that is done, from 0 to 1.
  done(plan) {
    const { epoch, step, steps } = this.now;
    const first = plan.initial || 0;
    if (epoch === undefined) return 0;
    const within = steps || plan.steps ? step / (steps || plan.steps) : 0;
    return Math.min((epoch - first + within) / Math.max(plan.epochs - first, 1), 1);
  }
}
