// The tablet's camera, with the last photograph of the chosen view as a ghost over its picture. Shown
// only where a browser lets a page use the camera (a secure context); elsewhere the file field stays.
(() => {
  const form = document.querySelector("form[data-photo-form]");
  const box = form?.querySelector("[data-photo-camera]");
  if (!box || !window.isSecureContext || !navigator.mediaDevices?.getUserMedia) return;
  const find = (name) => box.querySelector(`[data-${name}]`);
  const video = find("video");
  const ghost = find("ghost");
  const strength = find("ghost-strength");
  let stream = null;
  let facing = "environment";

  box.hidden = false;

  async function open() {
    close();
    try {
      stream = await navigator.mediaDevices.getUserMedia({
        audio: false,
        video: { facingMode: facing, width: { ideal: 4032 }, height: { ideal: 3024 } },
      });
    } catch {
      find("camera-fault").textContent = find("camera-fault").dataset.words;
      find("camera-fault").hidden = false;
      return;
    }
    video.srcObject = stream;
    await video.play();
    find("camera-fault").hidden = true;
    find("finder").hidden = false;
    find("camera-open").hidden = true;
    find("camera-shoot").hidden = find("camera-turn").hidden = false;
    haunt();
  }

  function close() {
    for (const track of stream?.getTracks() ?? []) track.stop();
    stream = null;
  }

  function haunt() {
    const view = form.querySelector('input[name="view"]:checked')?.value;
    const last = view && box.querySelector(`[data-ghost-of="${view}"]`);
    ghost.hidden = find("ghost-tools").hidden = !last || !stream;
    if (last && ghost.getAttribute("src") !== last.dataset.address) ghost.src = last.dataset.address;
    ghost.style.opacity = String(strength.value / 100);
    find("ghost-said").textContent = `${strength.value} %`;
  }

  // The picture alone is taken: the ghost lies over it on the screen and is no part of it.
  function shoot() {
    const canvas = document.createElement("canvas");
    canvas.width = video.videoWidth;
    canvas.height = video.videoHeight;
    canvas.getContext("2d").drawImage(video, 0, 0);
    canvas.toBlob(
      (blob) => {
        if (!blob) return;
        form.dispatchEvent(new CustomEvent("photo-taken", { detail: blob }));
        nextView();
      },
      "image/jpeg",
      0.95,
    );
  }

  function nextView() {
    const views = [...form.querySelectorAll('input[name="view"]')];
    const next = views[views.findIndex((each) => each.checked) + 1];
    if (next) next.checked = true;
    haunt();
  }

  find("camera-open").addEventListener("click", open);
  find("camera-shoot").addEventListener("click", shoot);
  find("camera-turn").addEventListener("click", () => {
    facing = facing === "environment" ? "user" : "environment";
    open();
  });
  strength.addEventListener("input", haunt);
  form.addEventListener("change", (event) => {
    if (event.target.name === "view") haunt();
  });
  window.addEventListener("pagehide", close);
})();
