// A visit is dragged to another time: by mouse anywhere on it, by finger or pen at its handle. The
// server decides; it answers with the grid as it is then, and with the reason when it says no.
(() => {
  const FAR_ENOUGH = 6; // below that it was a click
  const SNAP = 15;
  const ROW = 5;
  const EDGE = 48;
  const NOBODY = "00000000-0000-0000-0000-000000000000";
  const root = () => document.getElementById("calendar");
  let drag = null;

  function clock(minute) {
    return [Math.floor(minute / 60), minute % 60].map((n) => String(n).padStart(2, "0")).join(":");
  }

  document.addEventListener("dragstart", (event) => {
    if (event.target.closest?.("[data-movable]")) event.preventDefault();
  });

  document.addEventListener("pointerdown", (event) => {
    const block = event.target.closest?.(".ms-cal-rows > [data-movable]");
    if (!block || event.button || drag || !matchMedia("(min-width: 768px)").matches) return;
    if (event.pointerType !== "mouse" && !event.target.closest(".ms-cal-grip")) return;
    const box = block.getBoundingClientRect();
    drag = { block, id: event.pointerId, x: event.clientX, y: event.clientY + scrollY };
    drag.grabbed = event.clientY - box.top;
    drag.marker = document.createElement("div");
    drag.marker.className = "ms-cal-drop";
    drag.rows = Math.ceil(Number(block.dataset.minutes) / ROW);
  });

  document.addEventListener("pointermove", (event) => {
    if (!drag || event.pointerId !== drag.id || drag.isSent) return;
    const down = event.clientY + scrollY - drag.y;
    const across = event.clientX - drag.x;
    if (!drag.isOn && Math.hypot(down, across) < FAR_ENOUGH) return;
    if (!drag.isOn) begin();
    if (event.clientY < EDGE) scrollBy(0, -EDGE / 4);
    if (event.clientY > innerHeight - EDGE) scrollBy(0, EDGE / 4);
    drag.block.style.transform = `translate(${across}px, ${down}px)`;
    aim(event);
  });

  function begin() {
    drag.isOn = true;
    root().dataset.held = "";
    drag.block.classList.add("ms-cal-dragged");
    getSelection()?.removeAllRanges();
  }

  function aim(event) {
    drag.target = null;
    const columns = [...root().querySelectorAll(".ms-cal-rows")];
    const under = columns.find((each) => {
      const box = each.getBoundingClientRect();
      return event.clientX >= box.left && event.clientX < box.right;
    });
    const hour = under?.querySelector(".ms-cal-hour");
    if (!hour) {
      drag.marker.remove();
      return;
    }
    const begins = Number(root().querySelector(".ms-cal").dataset.begins);
    const perMinute = hour.getBoundingClientRect().height / 60;
    const from = (event.clientY - drag.grabbed - under.getBoundingClientRect().top) / perMinute;
    const minute = Math.max(begins, begins + Math.round(from / SNAP) * SNAP);
    drag.target = { day: under.dataset.day, column: under.dataset.column, minute };
    drag.marker.textContent = clock(minute);
    drag.marker.style.gridRow = `${(minute - begins) / ROW + 1} / span ${drag.rows}`;
    if (drag.marker.parentElement !== under) under.append(drag.marker);
  }

  function putBack() {
    if (!drag) return;
    drag.marker.remove();
    drag.block.removeAttribute("style");
    drag.block.classList.remove("ms-cal-dragged");
    delete root().dataset.held;
    drag = null;
  }

  document.addEventListener("pointerup", (event) => {
    if (!drag || event.pointerId !== drag.id) return;
    if (!drag.isOn) {
      drag = null;
      return;
    }
    // The click that follows is the end of the drag, not the opening of the visit.
    const swallow = (click) => {
      click.preventDefault();
      click.stopPropagation();
    };
    document.addEventListener("click", swallow, { capture: true, once: true });
    setTimeout(() => document.removeEventListener("click", swallow, { capture: true }), 50);
    if (drag.target) send(event);
    else putBack();
  });

  function send(event) {
    drag.isSent = true;
    drag.block.setAttribute("aria-busy", "true");
    drag.block.querySelector(".ms-cal-open").focus({ preventScroll: true });
    const address = root().dataset.moveUrl.replace(NOBODY, drag.block.dataset.movable);
    const values = { version: drag.block.dataset.version, ...drag.target };
    htmx.ajax("POST", address, { target: "#calendar", swap: "outerHTML", values, event });
  }

  // A refusal carries the grid as it is now: it is shown like any answer.
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target?.id !== "calendar") return;
    // What was asked for before the visit was picked up would take it out of the hand.
    if (drag?.isOn && !drag.isSent) event.detail.shouldSwap = false;
    // htmx would copy the style to the new block, as an attribute that the content policy forbids.
    if (drag?.isSent) drag.block.removeAttribute("style");
    if (event.detail.xhr.status !== 409) return;
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  });

  // No answer that could be shown: the visit goes back to where it stands.
  document.addEventListener("htmx:afterRequest", () => {
    if (drag?.isSent) putBack();
  });
  document.addEventListener("pointercancel", putBack);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && drag?.isOn && !drag.isSent) putBack();
  });
})();
