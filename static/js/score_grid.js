// The melasma score: shown only while a spot is melasma of the face, and area 0 closes the
// two questions behind it (no pigment is neither dark nor even). Without a script all of it
// stays open and the server says the same things.
(() => {
  const grid = document.querySelector("[data-score-grid]");
  const form = grid?.closest("form");
  if (!form) return;
  const face = new Set(grid.dataset.face.split(" "));

  function isMelasmaOfTheFace(row) {
    if (row.hidden || !row.querySelector('[name$="-spot_type"][value="melasma"]:checked')) {
      return false;
    }
    const regions = [...row.querySelectorAll('[name$="-regions"]:checked')];
    return regions.some((region) => face.has(region.value));
  }

  function settle() {
    const wanted = [...form.querySelectorAll("[data-formset-row]")].some(isMelasmaOfTheFace);
    grid.hidden = !wanted;
    grid.disabled = !wanted;
    for (const region of grid.querySelectorAll("[data-score-region]")) {
      const clear = Boolean(region.querySelector('[name$="-area"][value="0"]:checked'));
      for (const answer of region.querySelectorAll('[name$="-darkness"], [name$="-homogeneity"]')) {
        if (clear) answer.checked = answer.value === "0";
        else if (answer.disabled && answer.value === "0") answer.checked = false;
        answer.disabled = clear;
      }
    }
  }

  settle();
  form.addEventListener("change", settle);
  form.addEventListener("click", () => setTimeout(settle));
})();
