// The models in the kernel of the notebook in front, asked for between its cells by silent requests.
import { NotebookActions } from "@jupyterlab/notebook";
import { folding, make, plural, refill } from "./dom";

const READY = '"kerasnb.core.models.model" in __import__("sys").modules';
const HERE = '__import__("kerasnb.lab.kernel", fromlist=["models"])';

// What an expression gives in a kernel: a bundle of media types. Nothing of it enters the notebook.
export async function evaluate(kernel, expression) {
  const reply = await kernel.requestExecute({
    code: "",
    silent: true,
    store_history: false,
    stop_on_error: false,
    user_expressions: { knb: expression },
  }).done;
  const found = reply.content.user_expressions?.knb;
  if (!found) throw new Error("The kernel was interrupted.");
  if (found.status !== "ok") {
    const older = /ModuleNotFoundError|ImportError/.test(found.ename);
    throw new Error(older ? "This kernel has an older kerasnb, which knows no side panel." : found.evalue);
  }
  return found.data;
}

export function cardOf(kernel, variable) {
  return evaluate(kernel, `${HERE}.card(globals(), ${JSON.stringify(variable)})`);
}

export class Models {
  // show: called with (notebook panel, variable) when a model is chosen.
  constructor(tracker, show) {
    this.tracker = tracker;
    this.show = show;
    this.list = make("div.knb-lab-list", { "aria-live": "polite" });
    this.element = folding("Models in the kernel", this.list);
    this.visible = false;
    this.asking = false;
    tracker.currentChanged.connect(() => this.changed());
    NotebookActions.executed.connect((_, { notebook }) => {
      if (notebook === this.tracker.currentWidget?.content) this.refresh();
    });
    this.changed();
  }

  // Another notebook is in front.
  changed() {
    const session = this.tracker.currentWidget?.sessionContext;
    if (session && session !== this.session) {
      session.kernelChanged.connect(() => session === this.session && this.refresh());
      session.statusChanged.connect((_, status) => {
        if (session === this.session && /restarting|dead|terminating/.test(status)) this.say("No models: the kernel begins anew.");
        if (session === this.session && status === "idle" && this.waiting) this.refresh();
      });
    }
    this.session = session;
    this.refresh();
  }

  say(text) {
    this.shown = undefined;
    refill(this.list, [make("p.knb-lab-note", {}, text)]);
  }

  async refresh() {
    if (!this.visible) return;
    const panel = this.tracker.currentWidget;
    if (!panel) return this.say("Open a notebook to see its models here.");
    const kernel = panel.sessionContext.session?.kernel;
    if (!kernel) {
      this.waiting = true;
      return this.say("This notebook has no kernel yet.");
    }
    if (this.asking) {
      this.again = true;
      return;
    }
    this.asking = true;
    const slow = setTimeout(() => this.busy(true), 700);
    try {
      const spec = await panel.sessionContext.session.kernel.spec;
      if (spec && spec.language.toLowerCase() !== "python") return this.say("This notebook's kernel is not Python.");
      const data = await evaluate(kernel, `${HERE}.models(globals()) if ${READY} else None`);
      this.waiting = false;
      if (panel === this.tracker.currentWidget) this.fill(panel, data["application/json"] ?? []);
    } catch (error) {
      this.say(error.message || "The kernel does not answer.");
    } finally {
      clearTimeout(slow);
      this.busy(false);
      this.asking = false;
      if (this.again) {
        this.again = false;
        this.refresh();
      }
    }
  }

  busy(on) {
    this.element.querySelector(".knb-lab-busy")?.remove();
    if (on) this.element.append(make("p.knb-lab-note.knb-lab-busy", {}, "A cell is running: brought up to date when it ends."));
  }

  fill(panel, models) {
    if (!models.length) return this.say("None yet. A model shows up here when a cell has made it.");
    const state = JSON.stringify([panel.id, models]);
    if (state === this.shown) return;
    const rows = models.map((model) => {
      const facts = [model.class];
      if (model.layers !== null) facts.push(plural(model.layers, "layer"));
      facts.push(model.parameters === null ? "not built yet" : plural(model.parameters, "parameter"));
      const onclick = () => this.show(panel, model.variable);
      const label = `Show the card of ${model.variable}`;
      return make(
        "button.knb-lab-item",
        { onclick, title: label, "data-key": `model ${model.variable}` },
        make("span.knb-lab-name", {}, model.variable),
        make("span.knb-lab-note", {}, facts.join(" · ")),
      );
    });
    refill(this.list, rows);
    this.shown = state;
  }
}
