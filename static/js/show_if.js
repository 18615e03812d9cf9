// Shows a part of a form only while another field has a value: data-show-if="name=value",
// several values as "name=a|b". Hidden fields are switched off, so that they are not sent.
(() => {
  function value(form, name) {
    const data = new FormData(form);
    return data.getAll(name).map(String);
  }

  function settle(part) {
    const form = part.closest("form");
    if (!form) return;
    const [name, wanted = ""] = part.dataset.showIf.split("=");
    const allowed = wanted.split("|");
    const visible = value(form, name).some((given) => allowed.includes(given));
    part.hidden = !visible;
    if (part.tagName === "FIELDSET") {
      part.disabled = !visible;
    } else {
      for (const field of part.querySelectorAll("input, select, textarea")) {
        field.disabled = !visible;
      }
    }
  }

  function settleAll(within) {
    // In document order, so that a part inside a hidden part sees its parent's state.
    for (const part of within.querySelectorAll("[data-show-if]")) settle(part);
  }

  settleAll(document);
  document.addEventListener("change", (event) => {
    if (event.target.form) settleAll(event.target.form);
  });
  document.addEventListener("htmx:load", () => settleAll(document));
  document.addEventListener("formset:added", () => settleAll(document));
})();
