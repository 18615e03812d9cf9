// The treatment room: points times volume, region by region, and whether it is more than was prepared.
// The server computes all of it again with exact decimals; this is for the eye.
(() => {
  const box = document.querySelector("[data-volumes]");
  if (!box) return;
  const read = (field) => Number((field?.value ?? "").trim().replace(",", ".")) || 0;
  const comma = document.documentElement.lang === "tr";
  const words = (number) => {
    const text = String(Number(number.toFixed(3)));
    return comma ? text.replace(".", ",") : text;
  };

  function add() {
    let sum = 0;
    for (const row of box.querySelectorAll("[data-region]")) {
      const ml = read(row.querySelector("[data-points]")) * read(row.querySelector("[data-each]"));
      row.querySelector("[data-region-ml]").textContent = ml ? words(ml) : "–";
      sum += ml;
    }
    box.querySelector("[data-volumes-sum]").textContent = words(sum);
    const prepared = Number(box.dataset.prepared);
    box.querySelector("[data-volumes-over]").hidden = !prepared || sum <= prepared + 1e-9;
  }

  box.addEventListener("input", add);
  add();

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-now]");
    if (!button) return;
    const field = document.getElementById(button.dataset.now);
    const parts = new Intl.DateTimeFormat("en-GB", {
      hour: "2-digit",
      minute: "2-digit",
      timeZone: button.dataset.zone,
    }).format(new Date());
    field.value = parts;
    field.dispatchEvent(new Event("change", { bubbles: true }));
  });
})();
