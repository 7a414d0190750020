// A run that kept its states, to drag along: the gallery below it follows. It is one module with in_place.js and the
// monitor's values.js, chart.js, paint.js, record.js, controls.js and tools.js.

function rewinder(root, link) {
  let view = null;
  const begin = (content) => (view ??= new Rewinder(root, link, content));
  const opened = link.last.get("everything");
  if (opened) begin(opened.content);
  else setTimeout(() => view || link.gone || link.ask({ kind: "hello" }).then((a) => begin(a.content), () => 0), 400);
  return {
    receive(content) {
      if (content.kind === "everything") begin(content);
      else if (content.kind === "gone" && view) view.leave();
    },
  };
}

class Rewinder {
  constructor(root, link, content) {
    Object.assign(this, { root, link, content });
    const style = [...root.children].filter((c) => c.tagName === "STYLE");
    root.classList.remove("knb-still");
    root.classList.add("knb", "knb-monitor");
    root.setAttribute("role", "group");
    root.setAttribute("aria-label", `Epochs of ${content.name}`);
    this.title = element("span", "knb-title");
    this.said = element("span", "knb-note");
    this.said.setAttribute("role", "status");
    const head = element("div", "knb-head");
    head.append(this.title, this.said);
    this.grid = element("div", "knb-charts");
    root.replaceChildren(...style, head, this.grid);
    this.run = new Run();
    this.run.epochs = content.rows;
    this.plan = { initial: content.first, past: {} };
    this.heard = () => 0;
    const model = {
      send: (message) => this.send(message),
      get: () => this.plan,
      on: (_, hear) => (this.heard = hear),
      off: () => 0,
    };
    this.cursor = { x: null, at: null };
    const schedule = (this.schedule = onceAFrame(() => this.draw()));
    this.bar = new RewindBar(root, model, this.run, schedule, "Put the model back to here", true);
    this.bar.at = content.epoch < content.last ? content.epoch : null;
    this.charts = content.panels.map((name) => {
      const chart = new Chart(this.grid, name, content.rising[name] ?? null, this.cursor, schedule);
      this.run.fill(chart, this.plan);
      dragAlong(chart, this.bar);
      return chart;
    });
    this.grid.dataset.count = this.charts.length;
    this.shown = content.epoch;
    new ResizeObserver(schedule).observe(root);
    onTheme(schedule);
    schedule();
  }

  async send(message) {
    try {
      const { content } = await this.link.ask(message, () => say(this.said, BUSY));
      if (content.kind === "looked") this.shown = content.epoch;
      say(this.said, content.text || "");
    } catch (error) {
      say(this.said, error.message);
    }
    this.heard();
    this.schedule();
  }

  leave() {
    this.gone = true;
    say(this.said, GONE);
    this.schedule();
  }

  draw() {
    say(this.title, `Epoch ${this.shown} of ${this.content.last}`);
    this.bar.draw(this.gone ? "done" : "running", this.plan);
    this.cursor.at = this.run.snap(this.cursor.x, this.charts[0], this.plan);
    const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    let moving = false;
    for (const chart of this.charts) {
      chart.marks.looking = this.bar.at;
      moving = chart.draw(this.content.first, this.content.last, still) || moving;
    }
    if (moving) this.schedule();
  }
}

export default inPlace(rewinder);
