// kerasnb in JupyterLab: commands, launcher cards, palette entries, the side panel, cards of .keras files.
import { ILabShell, ILayoutRestorer } from "@jupyterlab/application";
import { ICommandPalette, InputDialog, MainAreaWidget, showErrorMessage } from "@jupyterlab/apputils";
import { IFileBrowserFactory } from "@jupyterlab/filebrowser";
import { ILauncher } from "@jupyterlab/launcher";
import { INotebookTracker } from "@jupyterlab/notebook";
import { CardPage, FACTORY, registerArchives } from "./archive";
import { still } from "./dom";
import { networkIcon, playgroundIcon, quickstartIcon, tutorialsIcon } from "./icons";
import { cardOf, Models } from "./models";
import { openNotebook, runAndFollow } from "./notebooks";
import { Panel } from "./panel";

const CATEGORY = "kerasnb";
const WELCOMED = "kerasnb:welcomed";

// Errors in words, in a dialog that a person closes.
const told = (work) => async (args) => {
  try {
    return await work(args ?? {});
  } catch (error) {
    await showErrorMessage("kerasnb", error.message || String(error));
  }
};

// The page with the card of a model in a kernel, beside the notebook; one for each variable.
function modelPages(app) {
  const pages = new Map();
  return async (panel, variable) => {
    const kernel = panel.sessionContext.session?.kernel;
    if (!kernel) return;
    const key = `kerasnb-card-${kernel.id}-${variable}`;
    let page = pages.get(key);
    if (!page || page.isDisposed) {
      page = new MainAreaWidget({ content: new CardPage(`Model ${variable}`) });
      page.id = key;
      page.title.label = variable;
      page.title.caption = `The model in ${variable}, ${panel.context.path}`;
      page.title.icon = networkIcon;
      page.title.closable = true;
      pages.set(key, page);
      app.shell.add(page, "main", { mode: "split-right", ref: panel.id });
    }
    app.shell.activateById(page.id);
    const { content } = page;
    content.say("Asking the kernel …");
    try {
      const data = await cardOf(kernel, variable);
      content.card.replaceChildren(...still(data["text/html"] ?? ""));
      content.say("");
    } catch (error) {
      content.say(error.message, true);
    }
  };
}

function activate(app, tracker, palette, launcher, labShell, restorer, browsers) {
  const { commands } = app;
  const show = modelPages(app);
  const models = new Models(tracker, show);
  const panel = new Panel(commands, models, loaded);
  panel.title.icon = networkIcon;
  app.shell.add(panel, "left", { rank: 650 });
  restorer?.add(panel, panel.id);

  const add = (name, label, icon, execute, options = {}) => {
    commands.addCommand(`kerasnb:${name}`, { label, icon, execute: told(execute), ...options });
    if (options.palette !== false) palette?.addItem({ command: `kerasnb:${name}`, category: CATEGORY, args: options.args ?? {} });
  };
  const part = (name) => () => {
    panel.aim(name);
    app.shell.activateById(panel.id);
  };

  add("quickstart", "Quickstart", quickstartIcon, () => openNotebook(app, { kind: "quickstart" }), {
    caption: "A first network learns to read digits",
  });
  add("run-quickstart", "Run the quickstart", quickstartIcon, async () => runAndFollow(await openNotebook(app, { kind: "quickstart" })));
  add(
    "playground",
    "Playground",
    playgroundIcon,
    async () => runAndFollow(await openNotebook(app, { kind: "playground" })),
    { caption: "Play with a small network in the plane" },
  );
  add("tutorials", "Tutorials", tutorialsIcon, part("tutorials"), { caption: "Ten tutorials with exercises that answer" });
  add("runs", "Recent runs", networkIcon, part("runs"));
  add("models", "Models in the kernel", networkIcon, part("models"));
  add(
    "tutorial",
    (args) => (args.title ? `Tutorial ${String(args.number).padStart(2, "0")}: ${args.title}` : "Open a tutorial"),
    tutorialsIcon,
    async ({ number, fresh }) => {
      const opened = await openNotebook(app, { kind: "tutorial", number, fresh: !!fresh });
      panel.look();
      return opened;
    },
    { palette: false },
  );

  // .keras files: by double click, by the context menu, by the palette.
  const chosen = () => [...(browsers?.tracker.currentWidget?.selectedItems() ?? [])].filter((item) => item.path.endsWith(".keras"));
  registerArchives(app.docRegistry, networkIcon);
  add("open-archive", "Open in kerasnb", networkIcon, async ({ path }) => {
    let paths = path ? [path] : chosen().map((item) => item.path);
    if (!paths.length) {
      const asked = await InputDialog.getText({ title: "Open a .keras file", label: "Path, as the file browser shows it", placeholder: "model.keras" });
      paths = asked.value?.trim() ? [asked.value.trim()] : [];
    }
    for (const one of paths) await commands.execute("docmanager:open", { path: one, factory: FACTORY });
  });
  app.contextMenu.addItem({ command: "kerasnb:open-archive", selector: '.jp-DirListing-item[data-file-type="keras"]', rank: 0 });

  ["quickstart", "playground", "tutorials"].forEach((name, rank) => launcher?.add({ command: `kerasnb:${name}`, category: CATEGORY, rank }));

  // What the server's answer adds: an entry for each tutorial, and the panel by itself after `kerasnb lab`.
  let known = false;
  function loaded({ tutorials, welcome }) {
    if (known) return;
    known = true;
    for (const { number, title } of tutorials) palette?.addItem({ command: "kerasnb:tutorial", category: CATEGORY, args: { number, title } });
    if (welcome && labShell && !localStorage.getItem(WELCOMED)) {
      localStorage.setItem(WELCOMED, "yes");
      labShell.activateById(panel.id);
    }
  }
  app.restored.then(() => panel.look());
}

export default {
  id: "kerasnb:plugin",
  description: "Tutorials, runs and models of kerasnb",
  autoStart: true,
  requires: [INotebookTracker],
  optional: [ICommandPalette, ILauncher, ILabShell, ILayoutRestorer, IFileBrowserFactory],
  activate,
};
