// The side panel: where to begin, the tutorials with what is done, the newest runs, the models in the kernel.
import { Widget } from "@lumino/widgets";
import { duration, figure, folding, make, plural, refill, sparkline } from "./dom";
import { ask } from "./server";

const EVERY = 5000; // ms between two looks while the panel is in sight
const FIGURES = ["val_accuracy", "accuracy", "val_loss", "loss"]; // which one a line shows: the first that is there

export class Panel extends Widget {
  // commands: of the application; models: a Models; loaded: called with every answer of the server.
  constructor(commands, models, loaded) {
    super();
    this.id = "kerasnb-panel";
    this.addClass("knb-lab-panel");
    this.title.caption = "kerasnb: tutorials, runs, models";
    this.commands = commands;
    this.models = models;
    this.loaded = loaded;
    this.shown = {};
    this.error = make("p.knb-lab-error", { role: "alert", hidden: true });
    this.start = this.section("Start", this.starts());
    this.tutorials = this.section("Tutorials");
    this.runs = this.section("Recent runs");
    // Focusable, so that the keyboard can scroll and has somewhere to be when the panel is opened.
    this.node.tabIndex = -1;
    this.node.setAttribute("role", "region");
    this.node.setAttribute("aria-label", "kerasnb");
    this.node.append(this.error, this.start, this.tutorials, this.runs, models.element);
  }

  section(title, children = []) {
    const section = folding(title, make("div.knb-lab-list", {}, ...children));
    section.list = section.lastElementChild;
    return section;
  }

  run(command, args = {}) {
    return () => this.commands.execute(command, args);
  }

  starts() {
    const run = { onclick: this.run("kerasnb:run-quickstart"), title: "Open the quickstart and run it from top to bottom" };
    return [
      make(
        "div.knb-lab-pair",
        {},
        make(
          "button.knb-lab-item",
          { onclick: this.run("kerasnb:quickstart"), "data-key": "quickstart" },
          make("span.knb-lab-name", {}, "Quickstart"),
          make("span.knb-lab-note", {}, "a network learns to read digits"),
        ),
        make("button.knb-lab-do", run, "Run it"),
      ),
      make(
        "button.knb-lab-item",
        { onclick: this.run("kerasnb:playground"), "data-key": "playground" },
        make("span.knb-lab-name", {}, "Playground"),
        make("span.knb-lab-note", {}, "watch every unit of a small one"),
      ),
    ];
  }

  onAfterShow() {
    this.look();
    this.timer ??= setInterval(() => document.visibilityState === "visible" && this.look(), EVERY);
    this.models.visible = true;
    this.models.refresh();
  }

  onAfterHide() {
    clearInterval(this.timer);
    this.timer = undefined;
    this.models.visible = false;
  }

  dispose() {
    clearInterval(this.timer);
    super.dispose();
  }

  onActivateRequest() {
    (this.goal ?? this.node).focus();
    this.goal?.scrollIntoView({ block: "start" });
    this.goal = undefined;
  }

  // The next time the panel is activated it shows this part: "tutorials", "runs" or "models".
  aim(part) {
    const section = part === "models" ? this.models.element : this[part];
    section.open = true;
    this.goal = section.querySelector("summary");
  }

  async look() {
    try {
      const found = await ask("panel");
      this.error.hidden = true;
      this.fill(this.tutorials, found.tutorials, (list) => list.map((t) => this.tutorial(t)));
      this.fill(this.runs, found.runs, ({ rows, message }) => [
        ...rows.map((run) => this.record(run)),
        message ? make("p.knb-lab-note", {}, message) : null,
      ]);
      const [done, all] = ["done", "exercises"].map((name) => found.tutorials.reduce((sum, t) => sum + t[name], 0));
      this.tutorials.querySelector("summary").dataset.said = done ? `${done} of ${all} exercises` : "";
      this.loaded(found);
    } catch (error) {
      this.error.textContent = error.message;
      this.error.hidden = false;
    }
  }

  fill(section, content, rows) {
    const state = JSON.stringify(content);
    if (this.shown[section.dataset.title] === state) return;
    this.shown[section.dataset.title] = state;
    refill(section.list, rows(content).filter(Boolean));
  }

  tutorial(t) {
    const number = String(t.number).padStart(2, "0");
    const finished = t.exercises > 0 && t.done === t.exercises;
    const progress = make("progress", { max: t.exercises || 1, value: t.done, "aria-hidden": "true" });
    const share = `${t.done} of ${t.exercises}${finished ? " ✓" : ""}`;
    const again = t.copied
      ? make(
          "button.knb-lab-do",
          {
            onclick: this.run("kerasnb:tutorial", { number: t.number, fresh: true }),
            title: "Another copy, as the tutorial came; yours stays",
            "aria-label": `Start tutorial ${number} afresh`,
            "data-own": "fresh",
          },
          "↺",
        )
      : null;
    return make(
      "div.knb-lab-pair",
      { "data-key": `tutorial ${t.number}` },
      make(
        "button.knb-lab-item.knb-lab-tutorial",
        { onclick: this.run("kerasnb:tutorial", { number: t.number }), title: `Open tutorial ${number}: ${t.title}` },
        make("span.knb-lab-number", {}, number),
        make("span.knb-lab-name", {}, t.title),
        make("span.knb-lab-note", {}, `${t.minutes} min`, progress, make("span", { title: "exercises done" }, share)),
      ),
      again,
    );
  }

  record(run) {
    const name = FIGURES.find((key) => key in run.final) ?? Object.keys(run.final)[0];
    const called = run.name || run.model || "run";
    const facts = [
      ["when", new Date(run.started * 1000).toLocaleString([], { dateStyle: "medium", timeStyle: "short" })],
      ["took", `${duration(run.seconds)}, ${plural(run.epochs, "epoch")}`],
      ["notebook", run.notebook?.split("/").at(-1)],
      ["model", [run.model, run.parameters ? plural(run.parameters, "parameter") : ""].filter(Boolean).join(", ")],
      ...Object.entries(run.final).map(([key, value]) => [key, figure(value)]),
      ["notes", run.notes],
      [run.status === "failed" ? "error" : "message", run.message],
    ].filter(([, said]) => said);
    return make(
      "details.knb-lab-run",
      { "data-key": `run ${run.id}`, "data-status": run.status },
      make(
        "summary",
        { title: `Run ${run.id}: ${run.status}` },
        make("span.knb-lab-number", {}, String(run.id)),
        make("span.knb-lab-name", {}, called, run.status === "finished" ? null : make("span.knb-lab-status", {}, run.status)),
        make("span.knb-lab-figure", {}, name ? figure(run.final[name]) : ""),
        sparkline(run.curves),
        make("span.knb-lab-of", {}, name ?? ""),
      ),
      make("dl", {}, ...facts.flatMap(([key, said]) => [make("dt", {}, key), make("dd", {}, said)])),
    );
  }
}
