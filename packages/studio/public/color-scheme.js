// Runs before the first paint, so that a dark room stays dark.
try {
  const stored = localStorage.getItem("loam-color-scheme");
  const dark = stored === "dark" || (stored !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset.mantineColorScheme = dark ? "dark" : "light";
} catch {
  // No storage: the library decides once it runs.
}
