// "Accept what is unchanged or a new no": chooses it line by line where nothing was chosen yet, so
// that everybody sees what is accepted. Without scripts the server does the same and shows the page.
(() => {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-accept-quiet]");
    if (!button) return;
    event.preventDefault();
    for (const radio of button.form.querySelectorAll("input[data-quiet]")) {
      const same = button.form.querySelectorAll(`input[name="${CSS.escape(radio.name)}"]`);
      if ([...same].some((other) => other.checked)) continue;
      radio.checked = true;
      radio.dispatchEvent(new Event("change", { bubbles: true }));
    }
  });
})();
