// Two photographs: side by side, one over the other with a dividing line, or in turn. Zoom and place
// are those of both. The alignment is computed by the server and only drawn here.
(() => {
  const box = document.querySelector("[data-photo-compare]");
  if (!box) return;
  const stage = box.querySelector("[data-stage]");
  const left = box.querySelector('[data-side="left"]');
  const right = box.querySelector('[data-side="right"]');
  const zoom = box.querySelector("[data-zoom]");
  const slide = box.querySelector("[data-slide]");
  const blink = box.querySelector("[data-blink]");
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  // Under three changes of light a second, for those whom flicker harms: one change every 700 ms.
  const EVERY = 700;
  let way = "side";
  let centre = [0.5, 0.5];
  let timer = null;

  box.querySelector("[data-with-script]").hidden = false;

  function draw() {
    const scale = Number(zoom.value);
    for (const side of [left, right]) {
      const frame = side.querySelector("[data-frame]");
      const picture = side.querySelector("[data-picture]");
      const width = frame.clientWidth;
      const height = frame.clientHeight;
      const view = `translate(${width / 2 - scale * centre[0] * width}px, ${
        height / 2 - scale * centre[1] * height
      }px) scale(${scale})`;
      const { a, b, e, f } = picture.dataset;
      const aligned = a
        ? ` matrix(${a}, ${b}, ${-Number(b)}, ${a}, ${e * width}, ${f * width})`
        : "";
      picture.style.transform = view + aligned;
    }
    box.querySelector("[data-zoom-said]").textContent = `${scale}×`;
    right.querySelector("[data-frame]").style.clipPath =
      way === "slider" ? `inset(0 0 0 ${slide.value}%)` : "";
  }

  function frames() {
    // The frame of both has the shape of the earlier one, so that one place is one place.
    const [height, width] = left.querySelector("[data-frame]").dataset.ratio.split("/");
    for (const frame of box.querySelectorAll("[data-frame]")) {
      frame.style.aspectRatio = `${width} / ${height}`;
      frame.style.maxInlineSize = `calc(var(--photo-most) * ${width / height})`;
    }
  }

  function choose(chosen) {
    way = chosen;
    box.dataset.way = way;
    for (const button of box.querySelectorAll("[data-way-button]")) {
      button.setAttribute("aria-pressed", String(button.dataset.wayButton === way));
    }
    for (const tool of box.querySelectorAll("[data-for]")) tool.hidden = tool.dataset.for !== way;
    stop();
    show(true);
    if (way === "blink" && !still.matches) start();
    draw();
  }

  function show(later) {
    right.style.visibility = later ? "" : "hidden";
  }

  function other() {
    show(right.style.visibility === "hidden");
  }

  function start() {
    timer = setInterval(other, EVERY);
    blink.textContent = blink.dataset.stop;
    blink.setAttribute("aria-pressed", "true");
  }

  function stop() {
    clearInterval(timer);
    timer = null;
    blink.textContent = blink.dataset.start;
    blink.setAttribute("aria-pressed", "false");
  }

  function move(x, y) {
    const room = 0.5 / Number(zoom.value);
    centre = [x, y].map((part) => Math.min(1 - room, Math.max(room, part)));
    draw();
  }

  for (const button of box.querySelectorAll("[data-way-button]")) {
    button.addEventListener("click", () => choose(button.dataset.wayButton));
  }
  zoom.addEventListener("input", () => move(...centre));
  slide.addEventListener("input", draw);
  blink.addEventListener("click", () => (timer ? stop() : start()));
  box.querySelector("[data-blink-once]").addEventListener("click", () => {
    stop();
    other();
  });
  const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  stage.addEventListener("keydown", (event) => {
    const step = ARROWS[event.key];
    if (!step || Number(zoom.value) === 1) return;
    event.preventDefault();
    const far = 0.1 / Number(zoom.value);
    move(centre[0] + step[0] * far, centre[1] + step[1] * far);
  });
  let held = null;
  stage.addEventListener("pointerdown", (event) => {
    if (Number(zoom.value) === 1 || !event.isPrimary) return;
    event.preventDefault();
    stage.setPointerCapture(event.pointerId);
    held = [event.clientX, event.clientY, ...centre];
  });
  stage.addEventListener("pointermove", (event) => {
    if (!held) return;
    const frame = left.querySelector("[data-frame]");
    const scale = Number(zoom.value);
    move(
      held[2] - (event.clientX - held[0]) / frame.clientWidth / scale,
      held[3] - (event.clientY - held[1]) / frame.clientHeight / scale,
    );
  });
  for (const kind of ["pointerup", "pointercancel"]) {
    stage.addEventListener(kind, () => (held = null));
  }
  new ResizeObserver(draw).observe(stage);
  frames();
  draw();
})();
