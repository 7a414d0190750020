// After a build: say whose package this is, and of which sources it was made (a test compares them).
const { createHash } = require("node:crypto");
const { readdirSync, readFileSync, writeFileSync } = require("node:fs");
const { join } = require("node:path");

const target = join(__dirname, "../kerasnb/lab/jupyter/labextensions/kerasnb");
const sources = ["package.json"];
for (const folder of ["src", "style"]) for (const name of readdirSync(join(__dirname, folder))) sources.push(`${folder}/${name}`);

const digest = createHash("sha256");
for (const name of sources.sort()) digest.update(name).update("\0").update(readFileSync(join(__dirname, name))).update("\0");
const write = (name, content) => writeFileSync(join(target, name), `${JSON.stringify(content, null, 2)}\n`);
write("sources.json", { sha256: digest.digest("hex") });
write("install.json", {
  packageManager: "python",
  packageName: "kerasnb",
  uninstallInstructions: "pip uninstall kerasnb",
});
