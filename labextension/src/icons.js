// Icons in JupyterLab's way: jp-icon classes follow the theme.
import { LabIcon } from "@jupyterlab/ui-components";

const svg = (inside) => `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" width="16">${inside}</svg>`;
const dot = (x, y, r = 2.6) => `<circle class="jp-icon3" fill="#616161" cx="${x}" cy="${y}" r="${r}"/>`;

// A small network: two units, three units, one.
const network =
  '<path class="knb-lab-lines" fill="none" stroke="#616161" stroke-width="1.2" ' +
  'd="M4 8L12 4M4 8L12 12M4 8L12 20M4 16L12 4M4 16L12 12M4 16L12 20M12 4L20 12M12 12L20 12M12 20L20 12"/>' +
  dot(4, 8) + dot(4, 16) + dot(12, 4) + dot(12, 12) + dot(12, 20) + dot(20, 12);

const icon = (name, inside) => new LabIcon({ name: `kerasnb:${name}`, svgstr: svg(inside) });

export const networkIcon = icon("network", network);
export const quickstartIcon = icon(
  "quickstart",
  '<path class="knb-lab-lines" fill="none" stroke="#616161" stroke-width="1.2" d="M3 3V21H21"/>' +
    '<path class="knb-lab-curve" fill="none" stroke="#0072b2" stroke-width="2" d="M5 5C7 14 11 18 21 18.5"/>',
);
export const playgroundIcon = icon(
  "playground",
  '<rect class="knb-lab-lines" fill="none" stroke="#616161" stroke-width="1.2" x="3" y="3" width="18" height="18" rx="2"/>' +
    '<circle class="knb-lab-curve" fill="none" stroke="#0072b2" stroke-width="2" cx="12" cy="12" r="5"/>' +
    '<circle fill="#c04f00" cx="12" cy="12" r="1.8"/>',
);
export const tutorialsIcon = icon(
  "tutorials",
  '<path class="knb-lab-lines" fill="none" stroke="#616161" stroke-width="1.4" ' +
    'd="M12 6C9 4 6 4 3 5V19C6 18 9 18 12 20C15 18 18 18 21 19V5C18 4 15 4 12 6V20"/>' +
    '<path class="knb-lab-curve" fill="none" stroke="#0072b2" stroke-width="1.6" d="M14.5 9L16 11L19 8"/>',
);
