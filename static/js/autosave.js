// A long form that saves itself: <form data-autosave> with a hidden "version". What somebody else
// saved meanwhile is never written over: the server refuses, and the page says so.
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

  function later(ms) {
    clearTimeout(timer);
    if (!stopped) timer = setTimeout(save, ms);
  }

  async function save() {
    if (saving) {
      waiting = true;
      return;
    }
    saving = true;
    waiting = false;
    try {
      const answer = await fetch(form.action, {
        method: "POST",
        body: new FormData(form),
        headers: { "X-Autosave": "1" },
      });
      if (answer.redirected || answer.status === 401 || answer.status === 403) throw new Error();
      const said = await answer.json();
      status.textContent = said.message;
      if (answer.ok) {
        form.elements.version.value = said.version;
        const blocks = document.getElementById("blocks");
        if (blocks && said.blocks) blocks.outerHTML = said.blocks;
      }
      // Typed entries stay; the next press of "Save" shows both versions.
      if (answer.status === 409) stopped = true;
    } catch {
      status.textContent = status.dataset.offline;
      later(AGAIN_MS);
    } finally {
      saving = false;
      if (waiting) later(0);
    }
  }

  form.addEventListener("input", () => later(PAUSE_MS));
  form.addEventListener("change", () => later(PAUSE_MS));
  form.addEventListener("submit", (event) => {
    clearTimeout(timer);
    if (!saving) return;
    // The answer on its way carries the version that this submission needs.
    event.preventDefault();
    const button = event.submitter;
    const wait = setInterval(() => {
      if (saving) return;
      clearInterval(wait);
      clearTimeout(timer);
      form.requestSubmit(button);
    }, 50);
  });
})();
