// In a proposed course: the line of a session shows the time that is picked among its options.
(() => {
  document.addEventListener("change", (event) => {
    const { day, time, room } = event.target.dataset;
    const line = event.target.closest("li");
    if (!day || !line) return;
    line.querySelector("[data-picked-day]").textContent = day;
    line.querySelector("[data-picked-time]").textContent = time;
    line.querySelector("[data-picked-room]").textContent = room;
  });
})();
