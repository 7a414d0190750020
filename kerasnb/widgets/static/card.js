// The card of a model. It unfolds by itself; here an unfolded layer is brought up to date while the kernel runs.

// Markup that the kernel made for this view: its texts are escaped there, and it is parsed, never run.
function fragment(text) {
  return [...new DOMParser().parseFromString(text, "text/html").body.childNodes].map((n) => document.importNode(n, true));
}

function card(root, link) {
  const fill = async (details) => {
    const panel = details.querySelector(":scope > .knb-panel");
    if (!details.open || !panel || panel.asking || link.gone) return;
    panel.asking = true;
    try {
      const { content } = await link.ask({ kind: "layer", place: panel.dataset.place });
      panel.replaceChildren(...fragment(content.html), make("p.knb-note", {}, content.note));
    } catch (error) {
      if (!link.gone) panel.append(make("p.knb-note", {}, error.message));
    }
    panel.asking = false;
  };
  for (const details of root.querySelectorAll("details")) {
    details.addEventListener("toggle", () => fill(details));
    fill(details); // unfolded before this was here
  }
  return {};
}

export default inPlace(card);
