// What is being filled in stays with its page: after Back, after a reload, and in the other language.
"use strict";
(() => {
  const key = document.body.dataset.draft;
  const forms = () => [...document.querySelectorAll("main form:not([data-live])")];
  const fields = (form) => [...form.elements].filter((each) => each.name && !each.matches("button, [type=file], [type=password], [data-passing]"));
  // Of what was not filled in only what it was filled in about; an address that says so knows better.
  const fixed = ({ type, name }) => type === "hidden" && !(["needs_order", "revision", "seen"].includes(name) || (name === "voor" && !location.search.includes("voor=")));
  const draft = () => ({ key, forms: forms().map((form) => (form.dataset.touched || document.querySelector("main [role=alert]:not([hidden])")) && fields(form).map((each) => [each.name, each.value, each.checked])) }); // faults: it was filled in on the page before
  const save = () => history.replaceState({ ...history.state, draft: draft() }, "");
  let soon;
  const touch = ({ target: { form } }) => {
    if (!form || !forms().includes(form)) return;
    form.dataset.touched = "yes";
    clearTimeout(soon);
    soon = setTimeout(save, 300); // browsers count how often
  };
  const fill = (form, values, left = [...(values || [])]) => { // with faults there may have been a tick more
    const found = fields(form).map((field) => [field, left.find(([name], at) => name === field.name && left.splice(at, 1))]);
    if (!values || found.some(([, kept]) => !kept)) return;
    found.forEach(([field, [, value, checked]]) => fixed(field) || (field.matches("[type=checkbox], [type=radio]") ? (field.checked = checked) : (field.value = value)));
    form.dataset.touched = "yes";
  };
  addEventListener("input", touch);
  addEventListener("change", (event) => (touch(event), save()));
  addEventListener("pageshow", ({ persisted }) => {
    const moved = JSON.parse(sessionStorage.getItem("draft"));
    sessionStorage.removeItem("draft");
    const found = moved || (history.state || {}).draft;
    // What was wiped the browser itself may still put back.
    if (!persisted && found) forms().forEach((form, i) => (found.key === key ? fill(form, found.forms[i]) : form.reset()));
    dispatchEvent(new Event("restored"));
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
