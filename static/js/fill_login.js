// Demo clinic only: a press on a demo log-in fills the sign-in form and sends it.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-fill-email]");
  if (!button) return;
  const form = document.getElementById(button.dataset.fillForm);
  form.elements.login.value = button.dataset.fillEmail;
  form.elements.password.value = button.dataset.fillPassword;
  form.requestSubmit();
});
