// Staff are signed out after a quiet while. This warns before, offers to stay, and tells the
// server of work that makes no requests (a long form being typed).
(() => {
  const dialog = document.getElementById("idle-warning");
  if (!dialog) return;
  const limit = Number(dialog.dataset.limitSeconds) * 1000;
  const warn = Number(dialog.dataset.warnSeconds) * 1000;
  const shared = "last-request";
  const clock = dialog.querySelector("[data-idle-left]");
  let touched = false;

  const mark = () => localStorage.setItem(shared, String(Date.now()));
  const quietFor = () => Date.now() - Number(localStorage.getItem(shared));

  async function stay() {
    touched = false;
    const answer = await fetch(dialog.dataset.keepaliveUrl, {
      headers: { "HX-Request": "true" },
    }).catch(() => null);
    if (answer?.ok && !answer.redirected) {
      mark();
      if (dialog.open) dialog.close();
    }
  }

  function look() {
    const left = limit - quietFor();
    if (left <= 0) {
      // What is on the screen must not stay readable for the next person in the room.
      document.dispatchEvent(new Event("idle:expired"));
      location.replace(dialog.dataset.expiredUrl);
      return;
    }
    if (left > warn) {
      if (dialog.open) dialog.close();
      // Half of the time is gone and somebody is working: renew quietly.
      if (touched && left < limit / 2) stay();
      return;
    }
    if (touched && !dialog.open) {
      stay();
      return;
    }
    if (!dialog.open) dialog.showModal();
    const minutes = Math.floor(left / 60000);
    const seconds = Math.floor((left % 60000) / 1000);
    clock.textContent = `${minutes}:${String(seconds).padStart(2, "0")}`;
  }

  mark();
  document.addEventListener("htmx:afterOnLoad", (event) => {
    if (event.detail.requestConfig.triggeringEvent) mark();
  });
  for (const sign of ["keydown", "pointerdown", "input"]) {
    document.addEventListener(sign, () => (touched = true), { passive: true });
  }
  dialog.querySelector("[data-idle-stay]").addEventListener("click", stay);
  dialog.addEventListener("cancel", (event) => {
    event.preventDefault();
    stay();
  });
  setInterval(look, 1000);
})();
