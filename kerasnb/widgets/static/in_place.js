// What the views that come alive in place share: finding their elements, and talking to the kernel.
// A view is a function (root, link) that fills the element ``root`` and returns { receive?, state? }.
// Escaping: text enters the page through textContent and attributes only, never as markup.

const PATIENCE = 1200; // ms until an answer that does not come is spoken of

// One element: make("button.a.b", { title: "x", onclick: f }, child, "text").
function make(what, attributes = {}, ...children) {
  const [tag, ...classes] = what.split(".");
  const element = document.createElement(tag || "div");
  if (classes.length) element.className = classes.join(" ");
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  // Lab takes "d d" for "delete the cell" wherever the attribute is missing.
  if (/^(button|input|select|summary|canvas|textarea)$/.test(tag) || "tabindex" in attributes) {
    element.dataset.lmSuppressShortcuts = "true";
  }
  element.append(...children.filter((c) => c !== null && c !== undefined));
  return element;
}

// Bytes of a message as a typed array, whatever their alignment.
function typed(kind, view) {
  const at = view.byteOffset || 0;
  return new kind(view.buffer ? view.buffer.slice(at, at + view.byteLength) : view);
}

function percent(share, digits = 1) {
  return Number.isFinite(share) ? `${(100 * share).toFixed(digits)}%` : "–";
}

// Requests to the kernel and their answers. The kernel may be busy, or gone.
class KernelLink {
  constructor(model) {
    this.model = model;
    this.gone = false;
    this.number = 0;
    this.waiting = new Map();
    this.last = new Map(); // newest news of each kind, for views that come later
    this.views = new Set();
    model.on("msg:custom", (content, buffers) => this.take(content, buffers || []));
    model.on("comm_live_update", () => this.close()); // the kernel was restarted
  }

  take(content, buffers) {
    const asked = this.waiting.get(content.request);
    if (asked) {
      this.waiting.delete(content.request);
      clearTimeout(asked.timer);
      content.kind === "error" ? asked.fail(new Error(content.message)) : asked.done({ content, buffers });
      return;
    }
    if (content.kind !== "error") this.last.set(content.kind, { content, buffers });
    for (const view of this.alive()) view.receive?.(content, buffers);
  }

  // Views whose element is still somewhere; those removed from the page for good are let go.
  *alive() {
    for (const reference of this.views) {
      const view = reference.deref();
      view ? yield view : this.views.delete(reference);
    }
  }

  // Ask; onSlow is called when the kernel takes its time.
  ask(content, onSlow, buffers) {
    if (this.gone) return Promise.reject(new Error(GONE));
    const request = ++this.number;
    return new Promise((done, fail) => {
      const timer = onSlow ? setTimeout(onSlow, PATIENCE) : 0;
      this.waiting.set(request, { done, fail, timer });
      this.model.send({ ...content, request }, undefined, buffers);
    });
  }

  close() {
    if (this.gone) return;
    this.gone = true;
    for (const { fail, timer } of this.waiting.values()) {
      clearTimeout(timer);
      fail(new Error(GONE));
    }
    this.waiting.clear();
    for (const view of this.alive()) view.receive?.({ kind: "gone" }, []);
  }
}

const GONE = "The kernel was restarted or this object deleted: run the cell again for this.";
const BUSY = "The kernel is busy with another cell; the answer comes when it is free.";

// The widget definition: move into every element of the class that the model names.
function inPlace(view) {
  const mount = (root, link) => {
    const mounted = view(root, link);
    root.knbView = mounted; // lives as long as the element
    link.views.add(new WeakRef(mounted));
  };
  return {
    initialize({ model }) {
      const link = new KernelLink(model);
      const place = model.get("place");
      byPlace.set(place, link);
      const elements = document.getElementsByClassName(place);
      const look = () => {
        for (const element of elements) if (element.knbLink !== link) {
          element.knbLink = link;
          mount(element, link);
        }
      };
      const observer = new MutationObserver(look);
      observer.observe(document.body, { childList: true, subtree: true });
      look();
      return () => {
        observer.disconnect();
        link.close();
      };
    },
    // Front ends where the view is displayed as a widget of its own (VS Code, Colab).
    render({ model, el }) {
      const place = model.get("place");
      const link = byPlace.get(place) || new KernelLink(model);
      const root = make(`div.knb.knb-alone`);
      el.append(root);
      mount(root, link);
      return () => link.close();
    },
  };
}

const byPlace = new Map();
