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

  const isHalfFilled = () => [...changed].some((form) => form.isConnected);

  // An unattended screen is covered, and what was typed stays below it (idle.js); for somebody else it is
  // closed without a question.
  document.addEventListener("idle:expired", (event) => {
    if (isHalfFilled()) event.preventDefault();
  });
  document.addEventListener("idle:leaving", () => changed.clear());

  window.addEventListener("beforeunload", (event) => {
    if (isHalfFilled()) event.preventDefault();
  });
})();
