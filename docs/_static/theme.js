// Still pictures in notebooks follow JupyterLab's mark of a dark theme: the site sets it as its own theme changes.
(() => {
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const mark = () => {
    const theme = document.body.dataset.theme;
    const isDark = theme === "dark" || (theme !== "light" && dark.matches);
    document.documentElement.dataset.jpThemeLight = String(!isDark);
  };
  document.addEventListener("DOMContentLoaded", () => {
    mark();
    new MutationObserver(mark).observe(document.body, { attributes: true, attributeFilter: ["data-theme"] });
    dark.addEventListener("change", mark);
  });
})();
