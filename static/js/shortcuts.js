// Single-key shortcuts: "/" focuses what carries data-shortcut-focus, other keys press what
// carries data-shortcut="key". Off while typing, in dialogs, with modifiers, or when switched off.
(() => {
  const SWITCH = "shortcuts-off";
  const isOff = () => localStorage.getItem(SWITCH) === "yes";
  const isTyping = (element) =>
    element.isContentEditable || /^(input|textarea|select)$/i.test(element.tagName);

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.defaultPrevented || isTyping(event.target)) return;
    if (document.querySelector("dialog[open], .modal.show, .offcanvas.show")) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (isOff() && key !== "?") return;
    // A page's own key goes before that of the frame around every page.
    const found = [
      ...document.querySelectorAll("main [data-shortcut]"),
      ...document.querySelectorAll("[data-shortcut]"),
    ].find((element) => element.dataset.shortcut === key);
    if (!found) return;
    event.preventDefault();
    if (found.hasAttribute("data-shortcut-focus")) {
      found.focus();
      found.select?.();
    } else {
      found.click();
    }
  });

  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-opens]");
    if (opener) document.getElementById(opener.dataset.opens)?.showModal();
    if (event.target.closest("[data-closes]")) event.target.closest("dialog")?.close();
  });

  for (const box of document.querySelectorAll("[data-shortcuts-switch]")) {
    box.checked = !isOff();
    box.addEventListener("change", () => {
      localStorage.setItem(SWITCH, box.checked ? "no" : "yes");
    });
  }
})();
