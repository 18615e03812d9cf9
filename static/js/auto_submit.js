// A form marked data-auto-submit is sent when a choice in it changes; its button stays for those
// who have no script, and for a date that is typed digit by digit.
(() => {
  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-auto-submit]");
    if (form && (event.target.type !== "date" || event.target.validity.valid)) form.requestSubmit();
  });
})();
