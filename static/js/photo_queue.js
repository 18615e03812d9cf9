// Photos go to the record one after the other, as they are chosen, dropped or taken, each with its
// progress. Without a connection they are tried again; without a script the form sends them itself.
(() => {
  const form = document.querySelector("form[data-photo-form]");
  if (!form) return;
  const list = form.querySelector("[data-photo-queue]");
  const row = form.querySelector("template[data-photo-row]");
  const words = form.querySelector("[data-photo-words]").dataset;
  const input = form.querySelector('input[type="file"]');
  const drop = form.querySelector("[data-photo-drop]");
  const TRIES = [2000, 5000, 15000, 30000, 60000];
  const waiting = [];
  let busy = false;
  let unsent = 0;

  form.querySelector("[data-without-script]").hidden = true;
  form.querySelector("[data-with-script]").hidden = false;

  const checks = form.querySelector("[data-photo-checks]");
  const allHold = checks.querySelector("[data-all-hold]");
  allHold.hidden = false;
  allHold.addEventListener("click", () => {
    for (const box of checks.querySelectorAll('input[type="checkbox"]')) box.checked = true;
  });

  // The settings of this moment belong to the photo, whatever is chosen for the next one.
  function add(file, name) {
    const sent = new FormData(form);
    sent.delete("photos");
    sent.append("photos", file, name);
    sent.set("request_key", key());
    const item = row.content.firstElementChild.cloneNode(true);
    item.querySelector("[data-name]").textContent = chosenView();
    list.prepend(item);
    unsent += 1;
    waiting.push({ sent, item, tries: 0 });
    say(item, words.waiting);
    next();
  }

  function key() {
    if (crypto.randomUUID) return crypto.randomUUID();
    const bytes = [...crypto.getRandomValues(new Uint8Array(16))];
    return bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  function chosenView() {
    const chosen = form.querySelector('input[name="view"]:checked');
    return chosen ? form.querySelector(`label[for="${chosen.id}"]`).textContent.trim() : "";
  }

  function say(item, text) {
    item.querySelector("[data-state]").textContent = text;
  }

  function next() {
    if (busy || !waiting.length) return;
    busy = true;
    send(waiting.shift());
  }

  function send(job) {
    const { item } = job;
    const bar = item.querySelector("[data-progress]");
    const request = new XMLHttpRequest();
    request.open("POST", form.action || location.href);
    request.setRequestHeader("Accept", "application/json");
    request.responseType = "json";
    request.upload.onprogress = (event) => {
      if (event.lengthComputable) bar.value = (100 * event.loaded) / event.total;
    };
    request.upload.onload = () => {
      bar.removeAttribute("value");
      say(item, words.working);
    };
    request.onerror = () => again(job);
    request.onload = () => {
      if (request.status === 201 && request.response) kept(job, request.response);
      else if (request.status >= 500 && request.status !== 507) again(job);
      else failed(job, request.response?.message);
    };
    say(item, words.sending);
    request.send(job.sent);
  }

  function kept({ item }, answer) {
    const picture = document.createElement("img");
    picture.src = answer.thumb;
    picture.alt = "";
    item.querySelector(".photo-thumb").append(picture);
    item.querySelector("[data-progress]").remove();
    item.dataset.kept = "";
    say(item, words.kept);
    unsent -= 1;
    done();
  }

  function again(job) {
    if (job.tries >= TRIES.length) {
      failed(job);
      return;
    }
    say(job.item, words.again);
    setTimeout(() => {
      waiting.unshift(job);
      done();
    }, TRIES[job.tries++]);
  }

  function failed(job, message) {
    const { item } = job;
    const button = item.querySelector("[data-again]");
    item.querySelector("[data-progress]").value = 0;
    say(item, message ? `${words.failed}: ${message}` : words.failed);
    button.hidden = false;
    button.onclick = () => {
      button.hidden = true;
      job.tries = 0;
      unsent += 1;
      waiting.push(job);
      next();
    };
    unsent -= 1;
    done();
  }

  function done() {
    busy = false;
    next();
  }

  function addFiles(files) {
    for (const file of files) add(file, file.name);
  }

  input.addEventListener("change", () => {
    addFiles(input.files);
    input.value = "";
  });
  for (const kind of ["dragenter", "dragover"]) {
    drop.addEventListener(kind, (event) => {
      event.preventDefault();
      drop.classList.add("is-over");
    });
  }
  for (const kind of ["dragleave", "drop"]) {
    drop.addEventListener(kind, (event) => {
      event.preventDefault();
      drop.classList.remove("is-over");
    });
  }
  drop.addEventListener("drop", (event) => addFiles(event.dataTransfer.files));
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("photo-taken", (event) => add(event.detail, "camera.jpg"));
  window.addEventListener("online", next);
  window.addEventListener("beforeunload", (event) => {
    if (unsent) event.preventDefault();
  });
})();
