// Messages stay until they are dismissed; those that came with the page are read out once.
(() => {
  const status = document.getElementById("status");
  if (!status) return;

  if (status.children.length) {
    // A live region only speaks of what changes, so the messages are put in again.
    const rows = [...status.children];
    status.replaceChildren();
    setTimeout(() => status.append(...rows), 100);
  }

  status.addEventListener("click", (event) => {
    const dismiss = event.target.closest("[data-dismiss]");
    if (!dismiss) return;
    dismiss.closest(".ms-undo").remove();
    document.getElementById("content")?.focus();
  });
})();
