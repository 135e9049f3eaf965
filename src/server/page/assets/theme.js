// Runs before the first paint, so that a chosen theme does not flash. The rest of the page is modules.
"use strict";
{
  let theme = null;
  try {
    theme = localStorage.getItem("mmogit.theme");
  } catch {
    // Storage is switched off: the system's theme it is.
  }
  if (theme === "light" || theme === "dark") {
    document.documentElement.dataset.theme = theme;
  }
}
