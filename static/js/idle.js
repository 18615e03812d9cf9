// Staff are signed out after a quiet while. This warns before, offers to stay, and tells the server
// of work that makes no requests (a long form being typed). Where something is typed that is not saved
// yet, the page is covered instead of left, and uncovered for the same person when they are signed in
// again. Without a network whoever works is still at work: the server is asked when it is back.
(() => {
  const dialog = document.getElementById("idle-warning");
  if (!dialog) return;
  const limit = Number(dialog.dataset.limitSeconds) * 1000;
  const warn = Number(dialog.dataset.warnSeconds) * 1000;
  const shared = "last-request";
  const clock = dialog.querySelector("[data-idle-left]");
  const said = dialog.querySelector("[data-idle-said]");
  let touched = false;
  let covered = false;

  const mark = () => localStorage.setItem(shared, String(Date.now()));
  const quietFor = () => Date.now() - Number(localStorage.getItem(shared));
  const tell = (name) => document.dispatchEvent(new Event(name, { cancelable: true }));

  // Who the server takes us for: undefined while it cannot be reached, null when for nobody.
  async function known() {
    try {
      const answer = await fetch(dialog.dataset.keepaliveUrl, { headers: { "HX-Request": "true" } });
      if (answer.ok && !answer.redirected) return await answer.json();
      return answer.status >= 500 ? undefined : null;
    } catch {
      return undefined;
    }
  }

  async function stay() {
    touched = false;
    const found = await known();
    if (found === null) return cover();
    mark();
    if (dialog.open && !covered) dialog.close();
  }

  function leave() {
    tell("idle:leaving");
    location.replace(dialog.dataset.expiredUrl);
  }

  function show(isCovered) {
    covered = isCovered;
    dialog.classList.toggle("ms-cover", isCovered);
    for (const part of dialog.querySelectorAll("[data-idle-while]")) {
      part.hidden = (part.dataset.idleWhile === "covered") !== isCovered;
    }
  }

  // What is on the screen must not stay readable for the next person in the room.
  function cover() {
    if (covered) return;
    if (tell("idle:expired")) {
      leave();
      return;
    }
    show(true);
    said.textContent = "";
    if (dialog.open) dialog.close();
    dialog.showModal();
  }

  async function uncover(event) {
    const found = await known();
    if (!found) {
      // Somebody pressed the button: say why nothing happens.
      if (event) said.textContent = found === null ? said.dataset.nobody : said.dataset.offline;
      return;
    }
    if (found.member !== dialog.dataset.member) {
      leave();
      return;
    }
    renew(found.token);
    show(false);
    if (dialog.open) dialog.close();
    mark();
    tell("idle:back");
  }

  // Who signs in anew gets a new token, and what was typed is sent with the old one.
  function renew(token) {
    const meta = document.querySelector('meta[name="csrf-token"]');
    if (meta) meta.content = token;
    for (const field of document.querySelectorAll('input[name="csrfmiddlewaretoken"]')) {
      field.value = token;
    }
  }

  function look() {
    const left = limit - quietFor();
    if (covered) {
      // Signed in again in another tab a moment ago.
      if (quietFor() < 2000) uncover();
      return;
    }
    if (left <= 0) {
      cover();
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
  // A form that saves itself was told that nobody is signed in.
  document.addEventListener("idle:nobody", cover);
  for (const sign of ["keydown", "pointerdown", "input"]) {
    document.addEventListener(sign, () => (touched = true), { passive: true });
  }
  dialog.querySelector("[data-idle-stay]").addEventListener("click", stay);
  dialog.querySelector("[data-idle-uncover]").addEventListener("click", uncover);
  dialog.addEventListener("cancel", (event) => {
    event.preventDefault();
    if (!covered) stay();
  });
  setInterval(look, 1000);
})();
