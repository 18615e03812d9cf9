// The field in which somebody signs: strokes of whole numbers, in the units of the canvas, go into
// the form as JSON. Without a script the field stays hidden, and the name is typed before a witness.
(() => {
  const form = document.querySelector("form[data-signed]");
  if (!form) return;
  const pad = form.querySelector("[data-signature-pad]");
  const canvas = pad.querySelector("canvas");
  const sent = pad.querySelector('input[name="signature"]');
  const state = pad.querySelector("[data-signature-state]");
  const pen = canvas.getContext("2d");
  const MOST_POINTS = 3900;
  let strokes = [];
  let current = null;

  pad.hidden = false;

  function at(event) {
    const box = canvas.getBoundingClientRect();
    const place = (value, size, most) =>
      Math.max(0, Math.min(most, Math.round((value / size) * most)));
    return [
      place(event.clientX - box.left - canvas.clientLeft, canvas.clientWidth, canvas.width),
      place(event.clientY - box.top - canvas.clientTop, canvas.clientHeight, canvas.height),
    ];
  }

  function draw() {
    pen.clearRect(0, 0, canvas.width, canvas.height);
    pen.strokeStyle = "#000000";
    pen.lineWidth = 6;
    pen.lineCap = pen.lineJoin = "round";
    for (const stroke of strokes) {
      pen.beginPath();
      pen.moveTo(...stroke[0]);
      for (const point of stroke.length > 1 ? stroke.slice(1) : stroke) pen.lineTo(...point);
      pen.stroke();
    }
  }

  function count() {
    return strokes.reduce((sum, stroke) => sum + stroke.length, 0);
  }

  function tell() {
    sent.value = strokes.length ? JSON.stringify(strokes) : "";
    state.textContent = strokes.length ? state.dataset.drawn : state.dataset.empty;
  }

  canvas.addEventListener("pointerdown", (event) => {
    if (!event.isPrimary || count() >= MOST_POINTS || strokes.length >= 190) return;
    event.preventDefault();
    canvas.setPointerCapture(event.pointerId);
    current = [at(event)];
    strokes.push(current);
    draw();
  });

  canvas.addEventListener("pointermove", (event) => {
    if (!current || !event.isPrimary) return;
    for (const part of event.getCoalescedEvents?.() ?? [event]) {
      const [x, y] = at(part);
      const [lastX, lastY] = current[current.length - 1];
      // A pen that hardly moves would fill the form with points that nobody sees.
      if (Math.hypot(x - lastX, y - lastY) < 4 || count() >= MOST_POINTS) continue;
      current.push([x, y]);
    }
    draw();
  });

  for (const kind of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(kind, () => {
      current = null;
      tell();
    });
  }

  pad.querySelector("[data-signature-clear]").addEventListener("click", () => {
    strokes = [];
    draw();
    tell();
  });

  // Whether the end of the text was on the screen: only a browser with a script can say so.
  const read = form.querySelector("[data-read-to-end]");
  const end = document.querySelector("[data-end-of-text]");
  read.value = "no";
  new IntersectionObserver((seen, watcher) => {
    if (!seen.some((each) => each.isIntersecting)) return;
    read.value = "yes";
    watcher.disconnect();
  }).observe(end);

  tell();
})();
