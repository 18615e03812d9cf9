// The calendar asks every few seconds whether it is still the newest, moves the focus by arrow keys,
// and lets a visit be picked up with "m". What it shows is drawn by the server.
(() => {
  const ASK_EVERY = 3000;
  const MINUTE = 60000;
  const root = () => document.getElementById("calendar");
  if (!root()) return;

  // --- one stop for the tab key, arrows for the rest ---------------------------------------------
  const isMoving = () => "moving" in root().dataset;
  const cells = () => [...root().querySelectorAll(".ms-cal-rows, .ms-agenda")];
  const stopsIn = (cell) => [
    ...cell.querySelectorAll(isMoving() ? "[data-slot]" : ".ms-cal-rows .ms-cal-open"),
  ].sort((one, other) => top(one) - top(other));
  const stops = () => cells().flatMap(stopsIn);
  const top = (element) => element.getBoundingClientRect().top;

  function rove(current) {
    for (const stop of stops()) stop.tabIndex = stop === current ? 0 : -1;
    for (const grip of root().querySelectorAll(".ms-cal-grip")) grip.tabIndex = -1;
  }

  function nearest(candidates, height) {
    return candidates.reduce((best, each) =>
      Math.abs(top(each) - height) < Math.abs(top(best) - height) ? each : best,
    );
  }

  function beside(element, step) {
    const all = cells();
    let index = all.indexOf(element.closest(".ms-cal-rows, .ms-agenda")) + step;
    while (all[index] && !stopsIn(all[index]).length) index += step;
    return all[index] && nearest(stopsIn(all[index]), top(element));
  }

  function above(element, step) {
    const column = stopsIn(element.closest(".ms-cal-rows, .ms-agenda"));
    return column[column.indexOf(element) + step];
  }

  const STEPS = {
    ArrowUp: (element) => above(element, -1),
    ArrowDown: (element) => above(element, 1),
    ArrowLeft: (element) => beside(element, -1),
    ArrowRight: (element) => beside(element, 1),
  };

  document.addEventListener("focusin", (event) => {
    if (stops().includes(event.target)) rove(event.target);
  });

  function pressed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (document.querySelector("dialog[open]")) return;
    const leave = root().querySelector("[data-leave-move]");
    if (event.key === "Escape" && leave) {
      leave.click();
      return;
    }
    const stop = event.target.closest?.("[data-slot], .ms-cal-rows .ms-cal-open");
    if (!stop || !root().contains(stop)) return;
    if (STEPS[event.key]) {
      const next = STEPS[event.key](stop);
      event.preventDefault();
      if (next) next.focus();
      // Past the last day with free times the page goes on to the next days.
      else if (isMoving() && event.key === "ArrowRight") document.querySelector("[rel=next]").click();
      else if (isMoving() && event.key === "ArrowLeft") document.querySelector("[rel=prev]").click();
    } else if (event.key.toLowerCase() === "m" && localStorage.getItem("shortcuts-off") !== "yes") {
      const grip = stop.parentElement.querySelector(".ms-cal-grip");
      event.preventDefault();
      if (grip) location.assign(grip.href);
    }
  }

  // Before the letters of the page: on a visit "m" moves it, elsewhere it is the month.
  document.addEventListener("keydown", pressed, { capture: true });

  // --- what had the focus has it again after the grid was drawn anew -----------------------------
  const keyOf = (element) =>
    element?.closest?.("#calendar") &&
    (element.value || (element.closest("[id^=visit-]") ?? element).id);
  let kept = null;

  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target?.id !== "calendar") return;
    const sideways = root().querySelector(".ms-cal")?.scrollLeft ?? 0;
    kept = { key: keyOf(document.activeElement), sideways };
  });

  document.addEventListener("htmx:afterSettle", () => {
    if (!kept) return;
    const { key, sideways } = kept;
    kept = null;
    const grid = root().querySelector(".ms-cal");
    if (grid) grid.scrollLeft = sideways;
    rove(stops()[0]);
    if (key) focusOn(key);
  });

  function focusOn(key) {
    const visit = document.getElementById(key);
    const found =
      visit?.querySelector(".ms-cal-open, a") ??
      visit ??
      [...root().querySelectorAll("[data-slot]")].find((slot) => slot.value === key);
    found?.focus({ preventScroll: true });
  }

  // --- still the newest? -------------------------------------------------------------------------
  let isAsking = false;

  async function ask() {
    const calendar = root();
    if (document.hidden || isAsking || "held" in calendar.dataset) return;
    isAsking = true;
    try {
      const answer = await fetch(calendar.dataset.versionUrl, {
        cache: "no-store",
        headers: {
          "If-None-Match": `"${calendar.dataset.version}"`,
          "HX-Request": "true",
          "X-Unattended": "true",
        },
      });
      if (answer.status === 401) location.reload();
      if (answer.status === 204 && root() === calendar && !("held" in calendar.dataset)) {
        await htmx.ajax("GET", calendar.dataset.url, { target: "#calendar", swap: "outerHTML" });
      }
    } catch {
      // The server is away; the next question finds it again.
    } finally {
      isAsking = false;
    }
  }

  setInterval(ask, ASK_EVERY);
  document.addEventListener("visibilitychange", ask);

  // --- the line of now goes on by itself ---------------------------------------------------------
  const opened = Date.now();
  setInterval(() => {
    const rows = Math.floor((Date.now() - opened) / (5 * MINUTE));
    for (const line of root().querySelectorAll(".ms-cal-now")) {
      line.dataset.row ??= getComputedStyle(line).gridRowStart;
      line.style.gridRowStart = Number(line.dataset.row) + rows;
    }
  }, MINUTE);

  // --- where to begin ----------------------------------------------------------------------------
  const first = () => root().querySelector("[data-first]") ?? stops()[0];
  rove(first());
  if (isMoving()) (first() ?? document.getElementById("move-title"))?.focus();
  else if (location.hash.startsWith("#visit-")) {
    // The browser itself goes to the address's fragment when the page is loaded, and blurs.
    addEventListener("load", () => setTimeout(() => focusOn(location.hash.slice(1))));
  }
})();
