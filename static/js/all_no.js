// "The rest: no": answers every question of a group that has no answer yet, and none that has.
(() => {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-all-no]");
    if (!button) return;
    const group = document.getElementById(button.dataset.allNo);
    for (const radio of group?.querySelectorAll('input[type="radio"][value="no"]') ?? []) {
      const same = group.querySelectorAll(`input[type="radio"][name="${CSS.escape(radio.name)}"]`);
      if (radio.disabled || [...same].some((other) => other.checked)) continue;
      radio.checked = true;
      radio.dispatchEvent(new Event("change", { bubbles: true }));
    }
  });
})();
