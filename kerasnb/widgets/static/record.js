// What is known of one fit. Numbers arrive as messages: float32 losses of every step, a row for each epoch,
// running means. It is one module with values.js.

const MOST_CHARTS = 8;
const MOST_MEANS = 4000;

// What is known of the run; shared by all views of one model.
class Run {
  constructor() {
    this.now = {};
    this.begin();
  }

  begin() {
    this.steps = new Series(); // x: how many steps came before, y: loss
    this.epochs = []; // {epoch, end, values}
    this.means = []; // [count, values]
    this.count = 0;
    this.missed = false;
  }

  take(message, buffers) {
    if (message.kind === "snapshot") {
      this.begin();
      const [at, y] = buffers.map(floats);
      at.forEach((step, i) => this.steps.push(step, y[i]));
      this.count = message.count;
      this.means = message.means;
    } else {
      this.missed = this.missed || message.from > this.count;
      const skip = this.count - message.from; // what a snapshot brought already
      floats(buffers[0]).forEach((value, i) => i >= skip && this.steps.push(message.from + i, value));
      this.count = Math.max(this.count, message.now.count);
      this.means.push([message.now.count, message.now.logs]);
      if (this.means.length > MOST_MEANS) this.means = this.means.filter((_, i) => i % 2 || i > MOST_MEANS / 2);
    }
    const known = this.epochs.length ? this.epochs[this.epochs.length - 1].epoch : -1;
    this.epochs.push(...message.epochs.filter((row) => row.epoch > known));
    this.now = message.now;
  }

  names(panels) {
    const found = new Set(panels);
    for (const row of this.epochs.slice(-1)) for (const name of Object.keys(row.values)) found.add(name);
    const plain = [...found].filter((name) => name !== "learning_rate").map((name) => name.replace(/^val_/, ""));
    return [...new Set(plain)].slice(0, MOST_CHARTS);
  }

  // A function from a count of steps to its place on the axis of epochs; counts must come in order.
  placer(plan) {
    let i = 0;
    return (count) => {
      while (i < this.epochs.length && this.epochs[i].end < count) i++;
      const before = i ? this.epochs[i - 1] : { end: 0, epoch: (plan.initial || 0) - 1 };
      const row = this.epochs[i];
      const steps = this.now.steps || plan.steps || (i ? this.epochs[0].end : 0);
      const length = row ? row.end - before.end : steps || this.count - before.end;
      return (row ? row.epoch : before.epoch + 1) + (count - before.end) / Math.max(length, 1);
    };
  }

  fill(chart, plan) {
    const { fine, training, validation, name } = chart;
    for (const series of [fine, training, validation]) series.clear();
    const place = this.placer(plan);
    if (name === "loss") {
      for (let i = 0; i < this.steps.n; i++) fine.push(place(this.steps.x[i] + 1), this.steps.y[i]);
    } else if (this.means.length > 2 * this.epochs.length) {
      for (const [count, values] of this.means) if (name in values) fine.push(place(count), number(values[name]));
    }
    for (const { epoch, values } of this.epochs) {
      if (name in values) training.push(epoch + 1, number(values[name]));
      if (`val_${name}` in values) validation.push(epoch + 1, number(values[`val_${name}`]));
    }
    chart.whole = training.n;
    const last = this.epochs[this.epochs.length - 1];
    const { logs, count } = this.now;
    if (logs && name in logs && count > (last ? last.end : 0)) {
      training.push(this.placer(plan)(count), number(logs[name]));
    }
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
