// A long form that saves itself: <form data-autosave> with a hidden "version". What somebody else
// saved meanwhile is never written over: the server refuses, and the page says so. Without a network,
// or signed out meanwhile, everything stays on the page until it can be saved.
(() => {
  const form = document.querySelector("form[data-autosave]");
  if (!form) return;
  const status = form.querySelector("[data-autosave-status]");
  const PAUSE_MS = 2500;
  const AGAIN_MS = 10000;
  let timer = 0;
  let saving = false;
  let waiting = false;
  let stopped = false;
  let cutOff = false; // the last try did not get through
  let entries = 0;
  let saved = 0; // so many of them
  let pressed = null; // the button that waits for the connection

  function later(ms) {
    clearTimeout(timer);
    if (!stopped) timer = setTimeout(save, ms);
  }

  function typed() {
    entries += 1;
    later(PAUSE_MS);
  }

  async function save() {
    if (saving) {
      waiting = true;
      return;
    }
    saving = true;
    waiting = false;
    const now = entries;
    try {
      const answer = await fetch(form.action, {
        method: "POST",
        body: new FormData(form),
        headers: { "X-Autosave": "1" },
      });
      if (answer.redirected || answer.status === 401 || answer.status === 403) {
        // Signed out meanwhile, or signed in anew with another token: see idle.js.
        clearTimeout(timer);
        cutOff = true;
        document.dispatchEvent(new Event("idle:nobody"));
        return;
      }
      const said = await answer.json();
      status.textContent = said.message;
      cutOff = false;
      if (answer.ok) {
        saved = now;
        form.elements.version.value = said.version;
        const blocks = document.getElementById("blocks");
        if (blocks && said.blocks) blocks.outerHTML = said.blocks;
      }
      // Typed entries stay; the next press of "Save" shows both versions.
      if (answer.status === 409) stopped = true;
      if (pressed) go(pressed);
    } catch {
      cutOff = true;
      status.textContent = status.dataset.offline;
      later(AGAIN_MS);
    } finally {
      saving = false;
      if (waiting) later(0);
    }
  }

  function go(button) {
    pressed = null;
    clearTimeout(timer);
    form.requestSubmit(button);
  }

  form.addEventListener("input", typed);
  form.addEventListener("change", typed);
  document.addEventListener("idle:expired", (event) => {
    if (entries > saved) event.preventDefault();
  });
  document.addEventListener("idle:back", () => later(0));
  form.addEventListener("submit", (event) => {
    clearTimeout(timer);
    const button = event.submitter;
    if (cutOff || !navigator.onLine) {
      // To leave the page now would lose what stands on it.
      event.preventDefault();
      pressed = button;
      save();
      return;
    }
    if (!saving) return;
    // The answer on its way carries the version that this submission needs.
    event.preventDefault();
    const wait = setInterval(() => {
      if (saving) return;
      clearInterval(wait);
      clearTimeout(timer);
      form.requestSubmit(button);
    }, 50);
  });
})();
