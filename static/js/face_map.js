// The map of one spot: a tap on a region sets a mark there, the list beside it does all that the map
// does. The marks travel in a hidden field as shares of the view, 0 to 1. Without a script the
// drawings stay pictures and the regions are ticked in the list.
(() => {
  const SVG = "http://www.w3.org/2000/svg";

  function svg(name, attributes, text) {
    const made = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (text) made.textContent = text;
    return made;
  }

  function begin(map) {
    if (map.dataset.faceMap === "on") return;
    map.dataset.faceMap = "on";
    const field = map.querySelector('[name$="-marks"]');
    const rows = map.querySelector("[data-map-rows]");
    let marks = [];
    try {
      marks = JSON.parse(field.value || "[]");
    } catch {
      marks = [];
    }
    const tick = (region) => map.querySelector(`[name$="-regions"][value="${region}"]`);
    const figure = (view) => map.querySelector(`[data-map-figure="${view}"]`);
    const shape = (view, region) =>
      figure(view)?.querySelector(`[data-map-region="${region}"]`);
    const name = (view, region) =>
      `${figure(view).dataset.mapLabel}: ${shape(view, region).querySelector("title").textContent}`;

    function show(view) {
      for (const each of map.querySelectorAll("[data-map-figure]")) {
        each.hidden = each.dataset.mapFigure !== view;
      }
      for (const tab of map.querySelectorAll("[data-map-view]")) {
        tab.setAttribute("aria-pressed", String(tab.dataset.mapView === view));
      }
    }

    function add(view, region, x, y) {
      marks.push({ view, region, x: Number(x.toFixed(4)), y: Number(y.toFixed(4)) });
      const box = tick(region);
      if (box && !box.checked) box.click();
      draw(true);
    }

    function addInMiddle(view, region) {
      const [x, y] = shape(view, region).dataset.middle.split(" ").map(Number);
      add(view, region, x, y);
    }

    function draw(isChanged) {
      field.value = marks.length ? JSON.stringify(marks) : "";
      for (const layer of map.querySelectorAll("[data-map-marks]")) layer.replaceChildren();
      rows.replaceChildren();
      map.querySelector("[data-map-count]").textContent = marks.length ? `(${marks.length})` : "";
      marks.forEach((mark, place) => {
        const layer = figure(mark.view)?.querySelector("[data-map-marks]");
        if (!layer) return;
        const [across, down] = [mark.x * 200, mark.y * 240];
        layer.append(
          svg("circle", { class: "map-mark", cx: across, cy: down, r: 6 }),
          svg(
            "text",
            { class: "map-number", x: across, y: down + 2.4, "text-anchor": "middle" },
            String(place + 1),
          ),
        );
        rows.append(row(mark, place));
      });
      for (const each of map.querySelectorAll("[data-map-region]")) {
        const region = each.dataset.mapRegion;
        const isOn = Boolean(tick(region)?.checked);
        each.classList.toggle("is-chosen", isOn);
        each.setAttribute("aria-pressed", String(isOn));
      }
      if (isChanged) field.dispatchEvent(new Event("change", { bubbles: true }));
    }

    function row(mark, place) {
      const made = map.querySelector("[data-map-list] template").content.cloneNode(true);
      made.querySelector("[data-map-name]").textContent = name(mark.view, mark.region);
      for (const [axis, selector] of [["x", "[data-map-x]"], ["y", "[data-map-y]"]]) {
        const input = made.querySelector(selector);
        input.value = Math.round(mark[axis] * 100);
        input.addEventListener("change", () => {
          mark[axis] = Math.min(100, Math.max(0, Number(input.value) || 0)) / 100;
          draw(true);
        });
      }
      made.querySelector("[data-map-remove]").addEventListener("click", () => {
        marks.splice(place, 1);
        draw(true);
        map.querySelector("[data-map-add]").focus();
      });
      return made;
    }

    for (const each of map.querySelectorAll("[data-map-region]")) {
      const view = each.closest("[data-map-figure]").dataset.mapFigure;
      each.setAttribute("role", "button");
      each.setAttribute("tabindex", "0");
      each.setAttribute("aria-label", each.querySelector("title").textContent);
      each.addEventListener("click", (event) => {
        const box = each.ownerSVGElement.getBoundingClientRect();
        add(
          view,
          each.dataset.mapRegion,
          (event.clientX - box.left) / box.width,
          (event.clientY - box.top) / box.height,
        );
      });
      each.addEventListener("keydown", (event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        addInMiddle(view, each.dataset.mapRegion);
      });
    }
    for (const drawing of map.querySelectorAll("svg[role=img]")) drawing.setAttribute("role", "group");
    map.querySelector("[data-map-tabs]").addEventListener("click", (event) => {
      const tab = event.target.closest("[data-map-view]");
      if (tab) show(tab.dataset.mapView);
    });
    map.querySelector("[data-map-add]").addEventListener("change", (event) => {
      if (!event.target.value) return;
      const [view, region] = event.target.value.split(" ");
      event.target.value = "";
      show(view);
      addInMiddle(view, region);
    });
    map.addEventListener("change", (event) => {
      if (!event.target.name?.endsWith("-regions")) return;
      if (!event.target.checked) {
        marks = marks.filter((mark) => mark.region !== event.target.value);
      }
      draw(false);
    });
    for (const selector of ["[data-map-tabs]", "[data-map-list]", "[data-map-hint]"]) {
      map.querySelector(selector).hidden = false;
    }
    map.classList.add("is-live");
    const first = marks[0]?.view ?? map.querySelector("[data-map-figure]").dataset.mapFigure;
    show(first);
    draw(false);
  }

  document.querySelectorAll("[data-face-map]").forEach(begin);
  document.addEventListener("formset:added", (event) => {
    event.target.querySelectorAll("[data-face-map]").forEach(begin);
  });
})();
