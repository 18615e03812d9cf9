// Asks before a half-filled form is left: <form data-guard>. Quiet when nothing was changed.
(() => {
  const changed = new Set();
  const guarded = (event) => event.target.closest?.("form[data-guard]");

  for (const kind of ["input", "change"]) {
    document.addEventListener(kind, (event) => {
      const form = guarded(event);
      if (form && event.isTrusted !== false) changed.add(form);
    });
  }

  document.addEventListener("submit", (event) => {
    if (!event.defaultPrevented) changed.delete(guarded(event));
  });
  document.addEventListener("reset", (event) => changed.delete(guarded(event)));
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.successful) changed.delete(guarded(event));
  });

  // An unattended screen is closed without a question: privacy goes before a half-filled form.
  document.addEventListener("idle:expired", () => changed.clear());

  window.addEventListener("beforeunload", (event) => {
    if ([...changed].some((form) => form.isConnected)) event.preventDefault();
  });
})();
