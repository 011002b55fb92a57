// What is being filled in stays with its page: after Back, after a reload, and in the other language.
"use strict";
(() => {
  const key = document.body.dataset.draft;
  const forms = () => [...document.querySelectorAll("main form:not([data-live])")];
  const fields = (form) => [...form.elements].filter((each) => each.name && !each.matches("button, [type=file], [type=password]"));
  // An address that says what the page is about knows better than a draft.
  const fixed = (field) => field.name === "voor" && location.search.includes("voor=");
  const draft = () => ({ key, forms: forms().map((form) => form.dataset.touched && fields(form).map((each) => [each.name, each.value, each.checked])) });
  const save = () => history.replaceState({ ...history.state, draft: draft() }, "");
  let soon;
  const touch = ({ target: { form } }) => {
    if (!form || !forms().includes(form)) return;
    form.dataset.touched = "yes";
    clearTimeout(soon);
    soon = setTimeout(save, 300); // browsers count how often
  };
  const fill = (form, values) => {
    const found = fields(form);
    if (!values || values.length !== found.length || values.some(([name], i) => name !== found[i].name)) return;
    found.forEach((field, i) => fixed(field) || (field.matches("[type=checkbox], [type=radio]") ? (field.checked = values[i][2]) : (field.value = values[i][1])));
    form.dataset.touched = "yes";
    form.dispatchEvent(new Event("restored", { bubbles: true }));
  };
  addEventListener("input", touch);
  addEventListener("change", (event) => (touch(event), save()));
  addEventListener("pageshow", ({ persisted }) => {
    const moved = JSON.parse(sessionStorage.getItem("draft"));
    sessionStorage.removeItem("draft");
    const found = moved || (history.state || {}).draft;
    if (!persisted && found && found.key === key) forms().forEach((form, i) => fill(form, found.forms[i]));
    if (moved) save();
  });
  addEventListener("click", (event) => {
    const link = event.target.closest("a.language"), file = document.querySelector("main [type=file]");
    if (!link) return;
    // A file cannot be chosen for somebody, and its faults are nowhere but here.
    if (link.dataset.ask && (!file || file.files.length) && !confirm(link.dataset.ask)) return event.preventDefault();
    sessionStorage.setItem("draft", JSON.stringify(draft()));
  });
})();
// Without a connection a form stays where it is, with what was filled in, and says so.
document.addEventListener("submit", (event) => {
  const words = document.getElementById("geen-verbinding");
  words.hidden = navigator.onLine;
  if (!words.hidden) (event.preventDefault(), words.focus());
});
