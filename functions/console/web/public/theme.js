// Before the first paint: no flash of the wrong theme.
(function () {
  var chosen = null;
  try {
    chosen = localStorage.getItem("colibri.theme");
    document.documentElement.lang = localStorage.getItem("colibri.locale") || "es";
  } catch (_) {
    /* private mode */
  }
  var dark = chosen === "dark" || (chosen !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset.theme = dark ? "dark" : "light";
})();
