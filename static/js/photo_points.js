// Two taps on a photograph fill in where the pupils lie, in per cent of its width and height.
(() => {
  for (const form of document.querySelectorAll("form[data-points]")) {
    const tap = form.querySelector("[data-tap]");
    const picture = tap.querySelector("img");
    const fields = ["x1", "y1", "x2", "y2"].map((name) => form.elements[name]);
    let tapped = 0;

    tap.classList.add("is-ready");

    function draw() {
      for (const old of tap.querySelectorAll(".photo-point")) old.remove();
      for (const at of [0, 2]) {
        if (fields[at].value === "" || fields[at + 1].value === "") continue;
        const point = document.createElement("span");
        point.className = "photo-point";
        point.style.left = `${fields[at].value}%`;
        point.style.top = `${fields[at + 1].value}%`;
        tap.append(point);
      }
    }

    picture.addEventListener("click", (event) => {
      const place = picture.getBoundingClientRect();
      const at = 2 * (tapped % 2);
      fields[at].value = ((100 * (event.clientX - place.left)) / place.width).toFixed(2);
      fields[at + 1].value = ((100 * (event.clientY - place.top)) / place.height).toFixed(2);
      tapped += 1;
      draw();
    });
    form.addEventListener("input", draw);
    draw();
  }
})();
