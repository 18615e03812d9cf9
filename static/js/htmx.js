// What every htmx request of this site shares: the CSRF token, 422 shown as the form it is,
// and the reader told that something is loading.
(() => {
  document.addEventListener("htmx:configRequest", (event) => {
    const token = document.querySelector('meta[name="csrf-token"]')?.content;
    if (token) event.detail.headers["X-CSRFToken"] = token;
    // A page that asks by itself every few seconds must not keep an empty chair signed in.
    if (!event.detail.triggeringEvent) event.detail.headers["X-Unattended"] = "true";
  });

  // A refused form comes back with its errors: it belongs in the page like any answer.
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.xhr.status === 422) {
      event.detail.shouldSwap = true;
      event.detail.isError = false;
    }
  });

  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.requestConfig.triggeringEvent) {
      event.detail.target?.setAttribute("aria-busy", "true");
    }
  });

  document.addEventListener("htmx:afterRequest", (event) => {
    event.detail.target?.removeAttribute("aria-busy");
  });

  // Whoever swaps a whole view marks its heading, and the reader starts there.
  document.addEventListener("htmx:afterSwap", (event) => {
    event.detail.target?.querySelector("[data-focus-after-swap]")?.focus();
  });

  // A refusal carries its reason in the answer; a broken answer gets the page's own words.
  function reason(xhr) {
    const answer = new DOMParser().parseFromString(xhr?.responseText ?? "", "text/html");
    return answer.querySelector('[role="alert"]')?.textContent.trim();
  }

  for (const failure of ["htmx:sendError", "htmx:responseError"]) {
    document.addEventListener(failure, (event) => {
      const template = document.getElementById("request-failed");
      const status = document.getElementById("status");
      if (!template || !status) return;
      const bar = template.content.cloneNode(true);
      const said = reason(event.detail.xhr);
      if (said) bar.querySelector("p").textContent = said;
      status.replaceChildren(bar);
    });
  }
})();
