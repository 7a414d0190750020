// A .keras file as a document: its card, without a kernel and without its bytes ever travelling.
import { ABCWidgetFactory, DocumentWidget, TextModelFactory } from "@jupyterlab/docregistry";
import { Widget } from "@lumino/widgets";
import { bytes, make, plural, still } from "./dom";
import { ask } from "./server";

export const FACTORY = "kerasnb";
const MODEL = "kerasnb-archive";

// A page that shows what kerasnb says of a model.
export class CardPage extends Widget {
  constructor(label) {
    super();
    this.addClass("knb-lab-page");
    this.node.tabIndex = 0;
    this.node.dataset.lmSuppressShortcuts = "true";
    this.node.setAttribute("role", "region");
    this.node.setAttribute("aria-label", label);
    this.said = make("p.knb-lab-note", { role: "status" });
    this.card = make("div");
    this.node.append(this.said, this.card);
  }

  onActivateRequest() {
    this.node.focus();
  }

  say(text, wrong = false) {
    this.said.textContent = text;
    this.said.classList.toggle("knb-lab-error", wrong);
  }
}

class ArchivePage extends CardPage {
  constructor(context) {
    super(`Model file ${context.path}`);
    this.context = context;
    this.load();
    context.fileChanged.connect(() => this.load());
  }

  // First what the file says of itself, at once; then the full card, for which the model is built elsewhere.
  async load() {
    const turn = (this.turn = (this.turn ?? 0) + 1);
    const query = { path: this.context.localPath };
    this.say("Reading the file …");
    try {
      const facts = await ask("archive", { query });
      if (turn !== this.turn || this.isDisposed) return;
      this.sketch(facts);
      this.say("Building the model for the full card: a few seconds …");
      const { html, message } = await ask("card", { query });
      if (turn !== this.turn || this.isDisposed) return;
      if (html) {
        this.card.replaceChildren(make("p.knb-lab-note", {}, this.origin(facts)), ...still(html));
        this.say("");
      } else this.say(`The model could not be built, so this is what its file says. ${message}`, true);
    } catch (error) {
      if (turn === this.turn && !this.isDisposed) this.say(error.message, true);
    }
  }

  origin(facts) {
    const by = facts.kerasnb ? `kerasnb ${facts.kerasnb}` : facts.keras ? `Keras ${facts.keras}` : "";
    const parts = [`${bytes(facts.file)} on disk`, by && `written by ${by}`, facts.saved && `on ${facts.saved}`];
    return parts.filter(Boolean).join(" · ");
  }

  sketch(facts) {
    const row = (kind, ...cells) => make("tr", {}, ...cells.map((text) => make(kind, kind === "th" ? { scope: "col" } : {}, text)));
    this.card.replaceChildren(
      make("h1", {}, facts.name),
      make("p.knb-lab-note", {}, [facts.class, plural(facts.count, "layer"), this.origin(facts)].join(" · ")),
      make(
        "table.knb-lab-sketch",
        {},
        make("thead", {}, row("th", "Layer", "Class", "Settings")),
        make("tbody", {}, ...facts.layers.map((layer) => row("td", layer.name, layer.class, layer.settings))),
      ),
      facts.more ? make("p.knb-lab-note", {}, `and ${facts.more} more`) : "",
    );
  }
}

// Documents are loaded whole by default; of these nothing is.
class NothingFactory extends TextModelFactory {
  get name() {
    return MODEL;
  }
  get contentType() {
    return "file";
  }
  get fileFormat() {
    return null;
  }
}

class ArchiveFactory extends ABCWidgetFactory {
  constructor(icon) {
    super({ name: FACTORY, label: "kerasnb", modelName: MODEL, fileTypes: ["keras"], defaultFor: ["keras"], readOnly: true });
    this.icon = icon;
  }

  createNewWidget(context) {
    const widget = new DocumentWidget({ content: new ArchivePage(context), context });
    widget.title.icon = this.icon;
    return widget;
  }
}

// Make .keras files known to the file browser, and open them in a page of their own.
export function registerArchives(registry, icon) {
  registry.addFileType({
    name: "keras",
    displayName: "Keras model",
    extensions: [".keras"],
    mimeTypes: ["application/vnd.keras"],
    contentType: "file",
    fileFormat: "base64",
    icon,
  });
  registry.addModelFactory(new NothingFactory());
  const factory = new ArchiveFactory(icon);
  registry.addWidgetFactory(factory);
  return factory;
}
