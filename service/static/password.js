// Comfort only: a box that shows what was typed. Without this there is no box.
"use strict";
(() => {
  const box = document.getElementById("show");
  if (!box) return;
  const fields = [...document.querySelectorAll("input[type=password]")];
  const show = () => fields.forEach((field) => (field.type = box.checked ? "text" : "password"));
  box.addEventListener("change", show);
  // A browser keeps what stood in a text field; a password it does not.
  box.form.addEventListener("submit", () => {
    box.checked = false;
    show();
  });
})();
