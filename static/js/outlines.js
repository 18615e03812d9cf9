// Taps on a photograph mark places: each fills in the field of the outline that is chosen, as points
// in per cent of width and height. Two points are a circle, three or more go around.
(() => {
  const form = document.querySelector("form[data-outlines]");
  if (!form) return;
  const stage = form.querySelector("[data-stage]");
  const frame = form.querySelector("[data-frame]");
  const picture = stage.querySelector("img");
  const zoom = form.querySelector("[data-zoom]");
  const fields = [...form.querySelectorAll("input[data-outline]")];
  const width = Number(picture.getAttribute("width"));
  const height = Number(picture.getAttribute("height"));
  const SVG = "http://www.w3.org/2000/svg";
  const drawing = document.createElementNS(SVG, "svg");
  drawing.setAttribute("viewBox", `0 0 ${width} ${height}`);
  stage.append(drawing);
  stage.classList.add("is-ready");
  for (const part of form.querySelectorAll("[data-with-script]")) part.hidden = false;

  const chosen = () => {
    const marking = form.querySelector("[data-marking]:checked");
    return document.getElementById(marking.value);
  };
  const points = (field) =>
    field.value
      .split(";")
      .map((part) => part.trim().split(/\s+/).map((each) => Number(each.replace(",", "."))))
      .filter((point) => point.length === 2 && point.every(Number.isFinite));
  const write = (field, marked) => {
    field.value = marked.map((point) => point.map((each) => each.toFixed(2)).join(" ")).join("; ");
    draw();
  };

  function add(kind, attributes, name) {
    const part = document.createElementNS(SVG, kind);
    for (const [key, value] of Object.entries(attributes)) part.setAttribute(key, value);
    part.setAttribute("class", `measure-${name}`);
    drawing.append(part);
  }

  function draw() {
    drawing.replaceChildren();
    if (!stage.clientWidth) return; // not laid out yet; the observer draws when it is
    const stroke = width / stage.clientWidth;
    for (const field of fields) {
      const name = field.dataset.outline;
      const marked = points(field).map(([x, y]) => [(x / 100) * width, (y / 100) * height]);
      const line = { fill: "none", "stroke-width": 2 * stroke };
      if (marked.length === 2) {
        const [[x, y], [edgeX, edgeY]] = marked;
        add("circle", { ...line, cx: x, cy: y, r: Math.hypot(edgeX - x, edgeY - y) }, name);
      } else if (marked.length > 2) {
        add("polygon", { ...line, points: marked.map((each) => each.join(",")).join(" ") }, name);
      }
      for (const [x, y] of marked) {
        add("circle", { cx: x, cy: y, r: 3 * stroke, fill: "#ffffff", "stroke-width": stroke }, name);
      }
    }
  }

  picture.addEventListener("click", (event) => {
    const place = picture.getBoundingClientRect();
    const x = (100 * (event.clientX - place.left)) / place.width;
    const y = (100 * (event.clientY - place.top)) / place.height;
    write(chosen(), [...points(chosen()), [x, y]]);
  });
  form.querySelector("[data-take-back]").addEventListener("click", () => {
    write(chosen(), points(chosen()).slice(0, -1));
  });
  form.querySelector("[data-anew]").addEventListener("click", () => write(chosen(), []));
  zoom.addEventListener("input", () => {
    const middle = [
      (frame.scrollLeft + frame.clientWidth / 2) / stage.clientWidth,
      (frame.scrollTop + frame.clientHeight / 2) / stage.clientHeight,
    ];
    stage.style.width = `${100 * Number(zoom.value)}%`;
    frame.scrollLeft = middle[0] * stage.clientWidth - frame.clientWidth / 2;
    frame.scrollTop = middle[1] * stage.clientHeight - frame.clientHeight / 2;
    draw();
  });
  form.addEventListener("input", draw);
  new ResizeObserver(draw).observe(stage);
  draw();
})();
