// Rows of a Django formset. Inside [data-formset="prefix"]: a [data-formset-rows] container,
// a <template> with __prefix__ in its names, [data-formset-add] and [data-formset-remove] buttons.
(() => {
  function add(formset) {
    const total = formset.querySelector(`[name="${formset.dataset.formset}-TOTAL_FORMS"]`);
    const most = formset.querySelector(`[name="${formset.dataset.formset}-MAX_NUM_FORMS"]`);
    if (most && Number(total.value) >= Number(most.value)) return;
    const made = document.createElement("template");
    made.innerHTML = formset
      .querySelector(":scope > template")
      .innerHTML.replaceAll("__prefix__", total.value);
    const row = made.content.firstElementChild;
    formset.querySelector("[data-formset-rows]").append(made.content);
    total.value = Number(total.value) + 1;
    window.htmx?.process(row);
    row.dispatchEvent(new CustomEvent("formset:added", { bubbles: true }));
    row.querySelector("input:not([type=hidden]), select, textarea")?.focus();
  }

  // A row is marked and hidden, never taken out: the numbering of the others must hold.
  function remove(formset, row) {
    const mark = row.querySelector('[name$="-DELETE"]');
    if (mark) {
      if (mark.type === "checkbox") mark.checked = true;
      else mark.value = "on";
    }
    for (const field of row.querySelectorAll("input, select, textarea")) {
      field.required = false;
    }
    row.hidden = true;
    row.dispatchEvent(new Event("change", { bubbles: true }));
    formset.querySelector("[data-formset-add]")?.focus();
  }

  document.addEventListener("click", (event) => {
    const formset = event.target.closest("[data-formset]");
    if (!formset) return;
    if (event.target.closest("[data-formset-add]")) add(formset);
    const remover = event.target.closest("[data-formset-remove]");
    if (remover) remove(formset, remover.closest("[data-formset-row]"));
  });
})();
