// What is asked only when it applies: which inflammation, which medicine, the grades of dullness,
// the numbers of an instrument. Without a script all of it stays open.
(() => {
  const form = document.querySelector("form.analyse");
  if (!form) return;
  const has = (row, field, ...values) =>
    values.some((value) => row.querySelector(`[name$="-${field}"][value="${value}"]:checked`));

  function settle() {
    const spots = [...form.querySelectorAll(".spot[data-formset-row]")].filter((row) => !row.hidden);
    for (const row of spots) {
      const inflammation = row.querySelector("[data-spot-inflammation]");
      if (inflammation) inflammation.hidden = !has(row, "causes", "inflammation", "acne");
      const medicines = row.querySelector("[data-spot-medicines]");
      if (medicines) medicines.hidden = !has(row, "causes", "medicine");
    }
    form.querySelector("[data-dullness]").hidden = !spots.some((row) =>
      has(row, "spot_type", "dullness"),
    );
    for (const row of form.querySelectorAll(".reading[data-formset-row]")) {
      for (const numbers of row.querySelectorAll("[data-reading-numbers]")) {
        numbers.hidden = !has(row, "kind", numbers.dataset.readingNumbers);
      }
    }
  }

  settle();
  form.addEventListener("change", settle);
  form.addEventListener("formset:added", settle);
  form.addEventListener("click", () => setTimeout(settle));
})();
