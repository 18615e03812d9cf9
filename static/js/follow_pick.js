// In a proposed course: a time on another day lets the dates of the later sessions follow at once.
(() => {
  document.addEventListener("change", (event) => {
    if (!event.target.dataset.follow) return;
    const follow = event.target.closest("fieldset")?.querySelector("button[name=follow]");
    if (follow) follow.click();
  });
})();
