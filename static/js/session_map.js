// The map of the treatment room: a tap on a region leads to its points in the list, which does all
// that the map does. A region is filled while points are written down for it.
(() => {
  const map = document.querySelector("[data-session-map]");
  const box = map?.closest("[data-volumes]");
  if (!box) return;
  const row = (region) => box.querySelector(`[data-region="${region}"]`);
  const points = (region) => row(region).querySelector("[data-points]");
  // What is planned keeps its outline when the filling says what was given.
  for (const each of map.querySelectorAll(".is-chosen")) each.classList.add("is-planned");
  const shapes = [...map.querySelectorAll("[data-map-region]")].filter((each) =>
    row(each.dataset.mapRegion),
  );

  function fill() {
    for (const each of shapes) {
      each.classList.toggle("is-chosen", Number(points(each.dataset.mapRegion).value) > 0);
    }
  }

  function lead(region) {
    const folded = row(region).closest("details");
    if (folded) folded.open = true;
    points(region).focus();
    points(region).select();
  }

  for (const each of shapes) {
    each.setAttribute("role", "button");
    each.setAttribute("tabindex", "0");
    each.setAttribute("aria-label", each.querySelector("title").textContent);
    each.addEventListener("click", () => lead(each.dataset.mapRegion));
    each.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      lead(each.dataset.mapRegion);
    });
  }
  for (const drawing of map.querySelectorAll("svg[role=img]")) drawing.setAttribute("role", "group");
  map.querySelector("[data-map-hint]").hidden = false;
  map.classList.add("is-live");
  box.addEventListener("input", fill);
  fill();
})();
