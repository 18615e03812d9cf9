// A button with data-pick writes its text into the named field, as if it had been typed.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-pick]");
  const field = button && document.getElementById(button.dataset.pick);
  if (!field) return;
  field.value = button.dataset.pickText;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.focus();
});
