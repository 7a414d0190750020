// Opening the notebooks that come with kerasnb, and running one while the page follows.
import { NotebookActions } from "@jupyterlab/notebook";
import { ask } from "./server";

// The notebook of that kind, open in front: { kind: "tutorial", number: 3 }.
export async function openNotebook(app, asked) {
  const { path, kernel } = await ask("open", { body: asked });
  const options = kernel ? { kernel: { name: kernel } } : {};
  return app.commands.execute("docmanager:open", { path, factory: "Notebook", ...options });
}

// All cells in order, each brought into sight when its turn comes; stops where a cell raises.
// A person who goes to another cell meanwhile is not called back.
export async function runAndFollow(panel) {
  await panel.context.ready;
  await panel.sessionContext.ready;
  const notebook = panel.content;
  let following = true;
  for (let i = 0; i < notebook.widgets.length && !panel.isDisposed; i++) {
    const cell = notebook.widgets[i];
    if (cell.model.type !== "code") continue;
    if (following) {
      notebook.deselectAll();
      notebook.activeCellIndex = i;
      await notebook.scrollToItem(i, "start").catch(() => undefined);
    }
    if (!(await NotebookActions.runCells(notebook, [cell], panel.sessionContext))) return false;
    following = following && notebook.activeCellIndex === i;
  }
  return true;
}
