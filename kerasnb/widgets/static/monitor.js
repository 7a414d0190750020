// The live monitor of one fit: shows what the record holds, and sends back what the person presses. It is one
// module with values.js, chart.js, paint.js, record.js, controls.js and tools.js, which stand before it. No network.

const runs = new WeakMap();

function runOf(model) {
  if (!runs.has(model)) {
    const run = new Run();
    runs.set(model, run);
    model.on("msg:custom", (message, buffers) => run.take(message, buffers));
  }
  return runs.get(model);
}

function initialize({ model }) {
  runOf(model); // listen before any view exists, so that nothing is missed
}

function render({ model, el }) {
  const run = runOf(model);
  const root = element("div", "knb knb-monitor");
  root.setAttribute("role", "group");
  const aloud = element("div", "knb-sr");
  aloud.setAttribute("aria-live", "polite");
  const track = element("div", "knb-track");
  track.setAttribute("role", "progressbar");
  track.setAttribute("aria-label", "Progress");
  const filled = element("div", "knb-fill");
  track.append(filled);
  const settings = { smoothing: 1, log: false };
  const schedule = onceAFrame(() => draw());
  const anew = () => {
    fresh = true;
    schedule();
  };
  const controls = new Controls(root, model, run, schedule);
  root.append(track);
  const tools = new Tools(root, model, settings, () => {
    for (const chart of charts.values()) chart.smoothen();
    schedule();
  });
  const grid = element("div", "knb-charts");
  const small = element("div", "knb-charts knb-traces");
  root.append(grid, small);
  const rewind = (model.get("plan") || {}).rewind ? new RewindBar(root, model, run, schedule) : null;
  const hints = new Hints(root);
  root.append(aloud);
  const foot = new Foot(root);
  el.append(root);
  const charts = new Map();
  root.charts = charts;
  const cursor = { x: null, at: null };
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)");
  const opened = performance.now();
  let fresh = true; // whether the charts' numbers are behind the run's
  let footAt = 0;

  // A chart for each of the names, in a grid.
  function need(names, into, plan, trace) {
    for (const name of names) {
      if (charts.has(name)) continue;
      const rising = trace ? null : (plan.rising || {})[name] ?? null;
      const chart = new Chart(into, name, rising, cursor, schedule, settings, trace);
      charts.set(name, chart);
      if (rewind) dragAlong(chart, rewind);
      fresh = true;
    }
    into.dataset.count = into.children.length;
  }

  function draw() {
    const plan = model.get("plan") || {};
    const status = model.get("status");
    root.setAttribute("aria-label", `Training of ${plan.name}`);
    say(aloud, `${WORDS[status] || status} ${plan.name || ""}`);
    controls.draw(status, plan, opened);
    tools.draw(status);
    rewind?.draw(status, plan);
    const share = run.done(plan);
    filled.style.transform = `scaleX(${share})`;
    track.setAttribute("aria-valuenow", String(Math.round(100 * share)));
    need(run.names(plan.panels || ["loss"]), grid, plan, false);
    need(run.traces(plan), small, plan, true);
    if (fresh) for (const chart of charts.values()) run.fill(chart, plan);
    fresh = false;
    cursor.at = run.snap(cursor.x, charts.get("loss") || [...charts.values()][0], plan);
    const past = plan.past || {};
    const first = past.starts?.length ? past.starts[0] : plan.initial || 0;
    let moving = false;
    for (const chart of charts.values()) {
      chart.marks.looking = rewind ? rewind.at : null;
      moving = chart.draw(first, (plan.epochs || 1) + (past.offset || 0), calm.matches) || moving;
    }
    if (performance.now() - footAt > 240 || OVER.includes(status)) {
      footAt = performance.now();
      foot.draw(run, plan, status, charts.get("loss")); // ten times a second nobody can read
      hints.draw(run.now.hints || []);
    }
    if (moving) schedule();
  }

  model.on("msg:custom", anew);
  model.on("change:status", schedule);
  model.on("change:plan", schedule);
  const resized = new ResizeObserver(schedule);
  resized.observe(root);
  const themed = onTheme(schedule);
  const late = () => (run.count === 0 || run.missed) && !["compiling", "paused"].includes(model.get("status"));
  const ticking = setInterval(() => {
    if (late()) model.send({ kind: "snapshot" });
    if (!OVER.includes(model.get("status"))) schedule(); // the clock of "compiling", the last foot
  }, 500);
  if (model.get("status") !== "compiling" && run.count === 0) model.send({ kind: "snapshot" });
  schedule();
  return () => {
    clearInterval(ticking);
    resized.disconnect();
    themed.disconnect();
    tools.leave();
    rewind?.leave();
    model.off("msg:custom", anew);
    model.off("change:status", schedule);
    model.off("change:plan", schedule);
  };
}

export default { initialize, render };
