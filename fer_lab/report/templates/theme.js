// Light or dark: as the system says, unless the reader chose; without this file everything else works.
(() => {
  const root = document.documentElement;
  const kept = (value) => {
    try {
      if (value) localStorage.setItem("fer_lab-theme", value);
      return localStorage.getItem("fer_lab-theme");
    } catch {
      return value; // storage may be off for files
    }
  };
  const dark = () => (root.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  const chosen = kept();
  if (chosen === "light" || chosen === "dark") root.dataset.theme = chosen;
  addEventListener("DOMContentLoaded", () => {
    const button = document.querySelector(".toggle");
    const show = () => {
      button.textContent = dark() ? "Light" : "Dark";
      button.setAttribute("aria-label", `Change to ${dark() ? "light" : "dark"} colours`);
    };
    button.hidden = false;
    button.addEventListener("click", () => {
      root.dataset.theme = kept(dark() ? "light" : "dark") || (dark() ? "light" : "dark");
      show();
    });
    show();
  });
})();
